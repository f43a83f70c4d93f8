// Prints expressions from the tree, never from the text: what was written in the source can't come through in another reading.

import { isGuestFunction, isVariable, type Node } from "./guest.ts";
import { fieldOf, nameOf } from "./infer-member.ts";
import { keyOf } from "./infer-expression.ts";
import { CONSTANTS, TYPED_ARRAY_LENGTH_MAX, TYPED_ARRAYS } from "./intrinsics.ts";
import { Kind } from "./kinds.ts";
import { FIELD_PREFIX, FRAME, HELPERS } from "./names.ts";
import { quote } from "./output.ts";
import type { Printer } from "./print.ts";

/** Binding strength; what binds less than asked for gets brackets. ++ and -- are as weak as assignments: next to < and ! they could be read as comments. */
export const Strength = { sequence: 1, assignment: 2, conditional: 3, or: 4, and: 5, add: 12, unary: 15, call: 18, primary: 20 } as const;
const BINARY: Readonly<Record<string, number>> = {
  "??": 4, "||": 4, "&&": 5, "|": 6, "^": 7, "&": 8, "==": 9, "!=": 9, "===": 9, "!==": 9, "<": 10, ">": 10, "<=": 10, ">=": 10, "<<": 11, ">>": 11, ">>>": 11, "+": 12, "-": 12, "*": 13, "/": 13, "%": 13,
};

function strengthOf(node: Node): number {
  switch (node.type) {
    case "SequenceExpression":
      return Strength.sequence;
    case "AssignmentExpression":
    case "UpdateExpression":
      return Strength.assignment;
    case "ConditionalExpression":
      return Strength.conditional;
    case "BinaryExpression":
    case "LogicalExpression":
      return BINARY[node.operator]!;
    case "UnaryExpression":
      return Strength.unary;
    case "CallExpression":
    case "NewExpression":
    case "MemberExpression":
      return Strength.call;
    case "Identifier":
      return CONSTANTS.has(node.name) ? Strength.unary : Strength.primary;
    default:
      return Strength.primary;
  }
}

/** Prints an expression that binds at least so strongly. A list with commas gets brackets nearly everywhere: Espruino does not read one between [ and ], for one. */
export function printExpression(to: Printer, node: Node, least: number = Strength.assignment): void {
  const { out, typing } = to;
  if (typing.joins.has(node) || node.type === "TemplateLiteral") return printJoined(to, node, least);
  if (node.type === "UnaryExpression" && node.operator === "+") return printExpression(to, node.argument, least);
  const open = strengthOf(node) < least;
  if (open) out.put("(");
  printBare(to, node);
  if (open) out.put(")");
}

function printBare(to: Printer, node: Node): void {
  const { out } = to;
  switch (node.type) {
    case "Literal":
      return out.put(typeof node.value === "string" ? quote(node.value) : String(node.value));
    case "Identifier":
      return printName(to, node);
    case "ArrayExpression":
      out.put("[");
      printList(to, node.elements as Node[]);
      return out.put("]");
    case "ObjectExpression":
      out.put("{");
      node.properties.forEach((one, index) => {
        if (one.type !== "Property") return;
        if (index > 0) out.put(",");
        const key = FIELD_PREFIX + keyOf(one.key);
        out.put(isPlain(key) ? key : quote(key));
        out.put(":");
        printExpression(to, one.value, Strength.assignment);
      });
      return out.put("}");
    case "SequenceExpression":
      return printList(to, node.expressions);
    case "ConditionalExpression":
      printExpression(to, node.test, Strength.or);
      out.put("?");
      printExpression(to, node.consequent, Strength.assignment);
      out.put(":");
      return printExpression(to, node.alternate, Strength.assignment);
    case "LogicalExpression":
    case "BinaryExpression": {
      const strength = BINARY[node.operator]!;
      // ?? does not mix with && and || without brackets.
      const mixes = node.type === "LogicalExpression" && [node.left, node.right].some((one) => one.type === "LogicalExpression" && (one.operator === "??") !== (node.operator === "??"));
      printExpression(to, node.left as Node, mixes ? Strength.primary : strength);
      out.put(node.operator);
      return printExpression(to, node.right, mixes ? Strength.primary : strength + 1);
    }
    case "UnaryExpression":
      out.put(node.operator);
      // A second operator gets brackets: - -x, !--x.
      return printExpression(to, node.argument, Strength.unary + 1);
    case "UpdateExpression":
      if (node.prefix) out.put(node.operator);
      printExpression(to, node.argument, Strength.call);
      if (!node.prefix) out.put(node.operator);
      return;
    case "AssignmentExpression":
      return printAssignment(to, node);
    case "MemberExpression":
      return printMember(to, node);
    case "CallExpression":
      return printCall(to, node);
    case "NewExpression":
      return printNew(to, node);
    default:
      throw new Error(`${node.type} has no printed form`);
  }
}

function isPlain(key: string): boolean {
  return /^[$\w]+$/.test(key);
}

function printList(to: Printer, nodes: readonly Node[]): void {
  nodes.forEach((one, index) => {
    if (index > 0) to.out.put(",");
    printExpression(to, one, Strength.assignment);
  });
}

function printName(to: Printer, node: Extract<Node, { type: "Identifier" }>): void {
  const meaning = to.module.meanings.get(node);
  if (isVariable(meaning) || isGuestFunction(meaning)) {
    to.out.mark(node.start);
    to.out.put(to.names.of(meaning));
  } else if (meaning === "gate") to.out.put(FRAME.gate);
  else to.out.put(node.name === "undefined" ? "void 0" : node.name === "NaN" ? "(0/0)" : node.name === "Infinity" ? "(1/0)" : node.name);
}

function printAssignment(to: Printer, node: Extract<Node, { type: "AssignmentExpression" }>): void {
  if (to.typing.grows.has(node)) to.out.allocate(2);
  printExpression(to, node.left as Node, Strength.call);
  to.out.put(node.operator);
  printExpression(to, node.right, Strength.assignment);
}

function printMember(to: Printer, node: Extract<Node, { type: "MemberExpression" }>): void {
  const { out, typing } = to;
  const access = typing.access.get(node);
  const name = fieldOf(node);
  printExpression(to, node.object as Node, Strength.call);
  if (access === "built-in") out.put(`.${name}`);
  else if (access === "field") {
    const key = FIELD_PREFIX + name;
    out.put(isPlain(key) ? `.${key}` : `[${quote(key)}]`);
  } else if (access === "element") {
    out.put("[");
    printExpression(to, node.property);
    out.put("]");
  } else if (access === "map") {
    // The key is text that is made: it is paid for like all such text.
    out.put(`[${HELPERS.text}("${FIELD_PREFIX}"+`);
    to.helpers.add("text");
    printExpression(to, node.property, Strength.add + 1);
    out.put(")]");
  } else throw new Error("a member without a meaning");
}

function printCall(to: Printer, node: Extract<Node, { type: "CallExpression" }>): void {
  const { out, module, graph } = to;
  const callee = node.callee as Node;
  out.mark(node.start);
  const meaning = callee.type === "Identifier" ? module.meanings.get(callee) : undefined;
  if (isGuestFunction(meaning)) {
    out.put(`${to.names.of(meaning)}(`);
    printList(to, node.arguments);
    if (graph.isRecursive(meaning)) {
      for (let index = node.arguments.length; index < meaning.parameters.length; index++) out.put(index > 0 ? ",void 0" : "void 0");
      if (meaning.parameters.length > 0) out.put(",");
      const inside = to.current !== undefined && graph.componentOf.get(to.current) === graph.componentOf.get(meaning);
      out.put(inside ? `${to.names.depthOf(to.current!)}-1` : String(to.recursionLimit));
    }
    return out.put(")");
  }
  if (meaning === "gate") {
    const op = node.arguments[0];
    to.operations.add(op?.type === "Literal" && typeof op.value === "number" ? op.value : "any");
  } else to.intrinsics.add(callee.type === "Identifier" ? callee.name : callee.type === "MemberExpression" && callee.object.type === "Identifier" && module.meanings.get(callee.object) === "intrinsic" ? `${callee.object.name}.${nameOf(callee)}` : `.${callee.type === "MemberExpression" ? nameOf(callee) : ""}`);
  if (callee.type === "MemberExpression") return printMethod(to, node, callee);
  printExpression(to, callee, Strength.call);
  out.put("(");
  printList(to, node.arguments);
  out.put(")");
}

/** Methods that make text pay by its length afterwards; those that look through text or fill pay in a helper. */
function printMethod(to: Printer, node: Extract<Node, { type: "CallExpression" }>, callee: Extract<Node, { type: "MemberExpression" }>): void {
  const { out, module } = to;
  const name = nameOf(callee)!;
  if (callee.object.type === "Identifier" && module.meanings.get(callee.object) === "intrinsic") {
    if (name === "fromCharCode") out.allocate(1);
    out.put(`${callee.object.name}.${name}(`);
    // Strings are bytes on every engine.
    if (name === "fromCharCode") {
      printExpression(to, node.arguments[0]!, BINARY["&"]);
      out.put("&255");
    } else printList(to, node.arguments);
    return out.put(")");
  }
  const helper = name === "indexOf" ? "find" : name === "fill" ? "fill" : undefined;
  if (helper !== undefined) {
    to.helpers.add(helper);
    out.put(`${HELPERS[helper]}(`);
    printList(to, [callee.object as Node, ...node.arguments]);
    if (name === "indexOf" && node.arguments.length < 2) out.put(",0");
    return out.put(")");
  }
  const makesText = name === "substring";
  if (makesText) {
    to.helpers.add("text");
    out.put(`${HELPERS.text}(`);
  }
  if (name === "push") out.allocate(2 * node.arguments.length);
  if (name === "charAt") out.allocate(1);
  printExpression(to, callee.object as Node, Strength.call);
  out.put(`.${name}(`);
  printList(to, node.arguments);
  out.put(makesText ? "))" : ")");
}

function printNew(to: Printer, node: Extract<Node, { type: "NewExpression" }>): void {
  const { out } = to;
  if (node.callee.type !== "Identifier") throw new Error("new of what is no name");
  const { name } = node.callee;
  const shift = TYPED_ARRAYS.get(name)!;
  const length = node.arguments[0]!;
  to.intrinsics.add(name);
  const isKnown = length.type === "Literal" && typeof length.value === "number" && length.value <= TYPED_ARRAY_LENGTH_MAX;
  if (isKnown) out.allocate(3 + ((Number(length.value) << shift) >> 3));
  out.put(`new ${name}(`);
  if (isKnown) out.put(String(length.value));
  else {
    to.helpers.add("length");
    out.put(`${HELPERS.length}(`);
    printExpression(to, length, Strength.assignment);
    out.put(`,${shift})`);
  }
  out.put(")");
}

/** Text that is made pays by its length; at most two long parts are joined before, so it is at most twice what was paid for. */
function printJoined(to: Printer, node: Node, least: number): void {
  const { out } = to;
  const text = HELPERS.text;
  to.helpers.add("text");
  if (node.type !== "AssignmentExpression") {
    out.put(`${text}(`);
    printParts(to, partsOfJoin(to, node, Kind.String, true));
    return out.put(")");
  }
  const { left, right } = to.typing.joins.get(node)!;
  const open = Strength.assignment < least;
  if (open) out.put("(");
  if (to.typing.grows.has(node)) out.allocate(2);
  printExpression(to, node.left as Node, Strength.call);
  out.put(`=${text}(`);
  printParts(to, [{ node: node.left as Node, isLong: (left & Kind.String) !== 0 }, ...partsOfJoin(to, node.right, right, left === Kind.String)]);
  out.put(open ? "))" : ")");
}

interface JoinPart {
  node: Node | string;
  isLong: boolean;
}

/** The operands of a chain of joins, from left to right. `afterText`: what stands before is text, so that brackets on the right make no difference. */
function partsOfJoin(to: Printer, node: Node, mask: number, afterText: boolean): JoinPart[] {
  const join = to.typing.joins.get(node);
  if (join !== undefined && node.type === "BinaryExpression" && afterText) return [...partsOfJoin(to, node.left as Node, join.left, true), ...partsOfJoin(to, node.right, join.right, join.left === Kind.String)];
  if (node.type !== "TemplateLiteral") return [{ node, isLong: (mask & Kind.String) !== 0 && node.type !== "Literal" }];
  return node.quasis.flatMap((quasi, index) => {
    const text: JoinPart[] = quasi.value.cooked === "" && index > 0 ? [] : [{ node: quasi.value.cooked!, isLong: false }];
    const value = node.expressions[index];
    return value === undefined ? text : [...text, { node: value as Node, isLong: true }];
  });
}

function printParts(to: Printer, parts: readonly JoinPart[]): void {
  const { out } = to;
  // Brackets from the left: C(C(a+b)+c)+d.
  let long = 0;
  const cuts: number[] = [];
  parts.forEach((part, index) => {
    if (part.isLong && long === 2) {
      cuts.push(index);
      long = 1;
    }
    if (part.isLong) long++;
  });
  out.put(`${HELPERS.text}(`.repeat(cuts.length));
  parts.forEach((part, index) => {
    if (cuts.includes(index)) out.put(")");
    if (index > 0) out.put("+");
    if (typeof part.node === "string") out.put(quote(part.node));
    else printExpression(to, part.node, Strength.add + 1);
  });
}
