// TCB: a task, its state, its faults. What suspending, a fault and a restart leave behind, and the operations through a TCB capability.
//
// Stopping a task purges what the kernel holds for it; whoever called it gets DeadReply instead of waiting for ever (Hubris' dead codes).
// A fault is a message to the task's fault endpoint, queued in its own TCB: there is always room for it.
// Reference: seL4 manual, "Threads and Execution"; src/object/tcb.c.

import { CapType, Event, FaultKind, GateLimit, Op, Rights, Status, TaskState } from "../gate.ts";
import { argument } from "../cspace.ts";
import { copyCap, isLast, unlink } from "../derivation.ts";
import { dequeue, enqueue } from "../queue.ts";
import { cancel } from "../cancel.ts";
import { heirOf, moveSc, wake } from "../wake.ts";
import { say } from "./endpoint.ts";
import { endCall } from "./reply.ts";
import { Ep, k, Limit, m, Nt, put, putDouble, Reg, Rep, Send, Slot, Tcb } from "../state.ts";

declare const FULL: boolean;
declare const BUDGETS: boolean;
declare const CNODES: boolean;
declare const DONATION: boolean;
declare const TRANSFER: boolean;
declare const WIRING: boolean;

/** Stops task `t` in `state` and purges what the kernel holds for it. */
export function halt(t: number, state: TaskState): void {
  cancel(t);
  put(t, state);
  putDouble(t + Tcb.Deadline, 0);
  if (TRANSFER) put(t + Tcb.Received, 0);
  for (let i = Reg.Tasks; i < Reg.EndTasks; i++) {
    const c = m[i]!;
    const object = m[c + Tcb.Object]!;
    if (!c) continue;
    // Not in a handler's run: one by one, since nobody minds being stopped between two, and halting again does no harm.
    if (!k._isOpen) k._n = 0;
    if (m[c] === TaskState.BlockedOnReply) {
      if (m[object + Rep.Server] === t) endCall(object, Event.DeadReply);
    } else if (m[c] === TaskState.BlockedOnSend && m[c + Tcb.Flags]! & Send.Call && m[object + Ep.Home] === t) {
      cancel(c);
      wake(c, Event.DeadReply);
    }
  }
  if (DONATION) moveSc(m[t + Tcb.Sc]!, heirOf(t));
}

/** Task `t` failed and was stopped: writes its fault message. `text`: short reason. @returns the endpoint to send it to (`Send.Fault`), 0 none */
export function fault(t: number, kind: FaultKind, text: string): number {
  put(t + Tcb.Faults, m[t + Tcb.Faults]! + 1);
  const isSend = (CapType.Endpoint << 4) | Rights.Write;
  const mask = 240 | Rights.Write;
  const s = BUDGETS && kind === FaultKind.Timeout && (m[t + Tcb.Timeout]! & mask) === isSend ? t + Tcb.Timeout : t + Tcb.Fault;
  if ((m[s]! & mask) !== isSend) return 0;
  m[t + Tcb.Badge] = m[s + Slot.Badge]!;
  say(t, kind, m[t + Tcb.Generation]!, m[t + Tcb.Faults]!, "");
  // The kernel's own words: they need no room of the task's.
  k._data[m[t + Tcb.Number]!] = text;
  return m[s + Slot.Object]!;
}

/** Can the TCB or IRQ slot `s` be filled anew? Not when it holds the last capability of its object. */
export function canRefill(s: number): boolean {
  return !m[s] || !isLast(s);
}

/** Fills the slot `s` of an object from slot `from` (0: empties it). */
export function refill(s: number, from: number): void {
  if (from === s) return;
  if (m[s]) unlink(s);
  if (from) copyCap(from, s, Rights.All, m[from + Slot.Badge]!);
}

/** What a task may do to whoever it holds a TCB capability of: from TcbSetSpace to TcbUnbindNotification, on TCB `c`, by task `t`. */
export function tcbWire(t: number, op: Op, c: number, label: number, a: number, b: number): number {
  const state = m[c]!;
  const isSpace = op === Op.TcbSetSpace;
  const isReceive = op === Op.TcbSetReceive;
  const isBind = op === Op.TcbBindNotification;
  const bound = m[c + Tcb.Notification]!;
  let first = 0;
  let second = 0;
  if (isBind ? bound : op === Op.TcbUnbindNotification && !bound) return Status.IllegalOperation;
  // What `a` names; endpoints may be left out.
  if (op <= Op.TcbBindNotification && (a || isSpace || op > Op.TcbSetReceive)) {
    first = argument(
      t,
      a,
      isSpace ? CapType.CNode : isBind ? CapType.Notification : op > Op.TcbSetReceive ? CapType.Tcb : CapType.Endpoint,
      isReceive || isBind ? Rights.Read : op === Op.TcbSetTimeoutEndpoint ? Rights.Write : 0,
      isSpace || isBind ? Status.IllegalOperation : Status.InvalidCapability,
    );
    if (first < 0) return first;
  }
  const object = m[first + Slot.Object]!;
  if (op < Op.TcbSetPriority) {
    // One slot, or two at once.
    const one = c + (isSpace ? Tcb.CSpace : isReceive ? Tcb.Endpoint : Tcb.Timeout);
    const two = isSpace ? c + Tcb.Fault : isReceive ? c + Tcb.HomeReply : 0;
    if (b && two) {
      second = argument(t, b, isSpace ? CapType.Endpoint : CapType.Reply, isSpace ? Rights.Write : 0, Status.InvalidCapability);
      if (second < 0) return second;
    }
    if (!canRefill(one) || !canRefill(two)) return Status.DeleteFirst;
    refill(one, first);
    refill(two, second);
    if (FULL && isSpace && label) put(one + Slot.Badge, label & GateLimit.BadgeMax);
    if (isReceive && first) put(object + Ep.Home, c);
  } else if (op < Op.TcbBindNotification) {
    if (label < 0 || label > m[object + Tcb.Mcp]!) return Status.RangeError;
    if (op === Op.TcbSetMcp) put(c + Tcb.Mcp, label);
    else {
      // Behind its equals, in whatever queue it is.
      const on = m[c + Tcb.Object]!;
      let head = 0;
      if (state === TaskState.Ready) head = m[c + Tcb.Event] === Limit.GoHome || (m[c + Tcb.Sc] && m[c + Tcb.Event] !== -1) ? Reg.Ready : 0;
      else if (CNODES && state === TaskState.BlockedOnWork) head = m[Reg.WorkTask] === c ? 0 : Reg.WorkQueue;
      else if (on && state !== TaskState.BlockedOnReply) head = on + Ep.Head;
      if (head) dequeue(head, c);
      put(c + Tcb.Priority, label);
      if (head) enqueue(head, c);
    }
  } else if (isBind) {
    if (m[object + Nt.Head] || m[object + Nt.Task]) return Status.IllegalOperation;
    put(object + Nt.Task, c);
    put(c + Tcb.Notification, object);
  } else {
    put(bound + Nt.Task, 0);
    put(c + Tcb.Notification, 0);
  }
  return Status.Ok;
}

/** Operations through the TCB capability in slot `s`, by task `t`. */
export function tcbInvoke(t: number, op: Op, s: number, label: number, a: number, b: number): number {
  const c = m[s + Slot.Object]!;
  const state = m[c]!;
  if (!(m[s]! & Rights.Write)) return Status.InvalidCapability;
  if (WIRING && op < Op.TcbResume) return tcbWire(t, op, c, label, a, b);
  if (op === Op.TcbSuspend) halt(c, TaskState.Inactive);
  else {
    // Starts it anew, or cancels what it is blocked on.
    const isDown = state === TaskState.Inactive || state === TaskState.Faulted;
    if (!k._handlers[m[c + Tcb.Number]!] || !m[c + Tcb.CSpace]) return Status.IllegalOperation;
    if (state === TaskState.Ready) return Status.Ok;
    cancel(c);
    if (isDown) {
      put(c + Tcb.Generation, m[c + Tcb.Generation]! + 1);
      // A run that stopped itself may have gone on to say these.
      putDouble(c + Tcb.Deadline, 0);
      if (TRANSFER) putDouble(c + Tcb.ReceiveRef, 0);
    }
    wake(c, isDown ? Event.Start : Event.Cancelled);
  }
  return Status.Ok;
}
