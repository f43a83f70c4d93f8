// The tile's trace ring, read and decoded: one record per handler run (docs/PROTOCOL.md, "Trace").
//
// Times come as 30 bits of µs; the newest record is within nine minutes of the tile's time, which is that of the step and may be a little older, and
// neighbours are less than 18 minutes apart (the health task looks at the others far more often): that gives each its place since the start.
import { capabilityApi } from "../../firmware/smp/capability-api.ts";
import { TraceRecord } from "../../kernel/trace.ts";
import { Event } from "../../kernel/gate.ts";
import { Failure } from "../cli/failure.ts";
import { isLinkError, LinkError } from "../link/link-errors.ts";
import { callRead, callWrite } from "../link/service-client.ts";
import type { SmpClient } from "../link/smp-client.ts";
import { endingWord, eventWord, faultWord } from "./kernel-words.ts";

export interface TaskRun {
  /** Number of the record since the trace was switched on. */
  seq: number;
  /** µs since the tile's start. */
  startUs: number;
  /** µs; undefined when the handler never came back: it threw, or was interrupted. */
  durationUs: number | undefined;
  task: number;
  /** Why it ran: a number of `Event` (kernel/gate.ts). */
  event: number;
  /** Operation it ended with (`Op`); 0: it went home. */
  op: number;
  /** It came back, but broke the contract: the kernel faults it. */
  isDoomed: boolean;
  /** Fuel it used, at most 32,767; an image that is not metered counts gate operations. */
  fuel: number;
  /** Low 16 bits of the message's label, the notification's word, or the generation. */
  argument: number;
  /** Task that called, or of a fault the one that faulted. */
  peer: number | undefined;
}

const MISMATCH = "the tile's software and this program do not match: update one of them";

/** Records `from` … as they lie in `data`. `nowUs`: the tile's time when it sent them. @throws LinkError BAD_REPLY for pieces of records */
export function decodeRuns(from: number, data: Uint8Array, nowUs: number): TaskRun[] {
  const bytes = TraceRecord.Bytes;
  if (data.length % bytes !== 0) throw new LinkError("BAD_REPLY", `the tile's trace has ${data.length} bytes, which is no number of whole records`, MISMATCH);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const runs: TaskRun[] = [];
  for (let at = 0; at < data.length; at += bytes) {
    const word = (n: TraceRecord): number => view.getInt32(at + 4 * n, true);
    const what = word(TraceRecord.What);
    const argument = word(TraceRecord.Argument);
    const duration = word(TraceRecord.Duration);
    const peer = (argument >>> 16) - 1;
    runs.push({
      seq: from + at / bytes,
      startUs: word(TraceRecord.Time),
      durationUs: duration < 0 ? undefined : duration,
      task: what & 15,
      event: (what >> 4) & 15,
      op: (what >> 8) & 63,
      isDoomed: ((what >> 14) & 1) === 1,
      fuel: what >>> 16,
      argument: argument & 65535,
      peer: peer < 0 ? undefined : peer,
    });
  }
  // From the newest back: each at the last time before its successor that ends in these bits.
  let latest = nowUs + TraceRecord.TimeRange / 2;
  for (const run of runs.reverse()) {
    run.startUs = latest - ((((latest - run.startUs) % TraceRecord.TimeRange) + TraceRecord.TimeRange) % TraceRecord.TimeRange);
    latest = run.startUs;
  }
  return runs.reverse();
}

/** Says what a refusal means here. */
function explained(error: unknown): unknown {
  if (!isLinkError(error, "REFUSED")) return error;
  if (error.rc === 8) return new Failure("NOT_SERVED", 1, "this tile keeps no trace: images of profile small have no room for it, and older ones do not know it (SMP group 66, command 2)", "genesis update brings a tile of profile full up to date; genesis monitor shows the health of any tile");
  if (error.rc === 6) return new Failure("TRACE_OFF", 1, "the trace was switched off meanwhile: the tile or its os task restarted, or somebody else switched it", "run the command again");
  return error;
}

/** Switches the trace on with a new ring; how many records the ring has. Rejects as the link does, with NOT_SERVED, and with NO_MEMORY. */
export async function startTileTrace(client: SmpClient, records: number): Promise<number> {
  const reply = await callWrite(client, capabilityApi, "trace", { records }).catch((error: unknown) => Promise.reject(explained(error)));
  if (reply.records < 1) throw new Failure("NO_MEMORY", 1, "the tile has no memory for a trace", "try again when it has less to do: genesis top shows its memory");
  return reply.records;
}

export async function stopTileTrace(client: SmpClient): Promise<void> {
  await callWrite(client, capabilityApi, "trace", { records: 0 });
}

export interface TraceReading {
  runs: TaskRun[];
  /** Ask again from here. */
  next: number;
  /** Records that were overwritten before anybody read them. */
  lost: number;
  nowUs: number;
}

/** All records from number `from` on. Rejects as the link does, and with TRACE_OFF. */
export async function readTrace(client: SmpClient, from: number): Promise<TraceReading> {
  const pieces: Buffer[] = [];
  let first: number | undefined;
  for (let next = from; ;) {
    const reply = await callRead(client, capabilityApi, "trace", { from: next }).catch((error: unknown) => Promise.reject(explained(error)));
    if (reply.from < next || reply.next < reply.from) throw explained(new LinkError("REFUSED", "the trace began anew", undefined, { group: capabilityApi.group, rc: 6 }));
    if (reply.from > next && first !== undefined) {
      // What was read of this round has a hole behind it: begin again behind the hole, and count it.
      pieces.length = 0;
      first = undefined;
    }
    first ??= reply.from;
    pieces.push(Buffer.from(reply.data));
    next = reply.next;
    if (reply.next >= reply.end || reply.data.length === 0) return { runs: decodeRuns(first, Buffer.concat(pieces), reply.now), next, lost: first - from, nowUs: reply.now };
  }
}

/** "call from link (label 132) → call, 2 fuel" */
export function runText(run: TaskRun, nameOf: (task: number) => string): string {
  const from = run.peer === undefined ? "" : run.event === Event.Fault ? ` of ${nameOf(run.peer)}` : ` from ${nameOf(run.peer)}`;
  const about = run.event === Event.Fault ? faultWord(run.argument) : run.event === Event.Message || run.event === Event.Reply ? `label ${run.argument}` : run.event === Event.Notification ? `word ${run.argument}` : run.event === Event.Start ? `generation ${run.argument}` : "";
  const end = run.durationUs === undefined ? "FAULTED" : run.isDoomed ? "faulted by the kernel" : run.op === 0 ? "home" : endingWord(run.op);
  return `${eventWord(run.event)}${from}${about === "" ? "" : ` (${about})`} → ${end}`;
}
