/**
 * A bare board for installer tests: evaluates the installer's real expressions in a context that has Espruino's Storage, Flash, crypto and heatshrink over one
 * NOR chip. A cut or a lost connection can be placed at any evaluation or any flash operation.
 */
import { createHash } from "node:crypto";
import { createContext, runInContext } from "node:vm";
import { crc32 } from "../../sim/crc32.ts";
import { EspruinoStorage } from "../../sim/espruino-storage.ts";
import { heatshrinkCompress, heatshrinkDecompress } from "../../sim/heatshrink.ts";
import { NorFlash } from "../../sim/nor-flash.ts";
import type { DeviceConsole } from "../device-console.ts";

export interface FakeBoardOptions {
  pageBytes: number;
  pages: number;
  version?: string;
  hasNoFlashModule?: boolean;
  hasNoSha256?: boolean;
  hasNoHeatshrink?: boolean;
  /** Storage files are visible at their address (E.getAddressOf). */
  isMemoryMapped?: boolean;
  /** The file starts here, not where Flash says: a board that lies. */
  addressError?: number;
}

/** Thrown by `evaluate` when the cable is out. */
export class CableOut extends Error {}

const start = 0x10000000;

export class FakeBoard implements DeviceConsole {
  readonly nor: NorFlash;
  readonly storage: EspruinoStorage;
  evaluations = 0;
  /** The cable falls out at this evaluation (1 is the next), after the board has run it or before. */
  cableOutAt = 0;
  isLostAfter = false;
  readonly #context: object;

  constructor(options: FakeBoardOptions) {
    this.nor = new NorFlash({ baseAddress: start, flashBytes: options.pages * options.pageBytes, pageBytes: options.pageBytes });
    this.storage = new EspruinoStorage(this.nor, start, options.pages * options.pageBytes);
    const { nor, storage } = this;
    const bytesOf = (data: unknown): Uint8Array => (typeof data === "string" ? Buffer.from(data, "latin1") : new Uint8Array(data as ArrayBuffer));
    const buffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer as ArrayBuffer;
    const error = options.addressError ?? 0;
    const modules: Record<string, object | undefined> = {
      Storage: {
        read: (name: string, offset?: number, length?: number) => storage.read(name, offset, length),
        write: (name: string, data: string, offset?: number, size?: number) => (storage.write(name, data, offset, size), true),
        erase: (name: string) => storage.erase(name),
        eraseAll: () => storage.eraseAll(),
        list: (_pattern?: unknown, filter?: { sf: boolean }) => storage.list(filter?.sf),
        getFree: () => storage.getFree(),
        getStats: () => storage.stats(),
      },
      Flash: options.hasNoFlashModule
        ? undefined
        : {
            read: (length: number, address: number) => Uint8Array.from(nor.read(address + error, length)),
            write: (data: string, address: number) => nor.program(address + error, data),
            erasePage: (address: number) => nor.erasePage(address + error),
            getPage: (address: number) => ((page) => (page === undefined ? undefined : { addr: page, length: options.pageBytes }))(nor.pageOf(address)),
            getFree: () => (options.isMemoryMapped ? [] : [{ addr: start, length: nor.geometry.flashBytes }]),
          },
      crypto: options.hasNoSha256 ? undefined : { SHA256: (data: unknown) => buffer(createHash("sha256").update(bytesOf(data)).digest()) },
      heatshrink: options.hasNoHeatshrink ? undefined : { compress: (data: unknown) => buffer(heatshrinkCompress(bytesOf(data))), decompress: (data: unknown) => buffer(heatshrinkDecompress(bytesOf(data))) },
    };
    this.#context = createContext({
      process: { version: options.version ?? "2v29.277", env: { BOARD: "FAKE" }, memory: () => ({ free: 2300, total: 2500 }) },
      E: {
        CRC32: (data: unknown) => crc32(bytesOf(data)),
        toString: (data: unknown) => Buffer.from(bytesOf(data)).toString("latin1"),
        ...(options.isMemoryMapped ? { getAddressOf: (content: string) => this.#addressOf(content) } : {}),
      },
      atob: (text: string) => Buffer.from(text, "base64").toString("latin1"),
      btoa: (text: string) => Buffer.from(text, "latin1").toString("base64"),
      require: (name: string) => {
        const module = modules[name];
        if (!module) throw new Error(`Module "${name}" not found`);
        return module;
      },
    });
  }

  async evaluate(expression: string): Promise<unknown> {
    this.evaluations++;
    if (/[\x00-\x1f\x7f-\uffff]/.test(expression)) throw new Error("the installer sent a byte that Espruino's console takes as a command");
    const isOut = this.evaluations === this.cableOutAt;
    if (isOut && !this.isLostAfter) throw new CableOut("the cable fell out");
    const value: unknown = runInContext(`JSON.stringify(${expression})`, this.#context);
    if (isOut) throw new CableOut("the cable fell out");
    return value === undefined ? null : (JSON.parse(value as string) as unknown);
  }

  #addressOf(content: string): number {
    for (const entry of this.storage.entries()) if (this.storage.read(entry.rawName.replace(/\0+$/, "")) === content) return entry.address + 32;
    return 0;
  }
}
