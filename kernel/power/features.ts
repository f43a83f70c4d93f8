// What a policy sees: rows of 32-bit integers, versioned, filled by the kernel before every question.
//
// A policy is a loop-free integer function over such a row: small enough to be read, searched for, and proved (kernel/model/lemmas/rank.smt2).
// It sees no object and no time of day and writes nothing, and what it answers is clamped: a bad policy is slow or hungry, never unsafe.

export const enum PolicyVersion {
  /** First word of every row. A policy made for another version is not installed. */
  Current = 2,
}

export const enum PolicyLimit {
  /** µs; further away, or none at all. */
  Far = 0x3fffffff,
  /** Fuel or charge without a limit. */
  Unlimited = 0x7fffffff,
  PriorityMax = 255,
  /** Criticality and shed level: 0 comfort, 1 normal, 2 important, 3 vital (never shed). */
  CriticalityMax = 3,
  BatteryFull = 1000,
  SleepStates = 4,
}

/** A ready task. */
export const enum TaskFeature {
  Version = 0,
  /** 0 … 255. */
  Priority = 1,
  /** µs until its job is due, negative when it is late; `Far` without a deadline. */
  ToDeadline = 2,
  /** Fuel left in this period. */
  FuelLeft = 3,
  /** Charge left of its energy context, µC; negative: in debt. */
  ChargeLeft = 4,
  Criticality = 5,
  /** Per mille. */
  Battery = 6,
  Words = 7,
}

/** The tile as it is about to sleep. State 0 is the shallowest sleep and always possible. */
export const enum SleepFeature {
  Version = 0,
  /** States there are, 1 … 4. */
  States = 1,
  /** µs until something has to run; `Far` when nothing is known. */
  Until = 2,
  /** Deepest state that what is switched on allows (a UART that listens keeps the fast clock). */
  Deepest = 3,
  /** Of states 1, 2, 3: µs to come back, and the least time for which it is cheaper than every shallower state. */
  Latency1 = 4,
  BreakEven1 = 5,
  Latency2 = 6,
  BreakEven2 = 7,
  Latency3 = 8,
  BreakEven3 = 9,
  Words = 10,
}

/** The supply. */
export const enum SupplyFeature {
  Version = 0,
  /** Per mille of what is usable above brown-out. */
  Battery = 1,
  /** Answer given last: timers of tasks less critical than this are not served. */
  Shed = 2,
  Words = 3,
}
