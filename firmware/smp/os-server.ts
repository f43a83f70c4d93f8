// SMP group 0 (os) and group 66 (capabilities): what the tile is, what runs on it, who holds what; and restart.
// Standard: Zephyr SMP, "OS management group". The dump of the tables is read-only and integers only.

import { inspectSlot, inspectTask, slotAfter } from "../../kernel/inspect.ts";
import { CapType, Event, Op } from "../../kernel/gate.ts";
import type { Gate, Handler } from "../../kernel/gate.ts";
import { startTrace, stopTrace, TraceRecord } from "../../kernel/trace.ts";
import type { Trace } from "../../kernel/trace.ts";
import { Charge, settleAll } from "../../kernel/power/ledger.ts";
import { Irq, Sc, Tcb } from "../../kernel/state.ts";
import type { KernelState } from "../../kernel/state.ts";
import type { EspruinoApi } from "../../hal/espruino.ts";
import type { Flash } from "../../hal/flash.ts";
import { CborBytes, cborDecode, cborEncode, cborHead, cborText } from "../wire/cbor.ts";
import type { CborMap, CborValue } from "../wire/cbor.ts";
import { CborFlag } from "../wire/cbor-reader.ts";
import { SmpGroup, SmpRc } from "../wire/smp-header.ts";
import { StartCause } from "../health/api.ts";
import { markHealthy, restart } from "../health/start-causes.ts";
import type { Journal } from "../storage/journal.ts";
import type { BootInfo } from "../update/boot-log.ts";
import { CapabilityCommand } from "./capability-api.ts";
import { OsCommand } from "./os-api.ts";

declare const FULL: boolean;
declare const POWER: boolean;
declare const VERSION: string;

export interface OsDeps {
  api: EspruinoApi;
  kernel: KernelState;
  /** Task names, in task order (profile full). */
  names: string[];
  tile: { name: string; board: string; slots: number };
  packetBytes: number;
  journal: Journal;
  flash: Flash;
  info: BootInfo;
  /** The trace, while it is on. */
  trace?: Trace | undefined;
}

const enum Delay {
  /** The answer leaves before the restart. */
  RestartUs = 250000,
}

const enum TraceSize {
  /** The ring has at most one record for so many free blocks, 2^n: it takes about a tenth of what is free. */
  FreeShift = 4,
  /** Bytes of a reply besides the records. */
  ReplyBytes = 96,
}

// Written piece by piece: as objects it would take a small board's last memory. Names come in the order of their encodings.
function taskStatistics(deps: OsDeps): string {
  const names = deps.names.concat([]).sort(function (x, y) {
    return x.length - y.length || (x < y ? -1 : 1);
  });
  let out = "\xa1" + cborText("tasks") + cborHead(5, names.length);
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    const t = deps.names.indexOf(name);
    const row = inspectTask(deps.kernel, t);
    out += cborText(name) + cborEncode({ tid: t, prio: row[0] as number, state: row[1] as number, cswcnt: row[3] as number, runtime: row[4] as number });
  }
  return out;
}

// Group 66. Tasks and slots: rows from `from` on, as many as fit into a packet. Trace: switched on (a new ring) or off, or records from number `from`
// on, the run that answers left out; undefined: it is off.
function tell(gate: Gate, deps: OsDeps, request: CborMap, label: number): CborMap | undefined {
  const k = deps.kernel;
  const list: CborValue[] = [];
  if (FULL) {
    let from = (request["from"] as number) | 0;
    if (label === CapabilityCommand.Slots * 2) {
      from = slotAfter(k, from);
      while (from && list.length < 16) {
        const slot = inspectSlot(k, from);
        if (slot[1]! >> 4 === CapType.IrqHandler) slot.push(k._m[slot[2]! + Irq.Device]!);
        list.push(slot);
        from = slotAfter(k, from);
      }
      // The last slot shown: the next request asks for what comes behind it.
      return { rows: list, next: from ? ((list[list.length - 1] as number[])[0] as number) : 0 };
    }
    if (label === CapabilityCommand.Tasks * 2) {
      const count = deps.names.length;
      const p = POWER ? k._power : undefined;
      if (POWER && p) settleAll(p._ledger, p._clock(p._port));
      while (from >= 0 && from < count && list.length < 10) {
        const task = inspectTask(k, from++);
        const sc = k._m[task[5]! + Tcb.Sc]!;
        task.push(k._m[task[5]! + Tcb.Object]!, sc, sc ? k._d[(sc + Sc.Consumed) >> 1]! : 0);
        if (POWER && p) task.push(p._ledger._nc[from]!);
        list.push(task);
      }
      const reply: CborMap = { rows: list, next: from < count ? from : 0 };
      if (POWER && p) reply["system"] = p._ledger._nc[Charge.System]!;
      return reply;
    }
    const now = gate(Op.Now, 0, 0, 0, 0, "");
    if (label & 1) {
      const most = deps.api.process.memory().free >> TraceSize.FreeShift;
      let records = (request["records"] as number) | 0;
      if (records > most) records = most;
      if (deps.trace) stopTrace(k, deps.trace);
      deps.trace = records > 0 ? startTrace(k, records, deps.api, now) : undefined;
      return { records: records };
    }
    const trace = deps.trace;
    if (trace) {
      const size = (trace._log.length / TraceRecord.Words) | 0;
      const end = trace._n - 1;
      if (from < trace._n - size) from = trace._n - size;
      if (from < 0 || from > end) from = end;
      const at = from % size;
      const most = ((deps.packetBytes - TraceSize.ReplyBytes) / TraceRecord.Bytes) | 0;
      let count = end - from;
      if (count > size - at) count = size - at;
      if (count > most) count = most;
      return { from: from, next: from + count, end: end, now: now, data: new CborBytes(count ? (deps.api.E.toString(new Uint8Array(trace._log.buffer, at * TraceRecord.Bytes, count * TraceRecord.Bytes)) as string) : "") };
    }
  }
  return undefined;
}

// Letters as in mcumgr's `os application_info`; undefined when one is unknown, or there are more than letters.
function info(deps: OsDeps, format: CborValue): string | undefined {
  const engine = deps.api.process.version;
  const letters = "snrvbmpio";
  const parts = ["Genesis", deps.tile.name, VERSION, VERSION, "", engine, engine, deps.tile.board, "Genesis"];
  let out = "";
  if (typeof format !== "string" || format.length > letters.length) return undefined;
  if (format === "a") format = "snrvmio";
  for (let i = 0; i < format.length; i++) if (letters.indexOf(format[i] as string) < 0) return undefined;
  // Always in this order, each once, as Zephyr has it.
  for (let i = 0; i < letters.length; i++) if (format.indexOf(letters[i] as string) >= 0) out += (out ? " " : "") + (parts[i] as string);
  return out;
}

/** The handler of the os task. */
export function createOsServer(gate: Gate, deps: OsDeps): Handler {
  const k = deps.kernel;

  return function (event, badge, label, a, b, data) {
    // A restart forgets what was held.
    if (FULL && event === Event.Start && deps.trace) {
      stopTrace(k, deps.trace);
      deps.trace = undefined;
    }
    if (event === Event.Timer) {
      // Somebody reached this start and ended it on purpose: it is no step towards a boot loop.
      markHealthy(deps.flash, deps.info);
      restart(deps.api, deps.journal, StartCause.Command);
    }
    if (event !== Event.Message) return;
    const request = cborDecode(data, CborFlag.Lenient | CborFlag.Flat) as CborMap | undefined;
    const id = label >> 1;
    let rc: SmpRc = SmpRc.Ok;
    let reply: CborMap = {};
    let out = "";
    if (!request) rc = SmpRc.InvalidValue;
    else if (FULL && a === SmpGroup.Capability) {
      const told = id > CapabilityCommand.Trace || (label & 1 && id !== CapabilityCommand.Trace) ? undefined : tell(gate, deps, request, label);
      if (told) reply = told;
      else rc = id === CapabilityCommand.Trace ? SmpRc.BadState : SmpRc.NotSupported;
    } else if (id === OsCommand.Echo) reply["r"] = request["d"] === undefined ? "" : (request["d"] as string);
    else if (id === OsCommand.Params) {
      reply["buf_size"] = deps.packetBytes;
      reply["buf_count"] = 1;
    } else if (id === OsCommand.Reset && label & 1) gate(Op.SetTimer, 0, 0, gate(Op.Now, 0, 0, 0, 0, "") + Delay.RestartUs, 0, "");
    else if (FULL && id === OsCommand.TaskStat) out = taskStatistics(deps);
    else if (FULL && id === OsCommand.MemoryPool) {
      const m = deps.api.process.memory();
      reply["mpools"] = { heap: { blksiz: m.blocksize || 1, nblks: m.total, nfree: m.free, min: m.free } };
    } else if (id === OsCommand.Info) {
      // In small one line for every format.
      const text = FULL ? info(deps, request["format"] || "s") : "Genesis " + deps.tile.name + " " + VERSION + " " + deps.api.process.version + " " + deps.tile.board;
      if (text === undefined) rc = SmpRc.InvalidValue;
      else reply["output"] = text;
    } else if (FULL && id === OsCommand.BootloaderInfo && !request["query"]) reply["bootloader"] = "MCUboot";
    else if (FULL && id === OsCommand.BootloaderInfo && request["query"] === "mode") reply["mode"] = deps.tile.slots > 1 ? 5 : 2;
    else rc = SmpRc.NotSupported;
    gate(Op.Reply, 0, rc, 0, 0, rc ? "" : out || (cborEncode(reply) as string));
  };
}
