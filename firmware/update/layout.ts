// Where everything lies inside the tile's flash range, computed from its configuration alone.
//
// Page order: boot log (1 page), journal, slot A, slot B or the stash (the compressed previous image). Offsets count from the first page.
// A slot ends with its trailer, and before that with one progress word per page of the slot (slot-trailer.ts), so an image file may fill
// `imageLimit` bytes. To move a region, change it here: first stage, update service, installer and maps all ask these functions.
import type { TileConfig } from "../../hal/tile-config.ts";
import { Trailer } from "./slot-trailer.ts";

/** Parts of the configuration that decide the layout. */
export type Geometry = Pick<TileConfig, "page" | "journal" | "slot" | "slots" | "prev">;

/** Offset of the journal's first page. The boot log is the page before it, at 0. */
export function journalOffset(g: Geometry): number {
  return g.page;
}

/** Offset of slot 0 (A) or 1 (B). */
export function slotOffset(g: Geometry, slot: number): number {
  return (1 + g.journal + slot * g.slot) * g.page;
}

/** Offset of the stash; it exists when `g.prev` is not 0. */
export function stashOffset(g: Geometry): number {
  return slotOffset(g, g.slots);
}

/** Pages of the whole range. */
export function rangePages(g: Geometry): number {
  return 1 + g.journal + g.slots * g.slot + g.prev;
}

/** Offset of a slot's trailer. */
export function trailerOffset(g: Geometry, slot: number): number {
  return slotOffset(g, slot + 1) - Trailer.Bytes;
}

/** Largest image file that a slot takes, bytes. */
export function imageLimit(g: Geometry): number {
  return g.slot * (g.page - 4) - Trailer.Bytes;
}
