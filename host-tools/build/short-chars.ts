// One short name for `String.fromCharCode`, which the sources of a tile say a dozen times: esbuild puts it in where it stands, and binds it in a module of its own.
import type { BuildOptions, Plugin } from "esbuild";

const MODULE = "genesis:short-chars";
const NAME = "fromChars";

const plugin: Plugin = {
  name: MODULE,
  setup(build) {
    build.onResolve({ filter: /^genesis:short-chars$/ }, () => ({ path: "chars", namespace: "build", sideEffects: false }));
    // Not by its own name here: that would be replaced as well.
    build.onLoad({ filter: /.*/, namespace: "build" }, () => ({ contents: `const S = String; export const ${NAME} = S.fromCharCode;`, loader: "js" }));
  },
};

/** `options` of a bundle, with the short name. */
export function withShortChars(options: BuildOptions): BuildOptions {
  return { ...options, define: { ...options.define, "String.fromCharCode": NAME }, inject: [...(options.inject ?? []), MODULE], plugins: [...(options.plugins ?? []), plugin] };
}
