// SMP group 69, "identity": who the tile is, and what time it is.
//
// Two times that are never mixed: `up` counts from the start and never falls; the wall clock is unknown until somebody sets it, says how
// far off it may be, and grows less sure as it runs. Setting it changes nothing but the wall clock.
import type { Interface } from "../api.ts";

/** Command ids of group 69. */
export const enum IdentityCommand {
  Info = 0,
  Name = 1,
  Clock = 2,
}

/** Assumptions and limits. */
export const enum IdentityLimit {
  /** Drift assumed of a board's oscillator, parts per million: an uncalibrated RC oscillator of an nRF52 (±250) with room for temperature. */
  DriftPpm = 500,
  NameBytes = 32,
  /** Latest time that can be set, ms since 1970: the year 10889. */
  LatestMs = 281474976710655,
}

export const identityApi = {
  group: 69,
  name: "identity",
  about: "tile id, name, image, clock",
  commands: {
    info: {
      id: 0,
      about: "who the tile is and what it runs",
      read: {
        request: {},
        reply: {
          id: { type: "text", about: "tile id: 16 hexadecimal digits, random, for life" },
          name: { type: "text", about: "name, set at flash time or over the link" },
          board: { type: "text", about: "board id" },
          profile: { type: "text", about: "\"small\" or \"full\"" },
          version: { type: "text", about: "version of the image" },
          engine: { type: "text", about: "version of the JavaScript engine or firmware below" },
        },
      },
    },
    name: {
      id: 1,
      about: "gives the tile a name, which survives restarts and updates",
      write: { request: { name: { type: "text", about: "1 to 32 bytes of UTF-8" } }, reply: { name: { type: "text", about: "the new name" } } },
      errors: { 3: "not a text of 1 to 32 bytes", 1: "the journal did not keep it" },
    },
    clock: {
      id: 2,
      about: "time since start, and wall time as far as it is known; write sets the wall time and leaves a telemetry record that ties the two",
      read: {
        request: {},
        reply: {
          up: { type: "uint", unit: "us", about: "since start" },
          t: { type: "uint", unit: "ms", optional: true, about: "wall time since 1970 (UTC); absent when not set since the start" },
          u: { type: "uint", unit: "ms", optional: true, about: "`t` is off by at most this, if the board drifts less than 500 ppm" },
          floor: { type: "uint", unit: "ms", optional: true, about: "wall time when the clock was last set, in this life or an earlier one: it is not earlier now" },
        },
      },
      write: {
        request: {
          t: { type: "uint", unit: "ms", about: "wall time since 1970 (UTC), at the moment the request arrives" },
          u: { type: "uint", unit: "ms", about: "how far off it may be" },
        },
        reply: {
          up: { type: "uint", unit: "us", about: "since start" },
          t: { type: "uint", unit: "ms", about: "wall time" },
          u: { type: "uint", unit: "ms", about: "uncertainty" },
          floor: { type: "uint", unit: "ms", about: "the time just set" },
        },
      },
      errors: { 3: "t or u is missing or out of range", 1: "the journal did not keep it" },
    },
  },
} as const satisfies Interface;
