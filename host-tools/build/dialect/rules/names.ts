// Names: which identifiers, globals, members and methods exist on Espruino.

import type { Hit, Rule } from "../rule.ts";
import { calledMethod, isClass, memberName, nodesOf } from "../tree.ts";
import type { Node, Unit } from "../unit.ts";
import { BOARD_GLOBALS, GLOBAL_ADVICE, METHOD_ADVICE, NAMESPACE_MEMBERS, PURE_GLOBALS, RESERVED_MEMBERS } from "../vocabulary.ts";

function freeName(unit: Unit, node: Node): string | undefined {
  if (node.type !== "Identifier") return undefined;
  const reference = unit.scopes.referenceAt(node);
  return reference !== undefined && reference.variable === undefined ? node.name : undefined;
}

export const reservedName: Rule = {
  id: "reserved-name",
  row: "reserved words: of, static",
  severity: "error",
  why: "`of`, `static` and `let` are reserved words on Espruino and can't name a variable (a minifier with many locals does make up `of`)",
  instead: "rename it, or split the function so that fewer locals are in scope",
  *find(unit) {
    for (const variable of unit.scopes.variables) {
      if (variable.name === "of" || variable.name === "static" || variable.name === "let") yield { at: variable.id.start, detail: `variable "${variable.name}"` };
    }
  },
};

export const reservedMember: Rule = {
  id: "reserved-member",
  row: "class method called delete",
  severity: "error",
  why: "Espruino's class bodies and accessors take only plain names: no reserved word, number or string",
  instead: "rename the member (plain properties of object literals may have such names)",
  *find(unit) {
    for (const node of nodesOf(unit, "MethodDefinition", "PropertyDefinition", "Property")) {
      if (node.computed || node.key.type === "PrivateIdentifier") continue;
      if (node.type === "Property" && node.kind === "init") continue;
      if (node.key.type !== "Identifier") yield { at: node.key.start, detail: "the member's name is not a plain name" };
      else if (RESERVED_MEMBERS.has(node.key.name)) yield { at: node.key.start, detail: `member "${node.key.name}"` };
    }
  },
};

export const missingGlobal: Rule = {
  id: "missing-global",
  row: "Map, Set, Symbol, Proxy, Reflect, BigInt, TextEncoder, structuredClone absent; Promise statics",
  severity: "error",
  why: "the name doesn't exist on Espruino, or a tile may not reach for it: powers come in by the port",
  instead: "use what hal/lib.tile.d.ts declares",
  *find(unit) {
    const known = unit.kind === "tile" ? PURE_GLOBALS : BOARD_GLOBALS;
    for (const reference of unit.scopes.references) {
      if (reference.variable !== undefined || known.has(reference.name) || reference.name === "arguments") continue;
      const advice = GLOBAL_ADVICE.get(reference.name);
      yield { at: reference.node.start, detail: advice === undefined ? `unknown name "${reference.name}"` : `"${reference.name}": ${advice}` };
    }
  },
};

export const missingMember: Rule = {
  id: "missing-member",
  row: "Math.*, Number.*, Object.*, Array.*, String.*, JSON.*, Promise statics",
  severity: "error",
  why: "this member doesn't exist on Espruino, or answers differently",
  instead: "use what hal/lib.tile.d.ts declares",
  *find(unit) {
    for (const node of nodesOf(unit, "MemberExpression")) {
      const name = freeName(unit, node.object);
      if (name === undefined) continue;
      const members = NAMESPACE_MEMBERS.get(name);
      if (members === undefined) continue;
      const member = memberName(node);
      if (member === undefined) yield { at: node.start, detail: `${name}[…] with a key known only at run time` };
      else if (!members.has(member)) yield { at: node.start, detail: `${name}.${member}` };
    }
  },
};

export const missingMethod: Rule = {
  id: "missing-method",
  row: "Array methods; String methods; typed arrays",
  severity: "error",
  why: "no object has this method on Espruino",
  instead: "write the loop, or rename your own method if it only happens to have this name",
  *find(unit) {
    for (const node of nodesOf(unit, "CallExpression")) {
      const method = calledMethod(node);
      if (method === undefined) continue;
      const advice = METHOD_ADVICE.get(method.name);
      if (advice === undefined || (freeName(unit, method.callee.object) === "Object" && advice.onObject === true)) continue;
      if (advice.stringHasIt === true && isStringExpression(method.callee.object)) continue;
      yield { at: method.callee.property.start, detail: `.${method.name}(): ${advice.instead}` };
    }
  },
};

/** An expression whose value is a string by its form alone. */
export function isStringExpression(node: Node): boolean {
  if (node.type === "TemplateLiteral") return true;
  if (node.type === "Literal") return typeof node.value === "string";
  if (node.type === "BinaryExpression") return node.operator === "+" && (isStringExpression(node.left as Node) || isStringExpression(node.right));
  if (node.type === "CallExpression") {
    if (node.callee.type === "Identifier") return node.callee.name === "String";
    const name = memberName(node.callee);
    return name !== undefined && ["toString", "join", "substr", "substring", "charAt", "fromCharCode", "repeat", "padStart", "padEnd", "trim", "toUpperCase", "toLowerCase", "stringify"].includes(name);
  }
  return false;
}

function isArrayExpression(node: Node): boolean {
  if (node.type === "ArrayExpression") return true;
  const method = calledMethod(node);
  return method !== undefined && ["split", "keys", "entries", "values", "splice", "concat"].includes(method.name);
}

export const typedSlice: Rule = {
  id: "typed-array-slice",
  row: "typed arrays: slice() returns a plain Array",
  severity: "error",
  why: "on a typed array Espruino's slice() gives a plain Array, 1 variable an element; the text can't show that this is no typed array",
  instead: "`subarray` for typed arrays (copy with `new Uint8Array(part)`), `substring` for strings, `[].slice.call(a, from, to)` where a plain Array is meant",
  *find(unit) {
    for (const node of nodesOf(unit, "CallExpression")) {
      const method = calledMethod(node);
      if (method?.name !== "slice" || isStringExpression(method.callee.object) || isArrayExpression(method.callee.object)) continue;
      yield { at: method.callee.property.start };
    }
  },
};

export const prototypeBorrow: Rule = {
  id: "prototype-borrow",
  row: "Array.prototype.slice etc. undefined until added",
  severity: "error",
  why: "built-in methods aren't properties of the prototype objects on Espruino: Array.prototype.slice is undefined",
  instead: "borrow from an instance: `[].slice.call(…)`",
  *find(unit) {
    for (const node of nodesOf(unit, "MemberExpression")) {
      if (node.object.type !== "MemberExpression" || memberName(node.object) !== "prototype") continue;
      const name = freeName(unit, node.object.object);
      if (name === undefined || (name === "Object" && memberName(node) === "hasOwnProperty")) continue;
      yield { at: node.start, detail: `${name}.prototype.${memberName(node) ?? "[…]"}` };
    }
  },
};

export const nameProperty: Rule = {
  id: "name-property",
  row: "fn.name, class.name, constructor.name; Error.name",
  severity: "error",
  why: "functions, classes and errors have no name on Espruino, and minifying changes it elsewhere",
  instead: "carry an own field (`kind`, `code`)",
  *find(unit) {
    for (const node of nodesOf(unit, "MemberExpression")) {
      const member = memberName(node);
      if (member !== "name" && member !== "cause") continue;
      const object = node.object;
      if (memberName(object) === "constructor" || object.type === "NewExpression") yield { at: node.start };
      if (object.type !== "Identifier") continue;
      const variable = unit.scopes.referenceAt(object)?.variable;
      const holdsCode = variable?.kind === "function" || variable?.kind === "class" || (variable?.declaration.type === "VariableDeclarator" && variable.declaration.init && isCode(variable.declaration.init));
      if (variable?.kind === "catch" || holdsCode === true) yield { at: node.start, detail: `${object.name}.${member}` };
    }
  },
};

function isCode(node: Node): boolean {
  return node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression" || isClass(node);
}

export const lengthAssignment: Rule = {
  id: "length-assignment",
  row: "a.length=n throws",
  severity: "error",
  why: "Espruino throws \"Assignment to a constant\"",
  instead: "use splice, or keep an own count beside the array",
  *find(unit): Generator<Hit> {
    for (const node of nodesOf(unit, "AssignmentExpression", "UpdateExpression")) {
      const target: Node = node.type === "AssignmentExpression" ? node.left : node.argument;
      if (memberName(target) === "length") yield { at: target.start };
    }
  },
};

export const errorKind: Rule = {
  id: "error-kind",
  row: "calling a missing method throws Error, not TypeError",
  severity: "error",
  why: "Espruino throws other kinds of errors than JavaScript says, and errors of its own have no class",
  instead: "ask for a field that your own code has put into the value it throws",
  *find(unit): Generator<Hit> {
    for (const node of nodesOf(unit, "BinaryExpression")) {
      const name = node.operator === "instanceof" ? freeName(unit, node.right) : undefined;
      if (name !== undefined && name.endsWith("Error") && name !== "Error") yield { at: node.start, detail: `instanceof ${name}` };
    }
  },
};
