// SMP groups 9, "shell", and 2, "stat": a few words for people, and counters. Images with profile `full` on boards with memory to spare.
// Standard: Zephyr SMP, "Shell management group", "Statistics management group".
import type { Interface } from "../api.ts";

export const shellApi = {
  group: 9,
  name: "shell",
  about: "a few commands for people: help, version, uptime, free, flags",
  commands: {
    exec: {
      id: 0,
      about: "runs a command",
      full: true,
      write: {
        request: { argv: { type: "list", items: "text", about: "the command and its arguments" } },
        reply: { o: { type: "text", about: "what it printed" }, ret: { type: "int", about: "0, or 1 for an unknown command" } },
      },
      errors: { 3: "argv is missing" },
    },
  },
} as const satisfies Interface;

export const statApi = {
  group: 2,
  name: "stat",
  about: "counters since the start",
  commands: {
    show: {
      id: 0,
      about: "the counters of one group",
      full: true,
      read: { request: { name: { type: "text", about: "\"kernel\" or \"link\"" } }, reply: { name: { type: "text", about: "the same" }, fields: { type: "map", items: "uint", about: "counter by name" } } },
      errors: { 5: "no such group" },
    },
    list: {
      id: 1,
      about: "names of the groups",
      full: true,
      read: { request: {}, reply: { stat_list: { type: "list", items: "text", about: "the names" } } },
    },
  },
} as const satisfies Interface;
