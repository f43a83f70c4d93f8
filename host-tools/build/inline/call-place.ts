// Where a call stands in its statement, and what may be put before that statement.

import { ancestor, isFunction } from "../dialect/tree.ts";
import type { Node, Unit } from "../dialect/unit.ts";
import type { Candidate } from "./candidate.ts";
import { assigns, isStable } from "./stable.ts";

export interface CallPlace {
  /** The statement around the call. */
  statement: Node;
  /** Nothing of the statement that matters runs before the call, and the call runs exactly once in it: it may run before the statement. */
  isFirst: boolean;
  /** Statements can stand before it without a block around them. */
  isInList: boolean;
  /** Nothing of the caller runs after the statement, and the caller gives no value there. */
  isLast: boolean;
  /** The statement stands directly in the caller's body. */
  isUnconditional: boolean;
}

export function callPlace(unit: Unit, { call, caller }: Candidate): CallPlace | undefined {
  const statement = ancestor(unit, call, (node) => node.type.endsWith("Statement") || node.type === "VariableDeclaration" || isFunction(node) || node.type === "PropertyDefinition" || node.type === "SwitchCase");
  if (statement === undefined || isFunction(statement) || statement.type === "PropertyDefinition" || statement.type === "SwitchCase") return undefined;
  const parent = unit.parentOf(statement) as Node;
  // The head of a loop.
  if (statement.type === "VariableDeclaration" && parent.type !== "BlockStatement") return undefined;
  const isInList = parent.type === "BlockStatement";
  return { statement, isFirst: isFirst(unit, call, statement), isInList, isLast: isLast(unit, statement, caller), isUnconditional: parent === caller.body };
}

function isFirst(unit: Unit, call: Candidate["call"], statement: Node): boolean {
  const isQuiet = (...before: readonly (Node | null)[]): boolean => before.every((node) => node !== null && isStable(unit, node, call));
  let hasBefore = false;
  for (let node: Node = call; node !== statement; ) {
    const parent = unit.parentOf(node) as Node;
    const before = nodesBefore(parent, node);
    if (before === undefined || !isQuiet(...before)) return false;
    hasBefore ||= before.length > 0;
    node = parent;
  }
  // What stands before it may read what an argument assigns.
  return !(hasBefore && call.arguments.some(assigns));
}

/** What runs of `parent` before its part `node`; undefined where that part may not run, or more than once. */
function nodesBefore(parent: Node, node: Node): readonly Node[] | undefined {
  switch (parent.type) {
    case "ExpressionStatement":
    case "ReturnStatement":
    case "ThrowStatement":
    case "UnaryExpression":
    case "ParenthesizedExpression":
    case "SpreadElement":
      return parent.type === "UnaryExpression" && parent.operator === "delete" ? undefined : [];
    case "IfStatement":
    case "ConditionalExpression":
      return parent.test === node ? [] : undefined;
    case "SwitchStatement":
      return parent.discriminant === node ? [] : undefined;
    case "VariableDeclaration":
      return parent.declarations.length === 1 ? [] : undefined;
    case "VariableDeclarator":
      return parent.id.type === "Identifier" ? [] : undefined;
    case "LogicalExpression":
      return parent.left === node ? [] : undefined;
    case "BinaryExpression":
      return parent.left === node ? [] : [parent.left];
    case "AssignmentExpression":
      return parent.right !== node ? undefined : targetParts(parent.left, parent.operator === "=");
    case "MemberExpression":
      return parent.object === node ? [] : [parent.object];
    case "CallExpression":
      return parent.optional ? undefined : parent.callee === node ? [] : [parent.callee, ...parent.arguments.slice(0, parent.arguments.indexOf(node as never))];
    case "ArrayExpression":
      return parent.elements.slice(0, parent.elements.indexOf(node as never)).map((one) => one as Node);
    case "SequenceExpression":
      return parent.expressions.slice(0, parent.expressions.indexOf(node as never));
    default:
      return undefined;
  }
}

/** What an assignment reads before its right side. */
function targetParts(left: Node, isPlain: boolean): readonly Node[] | undefined {
  if (left.type === "Identifier") return isPlain ? [] : [left];
  if (left.type !== "MemberExpression" || !isPlain) return undefined;
  return left.computed ? [left.object, left.property] : [left.object];
}

function isLast(unit: Unit, statement: Node, caller: Node): boolean {
  for (let node = statement; ; ) {
    const parent = unit.parentOf(node) as Node;
    if (parent.type === "BlockStatement") {
      const next = parent.body[parent.body.indexOf(node as never) + 1];
      if (next !== undefined) return next.type === "ReturnStatement" && !next.argument;
    } else if (parent === caller) return true;
    else if (parent.type !== "IfStatement") return false;
    node = parent;
  }
}
