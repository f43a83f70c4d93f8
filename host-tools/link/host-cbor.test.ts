// The codec with host values: Unicode text, Uint8Array, and reasons for people.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeCbor, encodeCbor, whyRefused } from "./host-cbor.ts";
import type { HostCbor } from "./host-cbor.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));

describe("host values", () => {
  test("text is UTF-8, bytes are bytes, undefined properties are left out", () => {
    expect(hex(encodeCbor({ ü: "水", data: new Uint8Array([1, 2]), none: undefined }))).toBe("a262c3bc63e6b0b4" + "6464617461420102");
    expect(decodeCbor(fromHex("a262c3bc63e6b0b46464617461420102"), false)).toEqual({ ü: "水", data: new Uint8Array([1, 2]) });
  });
  test("what comes out goes in again, as the same bytes", () => {
    const value = fc.letrec<{ v: HostCbor }>((tie) => ({
      v: fc.oneof({ maxDepth: 5 }, fc.maxSafeInteger().map((n) => n + 0), fc.boolean(), fc.constant(null), fc.string({ unit: "grapheme" }), fc.uint8Array(), fc.array(tie("v"), { maxLength: 5 }), fc.dictionary(fc.string({ unit: "grapheme", maxLength: 6 }).filter((k) => k !== "__proto__" && k !== "-0"), tie("v"), { maxKeys: 5, noNullPrototype: true })),
    })).v;
    fc.assert(
      fc.property(value, (v) => {
        const bytes = encodeCbor(v);
        const back = decodeCbor(bytes, false);
        expect(back).toEqual(v);
        expect(hex(encodeCbor(back))).toBe(hex(bytes));
      }),
      { numRuns: 300 },
    );
  });
  test("text that is not UTF-8 is refused here, though a tile would pass it on", () => {
    expect(decodeCbor(fromHex("61ff"), false)).toBeUndefined();
    expect(decodeCbor(fromHex("a161ff00"), true)).toBeUndefined();
  });
  test("what has no encoding is a TypeError", () => {
    for (const bad of [0.5, 2 ** 60, [[[[[[[[[1]]]]]]]]]] as HostCbor[]) expect(() => encodeCbor(bad)).toThrow(TypeError);
  });
  test("refusals say why and where", () => {
    expect(whyRefused(fromHex("a0"))).toBeUndefined();
    expect(whyRefused(fromHex("1800"))).toBe("a length or integer is not in its shortest form at byte 0");
    expect(whyRefused(fromHex("a201000100"))).toContain("out of order or doubled");
    expect(whyRefused(fromHex("0000"))).toContain("bytes after the item");
    expect(whyRefused(fromHex("f93c00"))).toContain("a float");
  });
});
