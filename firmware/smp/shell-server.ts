// SMP groups 9 (shell) and 2 (statistics): the tile's numbers, for people and for mcumgr clients. Reads only. Wire: shell-api.ts.

import { Event, Op } from "../../kernel/gate.ts";
import type { Gate, Handler } from "../../kernel/gate.ts";
import { inspectTask } from "../../kernel/inspect.ts";
import { Limit } from "../../kernel/state.ts";
import type { KernelState } from "../../kernel/state.ts";
import type { Port } from "../../hal/port/espruino-port.ts";
import { cborDecode, cborEncode } from "../wire/cbor.ts";
import type { CborMap, CborValue } from "../wire/cbor.ts";
import { CborFlag } from "../wire/cbor-reader.ts";
import { SmpGroup, SmpRc } from "../wire/smp-header.ts";

declare const VERSION: string;

/** The handler of the shell task. */
export function createShellServer(gate: Gate, port: Port, k: KernelState): Handler {
  function run(word: string): string | undefined {
    const m = port.api.process.memory();
    if (word === "help") return "help version uptime free flags\n";
    if (word === "version") return "Genesis " + VERSION + " on " + port.api.process.version + "\n";
    if (word === "uptime") return Math.floor(gate(Op.Now, 0, 0, 0, 0, "") / 1000000) + " s\n";
    if (word === "free") return m.free + " of " + m.total + " blocks\n";
    if (word === "flags") return port.api.E.getErrorFlags().join(" ") + "\n";
    return undefined;
  }

  return function (event, badge, label, a, b, data) {
    if (event !== Event.Message) return;
    const r = (cborDecode(data, CborFlag.Lenient | CborFlag.Flat) as CborMap | undefined) || {};
    let reply: CborMap = {};
    let rc: number = SmpRc.NotSupported;
    if (a === SmpGroup.Shell && label === 1) {
      const argv = r["argv"] as CborValue[] | undefined;
      const word = Array.isArray(argv) ? argv[0] : undefined;
      rc = SmpRc.InvalidValue;
      if (typeof word === "string") {
        const out = run(word);
        rc = SmpRc.Ok;
        reply = { o: out === undefined ? word + ": unknown command, try help\n" : out, ret: out === undefined ? 1 : 0 };
      }
    } else if (a === SmpGroup.Stat && label === 2) {
      rc = SmpRc.Ok;
      reply = { stat_list: ["kernel", "link"] };
    } else if (a === SmpGroup.Stat && label === 0) {
      rc = SmpRc.Ok;
      const name = r["name"] as string;
      let runs = 0;
      for (let t = 0; t < Limit.Tasks; t++) runs += inspectTask(k, t)[4] || 0;
      if (name === "kernel") reply = { name: name, fields: { runs: runs, wakeups: port.wakeups, active_us: port.activeUs } };
      else if (name === "link") reply = { name: name, fields: { rx_lost: port.rxLost } };
      else rc = SmpRc.NoEntry;
    }
    gate(Op.Reply, 0, rc, 0, 0, rc ? "" : (cborEncode(reply) as string));
  };
}
