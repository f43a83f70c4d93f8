// The abstract state of the kernel: what an operation may depend on and may change, readable, without the tables' layout.
//
// `inspect(k)` (kernel/model/inspect-state.ts, host only) returns exactly this, between any two gate operations and between any two steps. The
// executable specification works on it; two states are equal when their canonical JSON is. Not part of it, and free to change in a refused
// operation: fuel, charge, trace, clock.
// Objects and slots are named by their word address in the kernel's memory, which Retype hands out by watermark (objects aligned to 4 words),
// so a specification that follows README.md computes the same names. 0 means none everywhere.

import type { CapType, DeviceKind, Event, FaultKind, Op, TaskState } from "../gate.ts";

/** Word address of an object in the kernel's memory. */
export type ObjectId = number;
/** Word address of a slot: slot i of the CNode at c is c + 4 * i; i ≥ 1, address 0 of a CNode is its header and never a slot. */
export type SlotId = number;

export interface AbstractSlot {
  at: SlotId;
  type: CapType;
  /** IrqControl, SchedControl, Domain: 0. */
  object: ObjectId;
  rights: number;
  /** Endpoint, Notification: badge. CNode: guard (0 in profile small). Else 0. */
  badge: number;
  /** seL4's mdbRevocable and mdbFirstBadged. */
  isRevocable: boolean;
  isFirstBadged: boolean;
  /** Neighbours in the mapping database's list. */
  previous: SlotId;
  next: SlotId;
  /** Nearest predecessor in the list that is an MDB parent of this slot (README, "Derivation"). */
  parent: SlotId;
}

export interface AbstractMessage {
  badge: number;
  label: number;
  a: number;
  b: number;
  data: string;
}

/** What the running handler has asked for and the kernel does when it returns. */
export interface AbstractPending {
  /** Send, Call, ReplyRecv, Recv, Wait, Delete or Revoke; NbRecv never. */
  op: Op;
  /** Endpoint or notification; for Delete and Revoke the slot. */
  object: number;
  /** Badge and "may grant" (bit 0 Grant, bit 1 GrantReply) of the capability invoked; reply object of Recv. */
  badge: number;
  grants: number;
  reply: ObjectId;
}

export interface AbstractTask {
  id: ObjectId;
  /** Position in the order of Retype; names the handler. */
  number: number;
  state: TaskState;
  /** Ready and not running: the event it gets next; undefined when its queued Send was taken and it goes home on its turn, without its handler. Else undefined. */
  event: Event | undefined;
  /** What it is blocked on: endpoint, notification, (BlockedOnReply) reply object, (BlockedOnWork) slot. */
  object: number;
  /** BlockedOnSend: Call rather than Send; grants as in AbstractPending. BlockedOnReceive: reply object for callers. */
  isCall: boolean;
  grants: number;
  reply: ObjectId;
  /** The message it sends, or is about to get. All zero and "" unless BlockedOnSend, Faulted and queued, or Ready with a message event. */
  message: AbstractMessage;
  /** Address (in its own CSpace, looked up at the transfer) of the capability attached to its next or queued message. */
  attached: number;
  /** Answer of Op.Received for the message it got. */
  received: number;
  /** As given to SetReceiveSlot. */
  receiveRef: number;
  /** Lent with its call: frame, offset, bytes, rights. */
  lease: { frame: ObjectId; offset: number; bytes: number; rights: number };
  priority: number;
  mcp: number;
  domain: number;
  /** Bound notification; scheduling context it runs on now (its own, or a donated one). */
  notification: ObjectId;
  schedContext: ObjectId;
  /** Message bytes it may send and get. */
  bytes: number;
  /** µs, 0 none. */
  deadline: number;
  generation: number;
  faults: number;
  /** The TCB's own slots; they are also in `slots`. */
  slotIds: { cspace: SlotId; fault: SlotId; timeout: SlotId; endpoint: SlotId; reply: SlotId };
}

export interface AbstractEndpoint {
  id: ObjectId;
  /** Tasks blocked here, first to be served first: highest priority, then longest wait. All senders or all receivers. */
  queue: ObjectId[];
  isSending: boolean;
  /** Task whose home this is (last TcbSetReceive). */
  home: ObjectId;
}

export interface AbstractNotification {
  id: ObjectId;
  /** A signal with badge 0 makes it active with word 0. */
  isActive: boolean;
  word: number;
  /** Tasks in Wait, in order. */
  queue: ObjectId[];
  bound: ObjectId;
  schedContext: ObjectId;
}

export interface AbstractReply {
  id: ObjectId;
  /** Task blocked on it (BlockedOnReply). */
  caller: ObjectId;
  /** Task that took the call. */
  server: ObjectId;
  /** The receiver's capability had Grant: the reply may carry a capability, in full. */
  canGrant: boolean;
  /** Scheduling context that came with the call and goes back with the reply. */
  schedContext: ObjectId;
}

export interface AbstractSchedContext {
  id: ObjectId;
  /** Task or 0; notification or 0. */
  tcb: ObjectId;
  notification: ObjectId;
  /** Tasks that have lent it with a call and have not got it back, innermost first. */
  lenders: ObjectId[];
  /** Fuel per period; 0 unlimited. µs. */
  budget: number;
  periodUs: number;
  /** Usable from `atUs` on: `fuel`. Ordered by time. Charge: not compared in refused operations. */
  refills: { atUs: number; fuel: number }[];
  consumed: number;
}

export interface AbstractUntyped {
  id: ObjectId;
  /** Words with header; words handed out, header included; bytes of heap it stands for; handed out. */
  words: number;
  used: number;
  bytes: number;
  bytesUsed: number;
}

export interface AbstractFrame {
  id: ObjectId;
  /** 0: RAM, `offset` 0. 1: the tile's flash. */
  kind: number;
  offset: number;
  bytes: number;
}

export interface AbstractCNode {
  id: ObjectId;
  radix: number;
}

export interface AbstractIrqHandler {
  id: ObjectId;
  /** False: the row is free. */
  isActive: boolean;
  kind: DeviceKind;
  first: number;
  count: number;
  /** Its slot for the notification capability. */
  slot: SlotId;
  /** An interrupt has come and not been acknowledged: further ones are only latched in `isPending`. */
  isMasked: boolean;
  isPending: boolean;
}

/** The one Delete or Revoke in progress; other tasks in BlockedOnWork wait for it. */
export interface AbstractWork {
  /** Who gets Event.Done; 0 when that task has been deleted, suspended or restarted. */
  task: ObjectId;
  op: Op;
  slot: SlotId;
}

export interface AbstractState {
  /** Task whose handler runs, and what it has asked for. */
  running: ObjectId;
  pending: AbstractPending | undefined;
  /** Set by an operation that faults its own caller; takes effect when the handler returns. 0 none. */
  doom: FaultKind | 0;
  /** Ready tasks that are not running, in the order they will run. */
  ready: ObjectId[];
  /** Next to run regardless of priority (YieldTo). */
  yieldTo: ObjectId;
  work: AbstractWork | undefined;
  slots: AbstractSlot[];
  tasks: AbstractTask[];
  endpoints: AbstractEndpoint[];
  notifications: AbstractNotification[];
  replies: AbstractReply[];
  schedContexts: AbstractSchedContext[];
  untypeds: AbstractUntyped[];
  frames: AbstractFrame[];
  cnodes: AbstractCNode[];
  irqHandlers: AbstractIrqHandler[];
  /** Current domain, row of the schedule, its end in µs; the schedule. Profile small: domain 0, no rows. */
  domain: { current: number; row: number; untilUs: number; schedule: { domain: number; durationUs: number }[] };
}
