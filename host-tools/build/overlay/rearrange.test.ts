// Wherever a piece of text goes, its places in the sources go with it.

import { transformSync } from "esbuild";
import fc from "fast-check";
import { expect, it } from "vitest";
import { readSourceMap } from "../source-map.ts";
import { rearrange, type Piece } from "./rearrange.ts";

const source = Array.from({ length: 12 }, (_, index) => `function helper${index}(first, second) {\n  const text = \`a\n${index}\`;\n  return first > second ? text + helper${(index + 5) % 12}(second, first) : [first, { second }];\n}\n`).join("");
const { code, map } = transformSync(source, { minifyWhitespace: true, minifyIdentifiers: true, sourcemap: "external", sourcefile: "in/here.ts" });

/** Places of every character, as "line:column name". */
function placesOf(text: string, json: string): (string | undefined)[] {
  const decoded = readSourceMap(json);
  let [line, column] = [1, 0];
  return [...text].map((character) => {
    const place = decoded.lookUp(line, ++column);
    if (character === "\n") [line, column] = [line + 1, 0];
    return place === undefined ? undefined : `${place.file} ${place.line}:${place.column}`;
  });
}

it("keeps text and map as they are in one piece", () => {
  const same = rearrange(code, map, [{ text: code, origin: 0 }]);
  expect(same.code).toBe(code);
  expect(placesOf(same.code, same.sourceMap)).toEqual(placesOf(code, map));
});

it("moves places with their text, in any order, cut anywhere", () => {
  const before = placesOf(code, map);
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(code.length - 1), { minLength: 1, maxLength: 9 }), fc.infiniteStream(fc.nat(1000)), (cuts, order) => {
      const ends = [0, ...cuts.sort((a, b) => a - b), code.length];
      const pieces: Piece[] = ends.slice(1).map((end, index) => ({ text: code.slice(ends[index], end), origin: ends[index] ?? 0 }));
      const shuffled = pieces.map((piece) => ({ piece, key: order.next().value as number })).sort((a, b) => a.key - b.key).map(({ piece }) => piece);
      const made = rearrange(code, map, shuffled);
      expect(made.code).toBe(shuffled.map(({ text }) => text).join(""));
      const after = placesOf(made.code, made.sourceMap);
      let at = 0;
      for (const { text, origin } of shuffled) {
        for (let offset = 0; offset < text.length; offset++, at++) {
          const place = before[(origin ?? 0) + offset];
          // A line feed in a template cuts a segment: what is behind it has no place until the next one.
          if (place !== undefined) expect(after[at]).toBe(place);
        }
      }
    }),
    { numRuns: 60 },
  );
});

it("gives a new name the place of the old one, and text of our own that of what stands before it", () => {
  const at = code.indexOf("return");
  const name = code.indexOf("(", at) - 1;
  const made = rearrange(code, map, [{ text: code.slice(0, at), origin: 0 }, { text: "/* ours */" }, { text: "renamed", origin: name, isOwn: true }]);
  const [before, after] = [placesOf(code, map), placesOf(made.code, made.sourceMap)];
  expect(after[made.code.indexOf("renamed")]).toBe(before[name]);
  expect(after[made.code.indexOf("ours")]).toBe(before[at - 1]);
});
