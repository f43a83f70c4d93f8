// fast-check with longer runs: what `import fc from "fast-check"` gives to property tests under `npm run assure` (see vitest.config.ts beside this file).
//
// Idea: the tests stay as they are; only how many cases are drawn, and from which seed, changes. GENESIS_RUNS is a factor on each test's own number of
// cases, GENESIS_SEED the seed of all. A failure prints the seed and the shrunk case as always.
import { createRequire } from "node:module";
import type * as fastCheck from "fast-check";

// By require: the alias that leads here is for imports.
const real = createRequire(import.meta.url)("fast-check") as typeof fastCheck;
const factor = Number(process.env["GENESIS_RUNS"] ?? 20);
const seed = Number(process.env["GENESIS_SEED"] ?? 1);
/** fast-check's own default. */
const usualRuns = 100;

/** The parameters of an assertion, with more runs and another seed. */
export function longer<T>(parameters: fastCheck.Parameters<T> = {}, times: number = factor, from: number = seed): fastCheck.Parameters<T> {
  return { ...parameters, numRuns: Math.ceil((parameters.numRuns ?? usualRuns) * times), seed: from };
}

function assert<T>(property: fastCheck.IRawProperty<T, boolean>, parameters?: fastCheck.Parameters<T>): void | Promise<void> {
  return real.assert(property as fastCheck.IProperty<T>, longer(parameters));
}

const long = { ...real, assert } as unknown as typeof fastCheck;

export default long;
