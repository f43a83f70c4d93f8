// The gate: the only way from a task into the kernel, and the only way back.
//
// A task is a handler. The kernel calls it with an event; it may invoke the gate any number of times and returns. Nothing waits inside a
// task: "blocked" is a state in the kernel's tables. Only integers and byte strings cross, so a message can never carry an object,
// a function or a reference (reference: seL4 manual, "IPC"; confinement on Espruino, docs/DESIGN.md).

/** What a task asks of the kernel. Capability addresses (`address`) are integers in the task's own CSpace. */
export const enum Op {
  /** Queue a message to an endpoint; needs Write. Drops it with `Status.NotReady` when the queue is full. */
  Send = 0,
  /** Like Send, but only when the receiver is idle right now. */
  NbSend = 1,
  /** Send and wait for the one reply, which comes back as `Event.Reply`; needs Write and Grant or GrantReply. */
  Call = 2,
  /** Answer the call being served; `address` is ignored. */
  Reply = 3,
  /** OR the capability's badge into a notification; needs Write. */
  Signal = 4,
  /** Read and clear a notification; needs Read. Returns its word. */
  Poll = 5,
  /** Arm this task's timer for the absolute time `a` (µs since boot); 0 disarms. `Event.Timer` follows. */
  SetTimer = 6,
  /** Current time, µs since boot, as the return value. */
  Now = 7,
  /** Derive a capability: from `address` into the empty slot `a`, rights masked by `b`, badge `label` (0: keep). */
  Mint = 8,
  /** Empty a slot. */
  Delete = 9,
  /** Delete everything derived from a capability. */
  Revoke = 10,
  /** Rights (low 4 bits), object type (next 4) and badge of a slot, packed: `badge << 8 | type << 4 | rights`; 0 when empty. */
  Identify = 11,
  /** Start or restart the task behind a TCB capability; needs Write. `IllegalOperation` when it is not stopped. */
  Resume = 12,
  /** Stop the task behind a TCB capability; needs Write. Its callers get `Event.DeadReply`. */
  Suspend = 13,
  /** Not for tasks: the kernel's own message to a fault endpoint. */
  Fault = 14,
}

/** Why a task's handler runs. */
export const enum Event {
  /** The task is started or restarted: it forgets whatever it held and begins anew. */
  Start = 0,
  /** A message: badge of the capability it came through, label, two integers, a byte string. */
  Message = 1,
  /** The answer to this task's Call: label, a, b, data as the server gave them. */
  Reply = 2,
  /** The bound notification was signalled; `badge` is its word, now cleared. */
  Notification = 3,
  /** The task's timer expired; `a` is the deadline it was armed for. */
  Timer = 4,
  /** To a fault handler: task `a` faulted; `label` is the fault kind, `b` its counter, `data` a short reason. */
  Fault = 5,
  /** The server this task was calling died before it replied. */
  DeadReply = 6,
}

/** Answers of the gate. The list is closed; negative numbers so that results ≥ 0 stay free. */
export const enum Status {
  Ok = 0,
  InvalidCapability = -1,
  InvalidArgument = -2,
  IllegalOperation = -3,
  Range = -4,
  DeleteFirst = -5,
  RevokeFirst = -6,
  NotEnoughMemory = -7,
  NotReady = -8,
  Busy = -9,
}

/** Rights of a capability, as in seL4. */
export const enum Rights {
  Write = 1,
  Read = 2,
  Grant = 4,
  GrantReply = 8,
  All = 15,
}

/** What a capability names. */
export const enum CapType {
  Null = 0,
  Endpoint = 1,
  Notification = 2,
  Tcb = 3,
}

/** Why a task faulted: `label` of `Event.Fault`. */
export const enum FaultKind {
  /** The handler threw; the message is in `data`. */
  Thrown = 1,
  /** The handler never came back: stack overflow, memory full, or Ctrl-C. */
  Interrupted = 2,
}

export type Gate = (op: Op, address: number, label: number, a: number, b: number, data: string) => number;

export type Handler = (event: Event, badge: number, label: number, a: number, b: number, data: string) => void;
