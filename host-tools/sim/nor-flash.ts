/**
 * A NOR flash chip in memory: pages erase to 0xff, programming only clears bits, in 32-bit words in ascending order.
 *
 * The idea: pages are shared, immutable byte arrays until they are written, so ten thousand tiles that start from one image cost
 * only the pages they changed; and every operation is counted and can be the one at which the power fails (before it, in the middle
 * of it, or right after it), which makes power-cut tests exhaustive instead of lucky.
 * Semantics as in NOR data sheets (Infineon S25FL064L 001-98282, "Program"/"Erase"; Nordic nRF52832 PS 1.4 §13 NVMC: word writes, page erase).
 *
 * To make a chip outlive the process, give it a `FlashStore` (flash-file.ts).
 */

export interface FlashGeometry {
  /** Address of the first byte, as `require("Flash")` counts. */
  readonly baseAddress: number;
  readonly flashBytes: number;
  /** Erase unit, bytes. */
  readonly pageBytes: number;
}

/** Pages of a chip by index; `undefined` is an erased page. Never written to once it is shared. */
export type FlashImage = readonly (Uint8Array | undefined)[];

/** Where a chip keeps its bytes when they must survive the process. Calls arrive in the order of the operations. */
export interface FlashStore {
  /** Bytes from an earlier life, or undefined for a new chip. */
  load(): Uint8Array | undefined;
  /** Makes the chip's bytes at `offset` equal to `bytes`, before it returns. */
  save(offset: number, bytes: Uint8Array): void;
  close(): void;
}

/**
 * What a power cut leaves of the operation it hits:
 * `before` nothing happened; `torn` its first words are done; `noise` every bit it was changing has an arbitrary value;
 * `after` all of it is done.
 */
export type CutMode = "before" | "torn" | "noise" | "after";

export interface CutPlan {
  /** Which operation: 1 is the next one. */
  readonly operation: number;
  readonly mode: CutMode;
  /** `torn`: words that are done; default half of them. */
  readonly tornWords?: number;
  /** `noise`: seed of the arbitrary bits. */
  readonly seed?: number;
}

/** Thrown by a chip that loses power, and by every access after that until `powerOn`. Unwinds the tile. */
export class PowerCut extends Error {
  override readonly name = "PowerCut";
  constructor(readonly operation: number) {
    super(`The power was cut at flash operation ${operation}; switch the tile on again to go on.`);
  }
}

const wordBytes = 4;

export class NorFlash {
  readonly geometry: FlashGeometry;
  /** Erase and program operations so far. */
  operations = 0;
  /** Programmed bytes that asked for a 1 where the chip held a 0: the chip keeps the 0, the writer has a bug. */
  lostBits = 0;
  /** False after a cut, until `powerOn`. */
  isPowered = true;
  /** Called at a cut, before the exception leaves the chip. */
  onCut: (() => void) | undefined;

  #pages: (Uint8Array | undefined)[];
  /** Pages of this chip alone; the others are shared. Allocated at the first write. */
  #owned: Uint8Array | undefined;
  #wear: Uint32Array | undefined;
  #cutAt = 0;
  #cut: CutPlan | undefined;
  readonly #store: FlashStore | undefined;

  /** @param image pages to start from (shared, never changed); a store that has bytes wins over it. */
  constructor(geometry: FlashGeometry, image?: FlashImage, store?: FlashStore) {
    const { flashBytes, pageBytes } = geometry;
    if (flashBytes % pageBytes !== 0 || pageBytes % wordBytes !== 0)
      throw new RangeError(`flashBytes ${flashBytes} has to be a whole number of pages of ${pageBytes} bytes (a multiple of ${wordBytes})`);
    this.geometry = geometry;
    this.#store = store;
    const stored = store?.load();
    if (stored) {
      if (stored.length !== flashBytes) throw new RangeError(`the stored flash has ${stored.length} bytes, the board has ${flashBytes}: another board's file`);
      this.#pages = toImage(stored, pageBytes) as (Uint8Array | undefined)[];
    } else {
      this.#pages = (image ?? []) as (Uint8Array | undefined)[];
      if (store) store.save(0, this.bytes());
    }
  }

  get end(): number {
    return this.geometry.baseAddress + this.geometry.flashBytes;
  }

  /** Is [address, address + length) on the chip? */
  contains(address: number, length: number): boolean {
    return address >= this.geometry.baseAddress && length >= 0 && address + length <= this.end;
  }

  /** Address of the page around `address`, or undefined outside of the chip. */
  pageOf(address: number): number | undefined {
    if (!this.contains(address, 1)) return undefined;
    return address - ((address - this.geometry.baseAddress) % this.geometry.pageBytes);
  }

  /** Sets the page around `address` to 0xff. @throws RangeError outside of the chip; PowerCut. */
  erasePage(address: number): void {
    const page = this.pageOf(address);
    if (page === undefined) throw this.#outside(address, 1);
    const { baseAddress, pageBytes } = this.geometry;
    const index = (page - baseAddress) / pageBytes;
    const words = pageBytes / wordBytes;
    const done = this.#begin(words);
    this.#wear ??= new Uint32Array(this.geometry.flashBytes / pageBytes);
    if (done > 0) this.#wear[index]! += 1;
    if (this.#isNoisy()) scramble(this.#ownPage(index), 0, pageBytes, undefined, this.#cut?.seed ?? 1);
    else if (done === words) this.#setPage(index, undefined);
    else if (done > 0) this.#ownPage(index).fill(0xff, 0, done * wordBytes);
    this.#store?.save(page - baseAddress, this.#pageBytes(index));
    this.#end();
  }

  /** Erases the pages that overlap [address, address + length), one operation each. */
  erase(address: number, length: number): void {
    const first = this.pageOf(address);
    if (first === undefined || !this.contains(address, length)) throw this.#outside(address, length);
    for (let page = first; page < address + length; page += this.geometry.pageBytes) this.erasePage(page);
  }

  /**
   * Programs bytes: bits go from 1 to 0 only. Any alignment; the other bytes of a word are left alone.
   * @throws RangeError outside of the chip; PowerCut.
   */
  program(address: number, data: Uint8Array | string): void {
    const bytes = typeof data === "string" ? Buffer.from(data, "latin1") : data;
    if (!this.contains(address, bytes.length)) throw this.#outside(address, bytes.length);
    if (bytes.length === 0) return;
    const start = address - this.geometry.baseAddress;
    const firstWord = Math.floor(start / wordBytes);
    const words = Math.ceil((start + bytes.length) / wordBytes) - firstWord;
    const done = this.#begin(words);
    const stop = this.#isNoisy() ? start + bytes.length : Math.min((firstWord + done) * wordBytes, start + bytes.length);
    const { pageBytes } = this.geometry;
    for (let offset = start; offset < stop; ) {
      const index = Math.floor(offset / pageBytes);
      const inPage = offset - index * pageBytes;
      const count = Math.min(pageBytes - inPage, stop - offset);
      const page = this.#ownPage(index);
      if (this.#isNoisy()) scramble(page, inPage, count, bytes.subarray(offset - start), this.#cut?.seed ?? 1);
      else for (let i = 0; i < count; i++) {
        const wanted = bytes[offset - start + i]!;
        const kept = page[inPage + i]! & wanted;
        if (kept !== wanted) this.lostBits++;
        page[inPage + i] = kept;
      }
      this.#store?.save(offset, page.subarray(inPage, inPage + count));
      offset += count;
    }
    this.#end();
  }

  /** A copy of `length` bytes. @throws RangeError outside of the chip; PowerCut when it is off. */
  read(address: number, length: number): Buffer {
    const out = Buffer.allocUnsafe(length);
    this.#eachPiece(address, length, (page, from, count, at) => {
      if (page) out.set(page.subarray(from, from + count), at);
      else out.fill(0xff, at, at + count);
    });
    return out;
  }

  /** The same as a byte string (codes 0–255). */
  readString(address: number, length: number): string {
    return this.read(address, length).toString("latin1");
  }

  /** True when [address, address + length) holds 0xff only. */
  isErased(address: number, length: number): boolean {
    let erased = true;
    this.#eachPiece(address, length, (page, from, count) => {
      for (let i = from; page && erased && i < from + count; i++) erased = page[i] === 0xff;
    });
    return erased;
  }

  /** Cuts the power at a later operation; undefined disarms. */
  armCut(plan: CutPlan | undefined): void {
    this.#cut = plan;
    this.#cutAt = plan ? this.operations + plan.operation : 0;
  }

  /** Operations left until the armed cut; 0 when none is armed. */
  get armedIn(): number {
    return this.#cut ? this.#cutAt - this.operations : 0;
  }

  /** The power is back. */
  powerOn(): void {
    this.isPowered = true;
  }

  /** The power fails between two operations. */
  powerOff(): void {
    this.isPowered = false;
  }

  /** How often the page around `address` was erased since this object was made. */
  wearOf(address: number): number {
    const page = this.pageOf(address);
    if (page === undefined) throw this.#outside(address, 1);
    return this.#wear?.[(page - this.geometry.baseAddress) / this.geometry.pageBytes] ?? 0;
  }

  /** Erases of the most worn page. */
  get maxWear(): number {
    return this.#wear?.reduce((most, count) => Math.max(most, count), 0) ?? 0;
  }

  /** Pages this chip holds for itself; the rest are shared or erased. */
  get ownedPages(): number {
    return this.#owned?.reduce((sum, bit, index) => sum + (bit && this.#pages[index] ? 1 : 0), 0) ?? 0;
  }

  /** The whole chip as one buffer, whatever the power. */
  bytes(): Buffer {
    const { flashBytes, pageBytes } = this.geometry;
    const out = Buffer.alloc(flashBytes, 0xff);
    this.#pages.forEach((page, index) => page && out.set(page, index * pageBytes));
    return out;
  }

  /** The chip's pages for other chips to start from. This chip goes on with copies of what it changes. */
  image(): FlashImage {
    const image = this.#pages;
    this.#pages = image.slice();
    this.#owned = undefined;
    return image;
  }

  close(): void {
    this.#store?.close();
  }

  #outside(address: number, length: number): RangeError {
    const hex = (n: number): string => `0x${n.toString(16)}`;
    return new RangeError(`${length} bytes at ${hex(address)} are outside of the flash (${hex(this.geometry.baseAddress)} to ${hex(this.end)})`);
  }

  /** Counts an operation; returns how many of its words to do. */
  #begin(words: number): number {
    if (!this.isPowered) throw new PowerCut(this.operations);
    this.operations++;
    if (!this.#cut || this.operations !== this.#cutAt) return words;
    if (this.#cut.mode === "before") return 0;
    if (this.#cut.mode === "torn") return Math.min(words, this.#cut.tornWords ?? words >> 1);
    return words;
  }

  #isNoisy(): boolean {
    return this.operations === this.#cutAt && this.#cut?.mode === "noise";
  }

  #end(): void {
    if (!this.#cut || this.operations !== this.#cutAt) return;
    this.#cut = undefined;
    this.isPowered = false;
    this.onCut?.();
    throw new PowerCut(this.operations);
  }

  #eachPiece(address: number, length: number, visit: (page: Uint8Array | undefined, from: number, count: number, at: number) => void): void {
    if (!this.isPowered) throw new PowerCut(this.operations);
    if (!this.contains(address, length)) throw this.#outside(address, length);
    const { pageBytes } = this.geometry;
    const start = address - this.geometry.baseAddress;
    for (let offset = start; offset < start + length; ) {
      const index = Math.floor(offset / pageBytes);
      const from = offset - index * pageBytes;
      const count = Math.min(pageBytes - from, start + length - offset);
      visit(this.#pages[index], from, count, offset - start);
      offset += count;
    }
  }

  #pageBytes(index: number): Uint8Array {
    return this.#pages[index] ?? new Uint8Array(this.geometry.pageBytes).fill(0xff);
  }

  #setPage(index: number, page: Uint8Array | undefined): void {
    if (!this.#owned) {
      this.#owned = new Uint8Array(this.geometry.flashBytes / this.geometry.pageBytes);
      this.#pages = this.#pages.slice();
    }
    this.#owned[index] = 1;
    this.#pages[index] = page;
  }

  /** The page as this chip's own, writable bytes. */
  #ownPage(index: number): Uint8Array {
    const page = this.#pages[index];
    if (page && this.#owned?.[index]) return page;
    const own = page ? Uint8Array.from(page) : new Uint8Array(this.geometry.pageBytes).fill(0xff);
    this.#setPage(index, own);
    return own;
  }
}

/** Cuts a flat dump into pages; pages of 0xff become undefined. */
export function toImage(bytes: Uint8Array, pageBytes: number): FlashImage {
  const pages: (Uint8Array | undefined)[] = [];
  for (let at = 0; at < bytes.length; at += pageBytes) {
    const page = Uint8Array.from(bytes.subarray(at, at + pageBytes));
    pages.push(page.every((byte) => byte === 0xff) ? undefined : page);
  }
  return pages;
}

/** Leaves every bit that an operation was changing in an arbitrary state: a program's cleared bits, or all bits of an erase. */
function scramble(page: Uint8Array, from: number, count: number, wanted: Uint8Array | undefined, seed: number): void {
  let state = seed | 1;
  for (let i = 0; i < count; i++) {
    state ^= state << 13; // Marsaglia's xorshift32
    state ^= state >>> 17;
    state ^= state << 5;
    const noise = state & 0xff;
    page[from + i] = wanted ? page[from + i]! & (wanted[i]! | noise) : noise;
  }
}
