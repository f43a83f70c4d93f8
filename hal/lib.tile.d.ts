// The only globals that tile code may name (`noLib`): what Espruino 2v29, XS and QuickJS all have, and mean the same by.
//
// Nothing here gives power: no timers, no console, no clock, no eval. Powers come in by the port (hal/espruino.ts). What is left out is left out
// because Espruino lacks it or differs (reference/espruino §1): Map, Set, Symbol, Promise, Date, BigInt, RegExp, iterators, Object.freeze,
// Number.isInteger, Math.imul/trunc/round/pow, Array.from/flat/at, typed-array slice/from, String.trimStart/search/localeCompare …
// The build checks the shipped text once more against the same list (host-tools/build/dialect/vocabulary.ts; a test keeps the two equal).

interface Boolean {
  valueOf(): boolean;
}

interface CallableFunction extends Function {}
interface NewableFunction extends Function {}
interface IArguments {
  readonly length: number;
  [index: number]: unknown;
}
/** No pattern matching in tiles: the type is only here because the language asks for its name. */
interface RegExp {}

interface Function {
  /** At most 256 arguments. */
  apply(thisValue: unknown, args: ArrayLike<unknown>): unknown;
  call(thisValue: unknown, ...args: unknown[]): unknown;
  bind(thisValue: unknown, ...args: unknown[]): unknown;
  readonly length: number;
}
interface FunctionConstructor {
  readonly prototype: Function;
}

interface Object {
  toString(): string;
  hasOwnProperty(key: string | number): boolean;
  valueOf(): Object;
}
interface ObjectConstructor {
  /** Own keys in insertion order; keys that look like integers are sorted on other engines: don't use such keys. */
  keys(o: object): string[];
  values<T>(o: { [key: string]: T }): T[];
  entries<T>(o: { [key: string]: T }): [string, T][];
  fromEntries<T>(entries: readonly (readonly [string, T])[]): { [key: string]: T };
  assign<T extends object, U>(target: T, source: U): T & U;
  /** One argument only; not null. */
  create(prototype: object): unknown;
  getPrototypeOf(o: object): unknown;
  setPrototypeOf<T>(o: T, prototype: object): T;
  readonly prototype: Object;
}
declare var Object: ObjectConstructor;

interface ArrayLike<T> {
  readonly length: number;
  readonly [index: number]: T;
}

/** Arrays are linked lists on Espruino: element n takes n steps. At most about 50 elements; state belongs in typed arrays. */
interface Array<T> {
  /** Read only: assigning throws on Espruino. */
  readonly length: number;
  [index: number]: T;
  push(...items: T[]): number;
  pop(): T | undefined;
  shift(): T | undefined;
  unshift(...items: T[]): number;
  splice(start: number, deleteCount: number, ...items: T[]): T[];
  concat(...items: (T | readonly T[])[]): T[];
  join(separator?: string): string;
  reverse(): T[];
  indexOf(item: T): number;
  includes(item: T): boolean;
  find(test: (item: T, index: number) => boolean): T | undefined;
  findIndex(test: (item: T, index: number) => boolean): number;
  map<U>(f: (item: T, index: number) => U): U[];
  filter(test: (item: T, index: number) => boolean): T[];
  reduce<U>(f: (sum: U, item: T, index: number) => U, start: U): U;
  forEach(f: (item: T, index: number) => void): void;
  some(test: (item: T, index: number) => boolean): boolean;
  every(test: (item: T, index: number) => boolean): boolean;
  fill(value: T): T[];
  /** Not stable on Espruino: compare by a key that no two elements share. */
  sort(compare: (a: T, b: T) => number): this;
}
interface ReadonlyArray<T> {
  readonly length: number;
  readonly [index: number]: T;
  concat(...items: (T | readonly T[])[]): T[];
  join(separator?: string): string;
  indexOf(item: T): number;
  includes(item: T): boolean;
  find(test: (item: T, index: number) => boolean): T | undefined;
  findIndex(test: (item: T, index: number) => boolean): number;
  map<U>(f: (item: T, index: number) => U): U[];
  filter(test: (item: T, index: number) => boolean): T[];
  reduce<U>(f: (sum: U, item: T, index: number) => U, start: U): U;
  forEach(f: (item: T, index: number) => void): void;
  some(test: (item: T, index: number) => boolean): boolean;
  every(test: (item: T, index: number) => boolean): boolean;
}
interface ArrayConstructor {
  isArray(value: unknown): value is unknown[];
  new <T>(length: number): T[];
  readonly prototype: unknown[];
}
declare var Array: ArrayConstructor;

/** A byte string: codes 0 to 255. Text is its UTF-8 bytes. */
interface String {
  readonly length: number;
  readonly [index: number]: string;
  charAt(index: number): string;
  /** NaN past the end. */
  charCodeAt(index: number): number;
  indexOf(part: string, from?: number): number;
  lastIndexOf(part: string, from?: number): number;
  includes(part: string): boolean;
  startsWith(part: string): boolean;
  endsWith(part: string): boolean;
  substring(start: number, end?: number): string;
  substr(start: number, length?: number): string;
  concat(...parts: string[]): string;
  split(separator: string): string[];
  replace(what: string, by: string): string;
  replaceAll(what: string, by: string): string;
  repeat(count: number): string;
  padStart(length: number, fill: string): string;
  padEnd(length: number, fill: string): string;
  trim(): string;
  toUpperCase(): string;
  toLowerCase(): string;
  toString(): string;
  valueOf(): string;
}
interface StringConstructor {
  (value: unknown): string;
  /** Codes 0 to 255. */
  fromCharCode(...codes: number[]): string;
  readonly prototype: String;
}
declare var String: StringConstructor;

interface Number {
  toString(radix?: number): string;
  valueOf(): number;
}
interface NumberConstructor {
  readonly prototype: Number;
}
declare var Number: NumberConstructor;

/** Integers only: roots, powers, angles and rounding differ in the last bits between engines. */
interface Math {
  abs(x: number): number;
  ceil(x: number): number;
  floor(x: number): number;
  max(...values: number[]): number;
  min(...values: number[]): number;
  sign(x: number): number;
}
declare var Math: Math;

interface JSON {
  parse(text: string): unknown;
  stringify(value: unknown): string;
}
declare var JSON: JSON;

interface Error {
  message: string;
  /** Espruino's own format; for people. */
  stack?: string;
}
interface ErrorConstructor {
  new (message?: string): Error;
  (message?: string): Error;
  readonly prototype: Error;
}
declare var Error: ErrorConstructor;
interface TypeError extends Error {}
declare var TypeError: ErrorConstructor;

interface ArrayBuffer {
  readonly byteLength: number;
}
interface ArrayBufferConstructor {
  new (bytes: number): ArrayBuffer;
  readonly prototype: ArrayBuffer;
}
declare var ArrayBuffer: ArrayBufferConstructor;
type ArrayBufferLike = ArrayBuffer;

/** What all typed arrays have. Writing out of range does nothing, reading gives undefined. */
interface TypedArray {
  readonly length: number;
  readonly byteLength: number;
  readonly byteOffset: number;
  readonly buffer: ArrayBuffer;
  [index: number]: number;
  set(from: ArrayLike<number>, offset?: number): void;
  subarray(from: number, to?: number): this;
  fill(value: number, from?: number, to?: number): this;
  indexOf(value: number): number;
  join(separator?: string): string;
  forEach(f: (value: number, index: number) => void): void;
  reduce<U>(f: (sum: U, value: number, index: number) => U, start: U): U;
}
interface TypedArrayConstructor<T> {
  new (length: number): T;
  new (values: ArrayLike<number>): T;
  new (buffer: ArrayBuffer, byteOffset?: number, length?: number): T;
  readonly prototype: T;
}
interface Int8Array extends TypedArray {
  readonly kind?: "i8";
}
interface Uint8Array extends TypedArray {
  readonly kind?: "u8";
}
interface Int16Array extends TypedArray {
  readonly kind?: "i16";
}
interface Uint16Array extends TypedArray {
  readonly kind?: "u16";
}
interface Int32Array extends TypedArray {
  readonly kind?: "i32";
}
interface Uint32Array extends TypedArray {
  readonly kind?: "u32";
}
/** For integers up to 2^53 (times in µs). */
interface Float64Array extends TypedArray {
  readonly kind?: "f64";
}
declare var Int8Array: TypedArrayConstructor<Int8Array>;
declare var Uint8Array: TypedArrayConstructor<Uint8Array>;
declare var Int16Array: TypedArrayConstructor<Int16Array>;
declare var Uint16Array: TypedArrayConstructor<Uint16Array>;
declare var Int32Array: TypedArrayConstructor<Int32Array>;
declare var Uint32Array: TypedArrayConstructor<Uint32Array>;
declare var Float64Array: TypedArrayConstructor<Float64Array>;

/** Espruino checks no range: a read past the end gives some value, a write the part that fits. Check the length yourself. */
interface DataView {
  readonly byteLength: number;
  getInt8(offset: number): number;
  getUint8(offset: number): number;
  getInt16(offset: number, littleEndian?: boolean): number;
  getUint16(offset: number, littleEndian?: boolean): number;
  getInt32(offset: number, littleEndian?: boolean): number;
  getUint32(offset: number, littleEndian?: boolean): number;
  setInt8(offset: number, value: number): void;
  setUint8(offset: number, value: number): void;
  setInt16(offset: number, value: number, littleEndian?: boolean): void;
  setUint16(offset: number, value: number, littleEndian?: boolean): void;
  setInt32(offset: number, value: number, littleEndian?: boolean): void;
  setUint32(offset: number, value: number, littleEndian?: boolean): void;
}
interface DataViewConstructor {
  new (buffer: ArrayBuffer, byteOffset?: number, byteLength?: number): DataView;
  readonly prototype: DataView;
}
declare var DataView: DataViewConstructor;

declare var undefined: undefined;
declare var NaN: number;
declare var Infinity: number;
declare function isNaN(value: number): boolean;
/** Always with its base. */
declare function parseInt(text: string, base: number): number;

/** Type arithmetic: no value, no cost. */
type Record<K extends string | number, T> = { [P in K]: T };
type Partial<T> = { [P in keyof T]?: T[P] };
type Readonly<T> = { readonly [P in keyof T]: T[P] };
type Pick<T, K extends keyof T> = { [P in K]: T[P] };
type Exclude<T, U> = T extends U ? never : T;
type Omit<T, K> = Pick<T, Exclude<keyof T, K>>;
type ReturnType<T> = T extends (...args: any) => infer R ? R : any;
type Parameters<T> = T extends (...args: infer P) => any ? P : never;
type NonNullable<T> = T & {};
