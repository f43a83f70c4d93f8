// SMP group 0 (os) and group 66 (capabilities): what the tile is, what runs on it, who holds what; and restart.
// Standard: Zephyr SMP, "OS management group". The dump of the tables is read-only and integers only.

import { inspectSlot, inspectTask, slotCount, taskCount } from "../../kernel/inspect.ts";
import { Event, Op } from "../../kernel/gate.ts";
import type { Gate, Handler } from "../../kernel/gate.ts";
import type { KernelState } from "../../kernel/state.ts";
import type { EspruinoApi } from "../../hal/espruino.ts";
import { cborDecode, cborEncode } from "../wire/cbor.ts";
import type { CborMap, CborValue } from "../wire/cbor.ts";
import { CborFlag } from "../wire/cbor-reader.ts";
import { SmpGroup, SmpRc } from "../wire/smp-header.ts";
import { StartCause } from "../health/api.ts";
import { restart } from "../health/start-causes.ts";
import type { Journal } from "../storage/journal.ts";
import { OsCommand } from "./os-api.ts";

declare const VERSION: string;

export interface OsDeps {
  api: EspruinoApi;
  kernel: KernelState;
  /** Task names, in task order. */
  names: string[];
  tile: { name: string; board: string; slots: number };
  packetBytes: number;
  journal: Journal;
}

const enum Delay {
  /** The answer leaves before the restart. */
  RestartUs = 250000,
}

/** The handler of the os task. */
export function createOsServer(gate: Gate, deps: OsDeps): Handler {
  const k = deps.kernel;

  function taskStatistics(): CborMap {
    const tasks: CborMap = {};
    for (let t = 0; t < taskCount(k); t++) {
      const row = inspectTask(k, t);
      tasks[deps.names[t] as string] = { prio: row[0] as number, tid: t, state: row[1] as number, stkuse: 0, stksiz: 0, cswcnt: row[3] as number, runtime: row[4] as number, last_checkin: 0, next_checkin: 0 };
    }
    return { tasks: tasks };
  }

  function memoryPool(): CborMap {
    const m = deps.api.process.memory();
    return { tasks: { heap: { blksiz: m.blocksize || 1, nblks: m.total, nfree: m.free, min: m.free } } };
  }

  // Letters as in mcumgr's `os application_info`; undefined when one is unknown.
  function info(format: string): string | undefined {
    const engine = deps.api.process.version;
    const letters = "snrvbmpio";
    const parts = ["Genesis", deps.tile.name, VERSION, VERSION, "", engine, engine, deps.tile.board, "Genesis"];
    let out = "";
    if (format === "a") format = "snrvmio";
    for (let i = 0; i < format.length; i++) {
      const at = letters.indexOf(format[i] as string);
      if (at < 0) return undefined;
      out += (out ? " " : "") + (parts[at] as string);
    }
    return out;
  }

  // Rows from `from` on, as many as fit into a packet.
  function rows(request: CborMap, isSlots: boolean): CborMap {
    const list: CborValue[] = [];
    const count = isSlots ? slotCount(k) + 1 : taskCount(k);
    let at = ((request["from"] as number) | 0) || (isSlots ? 1 : 0);
    while (at < count && list.length < (isSlots ? 24 : 12)) {
      list.push(isSlots ? inspectSlot(k, at) : inspectTask(k, at));
      at++;
    }
    return { rows: list, next: at < count ? at : 0 };
  }

  return function (event, badge, label, a, b, data) {
    if (event === Event.Timer) restart(deps.api, deps.journal, StartCause.Command);
    if (event !== Event.Message) return;
    const request = cborDecode(data, CborFlag.Lenient | CborFlag.Flat) as CborMap | undefined;
    const id = label >> 1;
    let rc: SmpRc = SmpRc.Ok;
    let reply: CborMap = {};
    if (!request) rc = SmpRc.InvalidValue;
    else if (a === SmpGroup.Capability) {
      if (id > 1) rc = SmpRc.NotSupported;
      else reply = rows(request, id === 1);
    } else if (id === OsCommand.Echo) reply["r"] = request["d"] === undefined ? "" : (request["d"] as string);
    else if (id === OsCommand.Params) {
      reply["buf_size"] = deps.packetBytes;
      reply["buf_count"] = 1;
    } else if (id === OsCommand.Reset && label & 1) gate(Op.SetTimer, 0, 0, gate(Op.Now, 0, 0, 0, 0, "") + Delay.RestartUs, 0, "");
    else if (id === OsCommand.TaskStat) reply = taskStatistics();
    else if (id === OsCommand.MemoryPool) reply = memoryPool();
    else if (id === OsCommand.Info) {
      const text = info((request["format"] as string) || "s");
      if (text === undefined) rc = SmpRc.InvalidValue;
      else reply["output"] = text;
    } else if (id === OsCommand.BootloaderInfo && !request["query"]) reply["bootloader"] = "MCUboot";
    else if (id === OsCommand.BootloaderInfo && request["query"] === "mode") reply["mode"] = deps.tile.slots > 1 ? 5 : 2;
    else rc = SmpRc.NotSupported;
    gate(Op.Reply, 0, rc, 0, 0, rc ? "" : (cborEncode(reply) as string));
  };
}
