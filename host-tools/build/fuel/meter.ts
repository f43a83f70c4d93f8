// Puts fuel into JavaScript: each function, each turn of a loop, and each catch and finally pays before it runs.
//
//   function f(a){g(a)}      →  function f(a){($-=22)<0&&$();g(a)}
//   for(;;)g()               →  for(;;)($-=12)<0&&$(),g();
//
// `$` is the fuel that is left: one number, bound outside of the text (a parameter of the function around it), and no metered text may name it. (A
// module has one of its own: ../verify/instrument.ts.) When it falls below 0, `$()` calls what is no function, which throws on every engine and makes nothing that could be caught and kept: what counts is that `$` is
// below 0, and it stays so until whoever gave the fuel gives more. So a catch or a finally that swallows the throw throws again, for it pays too.
// Everything that can go on for ever passes a charge: loops and recursion (getters, callbacks of built-ins and constructors are functions).
//
// The pass works on the text that ships, behind the minifier: the same pass serves services and modules, and what it charges for is what runs.

import { isFunction, isPlainKey } from "../dialect/tree.ts";
import { childrenOf, parseUnit, type Node } from "../dialect/unit.ts";
import { insertText, type Insertion } from "../insert-mapped.ts";
import { NODE_UNITS } from "./costs.ts";
import { EACH_PAYS, freeFunctions } from "./free-functions.ts";
import { isLoop } from "./price.ts";

/** Name of the counter in shipped text. */
export const COUNTER = "$";

export type SiteKind = "call" | "turn" | "catch" | "finally";

/** One charge: its place in the old text and its price. */
export interface FuelSite {
  at: number;
  kind: SiteKind;
  units: number;
}

export interface MeteredCode {
  code: string;
  /** Charges in text order. */
  sites: readonly FuelSite[];
  /** What was put in: for source maps. */
  insertions: readonly Insertion[];
}

/** Text that can't be metered: the place, and what to write instead. */
export class FuelError extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.name = "FuelError";
    this.at = at;
  }
}

/**
 * Meters a script or an expression. `isMetered` says for the offset of a function, a loop or the whole text, and for the offset of the function around it (itself, for a function; -1:
 * none), whether it pays (default: everything does); what it leaves out is trusted: the kernel, and what runs before it does. With `isFreeToCall`
 * functions that are a part of their callers don't pay (free-functions.ts); it says which callers that do not pay either may have them for nothing.
 * @throws FuelError for code without a price or code that names the counter, UnparsableText for what is not JavaScript.
 */
export function meter(code: string, isMetered: (at: number, functionAt: number) => boolean = () => true, isFreeToCall?: (functionAt: number) => boolean): MeteredCode {
  const unit = parseUnit(code, "tile");
  const { isFree, prices } = isFreeToCall === undefined ? EACH_PAYS : freeFunctions(unit, isMetered, isFreeToCall);
  const sites: FuelSite[] = [];
  const openers: Insertion[] = [];
  const closers: (Insertion & { start: number })[] = [];

  const charge = (at: number, kind: SiteKind, units: number): string => {
    sites.push({ at, kind, units });
    return `(${COUNTER}-=${units})<0&&${COUNTER}()`;
  };
  const around = (node: Node, open: string, close: string): void => {
    openers.push({ at: node.start, text: open });
    closers.push({ at: node.end, text: close, start: node.start });
  };
  /** A charge as the first thing of a block. */
  const intoBlock = (block: Extract<Node, { type: "BlockStatement" }>, text: string): void => {
    const directives = block.body.filter((one) => one.type === "ExpressionStatement" && typeof one.directive === "string");
    const last = directives.at(-1);
    if (last === undefined) openers.push({ at: block.start + 1, text: `${text};` });
    else openers.push({ at: last.end, text: `${code[last.end - 1] === ";" ? "" : ";"}${text};` });
  };

  const visit = (node: Node, metered: boolean, outer: number): void => {
    let inside = metered;
    const functionAt = isFunction(node) ? node.start : outer;
    if (isFunction(node) || (isLoop(node) && !metered)) inside = isMetered(node.start, functionAt);
    if (inside) refuse(node, unit.parentOf(node));
    if (inside && isFunction(node)) {
      if (!isFree(node)) {
        const text = charge(node.start, "call", prices.callUnits(node));
        if (node.body.type === "BlockStatement") intoBlock(node.body, text);
        else around(node.body, `(${text},`, ")");
      }
    } else if (inside && isLoop(node)) {
      const text = charge(node.start, "turn", prices.turnUnits(node));
      const { body } = node;
      if (body.type === "BlockStatement") intoBlock(body, text);
      else if (body.type === "EmptyStatement") openers.push({ at: body.start, text });
      else if (body.type === "ExpressionStatement") openers.push({ at: body.start, text: `${text},` });
      else around(body, `{${text};`, "}");
    } else if (inside && node.type === "CatchClause") intoBlock(node.body, charge(node.start, "catch", prices.handlerUnits(node.body, true)));
    else if (inside && node.type === "TryStatement" && node.finalizer) {
      intoBlock(node.finalizer, charge(node.finalizer.start, "finally", prices.handlerUnits(node.finalizer, false)));
    }
    for (const child of childrenOf(node)) visit(child, inside, functionAt);
  };
  visit(unit.program, isMetered(0, -1), -1);

  // What ends at one place ends from the inside out, before anything begins there.
  closers.sort((a, b) => b.start - a.start);
  const insertions = [...closers.map(({ at, text }) => ({ at, text })), ...openers];
  return { code: insertText(code, insertions), sites: sites.sort((a, b) => a.at - b.at), insertions };
}

const PLAIN_PARTS = new Set(["Program", "Identifier"]);

function refuse(node: Node, parent: Node | undefined): void {
  if (!PLAIN_PARTS.has(node.type) && NODE_UNITS[node.type] === undefined) throw new FuelError(node.start, `${node.type} has no price in fuel: it could run for ever unseen. Write it with plain statements of the tile dialect`);
  if (node.type === "Literal" && node.value instanceof RegExp) throw new FuelError(node.start, "a regular expression has no bound in fuel. Write the scan as a loop over charCodeAt");
  if (isFunction(node) && (node.generator || node.async)) throw new FuelError(node.start, "a generator or async function goes on where nobody gave it fuel. Write a state machine");
  if (node.type !== "Identifier" || isPlainKey(node, parent)) return;
  if (node.name === COUNTER) throw new FuelError(node.start, `"${COUNTER}" is the fuel counter. Rename it`);
  if (node.name === "eval" || node.name === "Function") throw new FuelError(node.start, `"${node.name}" makes code that does not pay. Load code by the module loader`);
}
