// Updating a board that has one slot: what the host runs on the tile's console while the boot window is held open.
//
// Idea: first the whole slot is packed into the stash and read back, then, page by page, it is overwritten; the last page, with the trailer, is erased first, so from
// then on the first stage would unpack the stash. Setting the new image to be tested is the last word. Each function is one short step, and the same step
// may be asked for again: whoever was interrupted starts over and finds its work done. Loaded into RAM, never part of an image
// (docs/decisions/0007-one-slot-update.md). Answers are SMP-like: 0 and up is progress, negative a Refusal.
import { openFlash } from "../../hal/port/flash-port.ts";
import type { EspruinoApi, EspruinoHeatshrink } from "../../hal/espruino.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import { imageHmac, tlvOffset, wholeImage } from "./image-check.ts";
import { Image } from "./image-format.ts";
import { slotOffset, stashOffset, trailerOffset } from "./layout.ts";
import { erasedWord, freeRound, sequenceWord, SlotState, slotRank, Trailer, zeroWord } from "./slot-trailer.ts";
import { stashEnd, stashMark } from "./stash.ts";
import { Refusal } from "./refusal.ts";

export interface OneSlot {
  /** Packs or checks the next page. Returns the pages done; `config.slot` + 1 when the stash is complete; call until then. */
  stash(): number;
  /** CRC-32 of a page of the slot: equal pages need not be sent. */
  crc(page: number): number;
  /** Erases a page of the slot; the last one before any other. Returns 0. */
  erase(page: number): number;
  /** Programs bytes at an offset in the slot. Returns 0. */
  put(offset: number, data: string): number;
  /** Checks that the image with this digest is whole and ours, and sets it to be tested at the next start. Returns 0, also when it is set already. */
  arm(digest: string): number;
}

export function openOneSlot(port: EspruinoApi, config: TileConfig): OneSlot {
  const flash = openFlash(port, config);
  const E = port.E;
  const heatshrink = port.require("heatshrink") as EspruinoHeatshrink;
  const slot = slotOffset(config, 0);
  const trailer = trailerOffset(config, 0);
  let page = 0;
  let chunk = stashOffset(config);

  const rank = function (): number {
    return slotRank(flash.read(trailer, Trailer.Bytes));
  };
  const isStashed = function (): boolean {
    return flash.read(stashEnd(config), 4) === stashMark;
  };

  const unpacks = function (packed: string, bytes: string): boolean {
    try {
      return E.CRC32(new Uint8Array(heatshrink.decompress(packed), 0, config.page)) === E.CRC32(bytes);
    } catch (e) {
      return false;
    }
  };

  /** Packs page `page` of the slot at `chunk`, unless that is done. Returns where the next chunk goes; 0 when what stands there is no good. */
  const packPage = function (): number {
    const bytes = flash.read(slot + page * config.page, config.page);
    let head = flash.read(chunk, 4);
    if (head === erasedWord && !isStashed()) {
      let packed = E.toString(heatshrink.compress(bytes)) as string;
      // Espruino (2v29) drops the last byte of some outputs: then padding is lost instead of the page's end.
      for (let pad = 1; pad < 4 && !unpacks(packed, bytes); pad++) packed = E.toString(heatshrink.compress(bytes + "\0\x80\x01".substr(0, pad))) as string;
      if (chunk + packed.length + 8 > stashEnd(config)) return Refusal.NoMemory;
      // The head goes last: a chunk that has one is whole.
      flash.program(chunk + 4, packed + erasedWord.substr(0, -packed.length & 3));
      head = sequenceWord(packed.length);
      flash.program(chunk, head);
    }
    const length = head.charCodeAt(0) | (head.charCodeAt(1) << 8);
    if (head !== sequenceWord(length) || chunk + length + 8 > stashEnd(config)) return 0;
    return unpacks(flash.read(chunk + 4, length), bytes) ? chunk + ((length + 7) & -4) : 0;
  };

  /** The way back exists and the slot's trailer is clear: its pages may change. */
  const isOpen = function (): boolean {
    return isStashed() && flash.read(trailer + Trailer.Rounds, Trailer.RoundBytes * Trailer.RoundCount) === erasedWord.repeat(Trailer.RoundCount * 3);
  };

  return {
    stash: function (): number {
      if (!page && ((rank() & 3) !== SlotState.Confirmed || !wholeImage(port, config, flash, 0))) return isStashed() ? config.slot + 1 : Refusal.BadState;
      let next = 0;
      if (page < config.slot) next = packPage();
      else {
        if (!isStashed()) flash.program(stashEnd(config), stashMark);
        if (isStashed()) return config.slot + 1;
      }
      if (next < 0) return next;
      if (next) {
        page++;
        chunk = next;
        return page;
      }
      // Another image's stash, or a torn one. The mark goes first (an erase may be torn), its first page last.
      if (isStashed()) flash.program(stashEnd(config), zeroWord);
      let old = config.prev;
      while (old--) flash.erase(stashOffset(config) + old * config.page);
      page = 0;
      chunk = stashOffset(config);
      return 0;
    },
    crc: function (at: number): number {
      return E.CRC32(flash.read(slot + at * config.page, config.page)) >>> 0;
    },
    erase: function (at: number): number {
      if (at === config.slot - 1 ? !isStashed() : !isOpen()) return Refusal.BadState;
      flash.erase(slot + at * config.page);
      return 0;
    },
    put: function (offset: number, data: string): number {
      if (!isOpen() || offset + data.length > trailer + Trailer.Rounds - slot) return Refusal.BadState;
      flash.program(slot + offset, data);
      return 0;
    },
    arm: function (digest: string): number {
      const tlvs = wholeImage(port, config, flash, 0);
      if (!tlvs || tlvs.substr(Image.Digest, 32) !== digest) return Refusal.Corrupt;
      if (rank()) return (rank() & 3) === SlotState.Pending ? 0 : Refusal.BadState;
      let isOurs = false;
      try {
        isOurs = imageHmac(port, config.key, digest) === flash.read(tlvOffset(config, flash, 0) + Image.Hmac, Image.HmacBytes);
      } catch (e) {
        isOurs = true; // no native SHA-256: integrity only
      }
      if (!isOurs) return Refusal.AccessDenied;
      const round = freeRound(flash.read(trailer, Trailer.Bytes));
      if (!round) return Refusal.NoMemory;
      flash.program(trailer + round, sequenceWord(1));
      return 0;
    },
  };
}
