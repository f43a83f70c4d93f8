/**
 * Reads CBOR heads one at a time, for code that walks a message without building a tree (and for cborDecode itself).
 *
 * Idea: a cursor over a byte string; cborNext returns the major type, leaves the argument in `a` and any reason to stop
 * in `e`. For strings the content starts at `p` and is `a` bytes; it is already known to lie inside the input.
 * Standard: RFC 8949 §3 (heads), §4.2.1 (shortest form), §5.3 (a strict decoder refuses).
 */

/** Why an item was refused. 0 means it was not. */
export const enum CborError {
  /** The input ends inside an item, or a length points past its end. */
  Truncated = 1,
  /** A head is longer than it needs to be (§4.2.1). */
  NotShortest = 2,
  /** Indefinite length: refused when strict, and for strings always. */
  Indefinite = 3,
  /** A float, a tag (strict), undefined, another simple value, a reserved head or a stray break. */
  Type = 4,
  /** An integer beyond ±(2^53-1). */
  Range = 5,
  /** Map keys out of order, or one twice. */
  Order = 6,
  /** A key that is neither integer nor text, or text that can not be a key here. */
  Key = 7,
  /** Nested deeper than 8. */
  Depth = 8,
  /** Bytes after the item. */
  Trailing = 9,
}

/** Flags of cborDecode and cborNext (sum them), and the nesting limit. */
export const enum CborFlag {
  Strict = 0,
  Lenient = 1,
  Flat = 2,
  /** Let cborNext return tags although the rest is strict (SUIT, COSE). */
  Tags = 4,
  MaxDepth = 8,
}

/** Input `s`, position `p`, flags `f`, the last argument `a` (-1: indefinite or break), error `e` (0: none). */
export interface CborCursor {
  s: string;
  p: number;
  f: number;
  a: number;
  e: number;
}

/** Reads one head at `c.p`: returns the major type 0..7 and sets `c.a`; on refusal sets `c.e` and leaves `c.p` on it. */
export function cborNext(c: CborCursor): number {
  const s = c.s;
  const left = s.length - c.p - 1;
  const lenient = c.f & CborFlag.Lenient;
  if (left < 0) {
    c.e = CborError.Truncated;
    return 7;
  }
  let p = c.p;
  const head = s.charCodeAt(p++);
  const major = head >> 5;
  let a = head & 31;
  let e = 0;
  if (major === 7) {
    // 20..22 = false, true, null; 31 = break, for indefinite containers only.
    if (a === 31 && lenient) a = -1;
    else if (a < 20 || a > 22) e = CborError.Type;
  } else if (a === 31) {
    if (major !== 4 && major !== 5) e = major === 2 || major === 3 ? CborError.Indefinite : CborError.Type;
    else if (!lenient) e = CborError.Indefinite;
    a = -1;
  } else {
    if (a > 27) e = CborError.Type;
    else if (a > 23) {
      const width = 1 << (a - 24);
      if (width > left) e = CborError.Truncated;
      else {
        const end = p + width;
        a = 0;
        while (p < end) a = a * 256 + s.charCodeAt(p++);
        if (!lenient && a < (width === 1 ? 24 : width === 2 ? 256 : width === 4 ? 65536 : 4294967296)) e = CborError.NotShortest;
        else if (a > (major === 1 ? 9007199254740990 : 9007199254740991)) e = CborError.Range;
      }
    }
    // Every array item takes a byte and every map entry two, so a longer count than that is a lie.
    if (!e && major > 1 && major < 6 && (major === 5 ? a * 2 : a) > s.length - p) e = CborError.Truncated;
    if (!e && major === 6 && !(c.f & (CborFlag.Lenient + CborFlag.Tags))) e = CborError.Type;
  }
  c.a = a;
  c.e = e;
  if (!e) c.p = p;
  return major;
}
