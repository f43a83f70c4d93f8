// Fuel in a tile's bundle: its services pay, the kernel, the HAL and the composition root do not.
//
// Who is who is told by the source map, function by function: after minifying, the file that a function comes from is known nowhere else.

import { TileBuildError } from "../build-errors.ts";
import { insertMapped } from "../insert-mapped.ts";
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

/** Meters shipped text. @throws TileBuildError with the TypeScript place of what can't be metered. */
export function meterBundle(entry: string, code: string, sourceMap: string): MeteredBundle {
  const place = placeByOffset(code, sourceMap);
  try {
    const metered = meter(code, (at) => isService(place(at)?.file ?? ""));
    const moved = insertMapped(code, sourceMap, metered.insertions);
    return { ...moved, sites: metered.sites, addedBytes: moved.code.length - code.length };
  } catch (error) {
    if (!(error instanceof FuelError)) throw error;
    const source = place(error.at);
    const where = source === undefined ? `offset ${error.at}` : `${source.file}:${source.line}:${source.column}`;
    throw new TileBuildError(entry, `fuel: ${where}: ${error.message}`, [], []);
  }
}
