/**
 * Espruino's Storage on a simulated flash chip, in Espruino's on-flash format, so that an image moves between a real board and this one.
 *
 * A file is a 32-byte header and its bytes, padded to 4. The header's first word is the size in 24 bits with flags above; the other
 * 28 bytes are the name, padded with zeros (longer names are cut without a word). Erasing zeroes the first word of the name; the space comes
 * back by compaction, which holds data in RAM only while it rewrites a page: a power cut there loses files, as on a real board.
 * Learned from experiments with the interpreter; `espruino-storage.test.ts` compares answers and whole flash images with recordings of 2v29.
 *
 * StorageFile (append logs) is in storage-file.ts.
 */
import { crc32 } from "./crc32.ts";
import type { NorFlash } from "./nor-flash.ts";

export const nameBytes = 28;
const headerBytes = 32;
const erasedWord = 0xffffffff;

/** Kinds of files, in the flag byte of the header. */
export const storageFlags = { plain: 0, chunk: 64, image: 128 } as const;

export interface StorageEntry {
  /** Address of the header. */
  readonly address: number;
  readonly size: number;
  readonly flags: number;
  /** 28 bytes as they are in flash. */
  readonly rawName: string;
}

export interface StorageStats {
  totalBytes: number;
  freeBytes: number;
  fileBytes: number;
  fileCount: number;
  trashBytes: number;
  trashCount: number;
}

const align = (n: number): number => (n + 3) & ~3;

/** The 28 bytes of a name: cut, padded with zeros, without a drive ("C:"). */
export function rawName(name: string): string {
  const cut = name.slice(0, nameBytes);
  return (cut[1] === ":" ? cut.slice(2) : cut).padEnd(nameBytes, "\0");
}

/** The readable part of 28 bytes. */
export function plainName(raw: string): string {
  const end = raw.indexOf("\0");
  return end < 0 ? raw : raw.slice(0, end);
}

export class EspruinoStorage {
  readonly flash: NorFlash;
  /** First byte and the byte after the last one. */
  readonly start: number;
  readonly end: number;
  /** Compactions so far: each of them risks the files it moves. */
  compactions = 0;

  /** @param start address where Storage begins; it runs to `start + length`. */
  constructor(flash: NorFlash, start: number, length: number) {
    this.flash = flash;
    this.start = start;
    this.end = start + length;
  }

  /** Content of a file, or undefined. `length` 0 means the rest. */
  read(name: string, offset = 0, length = 0): string | undefined {
    const entry = this.find(name);
    if (!entry) return undefined;
    const from = Math.min(Math.max(0, offset), entry.size);
    const count = length <= 0 ? entry.size - from : Math.min(length, entry.size - from);
    return this.flash.readString(entry.address + headerBytes + from, count);
  }

  /**
   * Writes as Storage.write does: creates the file of `size` bytes (0: as many as `data` has) when `offset` is 0, or fills bytes of it
   * that are still erased.
   * @throws Error with Espruino's words when it is full, too long, or written already.
   */
  write(name: string, data: string, offset = 0, size = 0, flags: number = storageFlags.plain): void {
    const bytes = Buffer.from(data, "latin1");
    const wanted = size || bytes.length;
    if (wanted === 0) throw new Error("Can't create zero length file");
    let entry = this.find(name);
    const fits = entry !== undefined && entry.size === wanted && entry.flags === flags;
    if (offset === 0 && !(fits && this.#isErased(entry!, 0, wanted))) {
      if (fits && bytes.length === wanted && this.read(name) === data) return;
      if (entry) this.#eraseAt(entry);
      entry = this.#create(name, wanted, flags);
    }
    if (!entry) throw new Error("Unable to find or create file");
    if (offset + bytes.length > entry.size) throw new Error("Too much data for file size");
    if (!this.#isErased(entry, offset, bytes.length)) throw new Error("File already written with different data");
    this.flash.program(entry.address + headerBytes + offset, bytes);
  }

  /** False when there was no such file. */
  erase(name: string): boolean {
    const entry = this.find(name);
    if (entry) this.#eraseAt(entry);
    return entry !== undefined;
  }

  eraseAll(): void {
    this.flash.erase(this.start, this.end - this.start);
  }

  /** Names of files in the order of the flash; `sf` true: only append logs (by their base name), false: only plain files. */
  list(sf?: boolean): string[] {
    const names: string[] = [];
    for (const entry of this.entries()) {
      if (!isLive(entry)) continue;
      const name = plainName(entry.rawName);
      const isLog = entry.flags === storageFlags.chunk;
      if (isLog && (sf === false || !name.endsWith("\x01"))) continue;
      if (!isLog && sf === true) continue;
      names.push(sf === true ? name.slice(0, -1) : name);
    }
    return names;
  }

  /** A number that changes when plain files that match come, go or move. */
  hash(matches: (name: string) => boolean = () => true): number {
    let hash = 0xabcddcba | 0;
    for (const entry of this.entries()) {
      const name = plainName(entry.rawName);
      if (isLive(entry) && entry.flags !== storageFlags.chunk && matches(name)) hash = ((hash << 1) | (hash >>> 31)) ^ entry.address ^ crc32(Buffer.from(name, "latin1"));
    }
    return hash;
  }

  /** Bytes that can be written without a compaction. */
  getFree(): number {
    return this.stats().freeBytes;
  }

  stats(): StorageStats {
    const { firstTrashPage: _, ...stats } = this.#survey();
    return stats;
  }

  /** Squeezes erased files out. */
  compact(): void {
    const first = this.#survey().firstTrashPage;
    if (first === undefined) return;
    this.compactions++;
    const { pageBytes } = this.flash.geometry;
    let target = first;
    let pending: Buffer[] = [];
    let used = 0;
    let last: StorageEntry | undefined;
    const flush = (): void => {
      const page = Buffer.concat(pending).subarray(0, used);
      this.flash.erasePage(target);
      this.flash.program(target, page);
      target += pageBytes;
      pending = [];
      used = 0;
    };
    // Live bytes only move towards the start, so a page that has been collected whole has been read whole.
    for (let entry = this.#load(first); entry; entry = this.#after(entry, true)) {
      last = entry;
      if (!isLive(entry)) continue;
      let bytes = this.flash.read(entry.address, headerBytes + align(entry.size));
      while (bytes.length > 0) {
        const part = Math.min(pageBytes - used, bytes.length);
        pending.push(bytes.subarray(0, part));
        used += part;
        bytes = bytes.subarray(part);
        if (used === pageBytes) flush();
      }
    }
    if (used > 0) flush();
    const end = last ? this.#walkEnd(last) : this.end;
    if (end > target) this.flash.erase(target, end - target);
  }

  /** False when the headers make no sense: Espruino then erases all of Storage at start-up. */
  isValid(): boolean {
    let end = this.start;
    let stop: number | undefined = this.start;
    for (let entry = this.#load(this.start); entry; ) {
      end = align(entry.address + headerBytes + entry.size);
      const next = this.#after(entry, true);
      if (!next) stop = this.#walkEnd(entry) === this.end ? undefined : this.#walkEnd(entry);
      entry = next;
    }
    if (end === this.start) return this.flash.isErased(this.start, this.end - this.start);
    if (end + headerBytes > this.end) return true;
    return this.flash.isErased(stop ?? end, headerBytes);
  }

  /** First file of that name. */
  find(name: string): StorageEntry | undefined {
    const raw = rawName(name);
    for (const entry of this.entries()) if (entry.rawName === raw) return entry;
    return undefined;
  }

  /** Address of a file's first byte, as `E.memoryArea` or `require("Flash")` need it. */
  addressOf(name: string): number | undefined {
    const entry = this.find(name);
    return entry && entry.address + headerBytes;
  }

  /** Every header, live and erased, in order. */
  *entries(): Generator<StorageEntry> {
    for (let entry = this.#load(this.start); entry; entry = this.#after(entry, true)) yield entry;
  }

  #isErased(entry: StorageEntry, offset: number, length: number): boolean {
    return this.flash.isErased(entry.address + headerBytes + offset, length);
  }

  #eraseAt(entry: StorageEntry): void {
    this.flash.program(entry.address + 4, Buffer.alloc(4));
  }

  /** The header at an address; undefined for erased flash or a size that can't be. */
  #load(address: number): StorageEntry | undefined {
    if (address + headerBytes > this.flash.end) return undefined;
    const header = this.flash.read(address, headerBytes);
    const word = header.readUInt32LE(0);
    const size = word & 0xffffff;
    if (word === erasedWord || word === 0 || address + headerBytes + size > this.end) return undefined;
    return { address, size, flags: word >>> 24, rawName: header.toString("latin1", 4) };
  }

  /** Where the page after `address` begins; undefined outside of Storage. */
  #nextPage(address: number): number | undefined {
    const page = this.flash.pageOf(address);
    if (page === undefined) return undefined;
    const next = page + this.flash.geometry.pageBytes;
    return next < this.end ? next : undefined;
  }

  /** Where a walk stands after `entry`: at the next header, or where it gave up. */
  #step(entry: StorageEntry, skipsPages: boolean): { address: number | undefined; entry: StorageEntry | undefined } {
    const next = align(entry.address + headerBytes + entry.size);
    if (next + headerBytes > this.end) return { address: undefined, entry: undefined };
    const found = this.#load(next);
    if (found || !skipsPages) return { address: next, entry: found };
    // Older firmwares left the rest of a page empty: try the start of the next one.
    const page = this.#nextPage(next);
    return { address: page, entry: page === undefined ? undefined : this.#load(page) };
  }

  #after(entry: StorageEntry, skipsPages: boolean): StorageEntry | undefined {
    return this.#step(entry, skipsPages).entry;
  }

  #walkEnd(last: StorageEntry): number {
    return this.#step(last, true).address ?? this.end;
  }

  #survey(): StorageStats & { firstTrashPage: number | undefined } {
    const stats = { totalBytes: this.end - this.start, freeBytes: 0, fileBytes: 0, fileCount: 0, trashBytes: 0, trashCount: 0 };
    let firstTrashPage: number | undefined;
    let unbrokenPage = this.start; // the last page start that no file crosses
    let end = this.start;
    for (const entry of this.entries()) {
      const bytes = align(entry.size) + headerBytes;
      if (this.flash.pageOf(entry.address) === entry.address) unbrokenPage = entry.address;
      end = entry.address + bytes;
      if (isErasedName(entry)) {
        stats.trashBytes += bytes;
        stats.trashCount++;
        firstTrashPage ??= unbrokenPage;
      } else {
        stats.fileBytes += bytes;
        stats.fileCount++;
      }
    }
    return { ...stats, freeBytes: this.end - end, firstTrashPage };
  }

  /** First place with `needed` bytes, and how many bytes a compaction could give. */
  #findRoom(needed: number): { address: number | undefined; gain: number } {
    let gain = 0;
    let address: number | undefined = this.start;
    while (address !== undefined) {
      for (let entry = this.#load(address); entry; ) {
        if (isErasedName(entry)) gain += entry.size;
        const step = this.#step(entry, false);
        address = step.address;
        entry = step.entry;
      }
      if (address === undefined) break;
      const room = this.#roomAt(address);
      gain += room;
      if (room >= needed) return { address, gain };
      address = this.#nextPage(address);
    }
    return { address: undefined, gain };
  }

  /** Bytes up to the next page, or to the end of Storage when that page has no file. */
  #roomAt(address: number): number {
    const page = this.flash.pageOf(address);
    if (page === undefined) return 0;
    let end = page + this.flash.geometry.pageBytes;
    if (end < this.end && !this.#load(end)) end = this.end;
    return end - address;
  }

  #create(name: string, size: number, flags: number): StorageEntry | undefined {
    const needed = align(size) + headerBytes;
    let place = this.#findRoom(needed);
    if (place.address === undefined && needed < place.gain && this.#survey().firstTrashPage !== undefined) {
      this.compact();
      place = this.#findRoom(needed);
    }
    if (place.address === undefined) return undefined;
    const header = Buffer.alloc(headerBytes);
    header.writeUInt32LE(((flags << 24) | size) >>> 0, 0);
    header.write(rawName(name), 4, "latin1");
    this.flash.program(place.address, header);
    return this.#load(place.address);
  }
}

function isErasedName(entry: StorageEntry): boolean {
  return entry.rawName.startsWith("\0\0\0\0");
}

/** A file that list() shows and compaction keeps. */
function isLive(entry: StorageEntry): boolean {
  const kinds: readonly number[] = Object.values(storageFlags);
  return !isErasedName(entry) && kinds.includes(entry.flags);
}
