// Runs a task again from its transcript, without a kernel: same events, same answers; the first thing it does differently is an error.
import type { Event, Gate, Handler, Op } from "../gate.ts";
import type { TranscriptEntry } from "../transcript.ts";

/** @throws Error naming the first line that differs. A throw of the handler is what it was the first time: a fault. */
export function replay(transcript: readonly TranscriptEntry[], make: (gate: Gate) => Handler): void {
  let at = 0;
  const differs = (what: string): Error => Object.assign(new Error(`transcript line ${at}: ${what}`), { name: "ReplayError" });
  const gate: Gate = (op: Op, address, label, a, b, data) => {
    const line = transcript[at];
    const asked = JSON.stringify([op, address, label, a, b, data]);
    const recorded = line?.kind === 1 ? JSON.stringify([...line.numbers, line.data]) : "the end of the run";
    if (asked !== recorded) throw differs(`asked for ${asked}, recorded ${recorded}`);
    at++;
    return line!.result;
  };
  const handler = make(gate);
  while (at < transcript.length) {
    const line = transcript[at]!;
    if (line.kind !== 0) throw differs("the run ended before this operation");
    at++;
    const [event, badge, label, a, b] = line.numbers as [Event, number, number, number, number];
    try {
      handler(event, badge, label, a, b, line.data);
    } catch (error) {
      if (error instanceof Error && error.name === "ReplayError") throw error;
    }
  }
}
