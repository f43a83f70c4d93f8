// SMP group 0 (os) and group 66 (capabilities): what the tile is, what runs on it, who holds what; and restart.
// Standard: Zephyr SMP, "OS management group". The dump of the tables is read-only and integers only.

import { inspectSlot, inspectTask, slotAfter } from "../../kernel/inspect.ts";
import { CapType, Event, Op } from "../../kernel/gate.ts";
import type { Gate, Handler } from "../../kernel/gate.ts";
import { Irq, Sc, Tcb } from "../../kernel/state.ts";
import type { KernelState } from "../../kernel/state.ts";
import type { EspruinoApi } from "../../hal/espruino.ts";
import type { Flash } from "../../hal/flash.ts";
import { cborDecode, cborEncode, cborHead, cborText } from "../wire/cbor.ts";
import type { CborMap, CborValue } from "../wire/cbor.ts";
import { CborFlag } from "../wire/cbor-reader.ts";
import { SmpGroup, SmpRc } from "../wire/smp-header.ts";
import { StartCause } from "../health/api.ts";
import { markHealthy, restart } from "../health/start-causes.ts";
import type { Journal } from "../storage/journal.ts";
import type { BootInfo } from "../update/boot-log.ts";
import { OsCommand } from "./os-api.ts";

declare const FULL: boolean;
declare const VERSION: string;

export interface OsDeps {
  api: EspruinoApi;
  kernel: KernelState;
  /** Task names, in task order. */
  names: string[];
  tile: { name: string; board: string; slots: number };
  packetBytes: number;
  journal: Journal;
  flash: Flash;
  info: BootInfo;
}

const enum Delay {
  /** The answer leaves before the restart. */
  RestartUs = 250000,
}

/** The handler of the os task. */
export function createOsServer(gate: Gate, deps: OsDeps): Handler {
  const k = deps.kernel;

  // Written piece by piece: as objects it would take a small board's last memory. Names come in the order of their encodings.
  function taskStatistics(): string {
    const names = deps.names.concat([]).sort(function (x, y) {
      return x.length - y.length || (x < y ? -1 : 1);
    });
    let out = "\xa1" + cborText("tasks") + cborHead(5, names.length);
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      const t = deps.names.indexOf(name);
      const row = inspectTask(k, t);
      out += cborText(name) + cborEncode({ tid: t, prio: row[0] as number, state: row[1] as number, cswcnt: row[3] as number, runtime: row[4] as number });
    }
    return out;
  }

  // Letters as in mcumgr's `os application_info`; undefined when one is unknown, or there are more than letters.
  function info(format: CborValue): string | undefined {
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

  // Rows from `from` on, as many as fit into a packet.
  function rows(request: CborMap, isSlots: boolean): CborMap {
    const list: CborValue[] = [];
    if (FULL) {
      let at = (request["from"] as number) | 0;
      if (isSlots) {
        at = slotAfter(k, at);
        while (at && list.length < 16) {
          const slot = inspectSlot(k, at);
          if (slot[1]! >> 4 === CapType.IrqHandler) slot.push(k._m[slot[2]! + Irq.Device]!);
          list.push(slot);
          at = slotAfter(k, at);
        }
        // The last slot shown: the next request asks for what comes behind it.
        return { rows: list, next: at ? ((list[list.length - 1] as number[])[0] as number) : 0 };
      }
      const count = deps.names.length;
      while (at >= 0 && at < count && list.length < 10) {
        const task = inspectTask(k, at++);
        const sc = k._m[task[5]! + Tcb.Sc]!;
        task.push(k._m[task[5]! + Tcb.Object]!, sc, sc ? k._d[(sc + Sc.Consumed) >> 1]! : 0);
        list.push(task);
      }
      return { rows: list, next: at < count ? at : 0 };
    }
    return {};
  }

  return function (event, badge, label, a, b, data) {
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
      if (id > 1) rc = SmpRc.NotSupported;
      else reply = rows(request, id === 1);
    } else if (id === OsCommand.Echo) reply["r"] = request["d"] === undefined ? "" : (request["d"] as string);
    else if (id === OsCommand.Params) {
      reply["buf_size"] = deps.packetBytes;
      reply["buf_count"] = 1;
    } else if (id === OsCommand.Reset && label & 1) gate(Op.SetTimer, 0, 0, gate(Op.Now, 0, 0, 0, 0, "") + Delay.RestartUs, 0, "");
    else if (FULL && id === OsCommand.TaskStat) out = taskStatistics();
    else if (FULL && id === OsCommand.MemoryPool) {
      const m = deps.api.process.memory();
      reply["mpools"] = { heap: { blksiz: m.blocksize || 1, nblks: m.total, nfree: m.free, min: m.free } };
    } else if (id === OsCommand.Info) {
      const text = info(request["format"] || "s");
      if (text === undefined) rc = SmpRc.InvalidValue;
      else reply["output"] = text;
    } else if (FULL && id === OsCommand.BootloaderInfo && !request["query"]) reply["bootloader"] = "MCUboot";
    else if (FULL && id === OsCommand.BootloaderInfo && request["query"] === "mode") reply["mode"] = deps.tile.slots > 1 ? 5 : 2;
    else rc = SmpRc.NotSupported;
    gate(Op.Reply, 0, rc, 0, 0, rc ? "" : out || (cborEncode(reply) as string));
  };
}
