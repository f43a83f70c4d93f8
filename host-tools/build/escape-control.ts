// Control characters in string literals, written out as \xNN: esbuild prints them raw, but shipped text is printable ASCII (it travels over
// consoles that act on them). The source map follows: every segment to the right of an escape moves by the characters it added.
//
// Source map revision 3: `mappings` is lines split by ";", segments by ",", each a run of base-64 VLQ numbers; the first is the column's delta.

import { readVlq, writeVlq } from "./vlq.ts";

const ADDED = 3;

const isControl = (character: string): boolean => character !== "\n" && (character < " " || character === "\x7f");

/** Escapes control characters in `code` (they can only stand inside string and template literals) and moves the map's columns along. */
export function escapeControl(code: string, sourceMap: string): { code: string; sourceMap: string } {
  const lines = code.split("\n");
  if (!lines.some((line) => [...line].some(isControl))) return { code, sourceMap };
  const map = JSON.parse(sourceMap) as { mappings: string };
  const mapped = map.mappings.split(";");
  const out = lines.map((line, index) => {
    const columns: number[] = [];
    let text = "";
    for (let column = 0; column < line.length; column++) {
      const character = line[column] as string;
      if (isControl(character)) {
        columns.push(column);
        text += `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
      } else text += character;
    }
    const segments = mapped[index];
    if (columns.length > 0 && segments !== undefined && segments !== "") {
      let before = 0;
      let moved = 0;
      mapped[index] = segments.split(",").map((segment) => {
        const { value, end } = readVlq(segment);
        before += value;
        const now = before + ADDED * columns.filter((column) => column < before).length;
        const delta = now - moved;
        moved = now;
        return writeVlq(delta) + segment.slice(end);
      }).join(",");
    }
    return text;
  });
  return { code: out.join("\n"), sourceMap: JSON.stringify({ ...map, mappings: mapped.join(";") }) };
}
