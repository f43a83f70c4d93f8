// SMP group 8, "fs": files in the board's Storage, except the system's own. Images with profile `full` on boards with memory to spare.
// Standard: Zephyr SMP, "File management group". `n` is ours: a shorter piece for a bad line.
import type { Interface } from "../api.ts";

/** Command ids of group 8. */
export const enum FsCommand {
  File = 0,
  Status = 1,
  Hash = 2,
}

const name = { type: "text", about: "file name, at most 28 characters; names that begin with \".\" or \"g.\" are the system's" } as const;

export const fsApi = {
  group: 8,
  name: "fs",
  about: "files in the board's Storage, except the system's own",
  commands: {
    file: {
      id: 0,
      about: "reads or writes a piece of a file",
      full: true,
      read: {
        request: { name: name, off: { type: "uint", unit: "bytes", about: "offset" }, n: { type: "uint", optional: true, unit: "bytes", about: "at most this much" } },
        reply: { off: { type: "uint", about: "the same offset" }, data: { type: "bytes", about: "the piece" }, len: { type: "uint", optional: true, unit: "bytes", about: "length of the file, with offset 0" } },
      },
      write: {
        request: { name: name, off: { type: "uint", unit: "bytes", about: "offset" }, data: { type: "bytes", about: "the piece" }, len: { type: "uint", optional: true, unit: "bytes", about: "length of the file, with offset 0" } },
        reply: { off: { type: "uint", about: "next offset wanted" } },
      },
      errors: { 2: "no room without compacting Storage", 3: "a field is missing or wrong", 5: "no such file", 11: "the system's own file" },
    },
    status: {
      id: 1,
      about: "length of a file",
      full: true,
      read: { request: { name: name }, reply: { len: { type: "uint", unit: "bytes", about: "length" } } },
      errors: { 5: "no such file", 11: "the system's own file" },
    },
    hash: {
      id: 2,
      about: "hash of a file or a part of it",
      full: true,
      read: {
        request: {
          name: name,
          type: { type: "text", optional: true, about: "\"crc32\" (default) or \"sha256\"" },
          off: { type: "uint", optional: true, about: "start" },
          len: { type: "uint", optional: true, about: "how much" },
        },
        reply: { type: { type: "text", about: "the same" }, len: { type: "uint", about: "bytes hashed" }, output: { type: "bytes", about: "the hash; with crc32 an unsigned integer" } },
      },
      errors: { 3: "another type", 5: "no such file", 8: "the board has no SHA-256", 11: "the system's own file" },
    },
  },
} as const satisfies Interface;
