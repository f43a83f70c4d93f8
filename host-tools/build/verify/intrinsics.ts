// The closed table of what a guest may use besides its own code and the gate.
//
// Only what Espruino 2v29, XS and QuickJS have and do alike (measured: engines.test.ts); all of it pure, and bounded in work by what it is given.

import { Kind } from "./kinds.ts";

/** Functions called by a plain name or as `Object.name`: kinds of their arguments, least number of them, kind of the result. */
export interface Intrinsic {
  takes: readonly number[];
  least: number;
  /** May be called with more arguments of the last kind. */
  isVariadic?: true;
  gives: number;
}

const { Number: N, String: S, Boolean: B, Bytes: T } = Kind;

export const MATH: ReadonlyMap<string, Intrinsic> = new Map<string, Intrinsic>([
  ["abs", { takes: [N], least: 1, gives: N }],
  ["ceil", { takes: [N], least: 1, gives: N }],
  ["floor", { takes: [N], least: 1, gives: N }],
  ["max", { takes: [N], least: 1, isVariadic: true, gives: N }],
  ["min", { takes: [N], least: 1, isVariadic: true, gives: N }],
]);

/** Typed arrays: name and log2 of bytes per element. */
export const TYPED_ARRAYS: ReadonlyMap<string, number> = new Map([
  ["Int8Array", 0], ["Uint8Array", 0], ["Int16Array", 1], ["Uint16Array", 1], ["Int32Array", 2], ["Uint32Array", 2], ["Float64Array", 3],
]);

/** Longest typed array. */
export const TYPED_ARRAY_LENGTH_MAX = 65535;

/** Names that mean an intrinsic, and that a guest may not declare anew. */
export const INTRINSIC_NAMES: ReadonlySet<string> = new Set(["Math", "String", "parseInt", ...TYPED_ARRAYS.keys()]);

/** Names with a fixed value. */
export const CONSTANTS: ReadonlyMap<string, number> = new Map([["undefined", Kind.Undefined], ["NaN", N], ["Infinity", N]]);

/** What the members of a kind are: methods, by name. `length` is a property of all three. */
export interface Method extends Intrinsic {
  /** Array.push takes anything. */
  takesAnything?: true;
}

export const STRING_METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["charCodeAt", { takes: [N], least: 1, gives: N }],
  ["charAt", { takes: [N], least: 1, gives: S }],
  ["substring", { takes: [N, N], least: 1, gives: S }],
  ["indexOf", { takes: [S, N], least: 1, gives: N }],
  ["startsWith", { takes: [S], least: 1, gives: B }],
  ["endsWith", { takes: [S], least: 1, gives: B }],
]);

export const ARRAY_METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["push", { takes: [0], least: 1, gives: N, takesAnything: true }],
  ["pop", { takes: [], least: 0, gives: 0 }],
]);

export const BYTES_METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([["fill", { takes: [N], least: 1, gives: T }]]);

/** Every member name of the engine that may appear in printed text. */
export const MEMBER_NAMES: ReadonlySet<string> = new Set(["length", ...MATH.keys(), "fromCharCode", ...STRING_METHODS.keys(), ...ARRAY_METHODS.keys(), ...BYTES_METHODS.keys()]);
