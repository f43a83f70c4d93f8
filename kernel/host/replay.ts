// Runs a task again from its transcript, without a kernel: same events, same answers; the first thing it does differently is an error.
//
// A run that was stopped is not run again, since nothing here would stop it: its task was started anew behind it, and begins from its Start.
import type { Event, Gate, Handler, Op, Reader } from "../gate.ts";
import { TranscriptKind, type TranscriptEntry } from "../transcript.ts";

/** @throws Error naming the first line that differs. */
export function replay(transcript: readonly TranscriptEntry[], make: (gate: Gate, read: Reader) => Handler): void {
  let at = 0;
  const differs = (what: string): Error => Object.assign(new Error(`transcript line ${at}: ${what}`), { name: "ReplayError" });
  /** The line of what is asked for now. */
  const take = (kind: TranscriptKind, asked: unknown[], recordedOf: (line: TranscriptEntry) => unknown[]): TranscriptEntry => {
    const line = transcript[at];
    const recorded = line?.kind === kind ? JSON.stringify(recordedOf(line)) : "something else, or the end of the run";
    if (JSON.stringify(asked) !== recorded) throw differs(`asked for ${JSON.stringify(asked)}, recorded ${recorded}`);
    at++;
    return line!;
  };
  const gate: Gate = (op: Op, address, label, a, b, data) => take(TranscriptKind.Gate, [op, address, label, a, b, data], (line) => [...line.numbers, line.data]).result;
  const read: Reader = (address, offset, length) => take(TranscriptKind.Read, [address, offset, length], (line) => line.numbers).data;
  const handler = make(gate, read);
  while (at < transcript.length) {
    const line = transcript[at]!;
    if (line.kind !== TranscriptKind.Event) throw differs("the run ended before this");
    const next = transcript.findIndex((one, i) => i > at && one.kind === TranscriptKind.Event);
    const behind = next < 0 ? transcript.length : next;
    if (transcript[behind - 1]!.kind !== TranscriptKind.End) {
      at = behind;
      continue;
    }
    at++;
    const [event, badge, label, a, b] = line.numbers as [Event, number, number, number, number];
    let hasThrown = 0;
    try {
      handler(event, badge, label, a, b, line.data);
    } catch (error) {
      if (error instanceof Error && error.name === "ReplayError") throw error;
      hasThrown = 1;
    }
    const end = transcript[at];
    if (end?.kind !== TranscriptKind.End) throw differs("the run ended before this");
    if (end.result !== hasThrown) throw differs(hasThrown ? "it threw, and came back when it was recorded" : "it came back, and threw when it was recorded");
    at++;
  }
}
