// Transcript: everything that goes into a task and everything it asks for, in order; enough to run the task again without a kernel (SwingSet).
//
// Handlers are functions of their events and of what the gate answers, so both recorded in order determine a run. The composition root wraps a
// task's gate and handler in a recorder; a task that is not recorded costs nothing. Profile full only. Replay: host/replay.ts.

import type { Gate, Handler } from "./gate.ts";

/** One line: an event (`kind` 0: event, badge, label, a, b) or an operation (`kind` 1: op, address, label, a, b) with its result. */
export interface TranscriptEntry {
  kind: number;
  numbers: number[];
  data: string;
  result: number;
}

export type TranscriptSink = (entry: TranscriptEntry) => void;

/** The gate, telling `sink` what is asked and answered. */
export function recordGate(gate: Gate, sink: TranscriptSink): Gate {
  return function (op, address, label, a, b, data) {
    const result = gate(op, address, label, a, b, data);
    sink({ kind: 1, numbers: [op, address, label, a, b], data: data, result: result });
    return result;
  };
}

/** The handler, telling `sink` what it gets. */
export function recordHandler(handler: Handler, sink: TranscriptSink): Handler {
  return function (event, badge, label, a, b, data) {
    sink({ kind: 0, numbers: [event, badge, label, a, b], data: data, result: 0 });
    handler(event, badge, label, a, b, data);
  };
}
