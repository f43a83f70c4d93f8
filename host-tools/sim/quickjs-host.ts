/**
 * The host's side of the simulated board's native functions: one operation per name, strings, numbers and booleans in and out.
 *
 * quickjs-natives.ts calls these from inside the tile's engine. Whatever they throw is thrown in the tile.
 */
import { createHash } from "node:crypto";
import { crc32 } from "./crc32.ts";
import type { EspruinoConsole } from "./espruino-console.ts";
import { heatshrinkCompress, heatshrinkDecompress } from "./heatshrink.ts";
import { plainName, storageFlags } from "./espruino-storage.ts";
import { flashBase, resetCauses } from "./sim-hardware.ts";
import type { SimHardware } from "./sim-hardware.ts";
import { pinCount } from "./sim-wires.ts";

export type HostValue = string | number | boolean | undefined;
export type HostOperations = Readonly<Record<string, (...args: never[]) => HostValue | void>>;

/** What operations need of the tile around the hardware. */
export interface HostTile {
  readonly hardware: SimHardware;
  readonly console: EspruinoConsole;
  /** Port of the console, -1 for none. */
  consolePort: number;
  /** Asks for `dispatch("timer", id)` at `upUs`. */
  setTimer(id: number, upUs: number): void;
  clearTimer(id: number): void;
  watchPin(pin: number, on: boolean): void;
  /** `undefined`: reset(), "": load(), else load(file). */
  restart(file: string | undefined): void;
  /** Chooses the stack limit: deep for parsing, shallow for running. */
  setDepth(isDeep: boolean): void;
  /** Variables in use and in all, free stack in bytes, bytes of a variable. */
  memory(): { usage: number; total: number; stackFree: number; blocksize: number };
  readonly version: string;
  readonly boardName: string;
}

const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
const toText = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
/** Addresses of strings that Storage.read gave lately. */
const rememberedReads = 4;

export function hostOperations(tile: HostTile): HostOperations {
  const { hardware, console } = tile;
  const { storage, flash, wires, serials } = hardware;
  const reads: { text: string; address: number }[] = [];
  return {
    // ---- console and serial
    write: (text: string) => console.write(text),
    raw: (text: string) => console.raw(text),
    echo: (on: boolean) => console.echo(on),
    send: (port: number, data: string) => serials[port as 0 | 1].send(data, hardware.busyUs),
    console: () => tile.consolePort,
    setConsole(port: number) {
      if (port === tile.consolePort) return;
      const name = (at: number): string => (at < 0 ? "null" : serials[at as 0 | 1].name);
      const before = tile.consolePort;
      if (console.showing) console.write(`-> ${name(port)}\n`);
      tile.consolePort = port;
      if (console.showing) console.write(`<- ${name(before)}\n`);
    },
    // ---- time
    up: () => hardware.upUs,
    time: () => hardware.wallS,
    setTime(seconds: number | undefined) {
      if (seconds !== undefined && Number.isFinite(seconds)) hardware.wallOffsetUs = Math.round(seconds * 1e6) - hardware.upUs;
    },
    timer: (id: number, upUs: number) => tile.setTimer(id, upUs),
    timerClear: (id: number) => tile.clearTimer(id),
    // ---- resets, memory, identity
    restart: (file?: string) => tile.restart(file),
    reboot: () => hardware.reboot(),
    watchdog: (seconds: number, isAuto: boolean) => hardware.enableWatchdog(seconds, isAuto),
    kick: () => hardware.kickWatchdog(),
    cause: () => resetCauses[hardware.cause],
    resetReason: () => hardware.cause,
    errorFlags: () => hardware.takeErrorFlags(),
    raise(flags: number) {
      hardware.errorFlags |= flags;
    },
    depth: (isDeep: boolean) => tile.setDepth(isDeep),
    random: () => hardware.random(),
    battery: () => hardware.batteryPercent(),
    memory() {
      const { usage, total, stackFree, blocksize } = tile.memory();
      return [usage, total, stackFree, blocksize].join(" ");
    },
    account(key: number) {
      const { meter } = hardware;
      const values = [Math.floor(hardware.busyUs), hardware.upUs - meter.activeUs, meter.wakeups, 0, hardware.resets];
      return values[key] ?? 0;
    },
    identity: () => `${tile.boardName} ${tile.version} ${hardware.serialNumber} ${hardware.board.flashBytes} ${hardware.board.storageBytes}`,
    // ---- bytes
    btoa: (bytes: string) => latin1(bytes).toString("base64"),
    atob: (text: string) => toText(Buffer.from(text.split("=")[0]!.replace(/[^A-Za-z0-9+/]/g, ""), "base64")),
    crc32: (data: string) => crc32(latin1(data)),
    hasSha: () => hardware.board.nativeSha256,
    digest: (name: string, data: string) => toText(createHash(name.toLowerCase()).update(latin1(data)).digest()),
    compress: (data: string) => toText(heatshrinkCompress(latin1(data))),
    decompress: (data: string) => toText(heatshrinkDecompress(latin1(data))),
    // ---- Storage and flash
    storageRead(name: string, offset: number, length: number) {
      const text = storage.read(name, offset, length);
      if (text !== undefined) {
        reads.push({ text, address: storage.addressOf(name)! + Math.max(0, offset) });
        if (reads.length > rememberedReads) reads.shift();
      }
      return text;
    },
    storageWrite(name: string, data: string, offset: number, size: number, flags: number) {
      const before = storage.compactions;
      storage.write(name, data, offset, size, flags);
      if (storage.compactions > before) console.write("Compacting... \n");
      return true;
    },
    storageErase: (name: string) => void storage.erase(name),
    storageEraseAll: () => storage.eraseAll(),
    storageCompact() {
      const before = storage.compactions;
      storage.compact();
      if (storage.compactions > before) console.write("Compacting... \n");
    },
    storageFree: () => storage.getFree(),
    storageStats: () => JSON.stringify(storage.stats()),
    storageFiles() {
      let flat = "";
      const kinds: readonly number[] = Object.values(storageFlags);
      for (const entry of storage.entries()) {
        if (entry.rawName.startsWith("\0\0\0\0") || !kinds.includes(entry.flags)) continue;
        flat += `${plainName(entry.rawName)}\0${entry.flags}\0${entry.address}\0`;
      }
      return flat;
    },
    storageFind(name: string) {
      const entry = storage.find(name);
      return entry && `${storage.addressOf(name)} ${entry.size}`;
    },
    addressOf: (text: string) => reads.findLast((read) => read.text === text)?.address ?? 0,
    flashStart: () => flashBase,
    flashBytes: () => flash.geometry.flashBytes,
    flashPage: (address: number) => flash.pageOf(address),
    pageBytes: () => flash.geometry.pageBytes,
    flashErase: (address: number) => hardware.erasePage(address),
    flashWrite: (data: string, address: number) => hardware.program(latin1(data), address),
    flashRead: (length: number, address: number) => flash.readString(address, length),
    // ---- pins and buses
    pinLevel: (pin: number) => (pin < pinCount ? wires.level(pin) : -1),
    pinAnalog: (pin: number) => wires.voltage(pin, hardware.upUs),
    pinWatch: (pin: number, on: boolean) => tile.watchPin(pin, on),
    /** "pD5 output 1": a pin changed. */
    channelSend(line: string) {
      const [pin = "", mode = "", output] = line.slice(1).split(" ");
      if (line.startsWith("p")) wires.report(pin, mode, Number(output));
    },
    /** "s1 hex", "w1 address hex", "r1 address count": a transfer; the answer, or undefined when nobody gives one. */
    channelAsk(line: string) {
      const [what = "", ...words] = line.split(" ");
      const bus = Number(what.slice(1));
      if (what.startsWith("s")) {
        const answer = wires.spi(bus, Buffer.from(words[0] ?? "", "hex"));
        return answer && Buffer.from(answer).toString("hex");
      }
      if (what.startsWith("w")) return wires.i2cWrite(bus, Number(words[0]), Buffer.from(words[1] ?? "", "hex")) ? "ok" : "nak";
      const read = wires.i2cRead(bus, Number(words[0]), Number(words[1]));
      return read ? Buffer.from(read).toString("hex") : "nak";
    },
  };
}
