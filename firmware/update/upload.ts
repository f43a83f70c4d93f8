// Takes an image file in pieces into the slot that does not run.
//
// The trailer page goes first, so that the slot can't be chosen while it is overwritten; the file's identity is noted there. Pages are erased just before their
// first byte; a word per finished page lets the upload go on after a reset from the last whole page. The image counts only when all of it is
// there, whole and sealed. Only whole words are programmed; the offset that is answered says how much was taken.
import type { EspruinoApi } from "../../hal/espruino.ts";
import type { Flash } from "../../hal/flash.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import { checkImage } from "./image-check.ts";
import { wordBytes } from "./image-format.ts";
import { imageLimit, slotOffset, trailerOffset } from "./layout.ts";
import { Refusal } from "./refusal.ts";
import { SlotState, slotRank, Trailer, zeroWord } from "./slot-trailer.ts";

export interface Upload {
  /** See Updater.upload. */
  take(offset: number, data: string, length: number, sha: string): number;
  /** Length of the file being uploaded, bytes. */
  length(): number;
  /** Ends the session; what is in the flash stays. */
  forget(): void;
}

export function createUpload(port: EspruinoApi, config: TileConfig, flash: Flash, running: number): Upload {
  const page = config.page;
  // Next byte wanted (-1: no upload), length of the file, who it is.
  let next = -1;
  let total = 0;
  let session = "";

  return {
    length: function (): number {
      return total;
    },
    forget: function (): void {
      next = -1;
    },
    take: function (offset: number, data: string, length: number, sha: string): number {
      if (config.slots < 2) return Refusal.NotSupported;
      const slot = 1 - running;
      const start = slotOffset(config, slot);
      const lastPage = slotOffset(config, slot + 1) - page;
      const trailer = trailerOffset(config, slot);
      if (offset === 0) {
        if (!(length > 0)) return Refusal.Invalid;
        if (length > imageLimit(config)) return Refusal.NoMemory;
        if ((slotRank(flash.read(trailerOffset(config, running), Trailer.Bytes)) & 3) !== SlotState.Confirmed) return Refusal.BadState;
        const identity = sha.length === 32 ? sha.substr(0, Trailer.IdentityBytes) + wordBytes(length) : "";
        // The same first piece again: its answer was lost.
        if (next < 0 || !identity || identity !== session) {
          total = length;
          session = identity;
          next = 0;
          if (identity && flash.read(trailer, Trailer.Rounds) === identity) {
            // An earlier life of this upload: complete, or good up to a page.
            if (checkImage(port, config, flash, slot, length) === 0) next = length;
            else while (next + page < length && flash.read(trailer - (config.slot - next / page) * 4, 4) === zeroWord) next += page;
          }
          if (!next) {
            flash.erase(lastPage);
            if (identity) flash.program(trailer, identity);
          }
        }
      }
      if (next < 0) return 0;
      if (offset !== next || offset >= total) return next;
      let left = data.length;
      if (offset + left > total) return Refusal.Invalid;
      if (offset + left < total) left &= -4;
      else while (data.length & 3) data += "\xff";
      if (!left) return Refusal.Invalid;
      let from = 0;
      while (left > 0) {
        const inPage = next % page;
        const count = left < page - inPage ? left : page - inPage;
        if (!inPage && start + next !== lastPage) flash.erase(start + next);
        flash.program(start + next, data.substr(from, (count + 3) & -4));
        from += count;
        left -= count;
        next += count;
        if (next % page === 0) flash.program(trailer - (config.slot + 1 - next / page) * 4, zeroWord);
      }
      if (next < total) return next;
      const verdict = checkImage(port, config, flash, slot, total);
      if (verdict) {
        next = -1;
        flash.erase(lastPage);
        flash.erase(start);
        return verdict;
      }
      return total;
    },
  };
}
