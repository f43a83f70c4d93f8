// SMP group 66, "capabilities": the kernel's tables as integers, for `genesis caps` and `genesis top`; and what its tasks do, for `genesis trace`.
import type { Interface } from "../api.ts";

/** Command ids of group 66. */
export const enum CapabilityCommand {
  Tasks = 0,
  Slots = 1,
  Trace = 2,
}

export const capabilityApi = {
  group: 66,
  name: "capabilities",
  about: "who holds which authority, derived from whom",
  commands: {
    tasks: {
      id: 0,
      about: "one row per task",
      read: {
        request: { from: { type: "uint", optional: true, about: "first task wanted" } },
        reply: {
          rows: { type: "list", items: "list", about: "[priority, state, times started, faults, handler runs, TCB, CNode, home endpoint, bound notification, object it is blocked on (means something in the blocked states only), scheduling context, fuel it used since start]; in a tile that keeps a ledger also the charge it used since the tile's start, nC; 0 none; names: os taskstat" },
          next: { type: "uint", about: "ask again from here; 0: that was all" },
          system: { type: "uint", unit: "nC", optional: true, about: "charge since the start that is no task's: sleep and wake-ups; only where the tile keeps a ledger" },
        },
      },
    },
    slots: {
      id: 1,
      about: "one row per full capability slot: of the boot CNode, of each task's TCB and CNode, of interrupt handlers",
      read: {
        request: { from: { type: "uint", optional: true, about: "slots behind this address" } },
        reply: {
          rows: { type: "list", items: "list", about: "[address, type << 4 | rights, object, badge, address of the slot it was derived from (0 none)]; of an interrupt handler also the device: count << 16 | first << 4 | kind" },
          next: { type: "uint", about: "ask again from here; 0: that was all" },
        },
      },
    },
    trace: {
      id: 2,
      about: "a ring with one record per handler run, while it is switched on; off it costs nothing. One client at a time: who switches it on starts it anew",
      read: {
        request: { from: { type: "uint", optional: true, about: "number of the first record wanted; 0 is the first since it was switched on" } },
        reply: {
          from: { type: "uint", about: "number of the first record here: later than asked when older ones were overwritten" },
          next: { type: "uint", about: "ask again from here" },
          end: { type: "uint", about: "number of the next record: when `next` is this, that was all" },
          now: { type: "uint", unit: "us", about: "time since start" },
          data: { type: "bytes", about: "records of four 32-bit words, little-endian: PROTOCOL, \"Trace\"" },
        },
      },
      write: {
        request: { records: { type: "uint", optional: true, about: "switches it on with a ring for so many records; 0 or nothing: off, and the ring is gone" } },
        reply: { records: { type: "uint", about: "how many the ring has: fewer where memory is short" } },
      },
      errors: { 6: "it is off" },
    },
  },
} as const satisfies Interface;
