// The kernel's door: one gate function for all tasks. Whose authority counts is whose handler the kernel is running, never an argument.
//
// The frequent operations stand here, each family in a function of its own, because some engines read a function's text as they run it, what they skip
// included; the others go on to the object's file. Every write is noted for a roll-back (state.ts), so a refused or interrupted operation leaves no trace.

import { CapType, Event, FaultKind, Op, Rights, Status, TaskState } from "./gate.ts";
import type { Gate } from "./gate.ts";
import { argument, slotOf } from "./cspace.ts";
import { cnodeInvoke } from "./objects/cnode.ts";
import { domainInvoke } from "./objects/domain.ts";
import { say, take, transferCap } from "./objects/endpoint.ts";
import { frameLend, frameWrite } from "./objects/frame.ts";
import { irqInvoke } from "./objects/irq.ts";
import { signal } from "./objects/notification.ts";
import { endCall } from "./objects/reply.ts";
import { schedInvoke } from "./objects/sched-context.ts";
import { tcbInvoke } from "./objects/tcb.ts";
import { untypedRetype } from "./objects/untyped.ts";
import { d, Ep, k, Limit, m, Nt, put, putDouble, Reg, Rep, Send, Slot, Tcb, UndoWords, use } from "./state.ts";
import type { KernelState } from "./state.ts";

declare const FULL: boolean;
declare const FRAMES: boolean;
declare const BUDGETS: boolean;
declare const TRANSFER: boolean;
declare const RETYPE: boolean;
declare const CNODES: boolean;
declare const WIRING: boolean;
declare const FUEL: boolean;
declare let $: number;

/** Price of an operation in metered images, in units of fuel (host-tools/build/fuel/README.md): 35 × (operation ÷ plain call) − 17 of the dearest of its kind. */
const enum Price {
  /** Now, Identify, Signal, Wait, Poll, SetTimer. */
  Quick = 300,
  Message = 690,
  Call = 3940,
}

/** Operations of profile small by what they belong to (kernel-features), as bits from Attach on. */
const enum OpBits {
  Transfer = 0xd,
  Frames = 0x12,
  /** Without Mutate and Rotate. */
  CNodes = 0x1ce0,
  Retype = 0x2000,
  /** TcbSetSpace, from TcbSetReceive to TcbUnbindNotification, ScBind, ScUnbind, IrqGet, IrqSetNotification, IrqClear. */
  Wiring = -0x2ce0c000,
  Timeout = 0x8000,
  /** SchedConfigure, ScYieldTo. */
  Budgets = 0x8800000,
  /** TcbResume, TcbSuspend, ScConsumed, IrqAck. */
  Always = 0x24600000,
}

/** The run will end in a fault. */
function doom(kind: FaultKind, status: Status): number {
  if (!m[Reg.Doom]) m[Reg.Doom] = kind;
  return status;
}

/** Is a Send or Call pending? What is attached or lent goes with that. */
function sends(): boolean {
  return m[Reg.Pending]! > 0 && m[Reg.Pending]! < Op.Reply;
}

/** Operations that are not frequent, by task `t`. */
export function invoke(t: number, op: Op, address: number, label: number, a: number, b: number, data: string): number {
  // In small: a bit for each operation from Attach on.
  const ops = (TRANSFER ? OpBits.Transfer : 0) | (FRAMES ? OpBits.Frames : 0) | (CNODES ? OpBits.CNodes : 0) | (RETYPE ? OpBits.Retype : 0) | (WIRING ? OpBits.Wiring : 0) | (BUDGETS ? OpBits.Budgets : 0) | (BUDGETS && WIRING ? OpBits.Timeout : 0) | OpBits.Always;
  if (op !== (op | 0) || op < 0 || (FULL ? op >= Op.Count : op > Op.IrqClear || !((ops >> (op - Op.Attach)) & 1)) || (FRAMES && op === Op.Write && typeof data !== "string")) return doom(FaultKind.UnknownSyscall, Status.IllegalOperation);
  if (CNODES && (op === Op.Delete || op === Op.Revoke) && m[Reg.Pending]) return doom(FaultKind.Contract, Status.IllegalOperation);
  if (FRAMES && op === Op.Write) return frameWrite(t, address, a, data);
  if (TRANSFER && op === Op.Received) return m[t + Tcb.Received]!;
  if (TRANSFER && op === Op.SetReceiveSlot) {
    if (!(a >= 0 && a < 274877906944) || a % 1) return Status.InvalidArgument;
    putDouble(t + Tcb.ReceiveRef, a);
    return Status.Ok;
  }
  // Too late for the message that is going.
  if ((FRAMES || TRANSFER) && op < Op.Copy && sends()) return Status.IllegalOperation;
  // Room for what one operation may undo.
  if (k._n > (FULL ? UndoWords.Full - UndoWords.FullReserve : UndoWords.Small - UndoWords.SmallReserve)) return Status.NotEnoughMemory;
  const s = TRANSFER && op === Op.Attach && !address ? 0 : slotOf(t, address);
  if (s < 0) return s;
  const type = (m[s]! >> 4) & 15;
  if (TRANSFER && op === Op.Attach) {
    if (s && !type) return Status.InvalidCapability;
    put(t + Tcb.Attach, address);
    return Status.Ok;
  }
  if (FRAMES && op < Op.Copy) return type === CapType.Frame ? frameLend(t, s, label, a, b) : Status.InvalidCapability;
  if (CNODES && op < Op.Retype) return type === CapType.CNode ? cnodeInvoke(t, op, s, label, a, b) : Status.InvalidCapability;
  if (RETYPE && op < Op.TcbSetSpace) return type === CapType.Untyped ? untypedRetype(t, s, label, a, b) : Status.InvalidCapability;
  if (op < Op.SchedConfigure) return type === CapType.Tcb ? tcbInvoke(t, op, s, label, a, b) : Status.InvalidCapability;
  if (op < Op.IrqGet) return type === (op < Op.ScBind ? CapType.SchedControl : CapType.SchedContext) ? schedInvoke(t, op, s, label, a, b) : Status.InvalidCapability;
  if (FULL && op >= Op.DomainSet) return type === CapType.Domain ? domainInvoke(t, op, label, a, b) : Status.InvalidCapability;
  return type === (op < Op.IrqAck ? CapType.IrqControl : CapType.IrqHandler) ? irqInvoke(t, op, s, label, a) : Status.InvalidCapability;
}

/** Arms the timer of `t`, or with a = 0 disarms it. */
function setTimer(t: number, a: number): number {
  if (!(a >= 0 && a <= 9007199254740991) || a % 1) return Status.InvalidArgument;
  d[(t + Tcb.Deadline) >> 1] = a;
  m[Reg.Dirty] = 1;
  return Status.Ok;
}

/** Reply by `t` through slot `s`. */
function answer(t: number, s: number, label: number, a: number, b: number, data: string): number {
  if (typeof data !== "string") return doom(FaultKind.UnknownSyscall, Status.IllegalOperation);
  if (s < 0) return s;
  if ((m[s]! & 240) !== CapType.Reply << 4) return Status.InvalidCapability;
  if (data.length > m[t + Tcb.Bytes]!) return Status.TruncatedMessage;
  const p = m[s + Slot.Object]!;
  const caller = m[p]!;
  if (caller) {
    m[caller + Tcb.Badge] = 0;
    say(caller, label, a, b, data);
    if (TRANSFER && m[caller + Tcb.Received]) put(caller + Tcb.Received, 0);
    // Behind a Send or Call that is pending, what is attached goes with that.
    if (TRANSFER && m[t + Tcb.Attach] && !sends()) transferCap(t, caller, 0, m[p + Rep.CanGrant]! > 0);
    endCall(p, Event.Reply);
  }
  return Status.Ok;
}

/** ReplyRecv, Recv, NbRecv, Wait by `t` through slot `s`: what is wrong with a capability to receive from faults it. */
function listen(t: number, op: Op, s: number, label: number, a: number, b: number, data: string): number {
  if (s < 0) return doom(FaultKind.CapFault, s);
  const cap = m[s]!;
  const o = m[s + Slot.Object]!;
  const isWait = op === Op.Wait;
  let p = m[t + (Tcb.HomeReply + Slot.Object)]!;
  let status: number = Status.Ok;
  if ((cap & (240 | Rights.Read)) !== (isWait ? (CapType.Notification << 4) | Rights.Read : (CapType.Endpoint << 4) | Rights.Read) || (isWait && m[o + Nt.Task] && m[o + Nt.Task] !== t)) return doom(FaultKind.CapFault, Status.InvalidCapability);
  if (op === Op.ReplyRecv) {
    status = answer(t, t + Tcb.HomeReply, label, a, b, data);
    if (status < 0) return status;
  } else if (a && !isWait) {
    const r = argument(t, a, CapType.Reply, 0, Status.InvalidCapability);
    if (r < 0) return doom(FaultKind.CapFault, r);
    p = m[r + Slot.Object]!;
  }
  if (op === Op.NbRecv) {
    // Word 0 is always 0: no notification is one that is not active.
    if (!m[o] && !m[m[t + Tcb.Notification]!]) return 0;
    status = 1;
  }
  m[Reg.PendingReply] = p;
  m[Reg.PendingObject] = o;
  m[Reg.PendingFlags] = (cap >> 2) & Send.Grant;
  m[Reg.Pending] = op;
  return status;
}

/** Send, NbSend, Call by `t`, and what the ones that receive have in common with them. */
function message(t: number, op: Op, address: number, label: number, a: number, b: number, data: string): number {
  if (m[Reg.Pending]) return doom(FaultKind.Contract, Status.IllegalOperation);
  if (op < Op.Recv && typeof data !== "string") return doom(FaultKind.UnknownSyscall, Status.IllegalOperation);
  const s = slotOf(t, address);
  if (op > Op.Reply) return listen(t, op, s, label, a, b, data);
  if (s < 0) return s;
  const cap = m[s]!;
  const o = m[s + Slot.Object]!;
  let flags = (cap >> 2) & 3;
  if ((cap & (240 | Rights.Write)) !== ((CapType.Endpoint << 4) | Rights.Write)) return Status.InvalidCapability;
  if (op === Op.Call) {
    if (!flags) return Status.IllegalOperation;
    flags |= Send.Call;
  }
  if (data.length > m[t + Tcb.Bytes]!) return Status.TruncatedMessage;
  const r = m[o] ? 0 : m[o + Ep.Head]!;
  if (!r) {
    const home = m[o + Ep.Home]!;
    if (op === Op.NbSend || (home && (m[home] === TaskState.Inactive || m[home] === TaskState.Faulted))) return Status.NotReady;
  }
  m[t + Tcb.Badge] = m[s + Slot.Badge]!;
  say(t, label, a, b, data);
  if (op === Op.NbSend) {
    put(t + Tcb.Flags, flags);
    put(o + Ep.Head, m[r + Tcb.Next]!);
    take(t, r, o);
    return Status.Ok;
  }
  m[Reg.PendingObject] = o;
  m[Reg.PendingFlags] = flags;
  m[Reg.Pending] = op;
  return Status.Ok;
}

/** The gate. Checks in the order of README.md. */
export function gate(op: Op, address: number, label: number, a: number, b: number, data: string): number {
  const t = m[Reg.Running]!;
  if (t <= Limit.Kernel) return Status.InvalidCapability;
  m[Reg.Fuel]!--;
  if (typeof FUEL !== "undefined" && FUEL) $ -= op === Op.Call ? Price.Call : op < Op.Send || (op > Op.NbRecv && op < Op.Attach) ? Price.Quick : Price.Message;
  if (op === Op.Now) return k._now;
  if (op === Op.SetTimer) return setTimer(t, a);
  if (op > Op.Identify && op < Op.Poll && op !== Op.Signal && op === (op | 0)) return op === Op.Reply ? answer(t, address ? slotOf(t, address) : t + Tcb.HomeReply, label, a, b, data) : message(t, op, address, label, a, b, data);
  // The slot: the common case of slotOf, then the rest of it.
  let s = address | 0;
  const c = m[t + (Tcb.CSpace + Slot.Object)]!;
  if (s > 0 && s < m[c]! && !(FULL && m[t + (Tcb.CSpace + Slot.Badge)])) s = c + Slot.Words * s;
  else {
    // On Espruino reading below 0 throws.
    s = FULL ? slotOf(t, s) : Status.FailedLookup;
    if (s < 0) return op === Op.Identify || op === Op.Signal || op === Op.Poll ? s : invoke(t, op, address, label | 0, 1 * a, 1 * b, data);
  }
  const cap = m[s]!;
  if (op === Op.Signal) {
    if ((cap & (240 | Rights.Write)) !== ((CapType.Notification << 4) | Rights.Write)) return Status.InvalidCapability;
    signal(m[s + Slot.Object]!, m[s + Slot.Badge]!);
    return Status.Ok;
  }
  if (op === Op.Poll) {
    if ((cap & (240 | Rights.Read)) !== ((CapType.Notification << 4) | Rights.Read)) return Status.InvalidCapability;
    const o = m[s + Slot.Object]!;
    const word = m[o]!;
    if (word) put(o, 0);
    return word & ~Limit.Active;
  }
  if (op === Op.Identify) return m[s + Slot.Badge]! * 256 + (cap & 255);
  return invoke(t, op, address, label | 0, 1 * a, 1 * b, data);
}

/** The gate of a kernel: the same function for all, on the one at work. */
export function createGate(kernel: KernelState): Gate {
  use(kernel);
  return gate;
}
