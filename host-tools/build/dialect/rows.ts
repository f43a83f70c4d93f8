// The reference table of the dialect (what Espruino 2v29 can't run, or runs differently), row by row, and what holds each row in the build.
// A row is held by rules over the shipped text, or it can't be seen in a text: then this says what holds it instead.

export interface DialectRow {
  row: string;
  /** Rules that hold it; empty when the text can't show it. */
  rules: readonly string[];
  /** What holds the part that no rule can see. */
  otherwise?: string;
}

export const DIALECT_ROWS: readonly DialectRow[] = [
  { row: "let/const block scope, const assignment", rules: [], otherwise: "works" },
  { row: "function hoisting", rules: ["use-before-declaration"] },
  { row: "var hoisting, TDZ", rules: ["use-before-declaration", "declaration-in-block", "declaration-across-cases"] },
  { row: "let in for(let …) and for(let x of …) captured by closures", rules: ["loop-closure"] },
  { row: "arrow functions: arguments, default parameter", rules: ["arrow-arguments", "default-parameter"] },
  { row: "default params, rest params, spread", rules: ["default-parameter", "rest-parameter", "spread"] },
  { row: "destructuring", rules: ["destructuring"] },
  { row: "tagged template literals, String.raw", rules: ["tagged-template", "missing-member"] },
  { row: "computed keys", rules: ["computed-key"] },
  { row: "classes: fields using this", rules: ["field-uses-this"] },
  { row: "classes: field without value, #private, static block, computed or generator method", rules: ["field-without-value", "private-name", "static-block", "computed-key", "generator"] },
  { row: "super.m()", rules: ["super-method"] },
  { row: "static inheritance", rules: ["static-inheritance"] },
  { row: "class name inside class expression", rules: ["class-self-name"] },
  { row: "fn.name, class.name, constructor.name", rules: ["name-property"] },
  { row: "extends Error / Array / Uint8Array / Promise", rules: ["extends-builtin"] },
  { row: "Error.name, cause; a missing method throws Error", rules: ["name-property", "error-options", "error-kind"] },
  { row: "Promise: statics, order, crash", rules: ["missing-global", "missing-member"] },
  { row: "async/await, generators, for await", rules: ["async", "generator"] },
  { row: "Map, Set, WeakMap, WeakRef, Symbol, Proxy, Reflect, BigInt, TextEncoder, structuredClone", rules: ["missing-global", "bigint"] },
  { row: "for-of: custom iterators, destructuring", rules: ["destructuring", "missing-global"], otherwise: "Symbol is absent, so no iterator can be made" },
  { row: "for-in: order, methods of classes", rules: ["for-in"] },
  { row: "labels", rules: ["label"] },
  { row: "switch: case after default", rules: ["case-after-default"] },
  { row: "try/catch/finally, optional catch binding", rules: [], otherwise: "works; that out-of-memory skips both is held by the crash-only kernel" },
  { row: "?., ??= ||= &&=, **", rules: ["optional-chain", "logical-assignment", "exponent"] },
  { row: "ASI after return, before ++", rules: ["semicolon-insertion"] },
  { row: "in inside a for-init", rules: ["in-inside-for-init"] },
  { row: "reserved words: of, static; class method called delete", rules: ["reserved-name", "reserved-member"] },
  { row: "debugger", rules: ["debugger"] },
  { row: "getter as a statement; getters not in JSON", rules: ["getter-statement"], otherwise: "which object reaches JSON.stringify is known at run time only" },
  { row: "typed arrays: slice, from, of, copyWithin, BYTES_PER_ELEMENT, isView", rules: ["typed-array-slice", "missing-member", "missing-method"] },
  { row: "DataView: no range check", rules: [], otherwise: "offsets are known at run time only; hal/lib.tile.d.ts says so where it is called" },
  { row: "Array methods that are missing; sort not stable; a.length=n", rules: ["missing-method", "missing-member", "sort-order", "length-assignment"] },
  { row: "Array.prototype.slice undefined until added", rules: ["prototype-borrow"] },
  { row: "String methods that are missing; split limit", rules: ["missing-method", "split-limit"] },
  { row: "Object.*: freeze, seal, is, hasOwn; create, defineProperty", rules: ["missing-member", "object-create", "define-property"] },
  { row: "regex features", rules: ["regex-feature"] },
  { row: "Math.* and Number.* that are missing or differ; Math.round; +\" 5 \"", rules: ["missing-member", "unary-plus", "parse-int"] },
  { row: "32-bit ints: product and |0", rules: ["product-bits"] },
  { row: "doubles: printing, parsing, literals over 2^63, Math.pow", rules: ["float-literal", "large-literal", "missing-member"] },
  { row: "JSON: reviver, replacer, indentation", rules: ["json-callback"], otherwise: "undefined and circular values are known at run time only" },
  { row: "strings: bytes, Unicode flag, escapes", rules: ["wide-string", "non-ascii", "code-point-escape", "line-continuation"] },
  { row: "eval local scope, Function", rules: ["missing-global"] },
  { row: "enum and namespace patterns", rules: ["enum-object"] },
  { row: "apply max 256 arguments", rules: ["apply-limit"] },
  { row: "'use strict' ignored, sloppy this", rules: ["use-strict", "this-in-function"] },
  { row: "setImmediate, process.nextTick, module.exports, import/export", rules: ["missing-global", "module-syntax"] },
  { row: "with, new.target (measured for this table)", rules: ["with-statement", "new-target"] },
  { row: "native closures as secrets", rules: [], otherwise: "the kernel gives guests integers only" },
  { row: "recursion and stack", rules: ["recursion", "nesting-depth", "function-nesting"], otherwise: "call-depth.ts bounds every chain of calls and refuses circles" },
  { row: "out of memory not catchable", rules: [], otherwise: "variables.ts and the budgets; the crash-only kernel" },
  { row: "comments and long names cost time", rules: ["comment"] },
  { row: "instances, not globals (design)", rules: ["module-state"] },
];
