// SMP group 70, "neighbor": the tile at the other end of a second UART.
//
// Each tile says hello every so often: an SMP packet (write, group 70, id 0; the frames of the link) that nobody answers, with the sender's id and the number of the
// hello since its start. Numbers that jump are hellos that were lost; a number that falls back is a restart. The protocol is that of the field: OSPF's Hello
// (RFC 2328 §7.1, HelloInterval), cut down to a wire with two ends.
import type { Interface } from "../api.ts";

/** Command ids of group 70. `Hello` goes from tile to tile only; over the link it is refused as not supported. */
export const enum NeighborCommand {
  Hello = 0,
  Status = 1,
}

export const enum NeighborLimit {
  /** Longest packet that is taken from a neighbor, bytes. */
  PacketBytes = 64,
  IdBytes = 16,
  /** Highest number of a hello, and of hellos lost. */
  LastHello = 4294967295,
  /** HelloInterval of a tile that was told nothing else (RFC 2328, C.3: 10 s), and the longest, s. */
  HelloS = 10,
  LongestHelloS = 3600,
  /** Shortest time between two hellos, and how long a wire that floods is left alone, µs. */
  RestUs = 1000000,
}

const status = {
  id: { type: "text", about: "the neighbor's tile id; empty until its first hello" },
  n: { type: "uint", about: "number of its last hello, counted from its start" },
  heard: { type: "uint", about: "hellos heard from it" },
  lost: { type: "uint", about: "hellos of it that did not arrive, by their numbers" },
  restarts: { type: "uint", about: "times its numbers fell back: it started anew" },
  age: { type: "uint", unit: "ms", about: "time since its last hello; 0 without a neighbor" },
  sent: { type: "uint", about: "hellos sent since this tile's start" },
  dropped: { type: "uint", about: "frames on the wire that were damaged, and bytes that came too fast" },
  every: { type: "uint", unit: "s", about: "time between two hellos" },
} as const;

export const neighborApi = {
  group: 70,
  name: "neighbor",
  about: "the tile at the other end of a second UART, by the hellos it sends; in tiles that were flashed with --neighbor",
  commands: {
    status: {
      id: 1,
      about: "who is there, what was heard and lost; writing sets how often this tile says hello, until its next start",
      read: { request: {}, reply: status },
      write: { request: { every: { type: "uint", unit: "s", about: "time between two hellos, 1 to 3600" } }, reply: status },
      errors: { 3: "`every` is no number from 1 to 3600" },
    },
  },
} as const satisfies Interface;
