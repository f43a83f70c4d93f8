// SMP group 67, "sensor": where samples come from. Two drivers: a replay over the link, and an analog pin of the board.
//
// Replay: the host numbers the samples of a recording; `feed` is taken only when its `off` is the next number, and always answers with the
// number wanted next. So a request or answer that got lost is simply sent again, and nothing is taken twice. After a restart of the tile
// the answer is `off` 0 with another `id`: start over. Back-pressure: an answer comes when the batch's records are in flash.
import type { Interface } from "../api.ts";

/** Command ids of group 67. */
export const enum SensorCommand {
  Status = 0,
  Start = 1,
  Feed = 2,
  Pin = 3,
}

/** Where samples come from now. */
export const enum SensorSource {
  None = 0,
  Replay = 1,
  Pin = 2,
}

/** Limits of a request. */
export const enum SensorLimit {
  /** Samples in one feed. */
  Batch = 200,
  LongestIntervalS = 86400,
  LatestS = 9007199230000000,
  /** Longest request that sets the pin driver: it is kept as it is. */
  SettingsBytes = 128,
  /** Samples of a pin driver's batch; up to five times as many wait in RAM while the detector is down. */
  PinBatch = 12,
}

/** Every answer of this service is its state. */
const state = {
  source: { type: "uint", about: "where samples come from: 0 nowhere, 1 a replay, 2 a pin" },
  id: { type: "uint", about: "the replay's id; 0 none" },
  off: { type: "uint", about: "next sample of the replay" },
  max: { type: "uint", about: "most samples in one feed" },
  taken: { type: "uint", about: "samples given to the detector since the tile's start" },
  lost: { type: "uint", about: "samples of the pin driver dropped because the detector was down" },
} as const;

export const sensorApi = {
  group: 67,
  name: "sensor",
  about: "samples: replayed over the link, or read from an analog pin",
  commands: {
    status: {
      id: 0,
      about: "where samples come from, and how many came",
      read: { request: {}, reply: state },
      errors: { 3: "the request is not CBOR" },
    },
    start: {
      id: 1,
      about: "begins a replay; with its first sample the detector forgets what it has learnt. The id of the running replay changes nothing",
      write: { request: { id: { type: "uint", about: "chosen by the host, not 0, different for every replay" } }, reply: state },
      errors: { 3: "no id" },
    },
    feed: {
      id: 2,
      about: "evenly spaced samples of the running replay",
      write: {
        request: {
          off: { type: "uint", about: "number of the first sample; with another than the one wanted next nothing is taken" },
          t: { type: "uint", unit: "s", about: "time of the first sample, any epoch" },
          dt: { type: "uint", unit: "s", about: "interval, 1 to 86400" },
          d: { type: "bytes", about: "1 to 200 values, 16-bit two's complement, big-endian; temperatures in hundredths of a degree" },
        },
        reply: state,
      },
      errors: { 3: "a field is missing or out of range", 6: "the detector is down: send the batch again" },
    },
    pin: {
      id: 3,
      about: "reads an analog pin at an interval, over restarts too; ends a replay; the detector forgets what it has learnt",
      write: {
        request: {
          pin: { type: "text", about: "the pin's name, as the board calls it; full scale reads as 32767" },
          s: { type: "uint", unit: "s", about: "interval, 1 to 86400; 0 stops reading. 12 samples make a batch; an incomplete batch is lost at a restart" },
        },
        reply: state,
      },
      errors: { 3: "no such analog pin, or an interval out of range" },
    },
  },
} as const satisfies Interface;
