// The port: what drives a tile on anything that speaks the Espruino API.
//
// Idea: interrupts (serial data, pin changes) only leave a note and ask for a step; one timer stands for the earliest deadline; nothing waits.
// A step may die in the middle (stack overflow and full memory unwind past every catch), so a timer is always armed before it begins.
// Time is µs since boot in a double, never falling even when the wall clock is set back.

import type { EspruinoApi, EspruinoSerial, Pin } from "../espruino.ts";
import type { TileConfig } from "../tile-config.ts";

export const enum PortLimit {
  /** Received bytes kept for the link task; more are dropped and counted. */
  RxBytes = 2048,
  /** Longest piece given to the UART at once: one link frame. */
  TxPiece = 127,
  /** A step that died is followed by another after this time. */
  RetryMs = 100,
  /** No timer is armed further ahead. */
  LongestMs = 86400000,
}

export interface Port {
  api: EspruinoApi;
  /** Received bytes that did not fit; steps run; µs spent in them. */
  rxLost: number;
  wakeups: number;
  activeUs: number;
  _cfg: TileConfig;
  _serial: EspruinoSerial;
  _rx: string;
  /** Added to the engine's clock; time of the last reading. */
  _shiftUs: number;
  _lastUs: number;
  /** Armed timer (-1 none), and whether it is one for "at once". */
  _timer: number;
  _soon: boolean;
  _step: ((nowUs: number) => number) | undefined;
  _run: (() => void) | undefined;
}

/** µs since boot. */
export function portNow(p: Port): number {
  let now = Math.floor(p.api.getTime() * 1000000) + p._shiftUs;
  if (now < p._lastUs) {
    p._shiftUs += p._lastUs - now;
    now = p._lastUs;
  }
  p._lastUs = now;
  return now;
}

function arm(p: Port, delayMs: number): void {
  if (p._timer >= 0) p.api.clearTimeout(p._timer);
  p._soon = delayMs <= 0;
  p._timer = p.api.setTimeout(p._run as () => void, delayMs);
}

/** Asks for a step as soon as the engine is idle; asking twice is one step. */
export function portKick(p: Port): void {
  if (!p._soon) arm(p, 0);
}

function runStep(p: Port): void {
  // The timer that brought us here has fired.
  p._timer = -1;
  p.wakeups++;
  arm(p, PortLimit.RetryMs);
  const startUs = portNow(p);
  const nextUs = (p._step as (nowUs: number) => number)(startUs);
  const nowUs = portNow(p);
  p.activeUs += nowUs - startUs;
  const delayMs = Math.ceil((nextUs - nowUs) / 1000);
  if (nextUs >= 0) arm(p, delayMs < 0 ? 0 : delayMs > PortLimit.LongestMs ? PortLimit.LongestMs : delayMs);
  else {
    p.api.clearTimeout(p._timer);
    p._timer = -1;
    p._soon = false;
  }
}

/** A port over `api`; nothing is touched until `portStart`. */
export function createPort(api: EspruinoApi, cfg: TileConfig): Port {
  return {
    api: api,
    rxLost: 0,
    wakeups: 0,
    activeUs: 0,
    _cfg: cfg,
    _serial: cfg.link === "Serial2" ? (api.Serial2 as EspruinoSerial) : api.Serial1,
    _rx: "",
    _shiftUs: -Math.floor(api.getTime() * 1000000),
    _lastUs: 0,
    _timer: -1,
    _soon: false,
    _step: undefined,
    _run: undefined,
  };
}

/**
 * Takes the wire from the console and begins to step. `step` gets µs since boot and returns when it wants to run next (-1: never);
 * `onData` runs inside the serial interrupt and may only signal.
 */
export function portStart(p: Port, step: (nowUs: number) => number, onData: () => void): void {
  const cfg = p._cfg;
  p._step = step;
  p._run = function () {
    runStep(p);
  };
  p._serial.setup(cfg.baud, cfg.path ? { path: cfg.path } : {});
  p._serial.on("data", function (data) {
    const room = PortLimit.RxBytes - p._rx.length;
    if (data.length > room) {
      p.rxLost += data.length - room;
      data = data.substring(0, room);
    }
    p._rx += data;
    onData();
    portKick(p);
  });
  if (!cfg.con) p.api.E.setConsole(null);
  portKick(p);
}

/** Gives the wire back to the engine's console and stops stepping. */
export function portStop(p: Port): void {
  p._serial.removeAllListeners("data");
  if (p._timer >= 0) p.api.clearTimeout(p._timer);
  p._timer = -1;
  p._soon = true;
  if (!p._cfg.con) p.api.E.setConsole(p._cfg.link);
}

/** The bytes received since the last call. */
export function portTake(p: Port): string {
  const data = p._rx;
  p._rx = "";
  return data;
}

/** Writes a byte string to the link, in pieces so that no engine has to buffer all of it. */
export function portSend(p: Port, data: string): void {
  for (let i = 0; i < data.length; i += PortLimit.TxPiece) p._serial.write(data.substring(i, i + PortLimit.TxPiece));
}

/** Calls `onEdge` (which may only signal) for every change of `pin`, then steps. Returns the watch, for `clearWatch`. */
export function portWatch(p: Port, pin: Pin, onEdge: () => void): number {
  return p.api.setWatch(
    function () {
      onEdge();
      portKick(p);
    },
    pin,
    { repeat: true, edge: "both" },
  );
}
