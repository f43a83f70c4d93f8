// The text around a metered module (guest): its own counter, and one function by which the kernel, and nobody else, gives fuel and takes it back.
//
//   ($=>[n=>{let o=$;$=n;return o},MODULE])(LOAD)
//
// Its value is `[swap, value]`: `swap(units)` sets the counter and returns what was left in it. The module stands inside and can't name either.

import { COUNTER, meter, type FuelSite } from "./meter.ts";

export interface WrappedModule {
  /** One expression. */
  code: string;
  sites: readonly FuelSite[];
}

/**
 * Meters an expression and wraps it. `loadUnits` is what evaluating it may burn before the first `swap`.
 * @throws FuelError, UnparsableText as `meter`; RangeError when `loadUnits` is no whole number from 0 to 2^30.
 */
export function wrapModule(expression: string, loadUnits: number): WrappedModule {
  if (!Number.isInteger(loadUnits) || loadUnits < 0 || loadUnits > 2 ** 30) throw new RangeError(`loadUnits: ${loadUnits} is no whole number from 0 to 2^30`);
  const { code, sites } = meter(`(${expression}\n)`);
  return { code: `(${COUNTER}=>[n=>{let o=${COUNTER};${COUNTER}=n;return o},${code.replace(/\n\)$/, ")")}])(${loadUnits})`, sites };
}
