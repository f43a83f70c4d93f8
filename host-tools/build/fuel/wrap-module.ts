// The text around a metered module (guest): a function of its counter.
//
//   function($){return MODULE}            with charges `($.f-=17)<0&&$()`
//
// The kernel evaluates the text and calls its value with an object `{f: units}` of its own: `f` is what the module may burn. The module stands inside
// and can't name it; the kernel sets it before a run, takes the price of each gate operation off it, and reads it afterwards. Evaluating MODULE pays too.

import { parseExpressionAt } from "acorn";
import { COUNTER, FuelError, meter, type FuelSite } from "./meter.ts";

export interface WrappedModule {
  /** One expression. */
  code: string;
  sites: readonly FuelSite[];
}

/** Meters an expression and wraps it. @throws FuelError as `meter`, and when it is not one expression. */
export function wrapModule(expression: string): WrappedModule {
  // One expression and nothing behind it: `1),evil(),(1` would stand half outside of the wrapper.
  const { end } = parseWhole(expression);
  if (expression.slice(end).trim() !== "") throw new FuelError(end, "a module is one expression, but something stands behind it. Write a function or one call of a function");
  const { code, sites } = meter(`(${expression}\n)`, () => true, `${COUNTER}.f`);
  // No arrow: skipping one with `this` in it trips over an assertion of Espruino 2v29 (jsparse.c, jspeArrowFunction).
  return { code: `(function(${COUNTER}){return${code.replace(/\n\)$/, ")")}})`, sites };
}

function parseWhole(expression: string): { end: number } {
  try {
    return parseExpressionAt(expression, 0, { ecmaVersion: "latest", sourceType: "script" });
  } catch (error) {
    throw new FuelError(0, `a module is one expression, but this is none: ${error instanceof Error ? error.message : String(error)}`);
  }
}
