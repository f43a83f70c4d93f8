// Random programs do the same on real Espruino with their functions inlined: its scopes, its blocks and its `do` are its own.

import { transformSync } from "esbuild";
import fc from "fast-check";
import { expect, it } from "vitest";
import { runOnEspruino } from "../espruino-run.ts";
import { NO_MAP } from "../overlay/testing/run-bundle.ts";
import { inlineOnce } from "./inline-once.ts";
import { onceProgram } from "./testing/once-program.ts";

const binary = process.env["GENESIS_ESPRUINO"]?.split(",")[0];
const PROGRAMS = 120;
const A_RUN = 20;

/** A program as it is shipped: minified. */
const shipped = (modules: string): string => `(()=>{${transformSync(modules, { minify: true, target: "es2015", format: "esm" }).code.replace(/export\s*\{\s*(\w+) as boot\s*\};\s*$/, "return $1")}})()`;

const script = (programs: readonly string[]): string =>
  `print("@@START");${programs.map((code) => `(function(){var s=[],r;try{var t=(${code})({log:function(x){s.push(x)}});r=[t.v,t.run(1),t.run(2)]}catch(e){r=""+e}print("@@"+JSON.stringify([r,s]))})();`).join("\n")}print("@@END");`;

async function outcomes(programs: readonly string[]): Promise<string[]> {
  const { lines, failure } = await runOnEspruino(binary!, { ".bootcde": script(programs) });
  expect(failure).toBeUndefined();
  return lines.filter((line) => line.startsWith("@@["));
}

it.skipIf(binary === undefined)("Espruino", { timeout: 120_000 }, async () => {
  const modules = fc.sample(onceProgram, { numRuns: PROGRAMS, seed: 20261123 }).map((text) => `${text}\nexport { boot };`);
  let inlined = 0;
  for (let first = 0; first < PROGRAMS; first += A_RUN) {
    const some = modules.slice(first, first + A_RUN);
    const made = some.map((text) => inlineOnce(text, NO_MAP, { hot: [], mayStandIn: () => true }));
    inlined += made.reduce((sum, one) => sum + one.inlined.length, 0);
    const [before, after] = [await outcomes(some.map(shipped)), await outcomes(made.map(({ code }) => shipped(code)))];
    expect(before).toHaveLength(A_RUN);
    after.forEach((outcome, index) => expect(outcome, made[index]?.code).toBe(before[index]));
  }
  expect(inlined).toBeGreaterThan(PROGRAMS);
});
