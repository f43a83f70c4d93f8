// Transcript: everything that goes into a task and everything it asks for, in order; enough to run the task again without a kernel (SwingSet).
//
// Handlers are functions of their events and of what gate and reader answer, so all of it recorded in order determines a run. Each run ends with a line of its
// own: one that has none was stopped (fuel, memory, stack), and its task was started anew. The composition root wraps a task's gate, reader and handler in a
// recorder; a task that is not recorded costs nothing. No image has it yet. Replay: host/replay.ts.

import type { Gate, Handler, Reader } from "./gate.ts";

export const enum TranscriptKind {
  /** Numbers: event, badge, label, a, b. */
  Event = 0,
  /** Op, address, label, a, b; and what the gate answered. */
  Gate = 1,
  /** Address, offset, length; and what the reader answered, in `data`. */
  Read = 2,
  /** The handler came back, `result` 0, or threw, 1. */
  End = 3,
}

export interface TranscriptEntry {
  kind: TranscriptKind;
  numbers: number[];
  data: string;
  result: number;
}

export type TranscriptSink = (entry: TranscriptEntry) => void;

/** The gate, telling `sink` what is asked and answered. */
export function recordGate(gate: Gate, sink: TranscriptSink): Gate {
  return function (op, address, label, a, b, data) {
    const result = gate(op, address, label, a, b, data);
    sink({ kind: TranscriptKind.Gate, numbers: [op, address, label, a, b], data: data, result: result });
    return result;
  };
}

/** The reader of frames and leases, likewise. */
export function recordReader(read: Reader, sink: TranscriptSink): Reader {
  return function (address, offset, length) {
    const data = read(address, offset, length);
    sink({ kind: TranscriptKind.Read, numbers: [address, offset, length], data: data, result: 0 });
    return data;
  };
}

/** The handler, telling `sink` what it gets, and that it has come back. */
export function recordHandler(handler: Handler, sink: TranscriptSink): Handler {
  return function (event, badge, label, a, b, data) {
    sink({ kind: TranscriptKind.Event, numbers: [event, badge, label, a, b], data: data, result: 0 });
    try {
      handler(event, badge, label, a, b, data);
    } catch (e) {
      sink({ kind: TranscriptKind.End, numbers: [], data: "", result: 1 });
      throw e;
    }
    sink({ kind: TranscriptKind.End, numbers: [], data: "", result: 0 });
  };
}
