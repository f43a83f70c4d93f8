// The gate: the only way from a task into the kernel, and the only way back.
//
// A task is a handler. The kernel calls it with an event; it may invoke the gate any number of times and returns. Nothing waits inside a
// task: an operation that blocks (marked B) only writes "blocked" into the kernel's tables; the handler returns, and what the operation
// brings is the next event. A handler that returns without having blocked receives from its home (TcbSetReceive). A run commits as a whole
// when its handler returns, or is rolled back as a whole when it faults. Only integers and byte strings cross.
// Names, checks and their order are seL4's (manual 13 MCS, "Capability Spaces" to "Scheduling"; libsel4 object-api); differences: README.md.

/**
 * What a task asks for: `gate(op, address, label, a, b, data)`. `address` and every "cap" below is a capability address in the task's own
 * CSpace. A "ref" is `slotRef(root, index, depth)`. Unnamed arguments are ignored; pass 0 and "".
 */
export const enum Op {
  // No capability.
  /** → time, µs since boot. */
  Now = 0,
  /** address → `badge * 256 + type * 16 + rights`, 0 when the slot is empty. */
  Identify = 1,

  // Endpoint, Reply. A message is label (32 bits), a, b (integers ≤ 2^53), data (byte string).
  /** B. Endpoint, Write. Delivers, or waits in the endpoint's queue until a receiver takes it. */
  Send = 2,
  /** Endpoint, Write. Delivers when a receiver waits, else drops: `NotReady`, and nothing has changed. */
  NbSend = 3,
  /** B. Endpoint, Write and (Grant or GrantReply). The one reply comes back as `Event.Reply`. */
  Call = 4,
  /** Reply object; address 0: the home reply. Answers the caller; `Ok` and nothing when the caller is gone. */
  Reply = 5,
  /** B. Endpoint, Read. Reply through the home reply, then Recv from `address`. */
  ReplyRecv = 6,
  /** B. Endpoint, Read. a: cap of the reply object for callers; 0: the home reply. The next event is the message. */
  Recv = 7,
  /** Endpoint, Read; a as in Recv. 1: a sender was waiting, its message is the next event. 0: nobody waits. */
  NbRecv = 8,

  // Notification.
  /** Write. ORs the capability's badge into the word, wakes the first waiter or the bound task. */
  Signal = 9,
  /** B. Read. `Event.Notification` follows when it is active. */
  Wait = 10,
  /** Read. → word, now cleared; 0 when idle. */
  Poll = 11,

  /** a: absolute time in µs for `Event.Timer`; 0 disarms. */
  SetTimer = 12,
  /** For the next Send, NbSend, Call, Reply or ReplyRecv of this run: also transfer the capability at `address`. 0: none. */
  Attach = 13,
  /** For the next Call of this run: lend the frame at `address`, `label` = Rights.Read | Rights.Write, from byte a, b bytes, until the reply. */
  Lend = 14,
  /** What came with the message being handled: 0 nothing, 1 a capability in the receive slot, `badge * 4 + 2` an unwrapped badge. */
  Received = 15,
  /** a: ref of the empty slot where transferred capabilities go (looked up when one comes); 0: nowhere. Kept until set again. */
  SetReceiveSlot = 16,
  /** Frame with Write, or a reply object whose caller lent with Write (0: the home reply). Writes `data` at byte a of it. */
  Write = 17,

  // CNode: `address` is the destination CNode, a the destination ref with root 0, b the source ref (root: cap of the source CNode).
  /** label: rights mask. */
  Copy = 18,
  /** label: `badge << 4 | rights`; for a CNode capability the badge is the new guard (full). */
  Mint = 19,
  Move = 20,
  /** label: new guard << 4. Full only. */
  Mutate = 21,
  /** a: destination ref (root 0), b: pivot ref, label: source ref. Pivot → destination, source → pivot, in one. Full only. */
  Rotate = 22,
  /** B. a: ref. Ends with `Event.Done`. */
  Delete = 23,
  /** B. a: ref. Deletes every capability derived from it, in slices; ends with `Event.Done`. */
  Revoke = 24,
  /** a: ref of an endpoint capability with all rights. Cancels senders queued with its badge. */
  CancelBadgedSends = 25,

  // Untyped.
  /** label: `retypeWhat(type, sizeBits, count)`; a: ref of the destination CNode (depth 0, index 0: the root itself); b: `offset + bytes * 65536`. */
  Retype = 26,

  // TCB.
  /** a: cap of a CNode, label: its guard (full); b: cap of the fault endpoint (0 none). */
  TcbSetSpace = 27,
  /** a: cap of the timeout endpoint, 0 none. */
  TcbSetTimeoutEndpoint = 28,
  /** a: cap of the endpoint received from when a handler returns, 0 none; b: cap of the home reply object, 0 none. */
  TcbSetReceive = 29,
  /** label: priority; a: cap of the TCB whose maximum controlled priority bounds it. */
  TcbSetPriority = 30,
  /** label: maximum controlled priority; a: as above. */
  TcbSetMcp = 31,
  /** a: cap of a notification with Read. */
  TcbBindNotification = 32,
  TcbUnbindNotification = 33,
  /** Inactive or faulted: starts it anew (`Event.Start`, generation + 1). Blocked: cancels what it waits for (`Event.Cancelled`). Else nothing. */
  TcbResume = 34,
  TcbSuspend = 35,

  // Scheduling context and control.
  /** SchedControl. a: cap of a scheduling context; label: budget, fuel; b: period, µs. budget = 0: unlimited. */
  SchedConfigure = 36,
  /** SchedContext. a: cap of a TCB or a notification. */
  ScBind = 37,
  /** SchedContext. Unbinds TCB and notification. */
  ScUnbind = 38,
  /** SchedContext. → fuel charged since the last Consumed or YieldTo. */
  ScConsumed = 39,
  /** SchedContext. Its task runs next, once, when this run ends. → as Consumed. */
  ScYieldTo = 40,

  // Interrupts and devices.
  /** IRQControl. label: `device(kind, first, count)`; a: ref of the empty slot for the new handler capability (root: cap of a CNode). */
  IrqGet = 41,
  IrqAck = 42,
  /** a: cap of a notification with Write. */
  IrqSetNotification = 43,
  IrqClear = 44,

  // Domains. Full only.
  /** Domain. a: cap of a TCB; label: domain. */
  DomainSet = 45,
  /** Domain. label: row of the schedule; a: domain; b: duration in µs, 0 ends the schedule there. */
  DomainConfigure = 46,
  Count = 47,
}

/** Why a task's handler runs: `handler(event, badge, label, a, b, data)`. */
export const enum Event {
  /** The task is started or restarted: it forgets whatever it held and begins anew. a: generation. */
  Start = 0,
  /** A message: badge of the capability it came through, label, a, b, data. */
  Message = 1,
  /** The answer to this task's Call: label, a, b, data as the server gave them. */
  Reply = 2,
  /** badge: word of the notification waited for, or of the bound one, now cleared. */
  Notification = 3,
  /** a: the deadline it was armed for. */
  Timer = 4,
  /** To a fault handler: badge of the fault capability, label: FaultKind, a: generation, b: faults so far, data: short reason. It is a message, not a call: Resume answers it. */
  Fault = 5,
  /** The call will never be answered: its server, endpoint or reply object is gone. */
  DeadReply = 6,
  /** Delete or Revoke has ended. label: Status. */
  Done = 7,
  /** Send, Recv or Wait was cancelled: its object is gone, cancelBadgedSends, or Resume of a blocked task. */
  Cancelled = 8,
}

/** Answers of the gate: results ≥ 0, or one of these. The list is closed; names and numbers are seL4's, negated. Each with what to do. */
export const enum Status {
  Ok = 0,
  /** An argument has no meaning here (wrong kind of object, bad combination). Compare it with the row of the operation in kernel/README.md. */
  InvalidArgument = -1,
  /** The capability invoked or named is empty, of another type, or lacks the right. Ask who gave it to you; Identify shows what it is. */
  InvalidCapability = -2,
  /** Not in this state or with this capability (badge already set, already bound, a second message in one run). Look at the state first. */
  IllegalOperation = -3,
  /** A number is outside its range: index, count, size, priority above the authority's. Use a smaller one. */
  RangeError = -4,
  /** An address leads to no slot. Addresses are 1 to 2^radix - 1; with guards, every guard must match. */
  FailedLookup = -6,
  /** The byte string is longer than this task's message bytes. Send it in pieces, or lend a frame. */
  TruncatedMessage = -7,
  /** The destination slot is full. Delete it first, or choose another. */
  DeleteFirst = -8,
  /** The object has derived capabilities, or the device an owner. Revoke them first. */
  RevokeFirst = -9,
  /** The untyped is used up (revoke it, or take another), or this run has too many effects (return, go on in the next event). */
  NotEnoughMemory = -10,
  /** Nobody waits, or the server is down; nothing was done. Try again later. Not in seL4, which says nothing. */
  NotReady = -11,
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
  Untyped = 1,
  Endpoint = 2,
  Notification = 3,
  Reply = 4,
  CNode = 5,
  Tcb = 6,
  SchedContext = 7,
  Frame = 8,
  IrqHandler = 9,
  IrqControl = 10,
  SchedControl = 11,
  Domain = 12,
  /** A CNode or TCB whose last capability is being deleted; no operation accepts it. */
  Zombie = 13,
}

/** Size of an object in words of the kernel's memory (a CNode: 4 << radix; an untyped: 1 << sizeBits, its header included). */
export const enum ObjectWords {
  UntypedHeader = 4,
  Endpoint = 4,
  Notification = 4,
  Reply = 4,
  Frame = 4,
  SchedContext = 20,
  Tcb = 52,
  IrqHandler = 8,
  Slot = 4,
}

/** Why a task faulted: `label` of `Event.Fault`. */
export const enum FaultKind {
  /** The handler threw; the message is in `data`. */
  Thrown = 1,
  /** The handler never came back: stack overflow, memory full, or Ctrl-C. */
  Interrupted = 2,
  /** seL4's UnknownSyscall: an operation number that does not exist (in this profile), or an argument that is no number or no string. */
  UnknownSyscall = 3,
  /** seL4's CapFault: Recv, NbRecv, ReplyRecv or Wait through something that cannot be received from. */
  CapFault = 4,
  /** A second blocking operation in one run, or more effects than the kernel can undo. */
  Contract = 5,
  /** Out of fuel; goes to the timeout endpoint where there is one. b: fuel charged. */
  Timeout = 6,
}

/** Kinds of devices that `Op.IrqGet` claims, each with numbers of its own. */
export const enum DeviceKind {
  Pin = 0,
  Watch = 1,
  Serial = 2,
  Spi = 3,
  I2c = 4,
  Adc = 5,
  Radio = 6,
  /** Pages of the tile's flash. */
  Flash = 7,
}

/** State of a task. */
export const enum TaskState {
  /** Never started, or suspended. */
  Inactive = 0,
  /** Its handler is running, or it has an event and waits for its turn. */
  Ready = 1,
  BlockedOnReceive = 2,
  BlockedOnSend = 3,
  BlockedOnReply = 4,
  /** Wait, or a home without an endpoint: only its notification, its timer or Resume bring the next event. */
  BlockedOnNotification = 5,
  /** Delete or Revoke is being worked on or waits for its turn. */
  BlockedOnWork = 6,
  /** Stopped by a fault until it is resumed; `object` is the fault endpoint while the fault message is queued there, then 0. */
  Faulted = 7,
}

export const enum GateLimit {
  /** Badges have 28 bits, as on 32-bit seL4. */
  BadgeMax = 0xfffffff,
  /** Bits of a notification's word. */
  WordMax = 0x3fffffff,
  PriorityMax = 255,
  /** Objects of one Retype (seL4: 256); largest radix; least and greatest sizeBits of an untyped. */
  RetypeMax = 8,
  RadixMax = 8,
  UntypedBitsMin = 3,
  UntypedBitsMax = 14,
  /** Least budget, fuel. Greatest period, µs. */
  BudgetMin = 64,
  PeriodMax = 35184372088832,
  Domains = 16,
  DomainRows = 8,
  /** 2^53 - 1. */
  IntegerMax = 9007199254740991,
}

/** @returns a number < 0: Status; else the result. */
export type Gate = (op: Op, address: number, label: number, a: number, b: number, data: string) => number;

/** The door for bytes: `length` bytes from byte `offset` of a frame (Read), or of what the caller behind a reply object (0: home) lent with Read. "" when refused. */
export type Reader = (address: number, offset: number, length: number) => string;

export type Handler = (event: Event, badge: number, label: number, a: number, b: number, data: string) => void;

/** Names a slot: in the CNode at capability address `root` (< 65536), the slot `index` (< 65536). `depth` > 0 (full): resolve that many low bits of `index` from that CNode on, guards included; 0: the slot of that very CNode. */
export function slotRef(root: number, index: number, depth: number): number {
  return (depth * 65536 + root) * 65536 + index;
}

/** First argument of Retype. `sizeBits`: radix of a CNode, log2 of an untyped's words; else ignored. */
export function retypeWhat(type: CapType, sizeBits: number, count: number): number {
  return (count * 256 + sizeBits) * 256 + type;
}

/** Devices `first` … `first + count - 1` of a kind. */
export function device(kind: DeviceKind, first: number, count: number): number {
  return (count * 4096 + first) * 16 + kind;
}
