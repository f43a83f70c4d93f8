// SMP group 65, "health": is the tile well, and what happened to it.
import type { Interface } from "../api.ts";

/** Command ids of group 65. */
export const enum HealthCommand {
  Status = 0,
  Faults = 1,
}

/** Why the tile started; kept in the journal, newest last. Up to `Crash` as the port reports it, then what the tile itself asked for. */
export const enum StartCause {
  Unknown = 0,
  Power = 1,
  Watchdog = 2,
  Software = 3,
  Crash = 4,
  /** Asked for over the link. */
  Command = 5,
  /** The supervisor gave up on a task the tile can't do without. */
  Supervisor = 6,
}

export const healthApi = {
  group: 65,
  name: "health",
  about: "faults, restarts, memory, wake-ups and active time",
  commands: {
    status: {
      id: 0,
      about: "how the tile is",
      read: {
        request: {},
        reply: {
          up: { type: "uint", unit: "us", about: "time since start" },
          ok: { type: "bool", about: "this start has been marked healthy" },
          slot: { type: "uint", about: "slot the image runs from" },
          kind: { type: "uint", about: "0 normal start, 1 trial of an update, 2 fallback" },
          causes: { type: "bytes", about: "last causes of a start, newest last: 0 unknown, 1 power, 2 watchdog, 3 software, 4 crash, 5 command, 6 supervisor" },
          faults: { type: "uint", about: "task faults since start" },
          down: { type: "uint", about: "bit t: the supervisor gave up on task t" },
          stuck: { type: "uint", about: "bit t: task t has work and made no progress since the last look" },
          free: { type: "uint", about: "free memory, in blocks of the engine" },
          total: { type: "uint", about: "all memory, in the same blocks" },
          low: { type: "uint", about: "least free memory seen at a look" },
          flags: { type: "text", about: "error flags of the engine seen since start" },
          wakeups: { type: "uint", about: "steps since start" },
          active: { type: "uint", unit: "us", about: "time spent in steps; with `up` and the board's currents this gives the charge" },
          rxlost: { type: "uint", unit: "bytes", about: "received bytes that had no room" },
          fuel: { type: "uint", unit: "units", optional: true, about: "what a run of a service may burn; absent when they are not metered" },
        },
      },
    },
    faults: {
      id: 1,
      about: "the last faults, newest last, at most 4",
      read: {
        request: {},
        reply: { list: { type: "list", items: "list", about: "[task, kind (1 thrown, 2 interrupted, 6 out of fuel), how many of this task, time us, reason]" } },
      },
    },
  },
} as const satisfies Interface;
