// What the kernel probe measures, block by block; shared by the probe on the tile and by whoever reads its figures.

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
  Count = 10,
}

/** Passes of a block; the server's queue holds as many messages. */
export const enum Block {
  Passes = 32,
}
