// Fuel in a tile's bundle: its services pay, the kernel, the HAL, the composition root and what else only the start runs do not.
//
// Who is who is told by the source map, function by function: after minifying, the file that a function comes from is known nowhere else. What only the start
// runs (makers of servers; overlay/start-only.ts) runs before there is a kernel that gives fuel; the functions that it makes do pay.

import { TileBuildError } from "../build-errors.ts";
import { parseUnit } from "../dialect/unit.ts";
import { insertMapped } from "../insert-mapped.ts";
import { topFunctions } from "../overlay/function-graph.ts";
import { placeByOffset } from "../source-map.ts";
import { FuelError, meter, type FuelSite } from "./meter.ts";

export interface MeteredBundle {
  code: string;
  sourceMap: string;
  sites: readonly FuelSite[];
  /** Bytes that the charges take. */
  addedBytes: number;
}

/** True for files whose code pays: services and what they use. Images (firmware/images) are composition roots and run before the kernel does. */
export function isService(file: string): boolean {
  const path = file.replace(/^(\.\.?\/)+/, "");
  return path.startsWith("firmware/") && !path.startsWith("firmware/images/");
}

/** Meters shipped text, but for the functions at its top named in `startOnly`. @throws TileBuildError with the TypeScript place of what can't be metered. */
export function meterBundle(entry: string, code: string, sourceMap: string, startOnly: readonly string[]): MeteredBundle {
  const place = placeByOffset(code, sourceMap);
  try {
    const names = new Set(startOnly);
    const unmetered = new Set(topFunctions(parseUnit(code, "tile")).filter(({ name }) => names.has(name)).map(({ node }) => node.start));
    const metered = meter(code, (at, functionAt) => !unmetered.has(functionAt) && isService(place(at)?.file ?? ""), (functionAt) => unmetered.has(functionAt));
    const moved = insertMapped(code, sourceMap, metered.insertions);
    return { ...moved, sites: metered.sites, addedBytes: moved.code.length - code.length };
  } catch (error) {
    if (!(error instanceof FuelError)) throw error;
    const source = place(error.at);
    const where = source === undefined ? `offset ${error.at}` : `${source.file}:${source.line}:${source.column}`;
    throw new TileBuildError(entry, `fuel: ${where}: ${error.message}`, [], []);
  }
}
