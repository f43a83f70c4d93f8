// Which calls of a function can happen when some of its parameters are known numbers: `gate(Op.Reply, …)` never gets to what only `gate(Op.TcbSuspend, …)` does.
//
// Only what is certain counts: a place is ruled out by a condition around it that is known to be false, or by a statement before it that is known to leave.

import { isFunction } from "../dialect/tree.ts";
import type { Variable } from "../dialect/scope.ts";
import type { Node, Unit } from "../dialect/unit.ts";
import type { Frame } from "./text.ts";

/** Parameters that are known. */
export type Known = ReadonlyMap<Variable, number>;

export const NOTHING_KNOWN: Known = new Map();

/** Can a place in `frame` be reached? */
export function isReached(unit: Unit, place: Node, frame: Frame, known: Known): boolean {
  if (known.size === 0) return true;
  for (let at = place, up = unit.parentOf(at); up !== undefined && at !== frame; at = up, up = unit.parentOf(at)) {
    if (up.type === "IfStatement" || up.type === "ConditionalExpression") {
      if (at !== up.test && truth(unit, up.test, known) === (at !== up.consequent)) return false;
    } else if (up.type === "LogicalExpression" && at === up.right && up.operator !== "??") {
      if (truth(unit, up.left, known) === (up.operator === "||")) return false;
    } else if (up.type === "BlockStatement") {
      for (const statement of up.body) {
        if (statement === at) break;
        if (leaves(unit, statement, known)) return false;
      }
    }
  }
  return true;
}

/** What is known of a function's parameters when it is called at `site`. */
export function passed(unit: Unit, site: Node, to: Frame, known: Known): Known {
  if (!isFunction(to) || site.type !== "CallExpression" || site.arguments.some((value) => value.type === "SpreadElement")) return NOTHING_KNOWN;
  // They could be changed through it.
  if (unit.code.includes("arguments")) return NOTHING_KNOWN;
  const found = new Map<Variable, number>();
  to.params.forEach((parameter, index) => {
    const variable = parameter.type === "Identifier" ? unit.scopes.scopeOf(to).variables.get(parameter.name) : undefined;
    const value = site.arguments[index];
    if (variable === undefined || variable.kind !== "parameter" || value === undefined || variable.references.some((use) => use.write)) return;
    const number = numberOf(unit, value, known);
    if (number !== undefined) found.set(variable, number);
  });
  return found;
}

function leaves(unit: Unit, statement: Node, known: Known): boolean {
  switch (statement.type) {
    case "ReturnStatement":
    case "ThrowStatement":
      return true;
    case "BlockStatement":
      return statement.body.some((inner) => leaves(unit, inner, known));
    case "IfStatement": {
      const test = truth(unit, statement.test, known);
      const isThen = test === false || leaves(unit, statement.consequent, known);
      const isElse = test === true || (statement.alternate ? leaves(unit, statement.alternate, known) : false);
      return isThen && isElse;
    }
    default:
      return false;
  }
}

function truth(unit: Unit, node: Node, known: Known): boolean | undefined {
  if (node.type === "SequenceExpression") return truth(unit, node.expressions.at(-1)!, known);
  if (node.type === "UnaryExpression" && node.operator === "!") {
    const inner = truth(unit, node.argument, known);
    return inner === undefined ? undefined : !inner;
  }
  if (node.type === "LogicalExpression" && node.operator !== "??") {
    const [left, right] = [truth(unit, node.left, known), truth(unit, node.right, known)];
    // Decided by either side alone, or by both.
    const decides = node.operator === "||";
    if (left === decides || right === decides) return decides;
    return left === undefined || right === undefined ? undefined : !decides;
  }
  if (node.type === "BinaryExpression") {
    const [left, right] = [numberOf(unit, node.left, known), numberOf(unit, node.right, known)];
    if (left === undefined || right === undefined) return undefined;
    switch (node.operator) {
      case "===":
      case "==":
        return left === right;
      case "!==":
      case "!=":
        return left !== right;
      case "<":
        return left < right;
      case "<=":
        return left <= right;
      case ">":
        return left > right;
      case ">=":
        return left >= right;
      default:
        break;
    }
  }
  const value = numberOf(unit, node, known);
  return value === undefined ? undefined : value !== 0;
}

function numberOf(unit: Unit, node: Node, known: Known): number | undefined {
  if (node.type === "Literal") return typeof node.value === "number" ? node.value : undefined;
  if (node.type === "Identifier") {
    const variable = unit.scopes.referenceAt(node)?.variable;
    return variable === undefined ? undefined : known.get(variable);
  }
  if (node.type === "UnaryExpression" && node.operator === "-") {
    const inner = numberOf(unit, node.argument, known);
    return inner === undefined ? undefined : -inner;
  }
  if (node.type === "BinaryExpression" && node.operator === "|") {
    const [left, right] = [numberOf(unit, node.left, known), numberOf(unit, node.right, known)];
    return left === undefined || right === undefined ? undefined : left | right;
  }
  return undefined;
}
