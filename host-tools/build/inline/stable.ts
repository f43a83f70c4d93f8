// Expressions that give the same before and after a call, and do nothing: what stands before a call in its statement may be read after it, and an argument may
// stand wherever its parameter did. Operators are taken to work on numbers, texts and truths: the dialect has no valueOf, and our types no arithmetic with lists.

import { ancestor, isFunction, isInside } from "../dialect/tree.ts";
import type { Variable } from "../dialect/scope.ts";
import { childrenOf, type Node, type Unit } from "../dialect/unit.ts";

/** True for literals, names that a call at `at` can't change, and what operators make of them. */
export function isStable(unit: Unit, node: Node, at: Node): boolean {
  switch (node.type) {
    case "Literal":
      return !(node.value instanceof RegExp);
    case "Identifier":
      return isStableName(unit, node.name, unit.scopes.referenceAt(node)?.variable, at);
    case "UnaryExpression":
      return node.operator !== "delete" && isStable(unit, node.argument, at);
    case "BinaryExpression":
      return node.left.type !== "PrivateIdentifier" && !isText(node.left) && !isText(node.right) && node.operator !== "in" && node.operator !== "instanceof" && isStable(unit, node.left, at) && isStable(unit, node.right, at);
    case "ParenthesizedExpression":
      return isStable(unit, node.expression, at);
    default:
      return false;
  }
}

/** Joined with text, a list is what it holds at that moment. */
function isText(node: Node): boolean {
  return node.type === "TemplateLiteral" || (node.type === "Literal" && typeof node.value === "string");
}

/** Small enough to stand in several places: a name or a number. */
export function isAtom(node: Node): boolean {
  return node.type === "Identifier" || node.type === "Literal" || (node.type === "UnaryExpression" && node.operator !== "delete" && node.argument.type === "Literal");
}

/** A variable that is never written to, or only by the very function that the call stands in: nothing that runs during the call can. */
function isStableName(unit: Unit, name: string, variable: Variable | undefined, at: Node): boolean {
  // A global, or the fuel counter.
  if (variable === undefined) return !unit.scopes.references.some((reference) => reference.name === name && reference.variable === undefined && reference.write);
  const writes = variable.references.filter(({ write }) => write);
  if (writes.length === 0) return true;
  if (variable.scope.node.type === "Program") return false;
  const home = ancestor(unit, at, isFunction);
  return home !== undefined && isInside(variable.id, home) && writes.every(({ node }) => ancestor(unit, node, isFunction) === home);
}

/** Assigns to something, wherever in it. */
export function assigns(node: Node): boolean {
  return node.type === "AssignmentExpression" || node.type === "UpdateExpression" || childrenOf(node).some(assigns);
}
