/**
 * The board's storage.js in Node, over the simulated board's Storage, with a trace of the calls that reach C.
 *
 * The idea: storage.js is JavaScript and js_storage.c is thin, so the whole API can be held against the recordings
 * without a board: storage.js runs here over another implementation of the same calls, and the traced calls are
 * replayed on the C code afterwards (storage.test.ts).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { EspruinoStorage } from "../../../host-tools/sim/espruino-storage.ts";
import { NorFlash } from "../../../host-tools/sim/nor-flash.ts";
import type { Geometry } from "./native-core.ts";

/** A call in the words of harness.c, and what it has to answer. */
export interface TracedCall {
  readonly command: string;
  readonly answer: string;
}

const hexOf = (bytes: Uint8Array | string): string => Buffer.from(bytes as string, "latin1").toString("hex") || "-";

/** What js_storage.c's jsToBytes makes of a value, as far as the scenarios go. */
const bytesOf = (data: unknown): Buffer => (typeof data === "string" ? Buffer.from(data, "latin1") : Buffer.from(data as Uint8Array));

export class PreludeStorage {
  readonly trace: TracedCall[] = [];
  readonly flash: NorFlash;
  /** S, F, E as a program on the board sees them. */
  readonly scope: Record<string, unknown>;

  constructor(geometry: Geometry) {
    this.flash = new NorFlash({ baseAddress: geometry.baseAddr, flashBytes: geometry.flashBytes, pageBytes: geometry.pageBytes });
    const start = geometry.baseAddr + geometry.flashBytes - geometry.storageBytes;
    const storage = new EspruinoStorage(this.flash, start, geometry.storageBytes);
    const traced = (command: string, answer: string): void => void this.trace.push({ command, answer });
    const attempt = (command: string, run: () => void): void => {
      try {
        run();
      } catch (error) {
        traced(command, (error as Error).message);
        throw error;
      }
      traced(command, "ok");
    };
    const find = (name: string): [number, number] | undefined => {
      const entry = storage.find(name);
      return entry && [entry.address + 32, entry.size];
    };
    const native = {
      storageFind: (name: string) => {
        const found = find(name);
        traced(`find ${hexOf(name)}`, found ? found.join(" ") : "none");
        return found;
      },
      storageWrite: (name: string, data: unknown, offset = 0, size = 0, flags = 0) => {
        if (offset < 0 || size < 0) return false;
        const bytes = bytesOf(data);
        attempt(`write ${hexOf(name)} ${hexOf(bytes)} ${offset} ${size} ${flags}`, () => storage.write(name, bytes.toString("latin1"), offset, size, flags));
        return true;
      },
      storageFiles: () => {
        const files = walk(this.flash, start, geometry);
        traced("list", files.map((file) => `${hexOf(file.name)}:${file.flags}:${file.addr}`).join(" "));
        return files.flatMap((file) => [file.name, file.flags, file.addr]);
      },
    };
    const Storage = {
      read: (name: string) => {
        const text = storage.read(name);
        traced(`read ${hexOf(name)}`, text === undefined ? "none" : hexOf(text));
        return text;
      },
      erase: (name: string) => {
        traced(`erase ${hexOf(name)}`, storage.erase(name) ? "ok" : "none");
      },
      eraseAll: () => {
        storage.eraseAll();
        traced("eraseall", "ok");
      },
      compact: () => {
        const had = storage.stats().trashCount > 0;
        storage.compact();
        traced("compact", had ? "ok" : "none");
      },
      getStats: () => {
        const s = storage.stats();
        traced("stats", [s.totalBytes, s.freeBytes, s.fileBytes, s.fileCount, s.trashBytes, s.trashCount].join(" "));
        return s;
      },
    };
    const Flash = {
      getFree: () => [{ addr: geometry.baseAddr, length: geometry.flashBytes }],
      getPage: (addr: number) => ({ addr, length: geometry.pageBytes }),
      erasePage: (addr: number) => {
        this.flash.erase(addr, 1);
        traced(`flasherase ${addr}`, "ok");
      },
      write: (data: unknown, addr: number) => {
        const bytes = bytesOf(data);
        this.flash.program(addr, bytes);
        traced(`flashwrite ${addr} ${hexOf(bytes)}`, "ok");
      },
      read: (length: number, addr: number) => {
        const bytes = Uint8Array.from(this.flash.read(addr, length));
        traced(`flashread ${addr} ${length}`, hexOf(bytes));
        return bytes;
      },
    };
    const E = { toString: (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1"), CRC32: (text: string) => crc32(Buffer.from(text, "latin1")) };
    const hideProperty = (object: object, name: string, value: unknown): unknown => Object.defineProperty(object, name, { value, configurable: true, writable: true });
    const modules = { Storage, Flash };
    const source = readFileSync(join(import.meta.dirname, "../runtime/prelude/storage.js"), "utf8");
    new Function("native", "modules", "global", "E", "hideProperty", source)(native, modules, {}, E, hideProperty);
    this.scope = { S: Storage, F: Flash, E };
  }
}

interface WalkedFile {
  readonly name: string;
  readonly flags: number;
  readonly addr: number;
}

/** The headers in flash, from the format's description: an implementation of the walk of its own. */
function walk(flash: NorFlash, start: number, geometry: Geometry): WalkedFile[] {
  const files: WalkedFile[] = [];
  const end = start + geometry.storageBytes;
  for (let addr = start; addr + 32 <= end; ) {
    const header = flash.read(addr, 32);
    const word = header.readUInt32LE(0);
    const size = word & 0xffffff;
    if (word === 0xffffffff || word === 0 || addr + 32 + size > end) {
      const next = addr - ((addr - start) % geometry.pageBytes) + geometry.pageBytes;
      if (next >= end || flash.read(next, 4).readUInt32LE(0) === 0xffffffff) break;
      addr = next;
      continue;
    }
    const flags = word >>> 24;
    if (header.readUInt32LE(4) !== 0 && [0, 64, 128].includes(flags)) {
      files.push({ name: header.subarray(4).toString("latin1").replace(/\0.*$/s, ""), flags, addr });
    }
    addr += 32 + ((size + 3) & ~3);
  }
  return files;
}
