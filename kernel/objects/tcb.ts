// TCB: a task, its state, its faults. What suspending, a fault and a restart leave behind, and the operations through a TCB capability.
//
// Stopping a task purges what the kernel holds for it; whoever called it gets DeadReply instead of waiting for ever (Hubris' dead codes).
// A fault is a message to the task's fault endpoint, queued in its own TCB: there is always room for it.
// Reference: seL4 manual, "Threads and Execution"; src/object/tcb.c.

import { CapType, Event, FaultKind, GateLimit, Op, Rights, Status, TaskState } from "../gate.ts";
import { holds, slotOf } from "../cspace.ts";
import { copyCap, isLast, unlink } from "../derivation.ts";
import { dequeue, enqueue } from "../queue.ts";
import { Ep, Nt, put, putDouble, Reg, Rep, Send, Slot, Tcb } from "../state.ts";
import type { KernelState } from "../state.ts";
import { cancel } from "../cancel.ts";
import { wake } from "../wake.ts";
import { send } from "./endpoint.ts";
import { endCall } from "./reply.ts";

declare const FULL: boolean;

/** Stops task `t` in `state` and purges what the kernel holds for it. */
export function halt(k: KernelState, t: number, state: TaskState): void {
  const m = k._m;
  cancel(k, t);
  put(k, t, state);
  putDouble(k, t + Tcb.Deadline, 0);
  put(k, t + Tcb.Received, 0);
  for (let i = Reg.Tasks; i < Reg.Schedule; i++) {
    const c = m[i]!;
    const object = m[c + Tcb.Object]!;
    if (!c) continue;
    if (m[c] === TaskState.BlockedOnReply) {
      if (m[object + Rep.Server] === t) endCall(k, object, Event.DeadReply);
    } else if (m[c] === TaskState.BlockedOnSend && m[c + Tcb.Flags]! & Send.Call && m[object + Ep.Home] === t) {
      cancel(k, c);
      wake(k, c, Event.DeadReply);
    }
  }
}

/** Task `t` failed: stop it and tell its fault handler. `text`: short reason. */
export function fault(k: KernelState, t: number, kind: FaultKind, text: string): void {
  const m = k._m;
  halt(k, t, TaskState.Faulted);
  put(k, t + Tcb.Faults, m[t + Tcb.Faults]! + 1);
  const isSend = (CapType.Endpoint << 4) | Rights.Write;
  const mask = 240 | Rights.Write;
  const s = kind === FaultKind.Timeout && (m[t + Tcb.Timeout]! & mask) === isSend ? t + Tcb.Timeout : t + Tcb.Fault;
  if ((m[s]! & mask) !== isSend) return;
  m[t + Tcb.Badge] = m[s + Slot.Badge]!;
  m[t + Tcb.Label] = kind;
  k._d[(t + Tcb.A) >> 1] = m[t + Tcb.Generation]!;
  k._d[(t + Tcb.B) >> 1] = m[t + Tcb.Faults]!;
  k._data[m[t + Tcb.Number]!] = text;
  send(k, t, m[s + Slot.Object]!, Send.Fault, TaskState.Faulted);
}

/** Starts `t` anew, or cancels what it is blocked on. */
export function resume(k: KernelState, t: number): void {
  const m = k._m;
  const state = m[t]!;
  if (state === TaskState.Ready) return;
  cancel(k, t);
  if (state === TaskState.Inactive || state === TaskState.Faulted) {
    put(k, t + Tcb.Generation, m[t + Tcb.Generation]! + 1);
    wake(k, t, Event.Start);
  } else wake(k, t, Event.Cancelled);
}

/** 1 when the TCB or IRQ slot `s` can be filled anew, else DeleteFirst: it holds the last capability of its object. */
export function canRefill(k: KernelState, s: number): number {
  return k._m[s] && isLast(k, s) ? Status.DeleteFirst : 1;
}

/** Fills the slot `s` of an object from slot `from` (0: empties it). */
export function refill(k: KernelState, s: number, from: number): void {
  const m = k._m;
  if (from === s) return;
  if (m[s]) unlink(k, s);
  if (from) copyCap(k, from, s, Rights.All, m[from + Slot.Badge]!);
}

/** Slot of a capability argument: 0 for address 0, or a Status. It must have the type and one of the rights (0: any). */
export function argument(k: KernelState, t: number, address: number, type: CapType, right: number): number {
  if (!address) return 0;
  const s = slotOf(k, t, address);
  return s < 0 || (holds(k, s, type) && (!right || k._m[s]! & right)) ? s : Status.InvalidCapability;
}

/** A new priority puts `t` behind its equals, in whatever queue it is. */
function setPriority(k: KernelState, t: number, priority: number): void {
  const m = k._m;
  const state = m[t]!;
  const object = m[t + Tcb.Object]!;
  let head = 0;
  if (state === TaskState.Ready) head = m[t + Tcb.Sc] && t !== m[Reg.Running] ? Reg.Ready : 0;
  else if (state === TaskState.BlockedOnWork) head = m[Reg.WorkTask] === t ? 0 : Reg.WorkQueue;
  else if (object && state !== TaskState.BlockedOnReply) head = object + Ep.Head;
  if (head) dequeue(k, head, t);
  put(k, t + Tcb.Priority, priority);
  if (head) enqueue(k, head, t);
}

/** Operations through the TCB capability in slot `s`, by task `t`. */
export function tcbInvoke(k: KernelState, t: number, op: Op, s: number, label: number, a: number, b: number): number {
  const m = k._m;
  const c = m[s + Slot.Object]!;
  let first = 0;
  let second = 0;
  if (!(m[s]! & Rights.Write)) return Status.InvalidCapability;
  if (op === Op.TcbSetSpace || op === Op.TcbSetReceive) {
    // Two slots at once.
    const isSpace = op === Op.TcbSetSpace;
    const one = c + (isSpace ? Tcb.CSpace : Tcb.Endpoint);
    const two = c + (isSpace ? Tcb.Fault : Tcb.HomeReply);
    first = isSpace ? slotOf(k, t, a) : argument(k, t, a, CapType.Endpoint, Rights.Read);
    if (first < 0) return first;
    if (isSpace && !holds(k, first, CapType.CNode)) return Status.IllegalOperation;
    second = isSpace ? argument(k, t, b, CapType.Endpoint, Rights.Write) : argument(k, t, b, CapType.Reply, 0);
    if (second < 0) return second;
    if (canRefill(k, one) < 0 || canRefill(k, two) < 0) return Status.DeleteFirst;
    // Not its home any more.
    const old = isSpace ? 0 : m[one + Slot.Object]!;
    if (old && m[old + Ep.Home] === c) put(k, old + Ep.Home, 0);
    refill(k, one, first);
    refill(k, two, second);
    if (isSpace) {
      if (FULL && label) put(k, one + Slot.Badge, label & GateLimit.BadgeMax);
    } else if (first) put(k, m[first + Slot.Object]! + Ep.Home, c);
  } else if (op === Op.TcbSetTimeoutEndpoint) {
    first = argument(k, t, a, CapType.Endpoint, Rights.Write);
    if (first < 0) return first;
    if (canRefill(k, c + Tcb.Timeout) < 0) return Status.DeleteFirst;
    refill(k, c + Tcb.Timeout, first);
  } else if (op === Op.TcbSetPriority || op === Op.TcbSetMcp) {
    first = slotOf(k, t, a);
    if (first < 0) return first;
    if (!holds(k, first, CapType.Tcb)) return Status.InvalidCapability;
    if (label < 0 || label > m[m[first + Slot.Object]! + Tcb.Mcp]!) return Status.RangeError;
    if (op === Op.TcbSetMcp) put(k, c + Tcb.Mcp, label);
    else setPriority(k, c, label);
  } else if (op === Op.TcbBindNotification) {
    if (m[c + Tcb.Notification]) return Status.IllegalOperation;
    first = slotOf(k, t, a);
    if (first < 0) return first;
    const n = m[first + Slot.Object]!;
    if (!holds(k, first, CapType.Notification) || !(m[first]! & Rights.Read) || m[n + Nt.Head] || m[n + Nt.Task]) return Status.IllegalOperation;
    put(k, n + Nt.Task, c);
    put(k, c + Tcb.Notification, n);
  } else if (op === Op.TcbUnbindNotification) {
    if (!m[c + Tcb.Notification]) return Status.IllegalOperation;
    put(k, m[c + Tcb.Notification]! + Nt.Task, 0);
    put(k, c + Tcb.Notification, 0);
  } else if (op === Op.TcbResume) {
    if (!k._handlers[m[c + Tcb.Number]!] || !m[c + Tcb.CSpace]) return Status.IllegalOperation;
    resume(k, c);
  } else halt(k, c, TaskState.Inactive);
  return Status.Ok;
}
