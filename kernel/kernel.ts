// The kernel's door: one gate function for all tasks. Whose authority counts is whose handler the kernel is running, never an argument.
//
// The frequent operations stand here, in the order of how often they are used, because some engines read a function's text as they run it; the
// others go on to the object's file. Every write is noted for a roll-back (state.ts), so a refused or interrupted operation leaves no trace.

import { CapType, Event, FaultKind, Op, Rights, Status, TaskState } from "./gate.ts";
import type { Gate } from "./gate.ts";
import { holds, slotOf } from "./cspace.ts";
import { cnodeInvoke } from "./objects/cnode.ts";
import { domainInvoke } from "./objects/domain.ts";
import { take, transferCap } from "./objects/endpoint.ts";
import { frameLend, frameWrite } from "./objects/frame.ts";
import { irqInvoke } from "./objects/irq.ts";
import { signal } from "./objects/notification.ts";
import { endCall } from "./objects/reply.ts";
import { schedInvoke } from "./objects/sched-context.ts";
import { argument, tcbInvoke } from "./objects/tcb.ts";
import { untypedRetype } from "./objects/untyped.ts";
import { d, Ep, k, Limit, m, Nt, put, putDouble, Reg, Rep, Send, Slot, Tcb, use } from "./state.ts";
import type { KernelState } from "./state.ts";

declare const FULL: boolean;

/** The run will end in a fault. */
function doom(kind: FaultKind, status: Status): number {
  if (!m[Reg.Doom]) m[Reg.Doom] = kind;
  return status;
}

/** Operations that are not frequent. `s`: slot of the capability. */
function invoke(t: number, op: Op, address: number, label: number, a: number, b: number, data: string): number {
  if (op !== (op | 0) || op < 0 || op >= (FULL ? Op.Count : Op.DomainSet) || (!FULL && (op === Op.Mutate || op === Op.Rotate))) return doom(FaultKind.UnknownSyscall, Status.IllegalOperation);
  if ((op === Op.Delete || op === Op.Revoke) && m[Reg.Pending]) return doom(FaultKind.Contract, Status.IllegalOperation);
  if (op === Op.Write) return typeof data === "string" ? frameWrite(t, address, a, data) : doom(FaultKind.UnknownSyscall, Status.IllegalOperation);
  if (op === Op.Received) return m[t + Tcb.Received]!;
  if (op === Op.SetReceiveSlot) {
    if (!(a >= 0 && a < 274877906944) || Math.floor(a) !== a) return Status.InvalidArgument;
    putDouble(t + Tcb.ReceiveRef, a);
    return Status.Ok;
  }
  // Room for what one operation may undo.
  if (k._n > k._log.length - Limit.UndoReserve) return Status.NotEnoughMemory;
  let s = 0;
  if (op !== Op.Attach || address) {
    s = slotOf(t, address);
    if (s < 0) return s;
  }
  if (op === Op.Attach) {
    if (s && !m[s]) return Status.InvalidCapability;
    put(t + Tcb.Attach, address);
    return Status.Ok;
  }
  const type = op < Op.Copy ? CapType.Frame : op < Op.Retype ? CapType.CNode : op < Op.TcbSetSpace ? CapType.Untyped : op < Op.SchedConfigure ? CapType.Tcb : op < Op.ScBind ? CapType.SchedControl : op < Op.IrqGet ? CapType.SchedContext : op < Op.IrqAck ? CapType.IrqControl : op < Op.DomainSet ? CapType.IrqHandler : CapType.Domain;
  if (!holds(s, type)) return Status.InvalidCapability;
  if (type === CapType.CNode) return cnodeInvoke(t, op, s, label, a, b);
  if (type === CapType.Frame) return frameLend(t, s, label, a, b);
  if (type === CapType.Untyped) return untypedRetype(t, s, label, a, b);
  if (type === CapType.Tcb) return tcbInvoke(t, op, s, label, a, b);
  if (type === CapType.IrqControl || type === CapType.IrqHandler) return irqInvoke(t, op, s, label, a);
  if (FULL && type === CapType.Domain) return domainInvoke(t, op, label, a, b);
  return schedInvoke(t, op, s, label, a, b);
}

/** Recv, NbRecv, ReplyRecv, Wait: what is wrong faults the caller. */
function waitFor(t: number, op: Op, s: number, a: number): number {
  const cap = s < 0 ? 0 : m[s]!;
  const o = m[s + Slot.Object]!;
  const isWait = op === Op.Wait;
  if (s < 0) return doom(FaultKind.CapFault, s);
  if (((cap >> 4) & 15) !== (isWait ? CapType.Notification : CapType.Endpoint) || !(cap & Rights.Read) || (isWait && m[o + Nt.Task] && m[o + Nt.Task] !== t)) return doom(FaultKind.CapFault, Status.InvalidCapability);
  let p = m[t + (Tcb.HomeReply + Slot.Object)]!;
  if (a && !isWait) {
    const r = argument(t, a, CapType.Reply, 0);
    if (r < 0) return doom(FaultKind.CapFault, r);
    p = m[r + Slot.Object]!;
  }
  if (op === Op.NbRecv) {
    const n = m[t + Tcb.Notification]!;
    if (!m[o] && !(n && m[n])) return 0;
  }
  m[Reg.Pending] = op;
  m[Reg.PendingObject] = o;
  m[Reg.PendingFlags] = cap & Rights.Grant ? Send.Grant : 0;
  m[Reg.PendingReply] = p;
  return op === Op.NbRecv ? 1 : Status.Ok;
}

export function gate(op: Op, address: number, label: number, a: number, b: number, data: string): number {
  const t = m[Reg.Running]!;
  if (t <= Limit.Kernel) return Status.InvalidCapability;
  m[Reg.Fuel]!--;
  if (op === Op.Now) return k._now;
  if (op > Op.SetTimer || op < 0 || op !== (op | 0)) return invoke(t, op, address, label | 0, 1 * a, 1 * b, data);
  if (op === Op.SetTimer) {
    if (!(a >= 0 && a <= 9007199254740991 && a % 1 === 0)) return Status.InvalidArgument;
    d[(t + Tcb.Deadline) >> 1] = a;
    m[Reg.Dirty] = 1;
    return Status.Ok;
  }
  // The slot: the common case of slotOf, then the rest of it.
  let s = address | 0;
  const c = m[t + (Tcb.CSpace + Slot.Object)]!;
  if (s > 0 && s < m[c]! && !(FULL && m[t + (Tcb.CSpace + Slot.Badge)])) s = c + Slot.Words * s;
  else s = op === Op.Reply && !address ? t + Tcb.HomeReply : FULL ? slotOf(t, s) : Status.FailedLookup;
  if (s >= 0) {
    const o = m[s + Slot.Object]!;
    if (op === Op.Identify) return m[s + Slot.Badge]! * 256 + (m[s]! & 255);
    if (op === Op.Signal) {
      if ((m[s]! & (240 | Rights.Write)) !== ((CapType.Notification << 4) | Rights.Write)) return Status.InvalidCapability;
      signal(o, m[s + Slot.Badge]!);
      return Status.Ok;
    }
    if (op === Op.Poll) {
      if ((m[s]! & (240 | Rights.Read)) !== ((CapType.Notification << 4) | Rights.Read)) return Status.InvalidCapability;
      const word = m[o]!;
      if (word) put(o, 0);
      return word & ~Limit.Active;
    }
  }
  // A blocking operation, or a message, when something is pending already.
  if (m[Reg.Pending] && op > Op.Identify && op < Op.Poll && op !== Op.Signal && op !== Op.Reply) return doom(FaultKind.Contract, Status.IllegalOperation);
  const isReply = op === Op.Reply || op === Op.ReplyRecv;
  if (op < Op.Recv && op > Op.Identify && typeof data !== "string") return doom(FaultKind.UnknownSyscall, Status.IllegalOperation);
  if (s < 0) return op > Op.Reply && op !== Op.Signal && op !== Op.Poll ? doom(FaultKind.CapFault, s) : s;
  let cap = m[s]!;
  const o = m[s + Slot.Object]!;
  const here = s;
  if (isReply) {
    if (op === Op.ReplyRecv) {
      if ((cap & (240 | Rights.Read)) !== ((CapType.Endpoint << 4) | Rights.Read)) return doom(FaultKind.CapFault, Status.InvalidCapability);
      s = t + Tcb.HomeReply;
      cap = m[s]!;
    }
    if ((cap & 240) !== CapType.Reply << 4) return Status.InvalidCapability;
    if (data.length > m[t + Tcb.Bytes]!) return Status.TruncatedMessage;
    const p = m[s + Slot.Object]!;
    const caller = m[p]!;
    if (caller) {
      m[caller + Tcb.Badge] = 0;
      m[caller + Tcb.Label] = label;
      d[(caller + Tcb.A) >> 1] = a;
      d[(caller + Tcb.B) >> 1] = b;
      k._data[m[caller + Tcb.Number]!] = data.length > m[caller + Tcb.Bytes]! ? data.substring(0, m[caller + Tcb.Bytes]!) : data;
      if (m[caller + Tcb.Received]) put(caller + Tcb.Received, 0);
      if (m[t + Tcb.Attach]) transferCap(t, caller, 0, m[p + Rep.CanGrant]! > 0);
      endCall(p, Event.Reply);
    }
    if (op === Op.Reply) return Status.Ok;
  }
  if (op > Op.Reply) return waitFor(t, op, here, op === Op.ReplyRecv ? 0 : a);
  // Send, NbSend, Call.
  if ((cap & (240 | Rights.Write)) !== ((CapType.Endpoint << 4) | Rights.Write)) return Status.InvalidCapability;
  if (op === Op.Call && !(cap & (Rights.Grant | Rights.GrantReply))) return Status.IllegalOperation;
  if (data.length > m[t + Tcb.Bytes]!) return Status.TruncatedMessage;
  const r = m[o] ? 0 : m[o + Ep.Head]!;
  if (!r) {
    if (op === Op.NbSend) return Status.NotReady;
    const home = m[o + Ep.Home]!;
    if (home && (m[home] === TaskState.Inactive || m[home] === TaskState.Faulted)) return Status.NotReady;
  }
  m[t + Tcb.Badge] = m[s + Slot.Badge]!;
  m[t + Tcb.Label] = label;
  d[(t + Tcb.A) >> 1] = a;
  d[(t + Tcb.B) >> 1] = b;
  k._data[m[t + Tcb.Number]!] = data;
  const flags = ((cap >> 2) & 3) | (op === Op.Call ? Send.Call : 0);
  if (op === Op.NbSend) {
    put(t + Tcb.Flags, flags);
    put(o + Ep.Head, m[r + Tcb.Next]!);
    take(t, r, o);
  } else {
    m[Reg.PendingObject] = o;
    m[Reg.PendingFlags] = flags;
    m[Reg.Pending] = op;
  }
  return Status.Ok;
}

/** The gate of a kernel: the same function for all. */
export function createGate(kernel: KernelState): Gate {
  use(kernel);
  return gate;
}
