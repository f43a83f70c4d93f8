// SMP group 64, "telemetry": the tile's numbered records, kept in the journal, read by the host at its own pace.
//
// Durability: a record is in flash when its number is given out; nothing waits in RAM, so there is nothing to flush. Numbers start at 1,
// grow by 1 and survive restarts. When the journal is full the oldest page of records goes; a reader sees that as `from` > what it asked for.
// The reader keeps the cursor: ask again from `next`. Asking twice gives the same records twice, so a lost answer loses nothing.
import type { Interface } from "../api.ts";

/** Command ids of group 64. */
export const enum TelemetryCommand {
  Read = 0,
  Info = 1,
}

/** Message labels between tasks. A request from the link can't have one: its label is command id · 2 + 1 at most, 511. */
export const enum TelemetryLabel {
  /** Data: records, each one byte of length and a CBOR array of integers (record.ts). Reply: label 0 and a = records added, or 1: some were refused. */
  Append = 512,
}

/** First item of a record. The second is always the time since start in ms. */
export const enum RecordKind {
  /** [kind, ms, number of this start]: the first record after a start; times before and after it have nothing in common. */
  Start = 0,
  /** [kind, ms, wall clock ms since 1970, uncertainty ms]: the clock was set; ties ms since start to wall time. */
  Clock = 1,
  /** [kind, ms, time of first sample s, interval s, count, least, greatest, mean, last]: a batch of samples. */
  Samples = 2,
  /** [kind, ms, sample time s, deviation began s, 1 too high or -1 too low, value]: an alarm starts. */
  AlarmStart = 3,
  /** [kind, ms, sample time s, deviation began s, 1 or -1, peak % of the threshold]: it ends. */
  AlarmEnd = 4,
}

/** For the host: names of what stands in a record from its third item on. */
export const recordFields = {
  0: { name: "start", fields: ["starts"] },
  1: { name: "clock", fields: ["wallMs", "uncertaintyMs"] },
  2: { name: "samples", fields: ["firstS", "intervalS", "count", "least", "greatest", "mean", "last"] },
  3: { name: "alarm", fields: ["timeS", "sinceS", "direction", "value"] },
  4: { name: "alarm-end", fields: ["timeS", "sinceS", "direction", "peakPercent"] },
} as const;

export const telemetryApi = {
  group: 64,
  name: "telemetry",
  about: "numbered records: starts, clock, samples, alarms",
  commands: {
    read: {
      id: 0,
      about: "records from a number on, as many as fit into the answer",
      read: {
        request: {
          from: { type: "uint", optional: true, about: "first number wanted; default the oldest" },
          max: { type: "uint", optional: true, about: "most records wanted; default as many as fit" },
        },
        reply: {
          end: { type: "uint", about: "number the next new record will get; `next` = `end`: nothing more for now" },
          from: { type: "uint", about: "number of the first record in the list; more than asked: those between are gone" },
          list: { type: "list", items: "list", about: "records: [kind, ms since start, …] with consecutive numbers" },
          next: { type: "uint", about: "where to read on" },
          first: { type: "uint", about: "oldest number that may still be there" },
        },
      },
      errors: { 3: "from or max is not an unsigned integer" },
    },
    info: {
      id: 1,
      about: "the state of the ring",
      read: {
        request: {},
        reply: {
          first: { type: "uint", about: "oldest number that may still be there" },
          end: { type: "uint", about: "number the next new record will get" },
          starts: { type: "uint", about: "starts of the tile since the journal was made" },
        },
      },
    },
  },
} as const satisfies Interface;
