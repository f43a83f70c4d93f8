/**
 * A board small enough to cut its power a few thousand times a second: NOR flash, the real first stage, the real updater, the real journal if asked for, nothing else.
 *
 * The idea: the image bodies are real scripts that report what was started; time is a list of pending callbacks; a reset forgets everything but
 * the flash. Whoever wants the whole tile uses host-tools/sim instead.
 */
import { openOneSlot } from "../../firmware/update/one-slot.ts";
import type { OneSlotDevice } from "../install/one-slot.ts";
import { createHash } from "node:crypto";
import type { EspruinoApi } from "../../hal/espruino.ts";
import type { Flash } from "../../hal/flash.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import type { BootInfo } from "../../firmware/update/boot-log.ts";
import { firstStage, type BootPort } from "../../firmware/update/first-stage.ts";
import { rangePages } from "../../firmware/update/layout.ts";
import { createUpdater, type Updater } from "../../firmware/update/updater.ts";
import { crc32 } from "../sim/crc32.ts";
import { heatshrinkCompress, heatshrinkDecompress } from "../sim/heatshrink.ts";
import { NorFlash } from "../sim/nor-flash.ts";
import { BenchTelemetry } from "./bench-telemetry.ts";
import { buildImage, parseVersion, sealImage } from "./mcuboot.ts";

export interface BenchGeometry {
  page: number;
  journal: number;
  slot: number;
  slots: 1 | 2;
  prev: number;
}

/** What a start came to: an image running, or the console kept. */
export interface Start {
  /** Version that the running image reported, or undefined in the console. */
  version: string | undefined;
  info: BootInfo | undefined;
  output: string[];
  rebooted: boolean;
}

export interface BenchOptions {
  /** Engine without `require("crypto").SHA256`. */
  hasNoSha256?: boolean;
  windowMs?: number;
  /** Raw flash and Storage disagree by this much. */
  movedBytes: number;
  /** Each start mounts the real journal and adds a record, as the telemetry service does. */
  hasTelemetry?: boolean;
  /** Versions by script text, for real images, which need more of a port than this: only exactly such a script counts as started. */
  scripts?: ReadonlyMap<string, string>;
}

const base = 0x10000;

export class BootBench {
  readonly config: TileConfig;
  readonly nor: NorFlash;
  /** Flash as services see it. */
  readonly flash: Flash;
  readonly key: Buffer;
  port: BootPort;
  /** The journal's pages as the running image keeps them, when asked for. */
  readonly telemetry: BenchTelemetry | undefined;
  watchdogS = 0;
  kicks = 0;
  #pending: (() => void)[] = [];
  #start: Start = { version: undefined, info: undefined, output: [], rebooted: false };
  readonly #options: BenchOptions;

  constructor(geometry: BenchGeometry, options: Partial<BenchOptions> = {}) {
    this.#options = { movedBytes: 0, ...options };
    this.key = createHash("sha256").update("key").digest();
    this.config = {
      v: 1, id: "0123456789abcdef", name: "bench", board: "bench", link: "Serial1", baud: 115200,
      file: "g.dat", off: 0, base, page: geometry.page, journal: geometry.journal, slot: geometry.slot, slots: geometry.slots, prev: geometry.prev,
      key: this.key.toString("hex"), win: options.windowMs ?? 500, wdt: 8,
    };
    this.nor = new NorFlash({ baseAddress: base, flashBytes: rangePages(geometry) * geometry.page, pageBytes: geometry.page });
    const nor = this.nor;
    this.flash = {
      pageBytes: geometry.page,
      read: (offset, length) => nor.readString(base + offset, Math.max(0, Math.min(length, nor.geometry.flashBytes - offset))),
      program: (offset, data) => nor.program(base + offset, data),
      erase: (offset) => nor.erasePage(base + offset),
    };
    this.telemetry = options.hasTelemetry ? new BenchTelemetry(this.flash, 1, geometry.journal) : undefined;
    this.port = this.#newPort();
  }

  /** A sealed image whose script reports `version`, `bodyBytes` long. `onStart` is script text that runs when it starts. */
  image(version: string, bodyBytes: number, onStart = ""): Buffer {
    const head = `(function(p,c,i){p.report("${version}",i);${onStart}//`;
    let filler = "";
    for (let n = Number(version.replaceAll(".", "")); head.length + filler.length < bodyBytes - 4; n = (n * 69069 + 1) % 4294967296) filler += (n >>> 8).toString(36);
    const script = `${head}${filler.slice(0, bodyBytes - 3 - head.length)}\n})`;
    return sealImage(buildImage(script, parseVersion(version)), this.key);
  }

  /** Resets the board and lets the boot window pass. @throws PowerCut when one is armed and hits. */
  reset(cause = 0): Start {
    this.powerOn(cause);
    this.runTimers();
    if (this.#start.version !== undefined && !this.#start.rebooted) this.telemetry?.start();
    return this.#start;
  }

  /** Resets the board into its boot window. */
  powerOn(cause = 0): Start {
    this.nor.powerOn();
    this.#pending = [];
    this.#start = { version: undefined, info: undefined, output: [], rebooted: false };
    this.watchdogS = 0;
    this.port = this.#newPort();
    this.port.E.resetCause = cause;
    firstStage(this.port);
    return this.#start;
  }

  /** Runs what is due until nothing is, or `most` callbacks: in the console the first stage ticks for ever. */
  runTimers(most = 20): Start {
    for (let n = 0; n < most && this.#pending.length > 0 && !this.#start.rebooted; n++) this.#pending.shift()!();
    return this.#start;
  }

  /** The update service of the running image. */
  updater(start: Start): Updater {
    if (!start.info) throw new Error("no image is running, so there is nobody to update through");
    return createUpdater(this.port, this.config, this.flash, start.info);
  }

  /** Starts slot A off as an installer leaves it: image, confirmed. */
  install(image: Buffer): void {
    const { page, journal, slot } = this.config;
    const at = (1 + journal) * page;
    this.flash.program(at, image.toString("latin1"));
    this.flash.program(at + slot * page - 36, "\x01\0\xfe\xff\0\0\0\0\0\0\0\0");
  }

  #evaluate(code: string): unknown {
    const { scripts } = this.#options;
    if (!scripts) return (0, eval)(code) as unknown;
    const version = scripts.get(code);
    if (version === undefined) throw new Error(`a script of ${code.length} characters was started that is no whole image`);
    return (port: { report(version: string, info: BootInfo): void }, _config: TileConfig, info: BootInfo) => port.report(version, info);
  }

  #newPort(): BootPort {
    const { flash, config } = this;
    const modules: Record<string, object> = {
      Storage: {
        read: (name: string, offset: number, length: number) => (name === "g.cfg" ? JSON.stringify(config) : name === config.file ? flash.read(offset - config.off, length) : undefined),
      },
      Flash: {
        write: (data: Uint8Array | string, address: number) => this.nor.program(address, data),
        erasePage: (address: number) => this.nor.erasePage(address),
        read: (length: number, address: number) => this.nor.read(address + this.#options.movedBytes, length),
      },
      crypto: this.#options.hasNoSha256 ? {} : { SHA256: (data: string | Uint8Array) => toArrayBuffer(createHash("sha256").update(toBytes(data)).digest()) },
      heatshrink: {
        compress: (data: string | Uint8Array) => toArrayBuffer(heatshrinkCompress(toBytes(data))),
        decompress: (data: string | Uint8Array) => toArrayBuffer(heatshrinkDecompress(toBytes(data))),
      },
    };
    const port: Record<string, unknown> = {
      E: {
        CRC32: (data: string | Uint8Array) => crc32(toBytes(data)),
        enableWatchdog: (timeoutS: number) => void (this.watchdogS = timeoutS),
        kickWatchdog: () => void this.kicks++,
        reboot: () => void (this.#start.rebooted = true),
        toString: (data: ArrayBuffer | Uint8Array) => Buffer.from(data as ArrayBuffer).toString("latin1"),
      },
      require: (name: string) => {
        const module = modules[name];
        if (!module) throw new Error(`Module "${name}" not found`);
        return module;
      },
      setTimeout: (callback: (() => void) | string) => this.#pending.push(typeof callback === "string" ? () => void new Function("global", `with(global){${callback}}`)(port) : callback),
      eval: (code: string) => this.#evaluate(code),
      print: (text: string) => void this.#start.output.push(text),
      report: (version: string, info: BootInfo) => {
        this.#start.version = version;
        this.#start.info = info;
      },
    };
    return port as unknown as BootPort & EspruinoApi;
  }
}

function toBytes(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? Buffer.from(data, "latin1") : data;
}

function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer as ArrayBuffer;
}

/** The console of a one-slot tile whose boot window is held: the real device side, called directly. */
export function oneSlotDevice(bench: BootBench): OneSlotDevice {
  bench.powerOn();
  bench.port.genesis?.(-1);
  const slot = openOneSlot(bench.port, bench.config);
  return {
    stash: async () => slot.stash(),
    crc: async (page) => slot.crc(page),
    erase: async (page) => slot.erase(page),
    put: async (offset, bytes) => slot.put(offset, bytes.toString("latin1")),
    arm: async (digest) => slot.arm(digest.toString("latin1")),
  };
}
