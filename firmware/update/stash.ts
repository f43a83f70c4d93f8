// The stash: the whole slot of a one-slot board, compressed, so that an update can be taken back.
//
// One chunk per page of the slot, in order: a head word (length and its complement, 16 bits each), the page (and up to three bytes of padding) as heatshrink packs it, 0xff up to a
// whole word. The last word of the region is set to `stashMark` once all chunks have been read back, and programmed to 0 before they are erased: without the mark the stash does not exist. Because the
// slot's trailer is packed with it, unpacking brings the old image back together with its "confirmed". Unpacking skips pages that are right already, so it can
// be cut at any point and simply starts again. Who writes it: one-slot.ts, over the console.
import type { Flash } from "../../hal/flash.ts";
import type { EspruinoApi, EspruinoHeatshrink } from "../../hal/espruino.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import { slotOffset, stashOffset } from "./layout.ts";

/** Closes a stash; programming it to 0 opens it again. */
export const stashMark = "\x01\0\xfe\xff";

/** Offset of the word that says the stash is complete. */
export function stashEnd(config: TileConfig): number {
  return stashOffset(config) + config.prev * config.page - 4;
}

/**
 * Makes slot 0 what it was when the stash was written. False when there is no complete stash; the slot is then untouched.
 * The caller checks the image's hash afterwards.
 */
export function restoreStash(port: EspruinoApi, config: TileConfig, flash: Flash): boolean {
  if (!config.prev || flash.read(stashEnd(config), 4) !== stashMark) return false;
  const heatshrink = port.require("heatshrink") as EspruinoHeatshrink;
  let chunk = stashOffset(config);
  const slot = slotOffset(config, 0);
  for (let page = 0; page < config.slot; page++) {
    const at = slot + page * config.page;
    const head = flash.read(chunk, 2);
    const length = head.charCodeAt(0) | (head.charCodeAt(1) << 8);
    const bytes = new Uint8Array(heatshrink.decompress(flash.read(chunk + 4, length)), 0, config.page);
    if (port.E.CRC32(flash.read(at, config.page)) !== port.E.CRC32(bytes)) {
      flash.erase(at);
      flash.program(at, bytes as never);
      port.E.kickWatchdog();
    }
    chunk += (length + 7) & -4;
  }
  return true;
}
