// Updating a tile while it runs: writes an image into the slot that is not running, sets it to be tried, confirms the running one.
//
// Idea: every operation leaves a tile that boots one whole image, whenever the power fails. Before anything of the other slot changes, its
// trailer page is erased, so it can't be chosen; while the running image is itself on trial, the other slot is the way back and nothing touches it.
// Progress is in the flash (one word per finished page), so an upload goes on after a reset from the last whole page.
// Results are SMP's: 0 or a next offset when all is well, `-rc` otherwise (Zephyr SMP, mcumgr_err_t).
import type { EspruinoApi } from "../../hal/espruino.ts";
import type { Flash } from "../../hal/flash.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import { BootKind, type BootInfo } from "./boot-log.ts";
import { imageHmac, tlvOffset, wholeImage } from "./image-check.ts";
import { Image, wordAt, wordBytes } from "./image-format.ts";
import { imageLimit, slotOffset, trailerOffset } from "./layout.ts";
import { freeRound, roundOffset, sequenceWord, SlotState, slotRank, Trailer, zeroWord } from "./slot-trailer.ts";

/** SMP results that updates use, negative as returned here. */
export const enum Refusal {
  /** The image is larger than the slot, or the slot's three trials are used up: erase and upload again. */
  NoMemory = -2,
  Invalid = -3,
  /** No whole image with that hash. */
  NoEntry = -5,
  /** Not now: the running image is on trial (confirm it first), or it is the slot in use. */
  BadState = -6,
  /** This board has one slot: it is updated through the boot window. */
  NotSupported = -8,
  /** The upload is complete but damaged; send it again from 0. */
  Corrupt = -9,
  /** Not sealed under this tile's key. */
  AccessDenied = -11,
}

export class Updater {
  port: EspruinoApi;
  config: TileConfig;
  flash: Flash;
  info: BootInfo;
  /** Next byte the upload needs; -1 without an upload. */
  _next: number;
  _length: number;
  _identity: string;

  constructor(port: EspruinoApi, config: TileConfig, flash: Flash, info: BootInfo) {
    this.port = port;
    this.config = config;
    this.flash = flash;
    this.info = info;
    this._next = -1;
    this._length = 0;
    this._identity = "";
  }

  /** Rank of a slot (slot-trailer.ts). */
  rank(slot: number): number {
    return slotRank(this.flash.read(trailerOffset(this.config, slot), Trailer.Bytes));
  }

  /** Length of the file being uploaded, bytes. */
  length(): number {
    return this._length;
  }

  /**
   * Takes a piece of an image file. `length` (of the file, bytes) and `sha` (SHA-256 of the file, or "") matter when `offset` is 0.
   * Returns the offset wanted next: the file's length when the image is complete, whole and ours.
   */
  upload(offset: number, data: string, length: number, sha: string): number {
    const config = this.config;
    const flash = this.flash;
    if (config.slots < 2) return Refusal.NotSupported;
    const slot = 1 - this.info.slot;
    const start = slotOffset(config, slot);
    const lastPage = slotOffset(config, slot + 1) - config.page;
    const trailer = trailerOffset(config, slot);
    if (offset === 0) {
      if (!(length > 0)) return Refusal.Invalid;
      if (length > imageLimit(config)) return Refusal.NoMemory;
      if ((this.rank(this.info.slot) & 3) !== SlotState.Confirmed) return Refusal.BadState;
      const identity = sha.length === 32 ? sha.substr(0, Trailer.IdentityBytes) + wordBytes(length) : "";
      // The first piece came twice: its answer was lost.
      if (this._next < 0 || !identity || identity !== this._identity) {
        this._length = length;
        this._identity = identity;
        this._next = 0;
        if (identity && flash.read(trailer, Trailer.Rounds) === identity) {
          // An earlier life of this upload: complete, or good up to a page.
          if (this.check(slot, length) >= 0) this._next = length;
          else while (this._next + config.page < length && flash.read(trailer - (config.slot - this._next / config.page) * 4, 4) === zeroWord) this._next += config.page;
        }
        if (!this._next) {
          flash.erase(lastPage);
          if (identity) flash.program(trailer, identity);
        }
      }
    }
    if (this._next < 0) return 0;
    if (offset !== this._next || offset >= this._length) return this._next;
    let left = data.length;
    if (offset + left > this._length) return Refusal.Invalid;
    if (offset + left < this._length) left &= -4;
    else while (data.length & 3) data += "\xff";
    if (!left) return Refusal.Invalid;
    let from = 0;
    while (left > 0) {
      const at = start + this._next;
      const inPage = this._next % config.page;
      const count = left < config.page - inPage ? left : config.page - inPage;
      if (!inPage && at !== lastPage) flash.erase(at);
      flash.program(at, data.substr(from, (count + 3) & -4));
      from += count;
      left -= count;
      this._next += count;
      if (this._next % config.page === 0) flash.program(trailer - (config.slot + 1 - this._next / config.page) * 4, zeroWord);
    }
    if (this._next < this._length) return this._next;
    const verdict = this.check(slot, this._length);
    if (verdict < 0) {
      this._next = -1;
      this._identity = "";
      flash.erase(lastPage);
      flash.erase(start);
      return verdict;
    }
    return this._length;
  }

  /** 0 when the image in `slot` is whole, ours, and (unless `length` is 0) a file of `length` bytes. */
  check(slot: number, length: number): number {
    const config = this.config;
    const tlvs = wholeImage(this.port, config, this.flash, slot);
    if (!tlvs) return Refusal.Corrupt;
    const at = tlvOffset(config, this.flash, slot);
    if (length && at + Image.TlvBytes - slotOffset(config, slot) !== length) return Refusal.Corrupt;
    let isOurs = false;
    try {
      isOurs = imageHmac(this.port, config.key, tlvs.substr(Image.Digest, 32)) === this.flash.read(at + Image.Hmac, Image.HmacBytes);
    } catch (e) {
      isOurs = true; // no native SHA-256 on this board: integrity only (docs/ASSURANCE.md)
    }
    return isOurs ? 0 : Refusal.AccessDenied;
  }

  /** Slot that holds a whole image with this digest, or -1. */
  find(digest: string): number {
    let slot = this.config.slots;
    while (slot--) {
      const tlvs = wholeImage(this.port, this.config, this.flash, slot);
      if (tlvs && tlvs.substr(Image.Digest, 32) === digest) return slot;
    }
    return -1;
  }

  /**
   * Sets the image with `digest` to be tried at the next reset (`isConfirm` false) or for good (`isConfirm` true).
   * With `digest` "" it confirms the running image. Returns 0 or a refusal.
   */
  setState(digest: string, isConfirm: boolean): number {
    const config = this.config;
    const flash = this.flash;
    const running = this.info.slot;
    const slot = digest ? this.find(digest) : isConfirm ? running : -1;
    if (slot < 0) return digest ? Refusal.NoEntry : Refusal.Invalid;
    const rank = this.rank(slot);
    const runningRank = this.rank(running);
    const otherRank = config.slots > 1 ? this.rank(1 - running) : 0;
    const state = rank & 3;
    const at = trailerOffset(config, slot);
    if (slot === running) {
      if (state !== SlotState.Confirmed) {
        if (!isConfirm) return Refusal.BadState;
        flash.program(at + roundOffset((rank >> 2) & 3) + Trailer.Confirmed, zeroWord);
        return 0;
      }
      // Confirming it again matters only when the next reset would start the other slot.
      if (!isConfirm || otherRank < rank || (otherRank & 3) === SlotState.Tried) return 0;
    } else {
      if ((runningRank & 3) !== SlotState.Confirmed) return Refusal.BadState;
      const seal = this.check(slot, 0);
      if (seal < 0) return seal;
      if (rank > runningRank && state === (isConfirm ? SlotState.Confirmed : SlotState.Pending)) return 0;
    }
    const round = freeRound(flash.read(at, Trailer.Bytes));
    if (!round) return Refusal.NoMemory;
    // The sequence number goes last: until it is whole, the round does not exist.
    if (isConfirm) flash.program(at + round + Trailer.Confirmed, zeroWord);
    flash.program(at + round, sequenceWord(((runningRank > otherRank ? runningRank : otherRank) >> 4) + 1));
    return 0;
  }

  /** Makes a slot empty: its trailer page first, then its header. */
  erase(slot: number): number {
    const config = this.config;
    if (slot < 0 || slot >= config.slots) return Refusal.Invalid;
    if (slot === this.info.slot || (this.rank(this.info.slot) & 3) !== SlotState.Confirmed) return Refusal.BadState;
    this._next = -1;
    this._identity = "";
    this.flash.erase(trailerOffset(config, slot));
    this.flash.erase(slotOffset(config, slot));
    return 0;
  }
}
