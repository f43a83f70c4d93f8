// The kernel's whole state: one Int32Array `_m`, and a row of heap strings, handlers and RAM frames beside it.
//
// Idea: objects and capability slots are records at word addresses in one memory, as in C. A snapshot is one copy, two states are equal when
// their words are, undoing is putting words back; and on Espruino one array in a flat string is the cheapest thing to read. `_d` is the same
// memory seen as doubles (times, message integers), `_m[0]` is always 0 so that the null object has size 0 and no bits.
// Word 0 of a record is written without its name (`m[t]` is the state of task t): bytes count here.
// Every address was checked or stored by the kernel, hence the `!` after reads. Layout of records: the enums below, in words.

import { FaultKind } from "./gate.ts";
import type { Handler } from "./gate.ts";
import type { Flash } from "../hal/flash.ts";
import type { Power } from "./power/power.ts";

declare const FULL: boolean;
declare const FRAMES: boolean;
declare const RETYPE: boolean;

/** Registers. */
export const enum Reg {
  /** Task whose handler runs; `Kernel` while the kernel works for itself; 0 between. Not 0 at an entry: that run never came back. */
  Running = 1,
  /** Head of the ready list. */
  Ready = 2,
  /** Pending operation of the run (0 none), its object, flags (`Send`), reply object. */
  Pending = 3,
  PendingObject = 4,
  /** Fuel left in this run. */
  Fuel = 5,
  PendingFlags = 6,
  PendingReply = 7,
  /** FaultKind that the running task gets when its handler returns. */
  Doom = 8,
  YieldTo = 9,
  /** Delete or Revoke in progress: slot (0 none), task to tell, op; queue of further ones. */
  WorkSlot = 10,
  WorkTask = 11,
  WorkOp = 12,
  WorkQueue = 13,
  /** 1: a deadline has changed. */
  Dirty = 15,
  /** Domains: current, row of the schedule, its end (double). */
  Domain = 16,
  Row = 17,
  Until = 18,
  /** TCB by number, 0 when there is none. */
  Tasks = 20,
  /** End of the tasks; end of the registers in profile small. */
  EndTasks = 36,
  EndSmall = 36,
  /** Schedule: 8 rows of domain, –, duration (double). Full only. */
  Schedule = 36,
  /** Duration of its first row: 0, there is none. */
  FirstTurn = 38,
  /** A slot for Rotate. Full only. */
  Scratch = 68,
  End = 72,
}

export const enum Limit {
  /** Tasks: numbers 0 … 15. */
  Tasks = 16,
  /** `Reg.Running` while the kernel works for itself. */
  Kernel = 1,
  /** Bit of a notification's word. */
  Active = 0x40000000,
  /** Slots deleted before others get a turn. */
  Slice = 8,
  /** Fuel of a run without a budget. */
  Unlimited = 0x7fffffff,
  /** `Tcb.Event` of a task that goes home. */
  GoHome = 15,
}

/** Size of the undo log, two words for each write; and what must be left of it for an operation that is not frequent: refused when there is less. */
export const enum UndoWords {
  Small = 128,
  SmallReserve = 96,
  Full = 352,
  FullReserve = 224,
  /** Behind the handler's part: what the kernel writes in one go, to end a run (60 writes at most) or between two commits of its own. */
  Commit = 128,
}

/** A slot: type << 4 | rights, with two bits of the derivation; object; badge or guard; previous << 16 | next. */
export const enum Slot {
  Object = 1,
  Badge = 2,
  Links = 3,
  Words = 4,
}

export const enum SlotBit {
  Revocable = 256,
  FirstBadged = 512,
}

/** Bits of `Tcb.Flags` and `Reg.PendingFlags`: grants of the capability, and what is sent. */
export const enum Send {
  Grant = 1,
  GrantReply = 2,
  Call = 4,
  Fault = 8,
}

export const enum Tcb {
  State = 0,
  /** Next in the one queue it is in. */
  Next = 1,
  /** What it is blocked on. */
  Object = 2,
  Priority = 3,
  Sc = 4,
  /** Event it gets when Ready. */
  Event = 5,
  /** Message: badge, label, two doubles; its string is `_data[number]`. */
  Badge = 6,
  Label = 7,
  A = 8,
  B = 10,
  Deadline = 12,
  Number = 14,
  /** BlockedOnSend: bits `Send`. BlockedOnReceive: `Send.Grant` when the capability had Grant. */
  Flags = 15,
  /** BlockedOnReceive: reply object for callers. */
  Reply = 16,
  /** Address of the capability attached; answer of Received. */
  Attach = 17,
  Received = 18,
  Notification = 19,
  ReceiveRef = 20,
  LeaseFrame = 22,
  LeaseOffset = 23,
  LeaseBytes = 24,
  LeaseRights = 25,
  Mcp = 26,
  Domain = 27,
  Bytes = 28,
  Generation = 29,
  Faults = 30,
  /** Handler runs. */
  Runs = 31,
  /** Slots. */
  CSpace = 32,
  Fault = 36,
  Timeout = 40,
  Endpoint = 44,
  HomeReply = 48,
  Words = 52,
}

/** Endpoint: 1 when senders wait; head of the queue; task whose home it is. Notification: word; waiters; bound task; context. The head is at the same place. */
export const enum Ep {
  IsSending = 0,
  Head = 1,
  Home = 2,
}
export const enum Nt {
  Word = 0,
  Head = 1,
  Task = 2,
  Sc = 3,
}

export const enum Rep {
  Caller = 0,
  Server = 1,
  CanGrant = 2,
  Sc = 3,
}

/** Scheduling context. A refill: time (double), fuel, –. Lenders: those who lent it with a call and have not got it back, innermost first, linked by `Tcb.Next`. */
export const enum Sc {
  Task = 0,
  Notification = 1,
  Budget = 2,
  Count = 3,
  Consumed = 4,
  Period = 6,
  Refill = 8,
  Refills = 3,
  RefillWords = 4,
  Lenders = 19,
}

export const enum Ut {
  Words = 0,
  Used = 1,
  Bytes = 2,
  BytesUsed = 3,
}

export const enum Frame {
  /** 0 RAM, 1 flash. */
  Kind = 0,
  Offset = 1,
  Bytes = 2,
  /** 1: its bytes are in `_frames`. */
  HasHeap = 3,
}

export const enum Irq {
  /** 1 claimed. */
  Active = 0,
  /** kind, first, count as in `device`. */
  Device = 1,
  /** 1 masked, 2 pending. */
  State = 2,
  Slot = 4,
  Words = 8,
}

/** CNode header, in the place of slot 0: number of slots + 1, 0 while it is being deleted; the same, always. */
export const enum CNode {
  Size = 0,
  Words = 1,
}

export interface Limits {
  /** Words of kernel memory for objects; bytes of heap they may stand for; IRQ handler rows. */
  words: number;
  bytes: number;
  irqs: number;
  /** Addresses of the boot CNode, the unused address 0 included. */
  slots: number;
}

/** What the engine offers for byte strings, as on Espruino: `E.toUint8Array`, `E.toString`. Needed for RAM frames only. */
export interface ByteNative {
  bytes(data: string): Uint8Array;
  text(data: Uint8Array): string;
}

export interface KernelState {
  _m: Int32Array;
  _d: Float64Array;
  /** Message bytes by task number. */
  _data: string[];
  _handlers: (Handler | undefined)[];
  /** Undo log: pairs of address and old word; words in use. */
  _log: Int32Array;
  _n: number;
  /** A handler is running: what is written now must be undone when it fails. */
  _isOpen: boolean;
  /** Time of this step, µs since boot; earliest deadline, -1 none. */
  _now: number;
  _next: number;
  /** First IRQ row, first untyped; end of memory. */
  _irq: number;
  _boot: number;
  _end: number;
  /** RAM frames by word address of their object. */
  _frames: { [address: string]: Uint8Array };
  _native: ByteNative | undefined;
  _flash: Flash | undefined;
  /** Power management, where the composition root has installed it (power/power.ts). */
  _power?: Power;
}

/** The kernel at work, its memory as words and as doubles. Every entry says whose (`use`), and nothing in them outlives it: a tile has one, a test many. */
export let m: Int32Array;
export let d: Float64Array;
export let k: KernelState;

/** The kernel that the functions below, and all that follow, work on from now on. */
export function use(kernel: KernelState): void {
  k = kernel;
  m = kernel._m;
  d = kernel._d;
}

/**
 * Writes a word so that it can be undone. A handler whose run has more effects than the log holds is stopped here, before the write, whatever it
 * makes of the exception: its run will be rolled back. What the kernel does at the end of a run has room of its own behind that; between runs it
 * commits often enough (`k._n = 0` where the tables are in order) to need no more.
 */
export function put(at: number, value: number): void {
  const n = k._n;
  const log = k._log;
  if (n >= (FULL ? UndoWords.Full : UndoWords.Small) && k._isOpen) {
    m[Reg.Doom] = FaultKind.Contract;
    throw new Error("effects");
  }
  log[n] = at;
  log[n + 1] = m[at]!;
  k._n = n + 2;
  m[at] = value;
}

/** Writes a double at word `at` so that it can be undone. */
export function putDouble(at: number, value: number): void {
  put(at, m[at]!);
  put(at + 1, m[at + 1]!);
  d[at >> 1] = value;
}

/** Puts everything back that was written since the run began. Safe to be interrupted and done again. */
export function rollBack(): void {
  for (let i = (k._n < k._log.length ? k._n : k._log.length) - 2; i >= 0; i -= 2) m[k._log[i]!] = k._log[i + 1]!;
  k._n = 0;
  if (RETYPE && FRAMES) {
    // The heap of frames that the run made or wrote first.
    const kept = Object.keys(k._frames);
    for (let i = 0; i < kept.length; i++) if (!m[parseInt(kept[i]!, 10) + Frame.HasHeap]) delete k._frames[kept[i]!];
  }
}
