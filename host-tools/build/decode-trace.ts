// An Espruino crash trace, frame by frame, in TypeScript places.
//
//     at step (g.dat:4:166)
// o(r,t+n.id)
//           ^
//
// The position counts from the start of the Storage FILE, header and other slot included, and is often lost (":1:1"); the excerpt with its caret is
// the shipped text itself. So a frame is found by its excerpt, and the column only decides between equal ones. The 64-bit build shows no excerpt of a file in
// Storage, but its column is right, in the one long line of the image.

import type { SourcePosition, TileSourceMap } from "./source-map.ts";

export interface TraceFrame {
  /** Shipped name of the function, as Espruino gives it. */
  name: string;
  /** Where in the shipped file, line and column from 1; undefined when the text isn't from this file. */
  shipped: { line: number; column: number } | undefined;
  /** Where in the TypeScript sources. */
  source: SourcePosition | undefined;
  /** False when several places of the file have the same text and nothing tells them apart. */
  certain: boolean;
}

/** The first line of a frame: function name (1), line (2) and column (3). */
export const traceFrameHead = /^\s+at (?:(\S+) )?\(?[^():]*:(\d+):(\d+)\)?$/;

/** Frames of the first trace in `text`, innermost first. `code` is the shipped file that was running, `map` its source map. */
export function decodeTrace(text: string, code: string, map: TileSourceMap): TraceFrame[] {
  const lines = text.replaceAll("\r", "").split("\n");
  const frames: TraceFrame[] = [];
  for (let index = 0; index < lines.length; index++) {
    const head = traceFrameHead.exec(lines[index] ?? "");
    if (head === null) {
      // The next prompt or another message ends the trace.
      if (frames.length > 0 && /^(>|Uncaught|Execution)/.test(lines[index] ?? "")) break;
      continue;
    }
    const excerpt = lines[index + 1] ?? "";
    const caret = (lines[index + 2] ?? "").indexOf("^");
    frames.push(locate(head[1] ?? "", Number(head[3]), excerpt, caret, code, map));
    index += caret < 0 ? 0 : 2;
  }
  return frames;
}

function locate(name: string, column: number, excerpt: string, caret: number, code: string, map: TileSourceMap): TraceFrame {
  const cutFront = excerpt.startsWith("...") ? 3 : 0;
  const piece = excerpt.slice(cutFront).replace(/\.\.\.$/, "");
  const lost: TraceFrame = { name, shipped: undefined, source: undefined, certain: false };
  if (/^ *\^?$/.test(excerpt) && column > 1) return byColumn(name, column, code, map) ?? lost;
  if (caret < 0 || piece.length < 3) return lost;
  const places: { line: number; column: number }[] = [];
  for (let at = code.indexOf(piece); at >= 0; at = code.indexOf(piece, at + 1)) {
    // The caret stands behind the last token that was read.
    const offset = Math.min(at + Math.max(0, caret - cutFront - 1), code.length - 1);
    const before = code.slice(0, offset);
    places.push({ line: before.split("\n").length, column: offset - before.lastIndexOf("\n") });
  }
  const near = places.filter((place) => Math.abs(place.column - column) <= 1);
  const shipped = near.length === 1 ? near[0] : places[0];
  if (shipped === undefined) return lost;
  return { name, shipped, source: map.lookUp(shipped.line, shipped.column), certain: near.length === 1 || places.length === 1 };
}

/** The frame at `column` of the image's longest line, all but a few characters of it; undefined when the line is shorter. */
function byColumn(name: string, column: number, code: string, map: TileSourceMap): TraceFrame | undefined {
  const lengths = code.split("\n").map((line) => line.length);
  const longest = Math.max(...lengths);
  if (column > longest) return undefined;
  const shipped = { line: lengths.indexOf(longest) + 1, column };
  return { name, shipped, source: map.lookUp(shipped.line, column), certain: false };
}

/** A trace for people: one line a frame. */
export function formatTrace(frames: readonly TraceFrame[]): string {
  return frames
    .map(({ name, shipped, source, certain }) => {
      const place = source !== undefined ? `${source.file}:${source.line}:${source.column}` : shipped !== undefined ? `shipped file:${shipped.line}:${shipped.column}` : "not in this image";
      return `  at ${source?.name ?? (name === "" ? "?" : name)} (${place})${certain || shipped === undefined ? "" : " or a place with the same text"}`;
    })
    .join("\n");
}
