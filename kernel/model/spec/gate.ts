// The gate, as a specification: the checks that come before all others, then the operation (README "Checks that come before all others", "Operations").

import { CapType, FaultKind, GateLimit, Op, Rights, Status, TaskState } from "../../gate.ts";
import type { AbstractSlot, SlotId } from "../abstract-state.ts";
import { cancelBadgedSends, copyOrMint, deleteOrRevoke, moveOrMutate, rotate } from "./cnode.ts";
import { slotOf } from "./cspace.ts";
import { domainInvoke, irqGet, irqInvoke } from "./device.ts";
import { grantsOf, hasReceiver, popReceiver, isSendPending, reply, take } from "./endpoint.ts";
import { lend, write } from "./frame.ts";
import { poll, signal } from "./notification.ts";
import { isInteger, schedInvoke } from "./sched.ts";
import { caller, holds, mustGet } from "./state.ts";
import type { SpecState } from "./state.ts";
import { argument, taskInvoke } from "./task.ts";
import { retype } from "./untyped.ts";

/** Operations that wait for the end of the run; NbSend counts as one because it uses the task's one message. */
const ONCE: ReadonlySet<Op> = new Set([Op.Send, Op.NbSend, Op.Call, Op.ReplyRecv, Op.Recv, Op.NbRecv, Op.Wait, Op.Delete, Op.Revoke]);
const WITH_DATA: ReadonlySet<Op> = new Set([Op.Send, Op.NbSend, Op.Call, Op.Reply, Op.ReplyRecv, Op.Write]);
/** What can't be received from faults its caller. */
const FAULTING: ReadonlySet<Op> = new Set([Op.Recv, Op.NbRecv, Op.ReplyRecv, Op.Wait]);
const FULL_ONLY: ReadonlySet<Op> = new Set([Op.Mutate, Op.Rotate, Op.DomainSet, Op.DomainConfigure]);

/** Type of the capability invoked, for the operations that take one of one type. */
export function typeOf(op: Op): CapType | undefined {
  if (op >= Op.Send && op <= Op.Call) return CapType.Endpoint;
  if (op >= Op.ReplyRecv && op <= Op.NbRecv) return CapType.Endpoint;
  if (op >= Op.Signal && op <= Op.Poll) return CapType.Notification;
  if (op === Op.Lend) return CapType.Frame;
  if (op >= Op.Copy && op <= Op.CancelBadgedSends) return CapType.CNode;
  if (op === Op.Retype) return CapType.Untyped;
  if (op >= Op.TcbSetSpace && op <= Op.TcbSuspend) return CapType.Tcb;
  if (op === Op.SchedConfigure) return CapType.SchedControl;
  if (op >= Op.ScBind && op <= Op.ScYieldTo) return CapType.SchedContext;
  if (op === Op.IrqGet) return CapType.IrqControl;
  if (op >= Op.IrqAck && op <= Op.IrqClear) return CapType.IrqHandler;
  if (op >= Op.DomainSet) return CapType.Domain;
  return undefined;
}

/** The run will end in this fault; only the first reason counts. */
function doom(s: SpecState, kind: FaultKind, status: Status): Status {
  if (!s.doom) s.doom = kind;
  return status;
}

/** The running task had an effect more than can be undone: its run is going to end in a fault, whatever it does from now on. */
export function overflow(s: SpecState): void {
  s.doom = FaultKind.Contract;
}

interface Arguments {
  label: number;
  a: number;
  b: number;
  data: string;
}

function send(s: SpecState, op: Op, cap: AbstractSlot, x: Arguments): Status {
  const t = caller(s);
  if (!(cap.rights & Rights.Write)) return Status.InvalidCapability;
  if (op === Op.Call && !grantsOf(cap.rights)) return Status.IllegalOperation;
  if (x.data.length > t.bytes) return Status.TruncatedMessage;
  const e = mustGet(s.endpoints, cap.object);
  const home = s.tasks.get(e.home);
  const isDown = home !== undefined && (home.state === TaskState.Inactive || home.state === TaskState.Faulted);
  if (!hasReceiver(e) && (op === Op.NbSend || isDown)) return Status.NotReady;
  const message = { badge: cap.badge, label: x.label, a: x.a, b: x.b, data: x.data };
  if (op === Op.NbSend) {
    const to = popReceiver(s, e);
    if (to) take(s, e, t, { message, isCall: false, grants: grantsOf(cap.rights) }, to, 0, 0, false);
    return Status.Ok;
  }
  s.pending = { op, object: e.id, badge: cap.badge, grants: grantsOf(cap.rights), reply: 0 };
  s.pendingMessage = message;
  return Status.Ok;
}

/** Through slot `at`; address 0 is the home reply. */
function replyThrough(s: SpecState, at: SlotId, x: Arguments): Status {
  const t = caller(s);
  const cap = holds(s, at, CapType.Reply);
  if (!cap) return Status.InvalidCapability;
  if (x.data.length > t.bytes) return Status.TruncatedMessage;
  reply(s, t, cap.object, { badge: 0, label: x.label, a: x.a, b: x.b, data: x.data });
  return Status.Ok;
}

/** Recv, NbRecv, ReplyRecv. */
function receive(s: SpecState, op: Op, cap: AbstractSlot, x: Arguments): number {
  const t = caller(s);
  if (!(cap.rights & Rights.Read)) return doom(s, FaultKind.CapFault, Status.InvalidCapability);
  let p = holds(s, t.slotIds.reply, CapType.Reply)?.object ?? 0;
  if (op === Op.ReplyRecv) {
    const status = replyThrough(s, t.slotIds.reply, x);
    if (status < 0) return status;
  } else if (x.a) {
    const at = argument(s, x.a, CapType.Reply, 0, Status.InvalidCapability);
    if (at < 0) return doom(s, FaultKind.CapFault, at as Status);
    p = mustGet(s.slots, at).object;
  }
  if (op === Op.NbRecv) {
    const isActive = t.notification > 0 && mustGet(s.notifications, t.notification).isActive;
    if (!isActive && !mustGet(s.endpoints, cap.object).isSending) return 0;
  }
  s.pending = { op: op === Op.NbRecv ? Op.Recv : op, object: cap.object, badge: 0, grants: grantsOf(cap.rights) & 1, reply: p };
  return op === Op.NbRecv ? 1 : Status.Ok;
}

function wait(s: SpecState, cap: AbstractSlot): Status {
  const { bound } = mustGet(s.notifications, cap.object);
  if (!(cap.rights & Rights.Read) || (bound && bound !== caller(s).id)) return doom(s, FaultKind.CapFault, Status.InvalidCapability);
  s.pending = { op: Op.Wait, object: cap.object, badge: 0, grants: 0, reply: 0 };
  return Status.Ok;
}

/** An operation on capability `cap` of the type it needs. */
function invoke(s: SpecState, op: Op, cap: AbstractSlot, x: Arguments): number {
  const { at, object } = cap;
  const { label, a, b } = x;
  if (op === Op.Send || op === Op.NbSend || op === Op.Call) return send(s, op, cap, x);
  if (op === Op.Recv || op === Op.NbRecv || op === Op.ReplyRecv) return receive(s, op, cap, x);
  if (op === Op.Wait) return wait(s, cap);
  if (op === Op.Signal) return cap.rights & Rights.Write ? signal(s, object, cap.badge) : Status.InvalidCapability;
  if (op === Op.Poll) return cap.rights & Rights.Read ? poll(s, object) : Status.InvalidCapability;
  if (op === Op.Lend) return lend(s, cap, label, a, b);
  if (op === Op.Copy || op === Op.Mint) return copyOrMint(s, op, at, label, a, b);
  if (op === Op.Move || op === Op.Mutate) return moveOrMutate(s, op, at, label, a, b);
  if (op === Op.Rotate) return rotate(s, at, label, a, b);
  if (op === Op.Delete || op === Op.Revoke) return deleteOrRevoke(s, op, at, a);
  if (op === Op.CancelBadgedSends) return cancelBadgedSends(s, at, a);
  if (op === Op.Retype) return retype(s, at, label, a, b);
  if (op <= Op.TcbSuspend) return taskInvoke(s, op, cap, label, a, b);
  if (op <= Op.ScYieldTo) return schedInvoke(s, op, cap, label, a, b);
  if (op === Op.IrqGet) return irqGet(s, at, label, a);
  if (op <= Op.IrqClear) return irqInvoke(s, op, cap, a);
  return domainInvoke(s, op, label, a, b);
}

/** One gate operation of the running task. */
export function gate(s: SpecState, op: Op, address: number, rawLabel: number, rawA: number, rawB: number, data: string): number {
  if (!s.isBoot && !s.running) return Status.InvalidCapability;
  if (op === Op.Now) return s.nowUs;
  if (!isInteger(op, 0, Op.Count - 1) || (!s.isFull && FULL_ONLY.has(op))) return doom(s, FaultKind.UnknownSyscall, Status.IllegalOperation);
  const t = caller(s);
  const x: Arguments = { label: rawLabel | 0, a: Number(rawA), b: Number(rawB), data };
  if (ONCE.has(op) && s.pending) return doom(s, FaultKind.Contract, Status.IllegalOperation);
  if (WITH_DATA.has(op) && typeof data !== "string") return doom(s, FaultKind.UnknownSyscall, Status.IllegalOperation);
  if (op === Op.SetTimer || op === Op.SetReceiveSlot) {
    if (!isInteger(x.a, 0, op === Op.SetTimer ? GateLimit.IntegerMax : 2 ** 38 - 1)) return Status.InvalidArgument;
    if (op === Op.SetTimer) t.deadline = x.a;
    else t.receiveRef = x.a;
    return Status.Ok;
  }
  if (op === Op.Received) return t.received;
  if ((op === Op.Attach || op === Op.Lend) && isSendPending(s)) return Status.IllegalOperation;
  if (s.isCrowded && op >= Op.Attach && op !== Op.Write) return Status.NotEnoughMemory;
  const isZero = (address | 0) === 0;
  if (op === Op.Attach && isZero) {
    t.attached = 0;
    return Status.Ok;
  }
  if (op === Op.Reply && isZero) return replyThrough(s, t.slotIds.reply, x);
  if (op === Op.Write && isZero) return write(s, t.slotIds.reply, x.a, data.length);
  const at = slotOf(s, t, address);
  if (at < 0) return FAULTING.has(op) ? doom(s, FaultKind.CapFault, Status.FailedLookup) : at;
  const cap = s.slots.get(at);
  if (op === Op.Identify) return cap ? cap.badge * 256 + cap.type * 16 + cap.rights : 0;
  if (op === Op.Attach) {
    if (!cap) return Status.InvalidCapability;
    t.attached = address;
    return Status.Ok;
  }
  if (op === Op.Reply) return replyThrough(s, at, x);
  if (op === Op.Write) return write(s, at, x.a, data.length);
  if (cap?.type !== typeOf(op)) return FAULTING.has(op) ? doom(s, FaultKind.CapFault, Status.InvalidCapability) : Status.InvalidCapability;
  return invoke(s, op, cap as AbstractSlot, x);
}
