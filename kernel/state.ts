// The kernel's whole state: typed-array tables, one row per thing, and nothing else.
//
// Idea: a capability is a row in a table, not a JavaScript object, because on Espruino objects and closures can be read and written from
// outside (docs/DESIGN.md) and cost six times the memory. A slot takes 8 bytes. Rows are made when the tile starts; no operation on the
// fast path allocates. Every array index in the kernel is checked or was stored by the kernel, hence the `!` after them.
// Crash-only: an operation prepares its rows and becomes valid with its last write, so an interruption between any two statements
// (stack overflow, memory full: no catch, no finally runs) leaves a state in which the interrupted task is marked and everything else is whole.
// Reference: seL4 manual, "Capability Spaces", "IPC", "Threads".

import type { Handler } from "./gate.ts";

export const enum TaskState {
  /** Never started, or suspended. */
  Inactive = 0,
  /** Its next event is `Start`. */
  Starting = 1,
  /** Takes notifications, timers and messages. */
  Receive = 2,
  /** Called a server; takes nothing but the reply. */
  BlockedOnReply = 3,
  /** The reply lies in its mailbox. */
  Replied = 4,
  /** The server died first. */
  Orphaned = 5,
  /** Stopped by a fault until it is resumed. */
  Faulted = 6,
}

export const enum Limit {
  /** No object; as an object number in one byte. */
  None = 255,
  /** Rows of tasks and of endpoints. */
  Rows = 16,
  /** A badge has 23 bits so that `Identify` packs into one integer of 31. */
  BadgeMax = 0x7fffff,
  /** Bit of a notification's word. */
  Active = 0x40000000,
  /** Sender code of a fault message (a caller is its task number + 1, a plain message 0). */
  FromKernel = 255,
}

/** Columns of a TCB, 16 rows each: one table costs a small engine a tenth of nine. */
export const enum Tcb {
  State = 0,
  /** CSpace: slots base + 1 … base + size. */
  Base = 16,
  Size = 32,
  /** What it receives from, `Limit.None` none. */
  Endpoint = 48,
  Notification = 64,
  Priority = 80,
  /** Address of its fault endpoint in its own CSpace, 0 none. */
  FaultCap = 96,
  /** Endpoint of its current or last call. */
  CallTo = 112,
  /** Caller + 1 of the call it is serving, 0 none. */
  ReplyTo = 128,
  Bytes = 144,
}

/** Columns of counters of a TCB (mod 2^16): starts, faults, number of its last call, number of the call it is serving. */
export const enum Count {
  Generation = 0,
  Faults = 16,
  Call = 32,
  Reply = 48,
  Rows = 64,
}

/** Columns of an endpoint: receiver; first row of its queue, its length (a power of two) - 1, numbers of the next message out and in (mod 256). */
export const enum Ep {
  Task = 0,
  First = 16,
  Mask = 32,
  Head = 48,
  Tail = 64,
  Bytes = 80,
}

export interface Limits {
  /** Tasks ≤ 16, slots ≤ 254, notifications ≤ 254, queued messages of all endpoints (≤ 16) together. */
  tasks: number;
  slots: number;
  notifications: number;
  messages: number;
  /** Longest byte string in a message. */
  dataBytes: number;
}

export interface KernelState {
  /** Time of this step, µs since boot; earliest deadline, -1 none; 1 when that must be looked for again. */
  _now: number;
  _next: number;
  _dirty: number;
  /** The task whose handler is running, + 1; 0 none. Still set when a step begins: that handler never came back. */
  _running: number;
  /** Bit t: task t may have something to do. Lower task number = higher priority. */
  _hint: number;
  /** Task number of a single bit: 2^t mod 19 differs for every t < 18. */
  _rank: Uint8Array;
  _dataBytes: number;
  /** Used rows: tasks, slots, endpoints, notifications, messages. */
  _tasks: number;
  _slots: number;
  _endpoints: number;
  _notifications: number;
  _messages: number;

  /** Slot: type << 4 | rights; object; badge; slot it was derived from (0 none: slot 0 is never used). */
  _slotCap: Uint8Array;
  _slotObject: Uint8Array;
  _slotBadge: Int32Array;
  _slotParent: Uint8Array;

  /** TCB: columns `Tcb` and `Count` of 16 rows; timer, µs, 0 none; handler runs; handler. */
  _tcb: Uint8Array;
  _count: Uint16Array;
  _deadline: Float64Array;
  _taskRuns: Int32Array;
  _handlers: Handler[];

  /** Endpoint: columns `Ep` of 16 rows. */
  _ep: Uint8Array;

  /** Notification: word with `Limit.Active` set while it is active (a signal with badge 0 activates it with word 0), task bound to it. */
  _ntWord: Int32Array;
  _ntTask: Uint8Array;

  /** Message: sender code, call number, badge, label, two integers, byte string. Row t is the mailbox for the reply to task t. */
  _msgFrom: Uint8Array;
  _msgSeq: Uint16Array;
  _msgBadge: Int32Array;
  _msgLabel: Int32Array;
  _msgA: Float64Array;
  _msgB: Float64Array;
  _msgData: string[];
}

/** Empty tables. */
export function createState(limits: Limits): KernelState {
  const t = limits.tasks;
  const s = limits.slots + 1;
  const n = limits.notifications;
  const m = t + limits.messages;
  const rank = new Uint8Array(19);
  for (let i = 0; i < Limit.Rows; i++) rank[(1 << i) % 19] = i;
  return {
    // In the order of how often they are read: some engines search a property from the first one on.
    _running: 0,
    _tcb: new Uint8Array(Tcb.Bytes),
    _slotCap: new Uint8Array(s),
    _hint: 0,
    _dirty: 0,
    _rank: rank,
    _ep: new Uint8Array(Ep.Bytes),
    _deadline: new Float64Array(t),
    _count: new Uint16Array(Count.Rows),
    _slotObject: new Uint8Array(s),
    _dataBytes: limits.dataBytes,
    _now: 0,
    _next: -1,
    _tasks: 0,
    _slots: 1,
    _endpoints: 0,
    _notifications: 0,
    _messages: t,
    _slotBadge: new Int32Array(s),
    _slotParent: new Uint8Array(s),
    _taskRuns: new Int32Array(t),
    _handlers: [],
    _ntWord: new Int32Array(n),
    _ntTask: new Uint8Array(n),
    _msgFrom: new Uint8Array(m),
    _msgSeq: new Uint16Array(m),
    _msgBadge: new Int32Array(m),
    _msgLabel: new Int32Array(m),
    _msgA: new Float64Array(m),
    _msgB: new Float64Array(m),
    _msgData: [],
  };
}
