// Puts text into shipped text and moves the source map along: every segment at or right of an insertion moves by what was put in before it.
//
// Source map revision 3: `mappings` is lines split by ";", segments by ",", each a run of base-64 VLQ numbers; the first is the column's delta.
// The inserted text itself belongs to the segment before it.

import { readVlq, writeVlq } from "./vlq.ts";

export interface Insertion {
  /** Offset in the old text. */
  at: number;
  /** One line: no line feed. */
  text: string;
}

/** Insertions in any order; those at one offset stay in the order given. @throws RangeError for an offset outside the text or a line feed in an insertion. */
export function insertText(code: string, insertions: readonly Insertion[]): string {
  let text = "";
  let done = 0;
  for (const { at, text: added } of inOrder(code, insertions)) {
    text += code.slice(done, at) + added;
    done = at;
  }
  return text + code.slice(done);
}

/** As {@link insertText}, with the map (JSON) of the old text made that of the new one. */
export function insertMapped(code: string, sourceMap: string, insertions: readonly Insertion[]): { code: string; sourceMap: string } {
  const sorted = inOrder(code, insertions);
  const map = JSON.parse(sourceMap) as { mappings: string };
  let start = 0;
  let next = 0;
  const lines = code.split("\n").map((line) => {
    const inLine: { column: number; length: number }[] = [];
    for (let one = sorted[next]; one !== undefined && one.at <= start + line.length; one = sorted[++next]) inLine.push({ column: one.at - start, length: one.text.length });
    start += line.length + 1;
    return inLine;
  });
  const mapped = map.mappings.split(";").map((segments, index) => moveLine(segments, lines[index] ?? []));
  return { code: insertText(code, sorted), sourceMap: JSON.stringify({ ...map, mappings: mapped.join(";") }) };
}

function moveLine(segments: string, insertions: readonly { column: number; length: number }[]): string {
  if (segments === "" || insertions.length === 0) return segments;
  let before = 0;
  let moved = 0;
  let added = 0;
  let next = 0;
  return segments.split(",").map((segment) => {
    const { value, end } = readVlq(segment);
    before += value;
    for (let one = insertions[next]; one !== undefined && one.column <= before; one = insertions[++next]) added += one.length;
    const delta = before + added - moved;
    moved = before + added;
    return writeVlq(delta) + segment.slice(end);
  }).join(",");
}

function inOrder(code: string, insertions: readonly Insertion[]): Insertion[] {
  for (const { at, text } of insertions) if (at < 0 || at > code.length || text.includes("\n")) throw new RangeError(`cannot insert ${JSON.stringify(text)} at ${at} of ${code.length}`);
  return [...insertions].sort((a, b) => a.at - b.at);
}
