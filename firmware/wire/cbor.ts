/**
 * Deterministic CBOR, one codec for tile and host.
 *
 * Idea: everything that is hashed, signed, stored or merged has exactly one encoding (RFC 8949 §4.2.1: shortest heads,
 * definite lengths, map keys in bytewise order of their encodings), and the decoder refuses every other one, so equal
 * values and equal bytes are the same thing. Nothing here throws and nothing recurses: a tile has a few hundred bytes
 * of stack to spare for it. Lenient mode exists for SMP requests only, whose clients neither sort nor count.
 *
 * Values: integers to ±(2^53-1), text (a JavaScript string of the UTF-8 bytes, not checked for UTF-8 here), byte
 * strings (CborBytes), arrays, maps with integer or text keys, true, false, null. Refused: floats, tags, undefined and
 * other simple values, bignums (a host reads those with another library), nesting deeper than 8.
 * Maps are plain objects. An integer key is the property with that decimal name, so a *text* key that reads as a
 * decimal integer has no place and strict mode refuses it, as both modes do `__proto__` and keys that begin with 0xff
 * (Espruino keeps its own internals under such names).
 *
 * To write without building objects use cborHead/cborInt/cborBytes/cborText and keep map keys in order yourself.
 */
import { CborError, CborFlag, cborNext } from "./cbor-reader.ts";
import type { CborCursor } from "./cbor-reader.ts";

/** A byte string inside a tree of values; a bare JavaScript string is text. */
export class CborBytes {
  b: string;
  constructor(b: string) {
    this.b = b;
  }
}

export type CborMap = { [key: string]: CborValue };
export type CborValue = number | boolean | null | string | CborBytes | CborValue[] | CborMap;

/** Receives why cborDecode refused: `e` a CborError (0 = fine), `p` the offset where reading stopped. */
export interface CborWhy {
  e: number;
  p: number;
}

/** One open array or map: `o` the container, `k` its keys still to write or the key just read, `n` items left. */
interface Level {
  o: CborValue[] | CborMap;
  n: number;
  k: string[] | string | undefined;
  q: string;
}

/** The initial bytes of an item: major type 0..7 and argument 0..2^53-1, shortest form (RFC 8949 §3, §4.2.1). */
export function cborHead(major: number, argument: number): string {
  const m = major << 5;
  const c = String.fromCharCode;
  if (argument < 24) return c(m | argument);
  if (argument < 256) return c(m | 24, argument);
  if (argument < 65536) return c(m | 25, argument >> 8, argument & 255);
  let out = c((argument >>> 24) & 255, (argument >>> 16) & 255, (argument >>> 8) & 255, argument & 255);
  if (argument < 4294967296) return c(m | 26) + out;
  const high = Math.floor(argument / 4294967296);
  out = c((high >>> 24) & 255, (high >>> 16) & 255, (high >>> 8) & 255, high & 255) + out;
  return c(m | 27) + out;
}

/** An integer, |n| <= 2^53-1 (the caller checks). */
export function cborInt(n: number): string {
  return n < 0 ? cborHead(1, -1 - n) : cborHead(0, n);
}

/** A byte string (codes 0..255). */
export function cborBytes(bytes: string): string {
  return cborHead(2, bytes.length) + bytes;
}

/** A text string given as its UTF-8 bytes (plain ASCII is itself). */
export function cborText(utf8: string): string {
  return cborHead(3, utf8.length) + utf8;
}

/** A map key: a decimal integer name encodes as that integer, anything else as text. */
export function cborKey(name: string): string {
  const n = parseInt(name, 10);
  return "" + n === name && n % 1 === 0 && n <= 9007199254740991 && n >= -9007199254740991 ? cborInt(n) : cborText(name);
}

/** Encodes a value deterministically; undefined when it holds something CborValue does not allow or nests deeper than 8. */
export function cborEncode(value: CborValue): string | undefined {
  const open: Level[] = [];
  let out = "";
  let v: CborValue | undefined = value;
  for (;;) {
    if (v === null) out += "\xf6";
    else if (v === true) out += "\xf5";
    else if (v === false) out += "\xf4";
    else if (typeof v === "number") {
      if (v % 1 !== 0 || v > 9007199254740991 || v < -9007199254740991) return undefined;
      out += cborInt(v);
    } else if (typeof v === "string") out += cborText(v);
    else if (v instanceof CborBytes) out += cborBytes(v.b);
    else if (typeof v !== "object" || open.length >= CborFlag.MaxDepth) return undefined;
    else if (Array.isArray(v)) {
      out += cborHead(4, v.length);
      open.push({ o: v, n: v.length, k: undefined, q: "" });
    } else {
      const names = Object.keys(v).sort((a, b) => (cborKey(a) < cborKey(b) ? -1 : 1));
      out += cborHead(5, names.length);
      open.push({ o: v, n: names.length, k: names, q: "" });
    }
    let top = open[open.length - 1];
    while (top && !top.n) {
      open.pop();
      top = open[open.length - 1];
    }
    if (!top) return out;
    if (top.k) {
      const name = (top.k as string[])[top.k.length - top.n] as string;
      out += cborKey(name);
      v = (top.o as CborMap)[name];
    } else v = (top.o as CborValue[])[(top.o as CborValue[]).length - top.n];
    top.n--;
  }
}

/**
 * Decodes exactly one item that fills `bytes`; undefined when refused (never a valid result), with the reason in `why`.
 * `flags` is a sum of CborFlag: 0 is strict; Lenient accepts what SMP clients send (unsorted keys, heads that are not
 * shortest, indefinite arrays and maps, tags, which it skips); Flat gives byte strings as plain strings.
 */
export function cborDecode(bytes: string, flags: number, why?: CborWhy): CborValue | undefined {
  const c: CborCursor = { s: bytes, p: 0, f: flags & 3, a: 0, e: 0 };
  const open: Level[] = [];
  const lenient = flags & CborFlag.Lenient;
  let root: CborValue | undefined;
  let more = true;
  while (more) {
    let top = open[open.length - 1];
    const start = c.p;
    const major = cborNext(c);
    const a = c.a;
    let v: CborValue | undefined;
    let level: Level | undefined;
    let isKey = top && top.q !== "[" && top.k === undefined;
    if (c.e) break;
    if (major === 0) v = a;
    else if (major === 1) v = -1 - a;
    else if (major === 2 || major === 3) {
      v = bytes.substring(c.p, c.p + a);
      c.p += a;
      if (major === 2) {
        if (isKey) c.e = CborError.Key;
        else if (!(flags & CborFlag.Flat)) v = new CborBytes(v);
      }
    } else if (major < 6) {
      v = major === 4 ? [] : {};
      level = { o: v, n: a, k: undefined, q: major === 4 ? "[" : "" };
      if (open.length >= CborFlag.MaxDepth) c.e = CborError.Depth;
      else if (isKey) c.e = CborError.Key;
    } else if (major === 6) continue;
    else if (a < 0) {
      // The break byte: closes an indefinite array, or a map that waits for a key.
      if (!top || top.n >= 0 || (!isKey && top.q !== "[")) c.e = CborError.Type;
      else top.n = 0;
      isKey = false;
      top = undefined;
    } else v = a === 22 ? null : a === 21;
    if (top && isKey && v !== undefined) {
      if (typeof v !== "string" && typeof v !== "number") c.e = CborError.Key;
      const name = "" + (v as string);
      const encoded = bytes.substring(start, c.p);
      if (name === "__proto__" || (major === 3 && (name.charCodeAt(0) === 255 || (!lenient && cborKey(name) !== encoded)))) c.e = CborError.Key;
      else if (lenient ? Object.keys(top.o).indexOf(name) >= 0 : encoded <= top.q) c.e = CborError.Order;
      top.k = name;
      top.q = encoded;
    } else {
      if (top) {
        if (top.k === undefined) (top.o as CborValue[]).push(v as CborValue);
        else (top.o as CborMap)[top.k as string] = v as CborValue;
        top.k = undefined;
        top.n--;
      } else if (v !== undefined) root = v;
      if (level) open.push(level);
      top = open[open.length - 1];
      while (top && !top.n) {
        open.pop();
        top = open[open.length - 1];
      }
      more = !!top;
    }
    if (c.e) break;
  }
  if (!c.e && c.p < bytes.length) c.e = CborError.Trailing;
  if (why) {
    why.e = c.e;
    why.p = c.p;
  }
  return c.e ? undefined : root;
}
