/**
 * @espruino-tools/core over our own stream, for diagnostics (`genesis repl`, `genesis doctor`).
 *
 * Idea: the package is made for browsers, but its DeviceController does everything through its public UART field, so a
 * UART over an EspruinoConsole makes it work from Node. Only reading is used: eval, dump, getDeviceType, getBattery and
 * Pin information. Never `loadCode` or `Call`: the first ends the process when an evaluation fails, the second is never
 * set (seen in 1.2.13); writing goes through espruino-packets.ts, which verifies.
 */
import { createRequire } from "node:module";
import type { EspruinoConsole } from "./espruino-console.ts";

/** What of DeviceController we use. Its eval gives what our UART's callback was given. */
interface Controller {
  UART: unknown;
  connected: boolean;
  eval(code: string): Promise<{ data: Outcome }>;
  dump(): Promise<unknown>;
  getDeviceType(): Promise<unknown>;
  getBattery(): Promise<unknown>;
  Pin: { getInfo(pin: string): Promise<unknown> };
}

/** Errors travel as values: DeviceController loses a rejection, and the process with it. */
type Outcome = { value: unknown } | { error: unknown };

export interface DeviceDiagnostics {
  /** Board name as the board gives it. */
  boardType(): Promise<string>;
  /** The program and state the board would write for `dump()`. */
  dump(): Promise<string>;
  /** What the board says about a pin ("D1"). */
  pinInfo(pin: string): Promise<unknown>;
  /** Battery in percent; EVAL_FAILED where the board has no way to tell. */
  batteryPercent(): Promise<number>;
}

/** Diagnostics over an open console. The methods reject as EspruinoConsole.evalLine. */
export function diagnostics(console: EspruinoConsole): DeviceDiagnostics {
  const { DeviceController } = createRequire(import.meta.url)("@espruino-tools/core/lib/device-controller.js") as { DeviceController: new () => Controller };
  const device = new DeviceController();
  device.UART = new ConsoleUart(console);
  device.connected = true;
  const unwrap = async (answer: Promise<unknown>): Promise<unknown> => {
    const { data } = (await answer) as { data: Outcome };
    if ("error" in data) throw data.error;
    return data.value;
  };
  return {
    boardType: async () => String(await unwrap(device.getDeviceType())),
    dump: async () => String(await unwrap(device.dump())),
    pinInfo: (pin) => (/^\w+$/.test(pin) ? unwrap(device.Pin.getInfo(pin)) : Promise.reject(new TypeError(`"${pin}" is not a pin name`))),
    batteryPercent: async () => Number(await unwrap(device.getBattery())),
  };
}

/** One line about a board for `genesis doctor`: type, memory, Storage, error flags. Rejects as EspruinoConsole.evalLine. */
export async function deviceFacts(console: EspruinoConsole): Promise<string> {
  const board = await diagnostics(console).boardType();
  const [free, total, storageFree, flags] = (await console.evalLine('(m=>[m.free,m.total,require("Storage").getFree(),E.getErrorFlags()])(process.memory())', 5000)) as [number, number, number, string[]];
  const trouble = flags.length === 0 ? "" : `, error flags ${flags.join(" ")}`;
  return `${board}, ${free} of ${total} variables free, ${Math.floor(storageFree / 1024)} kB of Storage free${trouble}`;
}

/** The part of the package's UART that reading needs. */
class ConsoleUart {
  private readonly console: EspruinoConsole;

  constructor(console: EspruinoConsole) {
    this.console = console;
  }

  eval(expression: string, callback: (outcome: Outcome) => void): void {
    this.console.evalLine(expression, 5000).then(
      (value) => callback({ value }),
      (error: unknown) => callback({ error }),
    );
  }
}
