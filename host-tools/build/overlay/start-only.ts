// Functions that only the start of a tile needs: makers of servers, of the kernel, of the port, and their helpers.
//
// What stays is what a tile may run later: everything in functions inside of functions and in classes (they are made once and kept), functions that are
// used otherwise than called by name (whoever got hold of one may call it), and what those name. All others are called by the entry alone, or by module code.

import { isClass, isFunction } from "../dialect/tree.ts";
import type { Node, Unit } from "../dialect/unit.ts";
import { moduleBody, type TopFunction } from "./function-graph.ts";

/** Functions at the top that nothing can call once `entry` has returned, the entry itself too, in text order. */
export function startOnly(unit: Unit, functions: readonly TopFunction[], entry: TopFunction): TopFunction[] {
  const modules = new Set<Node>(moduleBody(unit));
  /** In a function or class that something made keeps. */
  const isKept = (node: Node): boolean => {
    for (let up: Node | undefined = node; up !== undefined; up = unit.parentOf(up)) {
      if (modules.has(up)) return isClass(up);
      if (isFunction(up) || isClass(up)) return true;
    }
    return true;
  };
  const isExport = (node: Node): boolean => unit.parentOf(node)?.type === "ReturnStatement" && modules.has(unit.parentOf(node) as Node);
  const stays = new Set<TopFunction>();
  for (const one of functions) {
    if (!one.isKnown || one.uses.some(({ node, isCall }) => (!isCall && !(one === entry && isExport(node))) || isKept(node))) stays.add(one);
  }
  for (const from of stays) for (const to of functions) if (to.uses.some((use) => use.from === from)) stays.add(to);
  return functions.filter((one) => !stays.has(one));
}
