// Endpoint: where a sender and a receiver meet. It keeps no messages, only a queue of tasks: senders with the message in their own TCB, or receivers.
//
// So a message costs nothing while it waits, a flood can only fill the flooder's own row, and a rendezvous moves four numbers and a reference
// to a string. Reference: seL4 manual, "Message Passing"; src/object/endpoint.c (sendIPC, receiveIPC), src/kernel/thread.c (doNormalTransfer).

import { CapType, Event, Rights, Status, TaskState } from "../gate.ts";
import { holds, refOf, slotOf } from "../cspace.ts";
import { copyCap, hasChildren } from "../derivation.ts";
import { dequeue, enqueue } from "../queue.ts";
import { heirOf, lendSc, moveSc, wake } from "../wake.ts";
import { powerSheds } from "../power/power.ts";
import { endCall } from "./reply.ts";
import { d, Ep, k, Limit, m, put, putDouble, Reg, Rep, Sc, Send, Slot, Tcb } from "../state.ts";

declare const FRAMES: boolean;
declare const DONATION: boolean;
declare const TRANSFER: boolean;
declare const POWER: boolean;

/** A message (its badge is there already) stands in the TCB of `t`, cut to what that has room for. */
export function say(t: number, label: number, a: number, b: number, data: string): void {
  const room = m[t + Tcb.Bytes]!;
  m[t + Tcb.Label] = label;
  d[(t + Tcb.A) >> 1] = a;
  d[(t + Tcb.B) >> 1] = b;
  k._data[m[t + Tcb.Number]!] = data.length > room ? data.substring(0, room) : data;
}

/** Hands over the capability attached by `s` to `r`; `e`: endpoint the message came through (0: a reply). */
export function transferCap(s: number, r: number, e: number, mayGrant: boolean): void {
  const from = slotOf(s, m[s + Tcb.Attach]!);
  put(s + Tcb.Attach, 0);
  if (!mayGrant || from < 0 || !m[from]) return;
  if (e && holds(from, CapType.Endpoint) && m[from + Slot.Object] === e) {
    put(r + Tcb.Received, m[from + Slot.Badge]! * 4 + 2);
    return;
  }
  const ref = d[(r + Tcb.ReceiveRef) >> 1]!;
  const to = ref ? refOf(r, ref) : Status.FailedLookup;
  const type = (m[from]! >> 4) & 15;
  if (to < 0 || m[to] || type === CapType.IrqControl || type === CapType.Zombie || (type === CapType.Untyped && hasChildren(from))) return;
  copyCap(from, to, Rights.All, m[from + Slot.Badge]!);
  put(r + Tcb.Received, 1);
}

/** The message in the TCB of `s` (its Flags and Badge say through what) goes to `r`, which has said where calls go (Reply, Flags) and leaves its queue. */
export function take(s: number, r: number, e: number): void {
  const flags = m[s + Tcb.Flags]!;
  m[r + Tcb.Badge] = m[s + Tcb.Badge]!;
  say(r, m[s + Tcb.Label]!, d[(s + Tcb.A) >> 1]!, d[(s + Tcb.B) >> 1]!, k._data[m[s + Tcb.Number]!]!);
  if (TRANSFER && m[r + Tcb.Received]) put(r + Tcb.Received, 0);
  if (TRANSFER && m[s + Tcb.Attach]) transferCap(s, r, e, (flags & Send.Grant) > 0);
  if (flags & Send.Call) {
    // From now on reply object `p` is the way back; a caller it still had is told. Without one nobody will ever answer.
    const p = m[r + Tcb.Reply]!;
    if (p) {
      if (m[p]) endCall(p, Event.DeadReply);
      const canGrant = TRANSFER ? m[r + Tcb.Flags]! & Send.Grant : 0;
      const sc = DONATION ? m[s + Tcb.Sc]! : 0;
      put(p, s);
      if (m[p + Rep.Server] !== r) put(p + Rep.Server, r);
      if (TRANSFER && m[p + Rep.CanGrant] !== canGrant) put(p + Rep.CanGrant, canGrant);
      if (s === m[Reg.Running]) {
        // Of the running task nothing need be undone: it is Ready again, and then halted, when it fails (scheduler.ts).
        m[s] = TaskState.BlockedOnReply;
        m[s + Tcb.Object] = p;
      } else {
        put(s, TaskState.BlockedOnReply);
        put(s + Tcb.Object, p);
      }
      if (DONATION && sc && !m[r + Tcb.Sc]) {
        put(p + Rep.Sc, sc);
        put(s + Tcb.Next, m[sc + Sc.Lenders]!);
        put(sc + Sc.Lenders, s);
        moveSc(sc, r);
      }
    } else {
      if (FRAMES) put(s + Tcb.LeaseFrame, 0);
      wake(s, Event.DeadReply);
    }
  }
  wake(r, flags & Send.Fault ? Event.Fault : Event.Message);
}

/** Sends the message in the TCB of `t` to endpoint `e`: to the first receiver, or `t` queues in `state`. */
export function send(t: number, e: number, flags: number, state: TaskState): void {
  const r = m[e + Ep.Head]!;
  // What stands in the TCB of the running task need not be undone: when it faults, all that is purged.
  m[t + Tcb.Flags] = flags;
  if (r && !m[e]) {
    put(e + Ep.Head, m[r + Tcb.Next]!);
    take(t, r, e);
  } else {
    m[t] = state;
    m[t + Tcb.Object] = e;
    put(e, 1);
    enqueue(e + Ep.Head, t);
  }
}

/** The deadline of `t`, which has a context, has come: that is its event. */
export function timeOut(t: number): void {
  d[(t + Tcb.A) >> 1] = d[(t + Tcb.Deadline) >> 1]!;
  putDouble(t + Tcb.Deadline, 0);
  wake(t, Event.Timer);
}

/** `t` waits: for notification `n` (Wait), or else for a message from endpoint `e` (0: none; negative: from its home) or its bound notification; for its timer in any case. */
export function receive(t: number, e: number, n: number, flags: number, p: number): void {
  const sc = DONATION ? m[t + Tcb.Sc]! : 0;
  const deadline = d[(t + Tcb.Deadline) >> 1]!;
  const bound = n || m[t + Tcb.Notification]!;
  if (e < 0) {
    const cap = m[t + Tcb.Endpoint]!;
    p = m[t + (Tcb.HomeReply + Slot.Object)]!;
    // Whoever still owes an answer gets no further message.
    e = (cap & (240 | Rights.Read)) === ((CapType.Endpoint << 4) | Rights.Read) && !(p && m[p]) ? m[t + (Tcb.Endpoint + Slot.Object)]! : 0;
    flags = (cap >> 2) & Send.Grant;
  }
  if (DONATION && sc && (m[sc + Sc.Lenders] || m[sc + Sc.Notification])) moveSc(sc, heirOf(t));
  m[t + Tcb.Flags] = flags;
  m[t + Tcb.Reply] = p;
  if (bound && m[bound]) {
    m[t + Tcb.Badge] = m[bound]! & ~Limit.Active;
    put(bound, 0);
    if (DONATION) lendSc(bound, t);
    wake(t, Event.Notification);
  } else if (deadline > 0 && deadline <= k._now && m[t + Tcb.Sc] && !(POWER && k._power && powerSheds(k._power, t))) {
    timeOut(t);
  } else if (e && m[e]) {
    const s = m[e + Ep.Head]!;
    dequeue(e + Ep.Head, s);
    if (!m[e + Ep.Head]) put(e, 0);
    take(s, t, e);
    if (m[s + Tcb.Flags]! & Send.Fault) put(s + Tcb.Object, 0);
    else if (!(m[s + Tcb.Flags]! & Send.Call)) wake(s, Limit.GoHome);
  } else {
    m[t] = e ? TaskState.BlockedOnReceive : TaskState.BlockedOnNotification;
    m[t + Tcb.Object] = e || n;
    if (e || n) enqueue((e || n) + Ep.Head, t);
  }
}
