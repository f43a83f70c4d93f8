// Which forms the guest language has: a walk over the tree that knows them all and refuses whatever it does not know.
//
// The table says for each form where its parts are. What is not in it is rejected, so a form that a later ECMAScript adds is rejected too.

import type { Node } from "./guest.ts";
import type { RuleId } from "./rules.ts";

/** Deepest nesting of the tree that is looked at; deeper ones are rejected before anything recursive sees them. */
export const NESTING_MAX = 200;

export type Reject = (rule: RuleId, at: number, reason: string) => void;

/** Forms and the names of their parts, in order of evaluation where that matters. */
export const PARTS: Readonly<Record<string, readonly string[]>> = {
  Program: ["body"], ExportNamedDeclaration: ["declaration"], FunctionDeclaration: ["params", "body"], VariableDeclaration: ["declarations"], VariableDeclarator: ["id", "init"],
  BlockStatement: ["body"], EmptyStatement: [], ExpressionStatement: ["expression"], IfStatement: ["test", "consequent", "alternate"], SwitchStatement: ["discriminant", "cases"], SwitchCase: ["test", "consequent"],
  ReturnStatement: ["argument"], BreakStatement: [], ContinueStatement: [], ThrowStatement: ["argument"], TryStatement: ["block", "handler", "finalizer"], CatchClause: ["param", "body"],
  ForStatement: ["init", "test", "update", "body"], ForOfStatement: ["left", "right", "body"], WhileStatement: ["test", "body"], DoWhileStatement: ["body", "test"],
  Identifier: [], Literal: [], TemplateLiteral: ["quasis", "expressions"], TemplateElement: [], ArrayExpression: ["elements"], ObjectExpression: ["properties"], Property: ["value"],
  UnaryExpression: ["argument"], UpdateExpression: ["argument"], BinaryExpression: ["left", "right"], LogicalExpression: ["left", "right"], AssignmentExpression: ["left", "right"],
  ConditionalExpression: ["test", "consequent", "alternate"], SequenceExpression: ["expressions"], MemberExpression: ["object", "property"], CallExpression: ["callee", "arguments"], NewExpression: ["callee", "arguments"],
};

const REFUSED: Readonly<Record<string, [RuleId, string]>> = {
  FunctionExpression: ["function-value", "a function expression"], ArrowFunctionExpression: ["function-value", "an arrow function"],
  ClassDeclaration: ["class", "a class"], ClassExpression: ["class", "a class"],
  ThisExpression: ["this", "this"], Super: ["this", "super"], MetaProperty: ["this", "new.target or import.meta"],
  ImportDeclaration: ["import", "an import"], ImportExpression: ["import", "a dynamic import"], ExportAllDeclaration: ["import", "an export from elsewhere"], ExportDefaultDeclaration: ["handle", "a default export"],
  ObjectPattern: ["pattern", "destructuring"], ArrayPattern: ["pattern", "destructuring"], AssignmentPattern: ["pattern", "a default value"], RestElement: ["pattern", "a rest parameter"], SpreadElement: ["pattern", "a spread"],
  ChainExpression: ["operator", "?."], ForInStatement: ["statement", "for-in"], LabeledStatement: ["statement", "a label"], WithStatement: ["statement", "with"], DebuggerStatement: ["statement", "debugger"],
  YieldExpression: ["statement", "yield"], AwaitExpression: ["statement", "await"], TaggedTemplateExpression: ["literal", "a tagged template"],
};

const BINARY = new Set(["+", "-", "*", "/", "%", "|", "&", "^", "<<", ">>", ">>>", "<", ">", "<=", ">=", "==", "!=", "===", "!=="]);
const ASSIGNMENT = new Set(["=", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "<<=", ">>=", ">>>="]);
const UNARY = new Set(["-", "!", "~", "typeof", "void", "+"]);

/** Children of a node of a known form, in the order of PARTS. */
export function partsOf(node: Node): Node[] {
  const found: Node[] = [];
  for (const part of PARTS[node.type] ?? []) {
    if (part === "property" && !(node as Extract<Node, { type: "MemberExpression" }>).computed) continue;
    const value = (node as unknown as Record<string, Node | (Node | null)[] | null | undefined>)[part];
    if (Array.isArray(value)) {
      for (const item of value) if (item !== null) found.push(item);
    } else if (value) found.push(value);
  }
  return found;
}

/** Rejects every form that is not the guest language's. */
export function checkSyntax(program: Node, reject: Reject): void {
  const walk = (node: Node, depth: number): void => {
    if (depth > NESTING_MAX) return reject("too-large", node.start, `nested ${NESTING_MAX} deep`);
    const refused = REFUSED[node.type];
    if (refused !== undefined) return reject(refused[0], node.start, refused[1]);
    if (PARTS[node.type] === undefined) return reject("statement", node.start, node.type);
    checkForm(node, reject);
    // What a getter or method would run has been refused as a whole.
    if (node.type === "Property" && (node.kind !== "init" || node.method)) return;
    for (const part of partsOf(node)) {
      if (part.type === "FunctionDeclaration" && depth > 1) reject("function-value", part.start, "a function inside of a function or block");
      else walk(part, depth + 1);
    }
  };
  walk(program, 0);
}

function checkForm(node: Node, reject: Reject): void {
  switch (node.type) {
    case "FunctionDeclaration":
      if (node.generator || node.async) reject("statement", node.start, "a generator or async function");
      break;
    case "VariableDeclaration":
      if (node.kind !== "var" && node.kind !== "let" && node.kind !== "const") reject("statement", node.start, `a declaration with ${node.kind}`);
      break;
    case "ForOfStatement":
      if (node.await) reject("statement", node.start, "for await");
      if (node.left.type !== "Identifier" && node.left.type !== "VariableDeclaration") reject("pattern", node.left.start, "for-of into something that is no variable");
      break;
    case "BreakStatement":
    case "ContinueStatement":
      if (node.label) reject("statement", node.start, "a label");
      break;
    case "SwitchStatement":
      if (node.cases.slice(0, -1).some((one) => !one.test)) reject("declaration-place", node.start, "default is not last");
      break;
    case "SwitchCase":
      for (const one of node.consequent) if (one.type === "VariableDeclaration" && one.kind !== "var") reject("declaration-place", one.start, `${one.kind} directly in a case`);
      break;
    case "Literal":
      if (node.regex || node.value instanceof RegExp) reject("literal", node.start, "a regular expression");
      else if (node.bigint || typeof node.value === "bigint") reject("literal", node.start, "a BigInt");
      else if (typeof node.value === "number" && !Number.isSafeInteger(node.value)) reject("number-literal", node.start, String(node.raw ?? node.value));
      else if (node.value === "__proto__") reject("proto", node.start, "the string __proto__");
      break;
    case "TemplateElement":
      if (typeof node.value.cooked !== "string") reject("literal", node.start, "a template with an escape that means nothing");
      else if (node.value.cooked === "__proto__") reject("proto", node.start, "the string __proto__");
      break;
    case "Identifier":
      if (node.name === "__proto__") reject("proto", node.start, "the name __proto__");
      break;
    case "MemberExpression":
      if (node.optional) reject("operator", node.start, "?.");
      if (node.object.type === "Super") break;
      if (!node.computed && node.property.type !== "Identifier") reject("class", node.property.start, "a private name");
      else if (!node.computed && node.property.type === "Identifier" && node.property.name === "__proto__") reject("proto", node.property.start, "the member __proto__");
      break;
    case "CallExpression":
      if (node.optional) reject("operator", node.start, "?.");
      break;
    case "ArrayExpression":
      if (node.elements.includes(null)) reject("literal-form", node.start, "a gap in an array");
      break;
    case "ObjectExpression":
      for (const one of node.properties) if (one.type === "Property") checkProperty(one, reject);
      break;
    case "UnaryExpression":
      if (!UNARY.has(node.operator)) reject("operator", node.start, node.operator);
      break;
    case "BinaryExpression":
      if (!BINARY.has(node.operator)) reject("operator", node.start, node.operator);
      break;
    case "LogicalExpression":
      if (node.operator !== "&&" && node.operator !== "||" && node.operator !== "??") reject("operator", node.start, node.operator);
      break;
    case "AssignmentExpression":
      if (!ASSIGNMENT.has(node.operator)) reject("operator", node.start, node.operator);
      break;
    default:
  }
}

function checkProperty(node: Extract<Node, { type: "Property" }>, reject: Reject): void {
  if (node.kind !== "init" || node.method) reject("literal-form", node.start, "a getter, setter or method");
  else if (node.computed) reject("literal-form", node.start, "a computed key");
  else if (node.key.type === "Identifier" ? node.key.name === "__proto__" : node.key.type === "Literal" && node.key.value === "__proto__") reject("proto", node.key.start, "the key __proto__");
  else if (node.key.type !== "Identifier" && !(node.key.type === "Literal" && (typeof node.key.value === "string" || Number.isSafeInteger(node.key.value)))) reject("number-literal", node.key.start, "a key that is no integer");
}
