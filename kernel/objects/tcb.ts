// TCB: a task, its state, its faults. What suspending, a fault and a restart leave behind, and the operations through a TCB capability.
//
// Stopping a task purges what the kernel holds for it; whoever called it gets DeadReply instead of waiting for ever (Hubris' dead codes).
// A fault is a message to the task's fault endpoint, queued in its own TCB: there is always room for it.
// Reference: seL4 manual, "Threads and Execution"; src/object/tcb.c.

import { CapType, Event, FaultKind, GateLimit, Op, Rights, Status, TaskState } from "../gate.ts";
import { holds, slotOf } from "../cspace.ts";
import { copyCap, isLast, unlink } from "../derivation.ts";
import { dequeue, enqueue } from "../queue.ts";
import { cancel } from "../cancel.ts";
import { wake } from "../wake.ts";
import { send } from "./endpoint.ts";
import { endCall } from "./reply.ts";
import { d, Ep, k, m, Nt, put, putDouble, Reg, Rep, Send, Slot, Tcb } from "../state.ts";

declare const FULL: boolean;

/** Stops task `t` in `state` and purges what the kernel holds for it. */
export function halt(t: number, state: TaskState): void {
  cancel(t);
  put(t, state);
  putDouble(t + Tcb.Deadline, 0);
  put(t + Tcb.Received, 0);
  for (let i = Reg.Tasks; i < Reg.Schedule; i++) {
    const c = m[i]!;
    const object = m[c + Tcb.Object]!;
    if (!c) continue;
    if (m[c] === TaskState.BlockedOnReply) {
      if (m[object + Rep.Server] === t) endCall(object, Event.DeadReply);
    } else if (m[c] === TaskState.BlockedOnSend && m[c + Tcb.Flags]! & Send.Call && m[object + Ep.Home] === t) {
      cancel(c);
      wake(c, Event.DeadReply);
    }
  }
}

/** Task `t` failed: stop it and tell its fault handler. `text`: short reason. */
export function fault(t: number, kind: FaultKind, text: string): void {
  halt(t, TaskState.Faulted);
  put(t + Tcb.Faults, m[t + Tcb.Faults]! + 1);
  const isSend = (CapType.Endpoint << 4) | Rights.Write;
  const mask = 240 | Rights.Write;
  const s = kind === FaultKind.Timeout && (m[t + Tcb.Timeout]! & mask) === isSend ? t + Tcb.Timeout : t + Tcb.Fault;
  if ((m[s]! & mask) !== isSend) return;
  m[t + Tcb.Badge] = m[s + Slot.Badge]!;
  m[t + Tcb.Label] = kind;
  d[(t + Tcb.A) >> 1] = m[t + Tcb.Generation]!;
  d[(t + Tcb.B) >> 1] = m[t + Tcb.Faults]!;
  k._data[m[t + Tcb.Number]!] = text;
  send(t, m[s + Slot.Object]!, Send.Fault, TaskState.Faulted);
}

/** Starts `t` anew, or cancels what it is blocked on. */
export function resume(t: number): void {
  const state = m[t]!;
  if (state === TaskState.Ready) return;
  cancel(t);
  if (state === TaskState.Inactive || state === TaskState.Faulted) {
    put(t + Tcb.Generation, m[t + Tcb.Generation]! + 1);
    wake(t, Event.Start);
  } else wake(t, Event.Cancelled);
}

/** 1 when the TCB or IRQ slot `s` can be filled anew, else DeleteFirst: it holds the last capability of its object. */
export function canRefill(s: number): number {
  return m[s] && isLast(s) ? Status.DeleteFirst : 1;
}

/** Fills the slot `s` of an object from slot `from` (0: empties it). */
export function refill(s: number, from: number): void {
  if (from === s) return;
  if (m[s]) unlink(s);
  if (from) copyCap(from, s, Rights.All, m[from + Slot.Badge]!);
}

/** Slot of a capability argument: 0 for address 0, or a Status. It must have the type and one of the rights (0: any). */
export function argument(t: number, address: number, type: CapType, right: number): number {
  if (!address) return 0;
  const s = slotOf(t, address);
  return s < 0 || (holds(s, type) && (!right || m[s]! & right)) ? s : Status.InvalidCapability;
}

/** A new priority puts `t` behind its equals, in whatever queue it is. */
function setPriority(t: number, priority: number): void {
  const state = m[t]!;
  const object = m[t + Tcb.Object]!;
  let head = 0;
  if (state === TaskState.Ready) head = m[t + Tcb.Sc] && t !== m[Reg.Running] ? Reg.Ready : 0;
  else if (state === TaskState.BlockedOnWork) head = m[Reg.WorkTask] === t ? 0 : Reg.WorkQueue;
  else if (object && state !== TaskState.BlockedOnReply) head = object + Ep.Head;
  if (head) dequeue(head, t);
  put(t + Tcb.Priority, priority);
  if (head) enqueue(head, t);
}

/** Operations through the TCB capability in slot `s`, by task `t`. */
export function tcbInvoke(t: number, op: Op, s: number, label: number, a: number, b: number): number {
  const c = m[s + Slot.Object]!;
  let first = 0;
  let second = 0;
  if (!(m[s]! & Rights.Write)) return Status.InvalidCapability;
  if (op === Op.TcbSetSpace || op === Op.TcbSetReceive) {
    // Two slots at once.
    const isSpace = op === Op.TcbSetSpace;
    const one = c + (isSpace ? Tcb.CSpace : Tcb.Endpoint);
    const two = c + (isSpace ? Tcb.Fault : Tcb.HomeReply);
    first = isSpace ? slotOf(t, a) : argument(t, a, CapType.Endpoint, Rights.Read);
    if (first < 0) return first;
    if (isSpace && !holds(first, CapType.CNode)) return Status.IllegalOperation;
    second = isSpace ? argument(t, b, CapType.Endpoint, Rights.Write) : argument(t, b, CapType.Reply, 0);
    if (second < 0) return second;
    if (canRefill(one) < 0 || canRefill(two) < 0) return Status.DeleteFirst;
    // Not its home any more.
    const old = isSpace ? 0 : m[one + Slot.Object]!;
    if (old && m[old + Ep.Home] === c) put(old + Ep.Home, 0);
    refill(one, first);
    refill(two, second);
    if (isSpace) {
      if (FULL && label) put(one + Slot.Badge, label & GateLimit.BadgeMax);
    } else if (first) put(m[first + Slot.Object]! + Ep.Home, c);
  } else if (op === Op.TcbSetTimeoutEndpoint) {
    first = argument(t, a, CapType.Endpoint, Rights.Write);
    if (first < 0) return first;
    if (canRefill(c + Tcb.Timeout) < 0) return Status.DeleteFirst;
    refill(c + Tcb.Timeout, first);
  } else if (op === Op.TcbSetPriority || op === Op.TcbSetMcp) {
    first = slotOf(t, a);
    if (first < 0) return first;
    if (!holds(first, CapType.Tcb)) return Status.InvalidCapability;
    if (label < 0 || label > m[m[first + Slot.Object]! + Tcb.Mcp]!) return Status.RangeError;
    if (op === Op.TcbSetMcp) put(c + Tcb.Mcp, label);
    else setPriority(c, label);
  } else if (op === Op.TcbBindNotification) {
    if (m[c + Tcb.Notification]) return Status.IllegalOperation;
    first = slotOf(t, a);
    if (first < 0) return first;
    const n = m[first + Slot.Object]!;
    if (!holds(first, CapType.Notification) || !(m[first]! & Rights.Read) || m[n + Nt.Head] || m[n + Nt.Task]) return Status.IllegalOperation;
    put(n + Nt.Task, c);
    put(c + Tcb.Notification, n);
  } else if (op === Op.TcbUnbindNotification) {
    if (!m[c + Tcb.Notification]) return Status.IllegalOperation;
    put(m[c + Tcb.Notification]! + Nt.Task, 0);
    put(c + Tcb.Notification, 0);
  } else if (op === Op.TcbResume) {
    if (!k._handlers[m[c + Tcb.Number]!] || !m[c + Tcb.CSpace]) return Status.IllegalOperation;
    resume(c);
  } else halt(c, TaskState.Inactive);
  return Status.Ok;
}
