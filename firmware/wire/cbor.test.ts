// The codec against RFC 8949 Appendix A, three other CBOR libraries, its own refusals, and random bytes.
import { readFileSync } from "node:fs";
import * as cbor2 from "cbor2";
import { Encoder as CborXEncoder } from "cbor-x";
import * as cborg from "cborg";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CborBytes, cborDecode, cborEncode, cborInt, cborText } from "./cbor.ts";
import type { CborMap, CborValue } from "./cbor.ts";
import { CborError, CborFlag, cborNext } from "./cbor-reader.ts";

type VectorValue = number | boolean | null | string | VectorValue[] | { bytesHex?: string; map?: [string, VectorValue][] };
interface Vector {
  hex: string;
  diagnostic: string;
  verdict: "equal" | "refused" | "host";
  value?: VectorValue;
  lenient?: VectorValue;
}
const appendixA = (JSON.parse(readFileSync(new URL("./rfc8949-appendix-a.json", import.meta.url), "utf8")) as { vectors: Vector[] }).vectors;

const fromHex = (hex: string): string => Buffer.from(hex, "hex").toString("latin1");
const toHex = (bytes: string | undefined): string => Buffer.from(bytes ?? "", "latin1").toString("hex");
const toBytes = (bytes: string): Uint8Array => new Uint8Array(Buffer.from(bytes, "latin1"));
const utf8 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

/** The vector file's notation as the codec's values. */
function build(v: VectorValue): CborValue {
  if (typeof v === "string") return utf8(v);
  if (v === null || typeof v !== "object") return v;
  if (Array.isArray(v)) return v.map(build);
  if (v.bytesHex !== undefined) return new CborBytes(fromHex(v.bytesHex));
  return Object.fromEntries((v.map ?? []).map(([key, value]) => [key, build(value)]));
}

/** Strict decode: the error code, or the value re-encoded. */
function refusal(hex: string, flags = 0): number {
  const why = { e: 0, p: 0 };
  const value = cborDecode(fromHex(hex), flags, why);
  expect(value === undefined).toBe(why.e !== 0);
  return why.e;
}

describe("RFC 8949 Appendix A", () => {
  test("has every row", () => expect(appendixA.length).toBe(81));
  for (const v of appendixA) {
    test(`${v.hex} ${v.diagnostic}: ${v.verdict}`, () => {
      const strict = cborDecode(fromHex(v.hex), CborFlag.Strict);
      const lenient = cborDecode(fromHex(v.hex), CborFlag.Lenient);
      if (v.verdict === "equal") {
        const value = build(v.value as VectorValue);
        expect(strict).toEqual(value);
        expect(lenient).toEqual(value);
        expect(toHex(cborEncode(value))).toBe(v.hex);
      } else {
        expect(strict).toBeUndefined();
        expect(lenient).toEqual(v.lenient === undefined ? undefined : build(v.lenient));
      }
    });
  }
});

describe("strict mode refuses", () => {
  const rows: [string, string, number][] = [
    ["", "nothing", CborError.Truncated],
    ["18", "a head without its argument", CborError.Truncated],
    ["1b00000000000000", "a short argument", CborError.Truncated],
    ["4401", "a string past the end", CborError.Truncated],
    ["5bffffffffffffffff", "an absurd string length", CborError.Range],
    ["5b001fffffffffffff", "a length of 2^53-1", CborError.Truncated],
    ["9a0fffffff01", "more array items than bytes", CborError.Truncated],
    ["a201", "more map entries than bytes", CborError.Truncated],
    ["1800", "0 in two bytes", CborError.NotShortest],
    ["1817", "23 in two bytes", CborError.NotShortest],
    ["1900ff", "255 in three bytes", CborError.NotShortest],
    ["1a0000ffff", "65535 in five bytes", CborError.NotShortest],
    ["1b00000000ffffffff", "2^32-1 in nine bytes", CborError.NotShortest],
    ["580101", "a long string head", CborError.NotShortest],
    ["1b0020000000000000", "2^53", CborError.Range],
    ["3b001fffffffffffff", "-2^53", CborError.Range],
    ["a201000100", "a key twice", CborError.Order],
    ["a202000100", "keys descending", CborError.Order],
    ["a2616200616100", "text keys descending", CborError.Order],
    ["a262616100616200", "a longer key before a shorter one", CborError.Order],
    ["a1613100", "a text key that reads as an integer", CborError.Key],
    ["a1695f5f70726f746f5f5f00", "__proto__", CborError.Key],
    ["a161ff00", "a key that begins with 0xff", CborError.Key],
    ["a1410100", "a byte-string key", CborError.Key],
    ["a1800000", "an array key", CborError.Key],
    ["a1f500", "true as a key", CborError.Key],
    ["0000", "two items", CborError.Trailing],
    ["81818181818181818100", "nine levels", CborError.Depth],
    ["ff", "a break", CborError.Type],
    ["1c", "a reserved head", CborError.Type],
    ["c100", "a tag", CborError.Type],
    ["f7", "undefined", CborError.Type],
    ["f800", "a two-byte simple value", CborError.Type],
  ];
  for (const [hex, what, error] of rows) test(`${what} (${hex})`, () => expect(refusal(hex)).toBe(error));

  test("eight levels around an integer are allowed", () => expect(refusal("8181818181818181" + "00")).toBe(0));
});

describe("lenient mode", () => {
  test("takes unsorted and indefinite maps, long heads, tags", () => {
    expect(cborDecode(fromHex("bf62726300636f66661818ff"), CborFlag.Lenient)).toEqual({ rc: 0, off: 24 });
    expect(cborDecode(fromHex("a26162016161190002"), CborFlag.Lenient)).toEqual({ b: 1, a: 2 });
    expect(cborDecode(fromHex("a16164d8404101"), CborFlag.Lenient + CborFlag.Flat)).toEqual({ d: "\x01" });
  });
  test("still refuses duplicate keys, bad keys, floats, indefinite strings, breaks in the wrong place", () => {
    for (const hex of ["a2616100616100", "a1695f5f70726f746f5f5f00", "f90000", "7f6161ff", "bf6161ff", "ff", "81ff", "9f", "bf", "a16161"])
      expect(cborDecode(fromHex(hex), CborFlag.Lenient)).toBeUndefined();
  });
  test("Flat gives byte strings as strings", () => expect(cborDecode(fromHex("a16373686143010203"), CborFlag.Flat)).toEqual({ sha: "\x01\x02\x03" }));
});

describe("encoding", () => {
  test("refuses what has no deterministic form", () => {
    for (const bad of [0.5, NaN, Infinity, 2 ** 53, -(2 ** 53), undefined, { a: undefined }, [1, [0.5]], () => 1] as unknown as CborValue[]) expect(cborEncode(bad)).toBeUndefined();
  });
  test("refuses nesting deeper than 8 and survives cycles", () => {
    const cycle: CborValue[] = [];
    cycle.push(cycle);
    expect(cborEncode(cycle)).toBeUndefined();
    expect(cborEncode([[[[[[[[1]]]]]]]])).toBe("\x81".repeat(8) + "\x01");
    expect(cborEncode([[[[[[[[[1]]]]]]]]])).toBeUndefined();
  });
  test("minus zero is zero", () => expect(cborEncode(-0)).toBe("\x00"));
  test("sorts integer keys before text keys, short before long", () => {
    const value = { bb: 1, a: 2, "10": 3, "-1": 4, "100": 5 };
    expect(toHex(cborEncode(value))).toBe("a50a031864052004616102626262" + "01");
  });
});

describe("cborNext walks without a tree", () => {
  test("array of bytes and text", () => {
    const s = fromHex("8243010203") + cborText("hi");
    const c = { s, p: 0, f: 0, a: 0, e: 0 };
    expect([cborNext(c), c.a]).toEqual([4, 2]);
    expect([cborNext(c), c.a, c.p]).toEqual([2, 3, 2]);
    c.p += c.a;
    expect([cborNext(c), c.a, s.substring(c.p, c.p + c.a)]).toEqual([3, 2, "hi"]);
  });
  test("tags on demand", () => {
    const c = { s: fromHex("d86b00"), p: 0, f: CborFlag.Tags as number, a: 0, e: 0 };
    expect([cborNext(c), c.a, c.e]).toEqual([6, 107, 0]);
  });
});

/** Random values of the shared model: text without characters that matter to key rules is left to chance. */
const integer = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(0, 23, 24, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, -24, -25, -256, -257, 2 ** 53 - 1, -(2 ** 53 - 1)));
const goodKey = fc.oneof(fc.string({ unit: "grapheme", maxLength: 12 }), fc.integer().map(String)).filter((k) => k !== "__proto__" && k !== "-0");
interface Tree {
  ours: CborValue;
  theirs: unknown;
}
const leaf: fc.Arbitrary<Tree> = fc.oneof(
  integer.map((n) => ({ ours: n === 0 ? 0 : n, theirs: n === 0 ? 0 : n })),
  fc.constantFrom(true, false, null).map((v) => ({ ours: v, theirs: v })),
  fc.string({ unit: "grapheme", maxLength: 40 }).map((s) => ({ ours: utf8(s), theirs: s })),
  fc.uint8Array({ maxLength: 300 }).map((b) => ({ ours: new CborBytes(Buffer.from(b).toString("latin1")), theirs: b })),
);
const tree = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6, depthSize: "small" },
    leaf,
    fc.array(tie("tree"), { maxLength: 30 }).map((a) => ({ ours: a.map((t) => t.ours), theirs: a.map((t) => t.theirs) })),
    fc.uniqueArray(fc.tuple(goodKey, tie("tree")), { maxLength: 30, selector: ([k]) => k }).map((pairs) => ({
      ours: Object.fromEntries(pairs.map(([k, t]) => [utf8(k), t.ours])),
      theirs: new Map(pairs.map(([k, t]) => [/^(0|-?[1-9][0-9]*)$/.test(k) && Number.isSafeInteger(+k) ? +k : k, t.theirs])),
    })),
  ),
})).tree;

describe("differential", () => {
  test("cborg and cbor2 in deterministic mode write the same bytes, and read ours", () => {
    fc.assert(
      fc.property(tree, ({ ours, theirs }) => {
        const encoded = cborEncode(ours);
        expect(encoded).toBeDefined();
        const bytes = toBytes(encoded as string);
        const hex = toHex(encoded);
        expect(Buffer.from(cborg.encode(theirs, cborg.rfc8949EncodeOptions)).toString("hex")).toBe(hex);
        expect(Buffer.from(cbor2.encode(theirs, { ...cbor2.cdeEncodeOptions })).toString("hex")).toBe(hex);
        expect(cborg.decode(bytes, { strict: true, useMaps: true, rejectDuplicateMapKeys: true })).toEqual(theirs);
        expect(cborDecode(encoded as string, 0)).toEqual(ours);
        expect(cborDecode(encoded as string, CborFlag.Lenient)).toBeDefined();
      }),
      { numRuns: 400 },
    );
  });

  test("cbor-x reads what we write, and lenient mode reads what cbor-x writes", () => {
    const x = new CborXEncoder({ useRecords: false, mapsAsObjects: false, tagUint8Array: false, variableMapSize: true, int64AsNumber: true } as ConstructorParameters<typeof CborXEncoder>[0]);
    fc.assert(
      fc.property(tree, ({ ours, theirs }) => {
        const encoded = cborEncode(ours) as string;
        // cbor-x writes integers of 2^32 and more as floats and compares -0; reading ours back is exact.
        expect(normal(x.decode(Buffer.from(encoded, "latin1")))).toEqual(normal(theirs));
        if (!hasBigInteger(theirs)) {
          const back = cborDecode(x.encode(theirs).toString("latin1"), CborFlag.Lenient);
          expect(back).toEqual(ours);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Same shape for Buffer/Uint8Array and BigInt/number, which cbor-x mixes. */
function normal(v: unknown): unknown {
  if (typeof v === "bigint") return Number(v);
  if (v instanceof Uint8Array) return { hex: Buffer.from(v).toString("hex") };
  if (Array.isArray(v)) return v.map(normal);
  if (v instanceof Map) return [...v].map(([k, w]) => [typeof k === "bigint" ? Number(k) : k, normal(w)] as const).sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  return v;
}
function hasBigInteger(v: unknown): boolean {
  if (typeof v === "number") return v >= 2 ** 32 || v < -(2 ** 32);
  if (Array.isArray(v)) return v.some(hasBigInteger);
  if (v instanceof Map) return [...v].some(([k, w]) => hasBigInteger(k) || hasBigInteger(w));
  return false;
}

describe("fuzz", () => {
  test("random bytes never throw, and what strict mode accepts re-encodes to the same bytes", () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 0, max: 3 }), (bytes, flags) => {
        const s = Buffer.from(bytes).toString("latin1");
        const why = { e: 0, p: 0 };
        const value = cborDecode(s, flags, why);
        expect(why.p).toBeLessThanOrEqual(s.length);
        if (value === undefined) expect(why.e).toBeGreaterThan(0);
        else if (flags === 0) {
          accepted++;
          expect(cborEncode(value)).toBe(s);
        }
      }),
      { numRuns: 20_000 },
    );
    expect(accepted).toBeGreaterThan(10);
  });

  test("mutated good messages never throw; strict mode never gives two encodings of one value", () => {
    fc.assert(
      fc.property(tree, fc.nat(), fc.integer({ min: 0, max: 255 }), ({ ours }, at, byte) => {
        const good = cborEncode(ours) as string;
        const i = at % good.length;
        const mutated = good.substring(0, i) + String.fromCharCode(byte) + good.substring(i + 1);
        const value = cborDecode(mutated, 0);
        if (value !== undefined) expect(cborEncode(value)).toBe(mutated);
        cborDecode(good.substring(0, i), CborFlag.Lenient);
        expect(cborDecode(good.substring(0, i), 0)).toBeUndefined();
      }),
      { numRuns: 3000 },
    );
  });

  test("cborg agrees on what is deterministic, for random bytes of the shared model", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), (bytes) => {
        const s = Buffer.from(bytes).toString("latin1");
        const value = cborDecode(s, 0);
        if (value === undefined) return;
        const theirs = cborg.decode(bytes, { strict: true, allowIndefinite: false, useMaps: true, rejectDuplicateMapKeys: true });
        // Text is bytes to us; cborg replaces what is not UTF-8, so those can not be compared.
        if (JSON.stringify(normal(theirs)).includes("\ufffd")) return;
        expect(Buffer.from(cborg.encode(theirs, cborg.rfc8949EncodeOptions)).toString("latin1")).toBe(s);
      }),
      { numRuns: 20_000 },
    );
  });
});

test("no decoded map ever carries a foreign prototype", () => {
  const map = cborDecode("\xa1" + cborText("constructor") + cborInt(1), 0) as CborMap;
  expect(Object.getPrototypeOf(map)).toBe(Object.prototype);
  expect(map["constructor"]).toBe(1);
});

test("a key that every object inherits is not a duplicate", () => {
  for (const name of ["valueOf", "toString", "constructor", "hasOwnProperty"]) {
    const bytes = `\xa1\x61${"a"}\xa1${String.fromCharCode(0x60 + Math.min(23, name.length))}${name}\x01`;
    expect(cborDecode(bytes, CborFlag.Lenient)).toEqual({ a: { [name]: 1 } });
    expect(cborDecode(bytes, CborFlag.Strict)).toEqual({ a: { [name]: 1 } });
  }
});
