// The second look: the printed text as a stranger would read it, checked without anything that the verifier found out before.
//
// Small on purpose: which names may stand free, which members may be named, what may be a key. If a check of kinds, a printer's branch or a fixpoint had a
// hole, its text would still have to pass here. (What it can't see is whether a key that stands bare is a number: that rests on the kinds.)

import type { Program } from "acorn";
import type { Node } from "./guest.ts";
import { INTRINSIC_NAMES, MATH, MEMBER_NAMES, TYPED_ARRAYS } from "./intrinsics.ts";
import { FIELD_PREFIX, FRAME, HELPERS } from "./names.ts";

/** Says what is wrong with printed text, or undefined. `program` is that text, parsed as a script. */
export function recheck(text: string, program: Program): string | undefined {
  if (!/^[\x20-\x7e]+$/.test(text)) return "the text is not printable ASCII";
  const only = program.body.length === 1 ? program.body[0]! : undefined;
  if (only?.type !== "ExpressionStatement" || only.expression.type !== "FunctionExpression" || only.end !== text.length) return "the text is no single function expression";
  const functions = new Set<string>();
  for (const node of only.expression.body.body) if (node.type === "FunctionDeclaration") functions.add(node.id.name);
  try {
    check(only.expression, new Set(), undefined, { functions, depth: 0 });
  } catch (error) {
    if (error instanceof Flaw) return error.message;
    throw error;
  }
  return undefined;
}

const HELPER_NAMES: ReadonlySet<string> = new Set(Object.values(HELPERS));

class Flaw extends Error {}

interface Place {
  /** Functions of the module: called, and nothing else. */
  functions: ReadonlySet<string>;
  depth: number;
}

/** Whatever in a node is a node, known form or not. */
function children(node: Node): Node[] {
  const found: Node[] = [];
  for (const key in node) {
    const value = (node as unknown as Record<string, unknown>)[key];
    if (typeof value !== "object" || value === null) continue;
    if (Array.isArray(value)) {
      for (const one of value as unknown[]) if (isNode(one)) found.push(one);
    } else if (isNode(value)) found.push(value);
  }
  return found;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

/** Names that a function declares itself: parameters and `var`. */
function declared(node: Node, into: Set<string>, isTop: boolean): Set<string> {
  if (!isTop && (node.type === "FunctionExpression" || node.type === "FunctionDeclaration")) return into;
  if (node.type === "FunctionExpression" || node.type === "FunctionDeclaration") for (const one of node.params) if (one.type === "Identifier") into.add(one.name);
  if (node.type === "VariableDeclarator" && node.id.type === "Identifier") into.add(node.id.name);
  for (const one of children(node)) declared(one, into, false);
  return into;
}

const REFUSED = new Set(["ThisExpression", "ClassExpression", "ClassDeclaration", "ArrowFunctionExpression", "ImportExpression", "MetaProperty", "TaggedTemplateExpression", "WithStatement", "LabeledStatement", "ForInStatement", "YieldExpression", "AwaitExpression", "SpreadElement", "RestElement", "AssignmentPattern", "ObjectPattern", "ArrayPattern", "Super", "DebuggerStatement", "TemplateLiteral", "ChainExpression"]);

function check(node: Node, names: ReadonlySet<string>, parent: Node | undefined, place: Place): void {
  if (REFUSED.has(node.type)) throw new Flaw(`${node.type} at ${node.start}`);
  switch (node.type) {
    case "FunctionExpression":
    case "FunctionDeclaration": {
      // The frame, its functions and helpers, and the few functions that it gives out.
      if (place.depth > 1 || node.async || node.generator) throw new Flaw(`a function inside of a function at ${node.start}`);
      if (node.type === "FunctionExpression" && node.id) throw new Flaw(`a named function expression at ${node.start}`);
      const own = declared(node, new Set(), true);
      if (node.type === "FunctionDeclaration" && !HELPER_NAMES.has(node.id?.name ?? "")) for (const name of own) if (names.has(name) || place.functions.has(name)) throw new Flaw(`${name} is shadowed at ${node.start}`);
      // Helpers, and what the frame gives out, have parameters that may be called like functions of the module; they run no code of it but handle.
      const functions = new Set([...place.functions].filter((name) => !own.has(name)));
      return check(node.body, new Set([...names, ...own]), node, { functions, depth: place.depth + 1 });
    }
    case "CatchClause":
      if (node.param?.type === "Identifier" && names.has(node.param.name)) throw new Flaw(`${node.param.name} is shadowed at ${node.start}`);
      if (node.param?.type === "Identifier") return check(node.body, new Set([...names, node.param.name]), node, place);
      break;
    case "Identifier":
      return checkName(node, names, parent, place);
    case "MemberExpression":
      checkMember(node, names, parent, place);
      return;
    case "Property":
      if (node.kind !== "init" || node.computed || node.shorthand || node.method || !String(node.key.type === "Identifier" ? node.key.name : node.key.type === "Literal" ? node.key.value : "").startsWith(FIELD_PREFIX)) throw new Flaw(`a property at ${node.start}`);
      return check(node.value, names, node, place);
    case "NewExpression":
      if (node.callee.type !== "Identifier" || !TYPED_ARRAYS.has(node.callee.name)) throw new Flaw(`new at ${node.start}`);
      break;
    case "Literal":
      if (node.regex || node.bigint) throw new Flaw(`a literal at ${node.start}`);
      break;
    case "UnaryExpression":
      if (node.operator === "delete") throw new Flaw(`delete at ${node.start}`);
      break;
    case "BinaryExpression":
      if (node.operator === "in" || node.operator === "instanceof") throw new Flaw(`${node.operator} at ${node.start}`);
      break;
    default:
  }
  for (const one of children(node)) check(one, names, node, place);
}

function checkName(node: Extract<Node, { type: "Identifier" }>, names: ReadonlySet<string>, parent: Node | undefined, place: Place): void {
  const isCallee = (parent?.type === "CallExpression" || parent?.type === "NewExpression") && parent.callee === node;
  if (place.functions.has(node.name)) {
    if (!isCallee && parent?.type !== "FunctionDeclaration") throw new Flaw(`the function ${node.name} as a value at ${node.start}`);
  } else if (node.name === FRAME.gate) {
    if (!isCallee) throw new Flaw(`the gate as a value at ${node.start}`);
  } else if (!names.has(node.name)) {
    const isIntrinsic = isCallee && (node.name === "parseInt" ? parent.type === "CallExpression" : parent.type === "NewExpression" && TYPED_ARRAYS.has(node.name));
    if (!isIntrinsic) throw new Flaw(`the free name ${node.name} at ${node.start}`);
  } else if (isCallee && node.name !== FRAME.fuel) throw new Flaw(`the variable ${node.name} is called at ${node.start}`);
}

function checkMember(node: Extract<Node, { type: "MemberExpression" }>, names: ReadonlySet<string>, parent: Node | undefined, place: Place): void {
  const { object, property } = node;
  const isCallee = parent?.type === "CallExpression" && parent.callee === node;
  if (!node.computed) {
    if (property.type !== "Identifier") throw new Flaw(`a private name at ${node.start}`);
    const { name } = property;
    const isNamespace = object.type === "Identifier" && !names.has(object.name) && INTRINSIC_NAMES.has(object.name);
    if (isNamespace) {
      if (!isCallee || !(object.name === "Math" ? MATH.has(name) : object.name === "String" && name === "fromCharCode")) throw new Flaw(`${object.name}.${name} at ${node.start}`);
      return;
    }
    if (name.startsWith(FIELD_PREFIX) ? isCallee : !MEMBER_NAMES.has(name) || isCallee !== (name !== "length")) throw new Flaw(`the member ${name} at ${node.start}`);
  } else {
    if (isCallee) throw new Flaw(`a computed callee at ${node.start}`);
    const isText = property.type === "Literal" && typeof property.value === "string";
    if (isText && !String(property.value).startsWith(FIELD_PREFIX)) throw new Flaw(`the key ${property.value} at ${node.start}`);
    if (!isText && property.type === "CallExpression" && property.callee.type === "Identifier" && property.callee.name === HELPERS.text && !isPrefixed(property.arguments[0])) throw new Flaw(`a text key without a prefix at ${node.start}`);
    check(property, names, node, place);
  }
  check(object as Node, names, node, place);
}

/** `"$"+x`, the first operand of a chain of +. */
function isPrefixed(node: Node | undefined): boolean {
  for (let at = node; at !== undefined; at = at.type === "BinaryExpression" && at.operator === "+" ? (at.left as Node) : undefined) if (at.type === "Literal" && at.value === FIELD_PREFIX) return true;
  return false;
}
