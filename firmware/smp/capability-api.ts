// SMP group 66, "capabilities": the kernel's tables as integers, for `genesis caps` and `genesis top`.
import type { Interface } from "../api.ts";

/** Command ids of group 66. */
export const enum CapabilityCommand {
  Tasks = 0,
  Slots = 1,
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
          rows: { type: "list", items: "list", about: "[priority, state, times started, faults, handler runs, TCB, CNode, home endpoint, bound notification, object it is blocked on (means something in the blocked states only), scheduling context, fuel it used since start]; 0 none; names: os taskstat" },
          next: { type: "uint", about: "ask again from here; 0: that was all" },
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
  },
} as const satisfies Interface;
