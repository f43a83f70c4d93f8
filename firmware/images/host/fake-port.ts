// An Espruino API small enough for unit tests of a whole tile: virtual time, flash in memory, one serial line. The simulated board is host-tools/sim.
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { EspruinoApi } from "../../../hal/espruino.ts";
import type { TileConfig } from "../../../hal/tile-config.ts";

const toBytes = (text: string): Buffer => Buffer.from(text, "latin1");

export const fakeConfig: TileConfig = {
  v: 1, id: "0011223344556677", name: "tile", board: "fake", link: "Serial1", baud: 115200, file: "g.dat", off: 0, base: 0x1000, page: 4096,
  journal: 4, slot: 12, slots: 2, prev: 0, key: "00".repeat(32), win: 300, wdt: 20,
};

export class FakePort {
  flash: Buffer = Buffer.alloc(64 * 4096, 0xff);
  sent = "";
  console: string | null = "Serial1";
  kicks = 0;
  reboots = 0;
  nowMs = 0;
  freeBlocks = 1000;
  totalBlocks = 2500;
  files = new Map<string, string>();
  private timers: { id: number; at: number; f: () => void }[] = [];
  private ids = 1;
  private listeners: ((data: string) => void)[] = [];
  readonly api: EspruinoApi;

  constructor() {
    const serial = {
      setup: () => undefined,
      write: (data: string) => {
        this.sent += data;
      },
      on: (event: string, f: (data: string) => void) => {
        if (event === "data") this.listeners.push(f);
      },
      removeAllListeners: () => {
        this.listeners = [];
      },
    };
    const base = fakeConfig.base;
    const modules: Record<string, object> = {
      Storage: {
        read: (name: string, at: number, length: number) => {
          if (name === "g.dat") return this.flash.toString("latin1", at, at + length);
          return this.files.get(name)?.substring(at, length ? at + length : undefined);
        },
        write: (name: string, data: string, at: number, size: number) => {
          const old = at ? this.files.get(name)! : "\xff".repeat(size);
          this.files.set(name, old.substring(0, at) + data + old.substring(at + data.length));
          return true;
        },
        list: () => [...this.files.keys()],
        getFree: () => 10000,
      },
      Flash: {
        read: (length: number, at: number) => new Uint8Array(this.flash.subarray(at - base, at - base + length)),
        write: (data: string, at: number) => {
          const bytes = toBytes(data);
          if (bytes.length % 4 || at % 4) throw new Error("unaligned flash write");
          for (let i = 0; i < bytes.length; i++) this.flash[at - base + i]! &= bytes[i]!;
        },
        erasePage: (at: number) => {
          const start = Math.floor((at - base) / 4096) * 4096;
          this.flash.fill(0xff, start, start + 4096);
        },
      },
      crypto: { SHA256: (data: string | Uint8Array) => new Uint8Array(createHash("sha256").update(typeof data === "string" ? toBytes(data) : data).digest()).buffer },
    };
    this.api = {
      E: {
        CRC32: (data: string | Uint8Array) => crc32(typeof data === "string" ? toBytes(data) : Buffer.from(data)),
        enableWatchdog: () => undefined,
        kickWatchdog: () => {
          this.kicks++;
        },
        reboot: () => {
          this.reboots++;
        },
        getErrorFlags: () => [],
        setConsole: (device: string | null) => {
          this.console = device;
        },
        toString: (data: object) => Buffer.from(data as ArrayBuffer).toString("latin1"),
        toUint8Array: (data: string) => new Uint8Array(toBytes(data)),
        hwRand: () => 4,
        on: () => undefined,
      },
      process: { memory: () => ({ free: this.freeBlocks, usage: 0, total: this.totalBlocks, blocksize: 13 }), version: "2v29", env: { BOARD: "FAKE" } },
      Serial1: serial,
      getTime: () => this.nowMs / 1000,
      setTimeout: (f: () => void, delay: number) => {
        this.timers.push({ id: this.ids, at: this.nowMs + Math.max(0, delay), f });
        return this.ids++;
      },
      clearTimeout: (id: number) => {
        this.timers = this.timers.filter((t) => t.id !== id);
      },
      setWatch: () => 1,
      clearWatch: () => undefined,
      digitalRead: () => 0,
      digitalWrite: () => undefined,
      analogRead: () => 0,
      atob: (text: string) => Buffer.from(text, "base64").toString("latin1"),
      btoa: (bytes: string) => toBytes(bytes).toString("base64"),
      require: (name: string) => {
        const found = modules[name];
        if (!found) throw new Error(`Module ${name} not found`);
        return found;
      },
      eval: () => undefined,
      print: () => undefined,
    } as unknown as EspruinoApi;
  }

  /** The engine starts anew; flash and files stay. */
  restart(): void {
    this.timers = [];
    this.listeners = [];
    this.sent = "";
    this.console = "Serial1";
  }

  /** Bytes arrive on the line. */
  receive(data: string): void {
    for (const f of this.listeners) f(data);
  }

  /** Fires timers for `ms` of virtual time; errors in a callback are swallowed, as an engine's event loop does. */
  run(ms: number): void {
    const end = this.nowMs + ms;
    for (let guard = 0; guard < 10000; guard++) {
      this.timers.sort((a, b) => a.at - b.at || a.id - b.id);
      const next = this.timers[0];
      if (!next || next.at > end) break;
      this.timers.shift();
      this.nowMs = Math.max(this.nowMs, next.at);
      try {
        next.f();
      } catch {
        // printed by a real engine; the loop goes on
      }
    }
    this.nowMs = end;
  }

  /** Number of armed timers and the time until the first, ms. */
  get idle(): { timers: number; nextMs: number } {
    return { timers: this.timers.length, nextMs: Math.min(...this.timers.map((t) => t.at)) - this.nowMs };
  }
}
