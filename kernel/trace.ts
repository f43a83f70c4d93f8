// Trace: a ring of what the tasks did, in typed words, that costs nothing while nobody asks for it.
//
// The kernel has no hooks for it: to switch it on, every handler is replaced by one function that notes the run around the task's own handler; to
// switch it off, the handlers are put back. One record per run, written when the run begins and completed when it comes back, so that a run that
// faulted stands there without a duration. The ring lies outside the kernel's memory: no roll-back touches it. Profile full.
// What a record holds: docs/PROTOCOL.md, "Trace".

import type { EspruinoApi } from "../hal/espruino.ts";
import { Event } from "./gate.ts";
import type { Handler } from "./gate.ts";
import { m, Reg, Slot, Tcb } from "./state.ts";
import type { KernelState } from "./state.ts";

declare const FUEL: boolean;
declare let $: number;

export const enum TraceRecord {
  /** µs since boot, the low 30 bits. */
  Time = 0,
  /** µs, -1: not back. */
  Duration = 1,
  /** task | event << 4 | operation it ended with << 8 | doomed << 14 | fuel << 16. */
  What = 2,
  /** Low 16 bits of label or badge | (task that called or faulted + 1) << 16. */
  Argument = 3,
  Words = 4,
  Bytes = 16,
  TimeRange = 1073741824,
  FuelMax = 32767,
}

export interface Trace {
  /** The ring. */
  _log: Int32Array;
  /** Records since the beginning. */
  _n: number;
  /** The tasks' own handlers, and the one that stands for them meanwhile. */
  _handlers: (Handler | undefined)[];
  _traced: Handler | undefined;
}

/** Switches the trace of `k` on, for the last `records` runs. `api`: the engine's clock; `nowUs`: what it shows now in µs since boot. */
export function startTrace(k: KernelState, records: number, api: Pick<EspruinoApi, "getTime">, nowUs: number): Trace {
  const own: (Handler | undefined)[] = [];
  const log = new Int32Array(records * TraceRecord.Words);
  const shiftUs = nowUs - Math.floor(api.getTime() * 1000000);
  const trace: Trace = { _log: log, _n: 0, _handlers: own, _traced: undefined };
  function traced(event: Event, badge: number, label: number, a: number, b: number, data: string): void {
    const t = m[Reg.Running]!;
    const task = m[t + Tcb.Number]!;
    const at = (trace._n % records) * TraceRecord.Words;
    const isMessage = event === Event.Message;
    const caller = isMessage ? m[t + (Tcb.HomeReply + Slot.Object)]! : 0;
    const from = caller ? m[caller]! : 0;
    const fuel = typeof FUEL !== "undefined" && FUEL ? $ : m[Reg.Fuel]!;
    const startUs = Math.floor(api.getTime() * 1000000) + shiftUs;
    const what = task | (event << 4);
    trace._n++;
    log[at] = startUs % TraceRecord.TimeRange;
    log[at + TraceRecord.Duration] = -1;
    log[at + TraceRecord.What] = what;
    log[at + TraceRecord.Argument] = ((event === Event.Notification ? badge : event === Event.Start ? a : label) & 65535) | ((from ? m[from + Tcb.Number]! + 1 : event === Event.Fault ? badge + 1 : 0) << 16);
    (own[task] as Handler)(event, badge, label, a, b, data);
    const used = fuel - (typeof FUEL !== "undefined" && FUEL ? $ : m[Reg.Fuel]!);
    log[at + TraceRecord.Duration] = Math.floor(api.getTime() * 1000000) + shiftUs - startUs;
    log[at + TraceRecord.What] = what | (m[Reg.Pending]! << 8) | (m[Reg.Doom] ? 16384 : 0) | ((used > TraceRecord.FuelMax ? TraceRecord.FuelMax : used) << 16);
  }
  trace._traced = traced;
  for (let i = 0; i < k._handlers.length; i++) own.push(k._handlers[i]);
  // From here on nothing needs memory: a trace is on as a whole, or not.
  for (let i = 0; i < own.length; i++) if (own[i]) k._handlers[i] = traced;
  return trace;
}

/** Switches it off again. Whoever has been deleted or given other code meanwhile stays so. */
export function stopTrace(k: KernelState, trace: Trace): void {
  for (let i = 0; i < trace._handlers.length; i++) if (k._handlers[i] === trace._traced) k._handlers[i] = trace._handlers[i];
}
