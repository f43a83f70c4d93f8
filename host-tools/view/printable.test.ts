// Text from a tile can't leave the place it is put into: a line of a terminal, a string of DOT, text and attributes of XML.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dotString, printable, shortened, wrapped, xmlText } from "./printable.ts";
import { element, text } from "./svg.ts";

const anything = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.string({ unit: fc.constantFrom("\\", '"', "<", ">", "&", "'", "\n", "\x1b", "]]>", "\ud800", "\u202e", "N", "é") }));

describe("hostile text", () => {
  it("is one line without control characters, and shows what was there", () => {
    expect(printable("a\x1b[31m\n\u0085\u202eb\ud800\ufffec")).toBe("a\\u001b[31m\\u000a\\u0085\\u202eb\\ud800\\ufffec");
    expect(printable("Küche 🛰")).toBe("Küche 🛰");
    fc.assert(fc.property(anything, (given) => !/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e]/u.test(printable(given))));
  });

  it("ends a DOT string only where it ends, and comes out as it went in", () => {
    fc.assert(fc.property(anything, (given) => {
      const inside = /^"((?:[^"\\]|\\[\\"])*)"$/.exec(dotString(given))?.[1];
      expect(inside?.replace(/\\([\\"])/g, "$1")).toBe(printable(given));
    }));
  });

  it("adds no element, attribute or entity to XML", () => {
    fc.assert(fc.property(anything, (given) => {
      expect(xmlText(given)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      expect(text(1, 2, given)).toMatch(/^<text x="1" y="2">[^<>]+<\/text>$/);
      expect(element("g", { id: given })).toMatch(/^<g id="[^<>"]*"\/>$/);
    }));
  });

  it("is wrapped between words, with nothing lost", () => {
    expect(wrapped("one two 🛰🛰🛰 seventeen", 7)).toEqual(["one two", "🛰🛰🛰", "seventeen"]);
    fc.assert(fc.property(fc.string(), fc.integer({ min: 1, max: 30 }), (given, width) => {
      const lines = wrapped(given, width);
      expect(lines.join(" ")).toBe(given);
      for (const line of lines) expect([...line].length <= width || !line.includes(" ")).toBe(true);
    }));
  });

  it("is cut by characters, not by halves of them", () => {
    expect([shortened("🛰🛰🛰", 3), shortened("🛰🛰🛰🛰", 3)]).toEqual(["🛰🛰🛰", "🛰🛰…"]);
  });
});
