/**
 * The Espruino API as an object of plain Node, for fleets: one port per tile, the functions without state shared by all.
 *
 * The idea: a tile is a function of its port, so ten thousand tiles are one compiled program and ten thousand of these. It has what a tile uses (hal/espruino.ts)
 * and no console to type at. Strings that are no byte strings are refused where they enter a device.
 */
import { createHash } from "node:crypto";
import type { EspruinoApi, EspruinoMemory, Pin, WatchEvent } from "../../hal/espruino.ts";
import { crc32 } from "./crc32.ts";
import { heatshrinkCompress, heatshrinkDecompress } from "./heatshrink.ts";
import { errorFlagNames, flashBase, resetCauses } from "./sim-hardware.ts";
import type { SimHardware } from "./sim-hardware.ts";
import { pinNumber } from "./sim-wires.ts";

/** What the port asks of the tile it belongs to. */
export interface NodePortTile {
  readonly hardware: SimHardware;
  /** Port of the console, -1 for none. */
  consolePort: number;
  readonly version: string;
  readonly boardName: string;
  startTimeout(callback: (() => void) | string, delayMs: number): number;
  clearTimer(id: number): void;
  /** Edges of a watched pin, until clearWatch. */
  setWatch(callback: (event: WatchEvent) => void, pin: number, options: { repeat: boolean; edge: string }): number;
  clearWatch(id: number): void;
  print(text: string): void;
  /** Value of a script, compiled once for all tiles of a program. */
  evaluate(code: string): unknown;
  /** The same text, as one copy for all tiles of a program if it is long. */
  share(text: string): string;
  memory(): EspruinoMemory;
}

/** The port, with what the first stage adds. */
export type NodePort = EspruinoApi & {
  E: EspruinoApi["E"] & { resetCause: number };
  genesis?: (ms: number) => number;
};

/** Bytes of a string, array or buffer. @throws Error for a string with codes above 255. */
function bytesOf(data: string | ArrayBuffer | Uint8Array | readonly number[]): Buffer {
  if (typeof data !== "string") return Buffer.from(data as Uint8Array);
  const bytes = Buffer.from(data, "latin1");
  // eslint-disable-next-line no-control-regex
  if (/[^\0-\xff]/.test(data)) throw new Error("a string holds bytes, codes 0 to 255; this one has others");
  return bytes;
}

function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer as ArrayBuffer;
}

const digest = (name: string) => (data: string | Uint8Array): ArrayBuffer => toArrayBuffer(createHash(name).update(bytesOf(data)).digest());

/** Functions of the API that touch no tile: one copy for the fleet. */
const shared = {
  atob: (text: string) => Buffer.from(text.split("=")[0]!.replace(/[^A-Za-z0-9+/]/g, ""), "base64").toString("latin1"),
  btoa: (bytes: string) => bytesOf(bytes).toString("base64"),
  CRC32: (data: string | Uint8Array) => crc32(bytesOf(data)),
  toString: (data: object) => bytesOf(data as Uint8Array).toString("latin1"),
  toUint8Array: (data: string) => Uint8Array.from(bytesOf(data)),
  crypto: { SHA1: digest("sha1"), SHA224: digest("sha224"), SHA256: digest("sha256"), SHA384: digest("sha384"), SHA512: digest("sha512") },
  heatshrink: {
    compress: (data: string | Uint8Array) => toArrayBuffer(heatshrinkCompress(bytesOf(data))),
    decompress: (data: string | Uint8Array) => toArrayBuffer(heatshrinkDecompress(bytesOf(data))),
  },
} as const;

const numberOf = (pin: Pin): number => (typeof pin === "number" ? pin : pinNumber(String(pin)));
const pinName = (pin: number): string => (pin < 32 ? `D${pin}` : `A${pin - 32}`);

/** Makes the port of one life of a tile. `listeners` gets the "data" callbacks of the serial ports. */
export function createNodePort(tile: NodePortTile, listeners: [((data: string) => void)[], ((data: string) => void)[]]): NodePort {
  const { hardware } = tile;
  const { storage, wires, flash } = hardware;
  const live = <T extends unknown[], R>(run: (...args: T) => R) => (...args: T): R => {
    hardware.assertRuns();
    return run(...args);
  };
  const serial = (port: 0 | 1): EspruinoApi["Serial1"] => ({
    setup: () => undefined,
    write: live((data: string) => hardware.serials[port].send(bytesOf(data).toString("latin1"), hardware.busyUs)),
    on: (_event, callback) => void listeners[port].push(callback),
    removeAllListeners: () => void (listeners[port].length = 0),
  });
  const modules: Record<string, object> = {
    Storage: {
      read: live((name: string, offset: number, length: number) => {
        const text = storage.read(name, offset, length);
        // On a board a file's text stays in flash; a tile may keep it, as the first stage does with the image.
        return text === undefined ? undefined : tile.share(text);
      }),
      write: live((name: string, data: string, offset: number, size: number) => (storage.write(name, bytesOf(data).toString("latin1"), offset, size), true)),
      erase: live((name: string) => void storage.erase(name)),
      list: live(() => storage.list()),
      getFree: live(() => storage.getFree()),
    },
    Flash: {
      erasePage: live((address: number) => hardware.erasePage(address)),
      write: live((data: string | Uint8Array, address: number) => hardware.program(bytesOf(data), address)),
      read: live((length: number, address: number) => Uint8Array.from(flash.read(address, length))),
      getPage: (address: number) => ({ addr: flash.pageOf(address), length: flash.geometry.pageBytes }),
      getFree: () => [{ addr: flashBase, length: 0 }],
    },
    crypto: hardware.board.nativeSha256 ? shared.crypto : {},
    heatshrink: shared.heatshrink,
  };
  const E: NodePort["E"] = {
    CRC32: shared.CRC32,
    toString: shared.toString,
    toUint8Array: shared.toUint8Array,
    resetCause: resetCauses[hardware.cause],
    enableWatchdog: live((timeoutS: number, isAuto: boolean) => hardware.enableWatchdog(timeoutS, isAuto)),
    kickWatchdog: live(() => hardware.kickWatchdog()),
    reboot: live(() => hardware.reboot()),
    getErrorFlags: live(() => {
      const flags = hardware.takeErrorFlags();
      return errorFlagNames.filter((_name, bit) => flags & (1 << bit));
    }),
    setConsole: live((device: string | null) => {
      tile.consolePort = device === null ? -1 : device === "Serial2" ? 1 : 0;
    }),
    hwRand: live(() => hardware.random()),
    getBattery: live(() => hardware.batteryPercent()),
    on: () => undefined,
  };
  return {
    E,
    process: { memory: live(() => tile.memory()), version: tile.version, env: { BOARD: tile.boardName, SERIAL: hardware.serialNumber } },
    Serial1: serial(0),
    Serial2: serial(1),
    getTime: () => hardware.wallS,
    setTimeout: live((callback: (() => void) | string, delayMs: number) => tile.startTimeout(callback, delayMs)),
    clearTimeout: live((id: number) => tile.clearTimer(id)),
    setWatch: live((callback: (event: WatchEvent) => void, pin: Pin, options: { repeat: boolean; edge: string }) => tile.setWatch(callback, numberOf(pin), options)),
    clearWatch: live((id: number) => tile.clearWatch(id)),
    digitalRead: live((pin: Pin) => (wires.level(numberOf(pin)) === 1 ? 1 : 0)),
    digitalWrite: live((pin: Pin, value: number) => wires.report(pinName(numberOf(pin)), "output", value ? 1 : 0)),
    analogRead: live((pin: Pin) => wires.voltage(numberOf(pin), hardware.upUs) / 65535),
    atob: shared.atob,
    btoa: shared.btoa,
    require(name: string): object {
      const module = modules[name];
      if (!module) throw new Error(`Module "${name}" not found`);
      return module;
    },
    eval: (code: string) => tile.evaluate(code),
    print: live((text: string) => tile.print(text)),
  };
}
