// What the kernel probes measure, block by block and figure by figure; shared by the probes on the tile and by whoever reads their answers.

/** Kinds of blocks, in the order of the answer. */
export const enum Kind {
  /** The loop alone. */
  Loop = 0,
  /** A function of two arguments. */
  Call2 = 1,
  /** A function with the gate's six arguments. */
  Call6 = 2,
  Now = 3,
  Identify = 4,
  Signal = 5,
  Poll = 6,
  SetTimer = 7,
  Send = 8,
  /** A call, its delivery, the reply, its delivery. */
  RoundTrip = 9,
  /** A signal to the notification that another task is bound to, until that task's handler has run. */
  Wake = 10,
  /** An event emitter with closures: one event to one listener. */
  Emit = 11,
  /** The same with a closure for the answer, and the answer. */
  Request = 12,
  Count = 13,
}

/** Passes of a block; the server's queue holds as many messages. */
export const enum Block {
  Passes = 32,
  /** Round trips between two looks at the clock: short, since a busy computer lets nobody run for long. Of wake-ups it is twice as many, there and back. */
  Trips = 4,
}

/** What the memory probe answers, in blocks of the engine's heap (process.memory().usage); `Sample` says how many of a thing stand behind a figure. */
export const enum Room {
  /** A kernel without objects. */
  Idle = 0,
  /** That many tasks with their endpoint, reply object, context and a CNode of 4 slots. */
  Tasks = 1,
  Slots = 2,
  /** That many messages of four numbers that wait in an endpoint's queue. */
  Numbers = 3,
  /** The same with `Sample.Bytes` bytes each. */
  Bytes = 4,
  /** What `Block.Passes` round trips leave behind. */
  Trips = 5,
  Count = 6,
}

export const enum Sample {
  /** In whole blocks of both engines: 208 × 16 bytes are 256 × 13. */
  Slots = 208,
  Tasks = 8,
  Messages = 8,
  Bytes = 32,
  /** Capabilities that the revoke probe makes and revokes: as many as its CNode of 64 slots takes. */
  Children = 48,
}
