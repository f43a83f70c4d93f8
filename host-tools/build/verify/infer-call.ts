// Kinds of calls: the gate, the module's own functions, intrinsics, and methods of strings, arrays and typed arrays.

import { isGuestFunction, type Node } from "./guest.ts";
import { NUMBER, STRING, UNDEFINED, type Value } from "./heap.ts";
import { nameOf } from "./infer-member.ts";
import type { Typing } from "./infer.ts";
import { ARRAY_METHODS, BYTES_METHODS, MATH, MEMBER_NAMES, STRING_METHODS, TYPED_ARRAYS, type Method } from "./intrinsics.ts";
import { Kind, kindWords, NOTHING, within } from "./kinds.ts";

type Call = Extract<Node, { type: "CallExpression" }>;

const GATE_NUMBERS = 5;

export function callOf(typing: Typing, node: Call): Value {
  const { heap, module } = typing;
  const { callee } = node;
  if (callee.type === "MemberExpression") return callee.object.type === "Identifier" && module.meanings.get(callee.object) === "intrinsic" ? namespaceCall(typing, node, callee.object.name, nameOf(callee) ?? "") : methodCall(typing, node, callee);
  const given = node.arguments.map((one) => typing.value(one));
  const meaning = callee.type === "Identifier" ? module.meanings.get(callee) : undefined;
  if (meaning === "gate") {
    given.forEach(({ mask }, index) => {
      if (index <= GATE_NUMBERS && !within(mask, index === GATE_NUMBERS ? Kind.String : Kind.Number)) typing.reject("gate-argument", node.arguments[index]!.start, `argument ${index + 1} may be ${kindWords(mask)}`);
    });
    if (given.length === 0) typing.reject("gate-argument", node.start, "no operation");
    if (given.length > GATE_NUMBERS + 1) typing.reject("gate-argument", node.arguments[GATE_NUMBERS + 1]!.start, `${given.length} arguments`);
    return NUMBER;
  }
  if (isGuestFunction(meaning)) {
    meaning.parameters.forEach((parameter, index) => heap.flow(given[index] ?? UNDEFINED, parameter.cell));
    if (given.length > meaning.parameters.length) typing.reject("argument-count", node.start, `${meaning.name} has ${meaning.parameters.length} parameters`);
    return heap.read(meaning.result, typing.body);
  }
  if (callee.type === "Identifier" && callee.name === "parseInt" && meaning === "intrinsic") {
    const base = node.arguments[1];
    if (given.length !== 2 || given[0]!.mask !== Kind.String) typing.reject("intrinsic-argument", node.start, "parseInt takes a string and 10 or 16");
    else if (base?.type !== "Literal" || (base.value !== 10 && base.value !== 16)) typing.reject("intrinsic-argument", base!.start, "the base has to be 10 or 16, written out");
    return NUMBER;
  }
  typing.reject(meaning === "intrinsic" ? "intrinsic-form" : "function-value", node.start, "this can't be called like that");
  return { mask: 0 };
}

function namespaceCall(typing: Typing, node: Call, namespace: string, name: string): Value {
  const given = node.arguments.map((one) => typing.value(one));
  if (namespace === "String" && name === "fromCharCode") {
    if (given.length !== 1 || !within(given[0]!.mask, Kind.Number)) typing.reject("intrinsic-argument", node.start, `String.fromCharCode takes one number${given.length === 1 ? `, not ${kindWords(given[0]!.mask)}` : ""}`);
    return STRING;
  }
  const known = namespace === "Math" ? MATH.get(name) : undefined;
  if (known === undefined) typing.reject("intrinsic-form", node.start, `${namespace}.${name} is not among the intrinsics`);
  else checkArguments(typing, node, `Math.${name}`, known, given);
  return NUMBER;
}

function checkArguments(typing: Typing, node: Call, name: string, known: Method, given: readonly Value[]): void {
  if (given.length < known.least || (given.length > known.takes.length && known.isVariadic === undefined)) return typing.reject("intrinsic-argument", node.start, `${name} with ${given.length} arguments`);
  given.forEach(({ mask }, index) => {
    const takes = known.takes[Math.min(index, known.takes.length - 1)]!;
    if (known.takesAnything === undefined && !within(mask, takes)) typing.reject("intrinsic-argument", node.arguments[index]!.start, `${name} takes ${kindWords(takes)}, and this may be ${kindWords(mask)}`);
  });
}

const TABLES: readonly [number, ReadonlyMap<string, Method>][] = [[Kind.String, STRING_METHODS], [Kind.Array, ARRAY_METHODS], [Kind.Bytes, BYTES_METHODS]];

function methodCall(typing: Typing, node: Call, callee: Extract<Node, { type: "MemberExpression" }>): Value {
  const { heap } = typing;
  const object = typing.value(callee.object as Node);
  const given = node.arguments.map((one) => typing.value(one));
  const name = callee.computed ? undefined : nameOf(callee);
  if (name === undefined || !MEMBER_NAMES.has(name)) {
    typing.reject("method", callee.start, name === undefined ? "a computed method" : `.${name}()`);
    return { mask: 0 };
  }
  const kind = object.mask & ~NOTHING;
  if (kind === 0) {
    // Of nothing: it throws, and gives no value.
    if (typing.isFinal) typing.access.set(callee, "built-in");
    return { mask: 0 };
  }
  const table = TABLES.find(([one]) => one === kind);
  const known = table?.[1].get(name);
  if (known === undefined) {
    const isElsewhere = TABLES.some(([one, methods]) => one & kind && methods.has(name));
    typing.reject(isElsewhere ? "receiver" : "method", callee.start, `.${name}() of what may be ${kindWords(object.mask)}`);
    return { mask: 0 };
  }
  if (typing.isFinal) typing.access.set(callee, "built-in");
  checkArguments(typing, node, `.${name}`, known, given);
  if (table?.[0] === Kind.Bytes) return { mask: known.gives };
  if (name === "push") for (const one of given) heap.flow(one, heap.shape(object.shape!).element);
  if (name === "pop") return heap.join(heap.read(heap.shape(object.shape!).element, typing.body), UNDEFINED);
  return { mask: known.gives };
}

/** Typed arrays are all that can be made with new. */
export function newOf(typing: Typing, node: Extract<Node, { type: "NewExpression" }>): Value {
  const given = node.arguments.map((one) => typing.value(one));
  if (node.callee.type !== "Identifier" || typing.module.meanings.get(node.callee) !== "intrinsic" || !TYPED_ARRAYS.has(node.callee.name)) {
    typing.reject("intrinsic-form", node.start, "new of what is no typed array");
    return { mask: 0 };
  }
  if (given.length !== 1 || !within(given[0]!.mask, Kind.Number)) typing.reject("intrinsic-argument", node.start, `a typed array takes its length, one number${given.length === 1 ? `, not ${kindWords(given[0]!.mask)}` : ""}`);
  return { mask: Kind.Bytes };
}
