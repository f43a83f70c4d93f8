// From a place in the shipped file back to the TypeScript source: for build errors and for decoding crash traces on the host.
//
// Source Map v3 (ECMA-426) as esbuild writes it, read by Node's own decoder.

import { SourceMap, type SourceMapPayload } from "node:module";

/** A place in a source file: path as it stands in the map, line and column from 1. */
export interface SourcePosition {
  file: string;
  line: number;
  column: number;
  /** Original name, where the map has one. */
  name?: string;
}

export interface TileSourceMap {
  /** Where a shipped line and column (both from 1) come from; undefined for text that the build wrote itself. */
  lookUp(line: number, column: number): SourcePosition | undefined;
  /** Paths of all sources, as they stand in the map. */
  sources: readonly string[];
}

/** Read a source map from its JSON text. Throws `SyntaxError` if the text is not JSON. */
export function readSourceMap(json: string): TileSourceMap {
  const payload = JSON.parse(json) as SourceMapPayload;
  const map = new SourceMap(payload);
  return {
    sources: payload.sources,
    lookUp(line, column) {
      const entry = map.findEntry(line - 1, column - 1);
      // Node gives the last entry at or before the place, also from an earlier line: text before the first entry of a line is the build's own.
      if (!("originalSource" in entry) || entry.originalSource === undefined || entry.generatedLine !== line - 1) return undefined;
      const position = { file: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
      const name = (entry as { name?: string }).name;
      return name === undefined || name === "" ? position : { ...position, name };
    },
  };
}

/** Where an offset in `code` comes from, by its map (JSON). */
export function placeByOffset(code: string, sourceMap: string): (at: number) => SourcePosition | undefined {
  const map = readSourceMap(sourceMap);
  const lineStarts = [0];
  for (let at = code.indexOf("\n"); at >= 0; at = code.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return (at) => {
    let [low, high] = [0, lineStarts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((lineStarts[middle] as number) <= at) low = middle;
      else high = middle - 1;
    }
    return map.lookUp(low + 1, at - (lineStarts[low] as number) + 1);
  };
}
