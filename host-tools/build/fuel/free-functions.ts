// Functions that don't pay for themselves: whoever calls them does.
//
//   function g(b){return b+1} function f(a){return g(a)*2}   →   g as it was, and f(a){($-=46)<0&&$();…}
//
// A function that is only ever called by its name, by functions that pay, and not in a circle, is a part of its callers: its price stands in theirs, as often as the dearest path
// calls it. That is fewer charges, so less text and less time, and never less fuel. What goes on for ever still passes a charge: loops, circles, and whatever is a value.

import { isFunction, type FunctionNode } from "../dialect/tree.ts";
import { childrenOf, type Node, type Unit } from "../dialect/unit.ts";
import { pricesWith, type Prices } from "./price.ts";

/** A function dearer than this pays for itself: no stretch between two charges gets long by calls of calls. */
const MOST_UNITS = 500;

export interface FreeFunctions {
  isFree(node: FunctionNode): boolean;
  /** Prices of stretches, with those of the free functions called in them. */
  prices: Prices;
}

/** No function is free. */
export const EACH_PAYS: FreeFunctions = { isFree: () => false, prices: pricesWith(() => 0) };

interface Candidate {
  node: FunctionNode;
  calls: readonly Node[];
}

/** @param isMetered as in meter.ts @param isFreeToCall callers (offsets of their functions) that do not pay, and are trusted to call such a function */
export function freeFunctions(unit: Unit, isMetered: (at: number, functionAt: number) => boolean, isFreeToCall: (functionAt: number) => boolean): FreeFunctions {
  const candidates = new Map<Node, Candidate>();
  const byCall = new Map<Node, Candidate>();
  const evaluates = unit.scopes.references.some(({ name, variable }) => name === "eval" && variable === undefined);
  /** Somebody pays for what is called there. */
  const isPaid = (call: Node): boolean => {
    let up = unit.parentOf(call);
    while (up !== undefined && !isFunction(up)) up = unit.parentOf(up);
    return up !== undefined && (isMetered(up.start, up.start) || isFreeToCall(up.start));
  };
  const find = (node: Node): void => {
    if (!evaluates && node.type === "FunctionDeclaration" && isMetered(node.start, node.start)) {
      const calls = callsOf(unit, node);
      if (calls?.every(isPaid) === true) candidates.set(node, { node, calls });
    }
    for (const child of childrenOf(node)) find(child);
  };
  find(unit.program);
  for (const one of candidates.values()) for (const call of one.calls) byCall.set(call, one);

  const units = new Map<Candidate, number>();
  const open = new Set<Candidate>();
  const paysItself = new Set<Candidate>();
  const priceOf = (one: Candidate): number => {
    const known = units.get(one);
    if (known !== undefined) return known;
    if (open.has(one)) {
      // A circle: who closes it pays at each turn.
      paysItself.add(one);
      return 0;
    }
    open.add(one);
    const own = prices.bodyUnits(one.node);
    open.delete(one);
    if (own > MOST_UNITS) paysItself.add(one);
    const price = paysItself.has(one) ? 0 : own;
    units.set(one, price);
    return price;
  };
  const prices = pricesWith((call) => {
    const callee = byCall.get(call);
    return callee === undefined ? 0 : priceOf(callee);
  });
  for (const one of candidates.values()) priceOf(one);
  return { isFree: (node) => candidates.has(node) && !paysItself.has(candidates.get(node)!), prices };
}

/** Every call of a declared function, if it is used for nothing else. */
function callsOf(unit: Unit, node: FunctionNode): Node[] | undefined {
  const variable = unit.scopes.declaredBy(node);
  if (variable === undefined || !("id" in node) || variable.id !== node.id) return undefined;
  const calls: Node[] = [];
  for (const { node: use } of variable.references) {
    const parent = unit.parentOf(use);
    if (parent?.type !== "CallExpression" || parent.callee !== use || parent.optional) return undefined;
    calls.push(parent);
  }
  return calls;
}
