// Journal: one power-cut-safe record log over a few flash pages, for key-value settings and for telemetry.
//
// Idea: a ring of pages. Records are only ever added behind the last one; a record exists once its last word, a CRC, is programmed, so a cut
// leaves it whole or absent. When the page is full the page with the lowest generation is erased and becomes the new head; the values that
// live on the page that will be erased *next* are copied to it first, and only then is its header programmed, which is the commit.
// So an erased page never holds anything but the oldest telemetry, and every cut leaves either the old head or the new one.
//
// Page:   generation u32 | sequence number of its first telemetry record u32 | CRC-32 of "GJ1\n" and these 8 bytes       (big-endian)
// Record: length | length ^ kind | id u16 | data, filled to 4 bytes with 0xff | CRC-32 of everything before it
//         `id` is a key, or the low 16 bits of a telemetry record's sequence number.
// Damage: a bad CRC costs that record (its length says where the next one starts); a bad head word is searched past word by word, and where
// it is the last thing on its page nothing is added behind it. Every program is read back.
// Flash: NOR, 4-byte words; a word is programmed once, except that a page's first word is cleared to 0 before the page is erased.
// Wear: one erase per page filled; n pages share it evenly.
import type { Flash } from "../../hal/flash.ts";

/** Sizes of the format, in bytes, and limits. */
export const enum JournalLimit {
  PageHeader = 12,
  RecordOverhead = 8,
  /** Largest record data on any page size; see `Journal.append`. */
  Data = 248,
  /** Keys are 0 … 31. */
  Keys = 32,
}

/** Keys in use, so that services that share a journal do not collide. */
export const enum JournalKey {
  /** Number of starts, u32 big-endian (telemetry). */
  Starts = 0,
  /** Tile name, UTF-8 (identity). */
  Name = 1,
  /** Wall time of the last clock set, u48 big-endian ms (identity). */
  Clock = 2,
  /** The sensor driver's settings, as the CBOR map of its request (sensor). */
  Sensor = 3,
  /** 16 … 31 are free for health, update and later services. */
  FirstFree = 16,
}

/** Second byte of a record, XOR its first. Chosen so that neither an erased nor a cleared word reads as a record. */
const enum Kind {
  Telemetry = 0xa5,
  Value = 0x5a,
}

export interface Journal {
  /**
   * Adds a telemetry record; it is durable when this returns. `data` is 0 … min(248, pageBytes / 2 - 16) bytes.
   * Returns its sequence number, or -1 when it is too long or the flash does not keep what was programmed.
   */
  append(data: string): number;
  /** Stores a value for a key (0 … 31), durable when this returns; "" removes it. False when it does not fit (all values: half a page) or the flash fails. */
  set(key: number, value: string): boolean;
  /** Value of a key, "" when there is none. Copy it (`"" + value`) to keep it past the next write: it may be a window into flash. */
  get(key: number): string;
  /** Data of the telemetry record with this sequence number, undefined when there is none (not yet, recycled, or damaged). A window, like `get`. */
  read(sequence: number): string | undefined;
  /** Oldest sequence number that may still be there; equal to `next()` when there is no telemetry. */
  first(): number;
  /** Sequence number of the next telemetry record; they start at 1. */
  next(): number;
}

/** Four bytes, big-endian. */
export function u32Bytes(value: number): string {
  return String.fromCharCode((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

/** Unsigned integer from four big-endian bytes at `at`. */
export function u32At(bytes: string, at: number): number {
  return bytes.charCodeAt(at) * 16777216 + ((bytes.charCodeAt(at + 1) << 16) | (bytes.charCodeAt(at + 2) << 8) | bytes.charCodeAt(at + 3));
}

/**
 * Mounts the journal on `pages` (2 or more) flash pages from page `firstPage`; pages that hold anything else count as unused.
 * `crc32` is the native CRC-32 (ISO-HDLC, as `E.CRC32`). Cost: one CRC and about 12 statements per record, nothing per byte.
 */
export function openJournal(flash: Flash, crc32: (bytes: string) => number, firstPage: number, pages: number): Journal {
  const pageBytes = flash.pageBytes;
  /** By page: generation (0: unused) and first sequence number. */
  const generation = new Uint32Array(pages);
  const base = new Uint32Array(pages);
  /** By key: flash offset of its newest record, 0 when it has none. */
  const valueAt = new Uint32Array(JournalLimit.Keys);
  const capacity = (pageBytes - JournalLimit.PageHeader) >> 1;
  /** Generation of the newest page, where the next record goes on it, and its end. */
  let newest = 0;
  let position = 0;
  let end = 0;
  let sequence = 1;
  /** The record found last: kind, id, data length, whole size. Where a record may be added when none was found. */
  let kind = 0;
  let id = 0;
  let length = 0;
  let size = 0;
  let tail = 0;
  /** Where the record behind the last one read starts, and its sequence number. */
  let cursorAt = 0;
  let cursorSequence = 0;

  function start(page: number): number {
    return (firstPage + page) * pageBytes;
  }

  function word(at: number): number {
    return u32At(flash.read(at, 4), 0);
  }

  // The page with the lowest generation that is `least` or more, except page `not`; -1 none.
  function oldest(least: number, not: number): number {
    let page = -1;
    for (let i = 0; i < pages; i++) if (i !== not && generation[i]! >= least && (page < 0 || generation[i]! < generation[page]!)) page = i;
    return page;
  }

  // Finds the next whole record at or behind `at` and describes it in kind, id, length, size. Without one it returns 0 and leaves in `tail`
  // where the next record may be added.
  function find(at: number, limit: number): number {
    let lost = 0;
    tail = limit;
    while (at < limit && lost < 64) {
      id = word(at);
      if (!lost && id === 4294967295) {
        tail = at;
        return 0;
      }
      length = id >>> 24;
      kind = ((id >> 16) & 255) ^ length;
      id &= 65535;
      size = (length + 11) & ~3;
      const isHead = (kind === Kind.Telemetry || kind === Kind.Value) && at + size <= limit;
      if (isHead && crc32(flash.read(at, size - 4)) === word(at + size - 4)) return at;
      if (lost || !isHead) lost++;
      at += lost ? 4 : size;
    }
    return 0;
  }

  // Makes `page` the newest and takes in its records.
  function load(page: number): void {
    let at = start(page) + JournalLimit.PageHeader;
    newest = generation[page]!;
    end = start(page) + pageBytes;
    sequence = base[page]!;
    while ((at = find(at, end))) {
      if (kind === Kind.Telemetry) sequence = base[page]! + ((id - base[page]!) & 65535) + 1;
      else if (id < JournalLimit.Keys) valueAt[id] = length ? at : 0;
      at += size;
    }
    position = tail;
  }

  function program(at: number, bytes: string): boolean {
    flash.program(at, bytes);
    return flash.read(at, bytes.length) === bytes;
  }

  // Starts a new page where the oldest was; false when the flash does not keep what is programmed.
  function recycle(): boolean {
    const page = oldest(0, -1);
    const from = start(page);
    const live = start(oldest(0, page));
    let at = from + JournalLimit.PageHeader;
    generation[page] = 0;
    cursorSequence = 0;
    // An erase may be cut half-way: the page must not look whole then.
    flash.program(from, "\0\0\0\0");
    flash.erase(from);
    for (let key = 0; key < JournalLimit.Keys; key++) {
      const value = valueAt[key]!;
      if (value > live && value < live + pageBytes) {
        const record = "" + flash.read(value, ((word(value) >>> 24) + 11) & ~3);
        if (!program(at, record)) return false;
        at += record.length;
      }
    }
    const header = u32Bytes(newest + 1) + u32Bytes(sequence);
    if (!program(from, header + u32Bytes(crc32("GJ1\n" + header)))) return false;
    generation[page] = newest + 1;
    base[page] = sequence;
    load(page);
    return true;
  }

  // Adds a record; returns its offset, 0 when that is impossible.
  function add(recordKind: Kind, recordId: number, data: string): number {
    const count = data.length;
    let record = u32Bytes((count << 24) | ((count ^ recordKind) << 16) | recordId) + data + "\xff\xff\xff".substr(0, -count & 3);
    record += u32Bytes(crc32(record));
    for (let tries = 0; tries < 3 && count <= JournalLimit.Data && record.length <= capacity; tries++) {
      if (position + record.length <= end) {
        const at = position;
        position += record.length;
        if (program(at, record)) return at;
        position = end;
      }
      if (!recycle()) break;
    }
    return 0;
  }

  for (let page = 0; page < pages; page++) {
    const at = start(page);
    if (crc32("GJ1\n" + flash.read(at, 8)) === word(at + 8)) {
      generation[page] = word(at);
      base[page] = word(at + 4);
    }
  }
  for (let page = oldest(1, -1); page >= 0; page = oldest(newest + 1, -1)) load(page);

  return {
    append(data: string): number {
      return add(Kind.Telemetry, sequence & 65535, data) ? sequence++ : -1;
    },
    set(key: number, value: string): boolean {
      // All values must fit on half a page, so that a recycled page always has room for the next record.
      let total = value.length + 11;
      for (let i = 0; i < JournalLimit.Keys; i++) if (i !== key && valueAt[i]) total += (word(valueAt[i]!) >>> 24) + 11;
      if (key < 0 || key >= JournalLimit.Keys || total > capacity) return false;
      const at = add(Kind.Value, key, value);
      if (at) valueAt[key] = value ? at : 0;
      return at > 0;
    },
    get(key: number): string {
      const at = valueAt[key];
      return at ? flash.read(at + 4, word(at) >>> 24) : "";
    },
    read(wanted: number): string | undefined {
      // Generations and first numbers grow together: the record is on the newest page that does not start behind it.
      let page = -1;
      for (let i = 0; i < pages; i++) if (generation[i] && base[i]! <= wanted && (page < 0 || generation[i]! > generation[page]!)) page = i;
      if (page < 0) return undefined;
      const from = start(page) + JournalLimit.PageHeader;
      const limit = start(page) + pageBytes;
      let at = wanted === cursorSequence && cursorAt >= from && cursorAt < limit ? cursorAt : from;
      while ((at = find(at, limit))) {
        const found = base[page]! + ((id - base[page]!) & 65535);
        if (kind === Kind.Telemetry && found >= wanted) {
          if (found > wanted) break;
          cursorAt = at + size;
          cursorSequence = wanted + 1;
          return flash.read(at + 4, length);
        }
        at += size;
      }
      return undefined;
    },
    first(): number {
      const page = oldest(1, -1);
      return page < 0 ? sequence : base[page]!;
    },
    next(): number {
      return sequence;
    },
  };
}
