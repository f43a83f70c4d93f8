// The telemetry service: appends other tasks' records to the journal and reads them back to the host. Wire and durability: api.ts.
//
// A record is stored as it arrives and copied as it is into the answer, so neither way costs work per byte. Tasks that hold the capability to
// append are trusted to send CBOR: a record that is none would spoil the answer it stands in.

import { Event, Op } from "../../kernel/gate.ts";
import type { Gate, Handler } from "../../kernel/gate.ts";
import { JournalKey, u32At, u32Bytes } from "../storage/journal.ts";
import type { Journal } from "../storage/journal.ts";
import { cborDecode, cborEncode, cborHead, cborInt } from "../wire/cbor.ts";
import type { CborMap } from "../wire/cbor.ts";
import { CborFlag } from "../wire/cbor-reader.ts";
import { SmpRc } from "../wire/smp-header.ts";
import { RecordKind, TelemetryCommand, TelemetryLabel } from "./api.ts";
import { telemetryRecord } from "./record.ts";

export interface TelemetryDeps {
  journal: Journal;
  /** Largest reply, bytes: the link's packet without its header. */
  replyBytes: number;
}

const enum Reply {
  /** The map around the records: keys, four numbers, the head of the list. */
  FrameBytes = 64,
}

/** The handler of the telemetry task. */
export function createTelemetryServer(gate: Gate, deps: TelemetryDeps): Handler {
  const journal = deps.journal;
  let starts = 0;

  // Returns how many records it took; -1 when one is cut short, no array, or not kept by the journal: that one and those behind it are refused.
  function append(records: string): number {
    let count = 0;
    for (let at = 0; at < records.length; count++) {
      const next = at + 1 + records.charCodeAt(at);
      if (next > records.length || records.charCodeAt(at + 1) >> 5 !== 4 || journal.append(records.substring(at + 1, next)) < 0) return -1;
      at = next;
    }
    return count;
  }

  // Consecutive records from `from` on; a damaged one ends the list, and is stepped over where the list would start.
  function read(from: number, most: number): string {
    const first = journal.first();
    const end = journal.next();
    let list = "";
    let count = 0;
    let next = Math.min(Math.max(from, first), end);
    let start = next;
    while (next < end && count < most) {
      const record = journal.read(next);
      if (record === undefined) {
        if (count) break;
        start = next + 1;
      } else {
        if (list.length + record.length > deps.replyBytes - Reply.FrameBytes) break;
        list += record;
        count++;
      }
      next++;
    }
    // A map of 5; its keys are texts of 3 to 5 letters: heads 0x63 "c", 0x64 "d", 0x65 "e".
    return "\xa5cend" + cborInt(end) + "dfrom" + cborInt(start) + "dlist" + cborHead(4, count) + list + "dnext" + cborInt(next) + "efirst" + cborInt(first);
  }

  return function (event, badge, label, a, b, data) {
    if (event === Event.Start && !starts) {
      const before = journal.get(JournalKey.Starts);
      starts = (before ? u32At(before, 0) : 0) + 1;
      journal.set(JournalKey.Starts, u32Bytes(starts));
      append(telemetryRecord(RecordKind.Start, gate(Op.Now, 0, 0, 0, 0, ""), [starts]));
    }
    if (event !== Event.Message) return;
    let rc = SmpRc.NotSupported;
    let count = 0;
    let reply = "";
    if (label === TelemetryLabel.Append) {
      count = append(data);
      rc = count < 0 ? SmpRc.Unknown : SmpRc.Ok;
    } else if (label === TelemetryCommand.Info * 2) {
      rc = 0;
      reply = cborEncode({ first: journal.first(), end: journal.next(), starts: starts }) as string;
    } else if (label === TelemetryCommand.Read * 2) {
      const request = cborDecode(data, CborFlag.Lenient | CborFlag.Flat) as CborMap | undefined;
      const from = (request && request["from"]) || 0;
      const most = request && request["max"] !== undefined ? request["max"] : 9999;
      rc = request && typeof from === "number" && from >= 0 && typeof most === "number" && most >= 0 ? 0 : SmpRc.InvalidValue;
      if (!rc) reply = read(from as number, most as number);
    }
    gate(Op.Reply, 0, rc, count, 0, reply);
  };
}
