// SMP group 0, "os": echo, reset, link parameters, task statistics and system information, as mcumgr clients expect them.
// Standard: Zephyr SMP, "OS management group".
import type { Interface } from "../api.ts";

/** Command ids of group 0. */
export const enum OsCommand {
  Echo = 0,
  TaskStat = 2,
  MemoryPool = 3,
  Reset = 5,
  Params = 6,
  Info = 7,
  BootloaderInfo = 8,
}

export const osApi = {
  group: 0,
  name: "os",
  about: "the tile as a whole: echo, restart, link parameters, tasks, memory",
  commands: {
    echo: {
      id: 0,
      about: "answers with the text it got",
      read: { request: { d: { type: "text", about: "any text" } }, reply: { r: { type: "text", about: "the same text" } } },
      write: { request: { d: { type: "text", about: "any text" } }, reply: { r: { type: "text", about: "the same text" } } },
    },
    taskstat: {
      id: 2,
      about: "kernel tasks",
      read: {
        request: {},
        reply: {
          tasks: {
            type: "map",
            about: "task name to its numbers: prio priority, tid task, state kernel state, runtime handler runs, cswcnt faults; a tile has no stacks, so no stack fields",
          },
        },
      },
    },
    mpstat: {
      id: 3,
      about: "memory: the engine's heap as one pool",
      read: {
        request: {},
        reply: { mpools: { type: "map", about: "pool name to blksiz, nblks, nfree, min, under the key that mcumgr reads" } },
      },
    },
    reset: {
      id: 5,
      about: "restarts the tile a quarter of a second after the answer",
      write: { request: { force: { type: "uint", optional: true, about: "accepted and ignored" } }, reply: {} },
    },
    params: {
      id: 6,
      about: "how much the tile takes in one request",
      read: {
        request: {},
        reply: {
          buf_size: { type: "uint", unit: "bytes", about: "largest SMP packet, header included" },
          buf_count: { type: "uint", about: "requests it can hold" },
        },
      },
    },
    info: {
      id: 7,
      about: "what runs here, in the manner of uname",
      read: {
        request: { format: { type: "text", optional: true, about: "letters as in mcumgr: s kernel name, n tile name, r release, v version, b build, m machine, p processor, i board, o system, a all; default s" } },
        reply: { output: { type: "text", about: "the asked parts in the order of the letters above, separated by a space" } },
      },
      errors: { 3: "an unknown letter in format" },
    },
    bootloader: {
      id: 8,
      about: "what the boot code is",
      read: {
        request: { query: { type: "text", optional: true, about: "\"mode\" or nothing" } },
        reply: {
          bootloader: { type: "text", optional: true, about: "\"MCUboot\": the image format and swap rules clients should assume" },
          mode: { type: "int", optional: true, about: "answer to query \"mode\": 5 is direct A/B execution with revert by boot, 2 one slot" },
        },
      },
      errors: { 8: "another query" },
    },
  },
} as const satisfies Interface;
