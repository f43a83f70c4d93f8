// Updating a tile while it runs: writes an image into the slot that is not running, sets it to be tried, confirms the running one.
//
// Idea: every operation leaves a tile that boots one whole image, whenever the power fails. Before anything of the other slot changes, its
// trailer page is erased, so it can't be chosen; while the running image is itself on trial, the other slot is the way back and nothing touches it.
// Progress is in the flash (one word per finished page), so an upload goes on after a reset from the last whole page.
// Only images with the feature `upload` carry it: a small board has one slot and is updated through its boot window (one-slot.ts).
// Results are SMP's: 0 or a next offset when all is well, `-rc` otherwise (Zephyr SMP, mcumgr_err_t).
import type { EspruinoApi } from "../../hal/espruino.ts";
import type { Flash } from "../../hal/flash.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import type { BootInfo } from "./boot-log.ts";
import { checkImage, wholeImage } from "./image-check.ts";
import { Image } from "./image-format.ts";
import { slotOffset, trailerOffset } from "./layout.ts";
import { Refusal } from "./refusal.ts";
import { freeRound, roundOffset, sequenceWord, SlotState, slotRank, Trailer, zeroWord } from "./slot-trailer.ts";
import { createUpload } from "./upload.ts";

declare const UPLOAD: boolean;

export interface Updater {
  /** Rank of a slot (slot-trailer.ts). */
  rank(slot: number): number;
  /** Length of the file being uploaded, bytes. */
  length(): number;
  /**
   * Takes a piece of an image file. `length` (of the file, bytes) and `sha` (SHA-256 of the file, or "") matter when `offset` is 0.
   * Returns the offset wanted next: the file's length when the image is complete, whole and ours.
   */
  upload(offset: number, data: string, length: number, sha: string): number;
  /**
   * Sets the image with `digest` to be tried at the next reset (`isConfirm` false) or for good (`isConfirm` true).
   * With `digest` "" it confirms the running image. Returns 0 or a refusal.
   */
  setState(digest: string, isConfirm: boolean): number;
  /** Makes a slot empty: its trailer page first, then its header. Returns 0 or a refusal. */
  erase(slot: number): number;
}

export function createUpdater(port: EspruinoApi, config: TileConfig, flash: Flash, info: BootInfo): Updater {
  const running = info.slot;
  const upload = UPLOAD ? createUpload(port, config, flash, running) : undefined;

  const trailerText = function (slot: number): string {
    return flash.read(trailerOffset(config, slot), Trailer.Bytes);
  };
  const rank = function (slot: number): number {
    return slotRank(trailerText(slot));
  };
  const mayChange = function (): boolean {
    return (rank(running) & 3) === SlotState.Confirmed;
  };

  return {
    rank: rank,
    length: function (): number {
      return upload ? upload.length() : 0;
    },

    upload: function (offset: number, data: string, length: number, sha: string): number {
      return upload ? upload.take(offset, data, length, sha) : Refusal.NotSupported;
    },

    setState: function (digest: string, isConfirm: boolean): number {
      let slot = isConfirm ? running : -1;
      if (digest) {
        slot = config.slots - 1;
        while (slot >= 0 && wholeImage(port, config, flash, slot).substr(Image.Digest, 32) !== digest) slot--;
      }
      if (slot < 0) return digest ? Refusal.NoEntry : Refusal.Invalid;
      const mine = rank(slot);
      const state = mine & 3;
      const at = trailerOffset(config, slot);
      if (slot === running && state !== SlotState.Confirmed) {
        if (!isConfirm) return Refusal.BadState;
        flash.program(at + roundOffset((mine >> 2) & 3) + Trailer.Confirmed, zeroWord);
        return 0;
      }
      if (UPLOAD && config.slots > 1) {
        const theirs = rank(1 - slot);
        if (slot === running) {
          // Confirming it again matters only when the next reset would start the other slot.
          if (!isConfirm || theirs < mine || (theirs & 3) === SlotState.Tried) return 0;
        } else {
          if (!mayChange()) return Refusal.BadState;
          const seal = checkImage(port, config, flash, slot, 0);
          if (seal) return seal;
          if (mine > theirs && state === (isConfirm ? SlotState.Confirmed : SlotState.Pending)) return 0;
        }
        const round = freeRound(trailerText(slot));
        if (!round) return Refusal.NoMemory;
        // The sequence number goes last: until it is whole, the round does not exist.
        if (isConfirm) flash.program(at + round + Trailer.Confirmed, zeroWord);
        flash.program(at + round, sequenceWord(((mine > theirs ? mine : theirs) >> 4) + 1));
      }
      return 0;
    },

    erase: function (slot: number): number {
      if (!upload) return Refusal.NotSupported;
      if (slot < 0 || slot >= config.slots) return Refusal.Invalid;
      if (slot === running || !mayChange()) return Refusal.BadState;
      upload.forget();
      flash.erase(trailerOffset(config, slot));
      flash.erase(slotOffset(config, slot));
      return 0;
    },
  };
}
