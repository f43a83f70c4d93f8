// Kinds of expressions: operators, literals, assignments.

import { toBytes } from "./bytes.ts";
import { isVariable, type Node } from "./guest.ts";
import { BOOLEAN, NUMBER, Shape, STRING, UNDEFINED, type Value } from "./heap.ts";
import { callOf, newOf } from "./infer-call.ts";
import { memberOf, store } from "./infer-member.ts";
import type { Typing } from "./infer.ts";
import { CONSTANTS } from "./intrinsics.ts";
import { Kind, kindWords, NOTHING, NUMERIC, OBJECT, PRIMITIVE, within } from "./kinds.ts";

const DEAD: Value = { mask: 0 };

export function valueOf(typing: Typing, node: Node): Value {
  const { heap, module } = typing;
  switch (node.type) {
    case "Literal":
      return { mask: node.value === null ? Kind.Null : typeof node.value === "string" ? Kind.String : typeof node.value === "boolean" ? Kind.Boolean : Kind.Number };
    case "TemplateLiteral":
      for (const one of node.expressions) joinable(typing, one, typing.value(one).mask);
      return STRING;
    case "Identifier": {
      const meaning = module.meanings.get(node);
      if (isVariable(meaning)) return heap.read(meaning.cell, typing.body);
      return { mask: CONSTANTS.get(node.name) ?? 0 };
    }
    case "ArrayExpression": {
      const made = literal(typing, node, Kind.Array);
      for (const one of node.elements) if (one) heap.flow(typing.value(one), heap.shape(made.shape!).element);
      return made;
    }
    case "ObjectExpression": {
      const made = literal(typing, node, Kind.Record);
      for (const one of node.properties) if (one.type === "Property") heap.flow(typing.value(one.value), heap.field(made.shape!, keyOf(one.key)));
      return made;
    }
    case "SequenceExpression":
      return node.expressions.reduce<Value>((_, one) => typing.value(one), DEAD);
    case "ConditionalExpression":
      typing.value(node.test);
      return heap.join(typing.value(node.consequent), typing.value(node.alternate));
    case "LogicalExpression": {
      const left = typing.value(node.left);
      const right = typing.value(node.right);
      // && gives its left side only where that is falsy: no object is. || and ?? give it only where it is not nothing.
      return heap.join({ mask: left.mask & ~(node.operator === "&&" ? OBJECT : NOTHING), shape: left.shape }, right);
    }
    case "UnaryExpression":
      return unary(typing, node);
    case "BinaryExpression":
      return binary(typing, node, node.operator, node.left as Node, typing.value(node.left as Node), node.right, typing.value(node.right));
    case "UpdateExpression": {
      const { mask } = typing.value(node.argument);
      if (!within(mask, NUMERIC)) typing.reject("arithmetic", node.start, `this may be ${kindWords(mask & ~NUMERIC)}`);
      store(typing, node.argument, NUMBER, node);
      return NUMBER;
    }
    case "AssignmentExpression":
      return assignment(typing, node);
    case "MemberExpression":
      return memberOf(typing, node);
    case "CallExpression":
      return callOf(typing, node);
    case "NewExpression":
      return newOf(typing, node);
    default:
      return DEAD;
  }
}

/** Name of a field as the text of its key; a number key is its decimal text. */
export function keyOf(key: Node): string {
  return toBytes(key.type === "Identifier" ? key.name : key.type === "Literal" ? String(key.value) : "");
}

function literal(typing: Typing, node: Extract<Node, { type: "ArrayExpression" | "ObjectExpression" }>, mask: number): Value {
  const known = typing.shapes.get(node);
  if (known !== undefined) return { mask, shape: typing.heap.shape(known.shape!) };
  const shape = new Shape();
  if (node.type === "ObjectExpression") shape.literals.push(new Set(node.properties.map((one) => (one.type === "Property" ? keyOf(one.key) : ""))));
  typing.shapes.set(node, { mask, shape });
  return { mask, shape };
}

function unary(typing: Typing, node: Extract<Node, { type: "UnaryExpression" }>): Value {
  const { mask } = typing.value(node.argument);
  switch (node.operator) {
    case "!":
      return BOOLEAN;
    case "typeof":
      return STRING;
    case "void":
      return UNDEFINED;
    case "+":
      if (!within(mask, Kind.Number)) typing.reject("arithmetic", node.start, `+ of ${kindWords(mask)}`);
      return NUMBER;
    default:
      if (!within(mask, NUMERIC)) typing.reject("arithmetic", node.start, `this may be ${kindWords(mask & ~NUMERIC)}`);
      return NUMBER;
  }
}

const NUMBERS = Kind.Number | Kind.Boolean;

/** What may be joined to a string. */
function joinable(typing: Typing, node: Node, mask: number): void {
  if (!within(mask, PRIMITIVE)) typing.reject("plus", node.start, `this may be ${kindWords(mask & ~PRIMITIVE)}`);
}

function binary(typing: Typing, node: Node, operator: string, leftNode: Node, left: Value, rightNode: Node, right: Value): Value {
  switch (operator) {
    case "+":
      return plus(typing, node, leftNode, left.mask, rightNode, right.mask);
    case "===":
    case "!==":
      return BOOLEAN;
    case "==":
    case "!=":
      compare(typing, node, left.mask, right.mask, true);
      return BOOLEAN;
    case "<":
    case ">":
    case "<=":
    case ">=":
      compare(typing, node, left.mask, right.mask, false);
      return BOOLEAN;
    default:
      for (const [side, { mask }] of [[leftNode, left], [rightNode, right]] as const) if (!within(mask, NUMERIC)) typing.reject("arithmetic", side.start, `this may be ${kindWords(mask & ~NUMERIC)}`);
      if (left.mask & right.mask & Kind.Undefined) typing.reject("arithmetic", node.start, "both sides may be undefined, of which Espruino makes undefined, not a number");
      return NUMBER;
  }
}

function plus(typing: Typing, node: Node, leftNode: Node, left: number, rightNode: Node, right: number): Value {
  const isString = (mask: number): boolean => mask === Kind.String;
  if (left === 0 || right === 0) return DEAD;
  if (isString(left) || isString(right)) {
    joinable(typing, leftNode, left);
    joinable(typing, rightNode, right);
    if (typing.isFinal) typing.joins.set(node, { left, right });
    return STRING;
  }
  // Espruino joins undefined + undefined: one side has to be proven.
  if (within(left, NUMERIC) && within(right, NUMERIC) && (within(left, NUMBERS) || within(right, NUMBERS))) return NUMBER;
  // Rejected; what it is taken for only decides what else is reported.
  typing.reject("plus", node.start, `${kindWords(left)} + ${kindWords(right)}`);
  return within(left | right, NUMERIC) ? NUMBER : (left | right) & Kind.String ? STRING : DEAD;
}

function compare(typing: Typing, node: Node, left: number, right: number, isEquality: boolean): void {
  if (within(left, NUMERIC) && within(right, NUMERIC) && (isEquality || (left & right & Kind.Undefined) === 0)) return;
  const besides = isEquality ? NOTHING : 0;
  if (within(left, Kind.String | besides) && within(right, Kind.String | besides)) return;
  // With nothing but nothing on one side no conversion runs.
  if (isEquality && (within(left, NOTHING) || within(right, NOTHING))) return;
  typing.reject("comparison", node.start, `${kindWords(left)} beside ${kindWords(right)}`);
}

function assignment(typing: Typing, node: Extract<Node, { type: "AssignmentExpression" }>): Value {
  const target = node.left as Node;
  if (node.operator === "=") {
    const given = typing.value(node.right);
    store(typing, target, given, node);
    return given;
  }
  const result = binary(typing, node, node.operator.slice(0, -1), target, typing.value(target), node.right, typing.value(node.right));
  // Printed as `x = x + y`: what stands on the left is computed twice.
  if (typing.joins.has(node) && !isPlainTarget(target)) typing.reject("plus", node.start, "text is joined to a place that is computed");
  store(typing, target, result, node);
  return result;
}

/** `x`, `x.f`, `x[i]` with plain names: computing it twice is the same as once. */
function isPlainTarget(node: Node): boolean {
  if (node.type === "Identifier") return true;
  if (node.type !== "MemberExpression" || node.object.type !== "Identifier") return false;
  return !node.computed || node.property.type === "Identifier" || node.property.type === "Literal";
}
