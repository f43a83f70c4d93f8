// Binds the fuel counter in a bundle: `$` is the parameter of the wrapping function, and the first module fills it.
//
// That module also mentions `$` as a free name, which keeps the minifier from giving it to something else. Kernel code that is bundled with fuel
// may say `declare let $: number;` and read and write it; no other code can reach it by any name.

import type { BuildOptions, Plugin } from "esbuild";
import { UNMETERED_UNITS } from "./costs.ts";
import { COUNTER } from "./meter.ts";

/** Begin of a metered file, in place of `(()=>{`. */
export const METERED_HEAD = `(${COUNTER}=>{`;

const MODULE = "genesis:fuel-counter";
/** Also the name under which its bytes are counted. */
const NAMESPACE = "fuel";

const plugin: Plugin = {
  name: MODULE,
  setup(build) {
    build.onResolve({ filter: /^genesis:fuel-counter$/ }, () => ({ path: "counter", namespace: NAMESPACE }));
    // With fuel for what runs before the kernel gives any: module code and boot().
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, () => ({ contents: `${COUNTER}=${UNMETERED_UNITS};`, loader: "js" }));
  },
};

/** esbuild options that a metered bundle adds. */
export function counterOptions(): Pick<BuildOptions, "inject" | "plugins"> {
  return { inject: [MODULE], plugins: [plugin] };
}
