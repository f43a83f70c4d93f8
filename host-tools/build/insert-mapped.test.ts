// Inserted text and the map that follows it: checked by looking every old character up again.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { transformSync } from "esbuild";
import { insertMapped, insertText } from "./insert-mapped.ts";
import { readSourceMap } from "./source-map.ts";

const source = "export function first(a: number): number {\n  return a + 1;\n}\nexport const second = (text: string): string => {\n  let out = text;\n  for (let i = 0; i < 3; i++) out += i;\n  return out;\n};\n";
const built = transformSync(source, { loader: "ts", sourcemap: "external", sourcefile: "a.ts", minify: true });
const built2 = transformSync(source, { loader: "ts", sourcemap: "external", sourcefile: "a.ts" });

function placeAt(code: string, at: number): [line: number, column: number] {
  const before = code.slice(0, at);
  return [before.split("\n").length, at - before.lastIndexOf("\n")];
}

describe("insertMapped", () => {
  it.each([["one line", built], ["many lines", built2]])("keeps every character's source, %s", (_name, { code, map }) => {
    const old = readSourceMap(map);
    fc.assert(
      fc.property(fc.array(fc.record({ at: fc.nat(code.length), text: fc.constantFrom("x", "longer than that", "") }), { maxLength: 12 }), (insertions) => {
        const moved = insertMapped(code, map, insertions);
        expect(moved.code).toBe(insertText(code, insertions));
        const now = readSourceMap(moved.sourceMap);
        for (let at = 0; at < code.length; at++) {
          if (code[at] === "\n") continue;
          const added = insertions.filter((one) => one.at <= at).reduce((sum, one) => sum + one.text.length, 0);
          expect(moved.code[at + added]).toBe(code[at]);
          expect(now.lookUp(...placeAt(moved.code, at + added))).toEqual(old.lookUp(...placeAt(code, at)));
        }
      }),
      { numRuns: 100 },
    );
  });
  it("keeps the order of what goes to one place", () => {
    expect(insertText("ab", [{ at: 1, text: "1" }, { at: 2, text: "3" }, { at: 1, text: "2" }])).toBe("a12b3");
  });
  it("refuses places outside and line feeds", () => {
    expect(() => insertText("ab", [{ at: 3, text: "1" }])).toThrow(RangeError);
    expect(() => insertText("ab", [{ at: 1, text: "\n" }])).toThrow(RangeError);
  });
});
