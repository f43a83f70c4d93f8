// The identity service: tile id, name, image, clock; group 69. Wire: api.ts.

import { Event, Op, Status } from "../../kernel/gate.ts";
import type { Gate, Handler } from "../../kernel/gate.ts";
import { JournalKey, u32At, u32Bytes } from "../storage/journal.ts";
import type { Journal } from "../storage/journal.ts";
import { RecordKind, TelemetryLabel } from "../telemetry/api.ts";
import { telemetryRecord } from "../telemetry/record.ts";
import { cborDecode, cborEncode } from "../wire/cbor.ts";
import type { CborMap } from "../wire/cbor.ts";
import { CborFlag } from "../wire/cbor-reader.ts";
import { SmpRc } from "../wire/smp-header.ts";
import { IdentityCommand, IdentityLimit } from "./api.ts";
import { doubtMs, wallMs } from "./clock.ts";
import type { WallClock } from "./clock.ts";

export interface IdentityDeps {
  journal: Journal;
  /** Address of the endpoint of telemetry in this task's CSpace (Write and GrantReply). */
  telemetry: number;
  /** From the tile's configuration. */
  id: string;
  name: string;
  board: string;
  /** Of the image and of the engine. */
  profile: string;
  version: string;
  engine: string;
}

/** The handler of the identity task. */
export function createIdentityServer(gate: Gate, deps: IdentityDeps): Handler {
  const journal = deps.journal;
  const clock: WallClock = { _wallMs: -1, _setUs: 0, _doubtMs: 0 };

  function clockReply(nowUs: number): string {
    const reply: CborMap = { up: nowUs };
    const floor = journal.get(JournalKey.Clock);
    if (floor) reply["floor"] = u32At(floor, 0) * 4294967296 + u32At(floor, 4);
    if (clock._wallMs >= 0) {
      reply["t"] = wallMs(clock, nowUs);
      reply["u"] = doubtMs(clock, nowUs);
    }
    return cborEncode(reply) as string;
  }

  return function (event, badge, label, a, b, data) {
    const nowUs = gate(Op.Now, 0, 0, 0, 0, "");
    // Telemetry has the record of a clock that was set, or it is down: the clock is set either way.
    if (event === Event.Reply || event === Event.DeadReply) gate(Op.Reply, 0, 0, 0, 0, clockReply(nowUs));
    if (event !== Event.Message) return;
    const r = (cborDecode(data, CborFlag.Lenient | CborFlag.Flat) as CborMap | undefined) || {};
    let rc = SmpRc.Ok as number;
    let reply = "";
    if (label === IdentityCommand.Info * 2)
      reply = cborEncode({
        id: deps.id,
        name: "" + (journal.get(JournalKey.Name) || deps.name),
        board: deps.board,
        profile: deps.profile,
        version: deps.version,
        engine: deps.engine,
      }) as string;
    else if (label === IdentityCommand.Name * 2 + 1) {
      const name = r["name"];
      if (typeof name !== "string" || !name || name.length > IdentityLimit.NameBytes) rc = SmpRc.InvalidValue;
      else if (!journal.set(JournalKey.Name, name)) rc = SmpRc.Unknown;
      else reply = cborEncode({ name: name }) as string;
    } else if (label === IdentityCommand.Clock * 2) reply = clockReply(nowUs);
    else if (label === IdentityCommand.Clock * 2 + 1) {
      const t = r["t"];
      const u = r["u"];
      if (typeof t !== "number" || typeof u !== "number" || t < 0 || t > IdentityLimit.LatestMs || u < 0 || u > IdentityLimit.LatestMs) rc = SmpRc.InvalidValue;
      else if (!journal.set(JournalKey.Clock, u32Bytes(Math.floor(t / 4294967296)) + u32Bytes(t))) rc = SmpRc.Unknown;
      else {
        clock._wallMs = t;
        clock._setUs = nowUs;
        clock._doubtMs = u;
        if (gate(Op.Call, deps.telemetry, TelemetryLabel.Append, 0, 0, telemetryRecord(RecordKind.Clock, nowUs, [t, u])) === Status.Ok) return;
        reply = clockReply(nowUs);
      }
    } else rc = SmpRc.NotSupported;
    gate(Op.Reply, 0, rc, 0, 0, reply);
  };
}
