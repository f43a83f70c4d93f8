// An expression in the place of another one: in parentheses, and never a method of what it is taken from. `(o.run)(1)` calls run with o as its `this`, `(0,o.run)(1)` does not.

import type { Node, Unit } from "../dialect/unit.ts";
import type { Part } from "../overlay/edit-text.ts";

/** `value` in the place of `node`. */
export function inPlaceOf(unit: Unit, node: Node, value: Part): Part[] {
  return [isCalled(unit, node) ? "(0," : "(", value, ")"];
}

function isCalled(unit: Unit, node: Node): boolean {
  const parent = unit.parentOf(node);
  return (parent?.type === "CallExpression" && parent.callee === node) || (parent?.type === "TaggedTemplateExpression" && parent.tag === node);
}

/** `delete f(o)` deletes nothing, `delete (o.x)` does. */
export function isDeleted(unit: Unit, node: Node): boolean {
  const parent = unit.parentOf(node);
  return parent?.type === "UnaryExpression" && parent.operator === "delete";
}
