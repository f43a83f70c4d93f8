// New text from pieces of an old one in any order, with its source map: every segment of the map goes where its piece goes.
//
// Source map revision 3 (ECMA-426): a segment maps the text from its column to the next segment. A piece that begins between two segments gets one at its
// begin, as the text there belongs to the segment before it.

import { readVlq, writeVlq } from "../vlq.ts";

export interface Piece {
  text: string;
  /** Offset of this text in the old one, or of what it stands for. */
  origin?: number;
  /** True for text of our own that stands for what is at `origin` (a new name): only its begin is mapped. */
  isOwn?: boolean;
}

/** Original place: index of the source, line and column, index of the name. */
type Place = readonly number[];

export interface Segment {
  at: number;
  place: Place;
}

export function rearrange(code: string, sourceMap: string, pieces: readonly Piece[]): { code: string; sourceMap: string } {
  const map = JSON.parse(sourceMap) as { mappings: string };
  const old = readSegments(code, map.mappings);
  const moved: Segment[] = [];
  let text = "";
  for (const piece of pieces) {
    if (piece.origin !== undefined && piece.text !== "") {
      const { origin } = piece;
      const end = piece.isOwn === true ? origin + 1 : origin + piece.text.length;
      let index = firstAtOrAfter(old, origin);
      // A piece that begins inside of a segment.
      if (old[index]?.at !== origin && index > 0) moved.push({ at: text.length, place: (old[index - 1] as Segment).place.slice(0, 3) });
      for (let segment = old[index]; segment !== undefined && segment.at < end; segment = old[++index]) moved.push({ at: text.length + segment.at - origin, place: segment.place });
    }
    text += piece.text;
  }
  return { code: text, sourceMap: JSON.stringify({ ...map, mappings: writeSegments(text, moved) }) };
}

function firstAtOrAfter(segments: readonly Segment[], at: number): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((segments[middle] as Segment).at < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Segments in text order, by their offset. */
export function readSegments(code: string, mappings: string): Segment[] {
  const segments: Segment[] = [];
  const place = [0, 0, 0, 0];
  let lineStart = 0;
  for (const line of mappings.split(";")) {
    let column = 0;
    for (const written of line === "" ? [] : line.split(",")) {
      const numbers: number[] = [];
      for (let rest = written; rest !== ""; ) {
        const { value, end } = readVlq(rest);
        numbers.push(value);
        rest = rest.slice(end);
      }
      column += numbers[0] ?? 0;
      numbers.slice(1).forEach((delta, index) => (place[index] = (place[index] ?? 0) + delta));
      segments.push({ at: lineStart + column, place: place.slice(0, numbers.length - 1) });
    }
    const feed = code.indexOf("\n", lineStart);
    if (feed < 0) break;
    lineStart = feed + 1;
  }
  return segments;
}

function writeSegments(code: string, segments: readonly Segment[]): string {
  const before = [0, 0, 0, 0];
  const lines: string[] = [];
  let next = 0;
  let lineStart = 0;
  for (const line of code.split("\n")) {
    const written: string[] = [];
    let column = 0;
    for (let segment = segments[next]; segment !== undefined && segment.at <= lineStart + line.length; segment = segments[++next]) {
      let text = writeVlq(segment.at - lineStart - column);
      column = segment.at - lineStart;
      segment.place.forEach((value, index) => {
        text += writeVlq(value - (before[index] ?? 0));
        before[index] = value;
      });
      written.push(text);
    }
    lines.push(written.join(","));
    lineStart += line.length + 1;
  }
  return lines.join(";");
}
