// Endpoint: where a sender and a receiver meet. It keeps no messages, only a queue of tasks: senders with the message in their own TCB, or receivers.
//
// So a message costs nothing while it waits, a flood can only fill the flooder's own row, and a rendezvous moves four numbers and a reference
// to a string. Reference: seL4 manual, "Message Passing"; src/object/endpoint.c (sendIPC, receiveIPC), src/kernel/thread.c (doNormalTransfer).

import { CapType, Event, Rights, Status, TaskState } from "../gate.ts";
import { holds, refSlot, rootSlot, slotOf } from "../cspace.ts";
import { copyCap, hasChildren } from "../derivation.ts";
import { dequeue, enqueue } from "../queue.ts";
import { Ep, Limit, put, putDouble, Rep, Sc, Send, Slot, Tcb } from "../state.ts";
import type { KernelState } from "../state.ts";
import { lendSc, moveSc, wake } from "../wake.ts";
import { endCall } from "./reply.ts";

/** Hands over the capability attached by `s` to `r`; `e`: endpoint the message came through (0: a reply). */
export function transferCap(k: KernelState, s: number, r: number, e: number, mayGrant: boolean): void {
  const m = k._m;
  const from = slotOf(k, s, m[s + Tcb.Attach]!);
  put(k, s + Tcb.Attach, 0);
  if (!mayGrant || from < 0 || !m[from]) return;
  if (e && holds(k, from, CapType.Endpoint) && m[from + Slot.Object] === e) {
    put(k, r + Tcb.Received, m[from + Slot.Badge]! * 4 + 2);
    return;
  }
  const ref = k._d[(r + Tcb.ReceiveRef) >> 1]!;
  const root = ref ? rootSlot(k, r, ref) : Status.FailedLookup;
  const to = root < 0 ? root : refSlot(k, root, ref);
  const type = (m[from]! >> 4) & 15;
  if (to < 0 || m[to] || type === CapType.IrqControl || type === CapType.Zombie || (type === CapType.Untyped && hasChildren(k, from))) return;
  copyCap(k, from, to, Rights.All, m[from + Slot.Badge]!);
  put(k, r + Tcb.Received, 1);
}

/** The message in the TCB of `s` (its Flags and Badge say through what) goes to `r`, which has said where calls go (Reply, Flags) and leaves its queue. */
export function take(k: KernelState, s: number, r: number, e: number): void {
  const m = k._m;
  const d = k._d;
  const flags = m[s + Tcb.Flags]!;
  const text = k._data[m[s + Tcb.Number]!]!;
  m[r + Tcb.Badge] = m[s + Tcb.Badge]!;
  m[r + Tcb.Label] = m[s + Tcb.Label]!;
  d[(r + Tcb.A) >> 1] = d[(s + Tcb.A) >> 1]!;
  d[(r + Tcb.B) >> 1] = d[(s + Tcb.B) >> 1]!;
  k._data[m[r + Tcb.Number]!] = text.length > m[r + Tcb.Bytes]! ? text.substring(0, m[r + Tcb.Bytes]!) : text;
  if (m[r + Tcb.Received]) put(k, r + Tcb.Received, 0);
  if (m[s + Tcb.Attach]) transferCap(k, s, r, e, (flags & Send.Grant) > 0);
  if (flags & Send.Call) {
    // From now on reply object `p` is the way back; a caller it still had is told. Without one nobody will ever answer.
    const p = m[r + Tcb.Reply]!;
    if (p) {
      if (m[p]) endCall(k, p, Event.DeadReply);
      const canGrant = m[r + Tcb.Flags]! & Send.Grant;
      const sc = m[s + Tcb.Sc]!;
      put(k, p, s);
      if (m[p + Rep.Server] !== r) put(k, p + Rep.Server, r);
      if (m[p + Rep.CanGrant] !== canGrant) put(k, p + Rep.CanGrant, canGrant);
      put(k, s, TaskState.BlockedOnReply);
      put(k, s + Tcb.Object, p);
      if (sc && !m[r + Tcb.Sc]) {
        put(k, p + Rep.Sc, sc);
        moveSc(k, sc, r);
      }
    } else {
      put(k, s + Tcb.LeaseFrame, 0);
      wake(k, s, Event.DeadReply);
    }
  }
  wake(k, r, flags & Send.Fault ? Event.Fault : Event.Message);
}

/** Sends the message in the TCB of `t` to endpoint `e`: to the first receiver, or `t` queues in `state`. */
export function send(k: KernelState, t: number, e: number, flags: number, state: TaskState): void {
  const m = k._m;
  const r = m[e + Ep.Head]!;
  // What stands in the TCB of the running task need not be undone: when it faults, all that is purged.
  m[t + Tcb.Flags] = flags;
  if (r && !m[e]) {
    put(k, e + Ep.Head, m[r + Tcb.Next]!);
    take(k, t, r, e);
  } else {
    m[t] = state;
    m[t + Tcb.Object] = e;
    put(k, e, 1);
    enqueue(k, e + Ep.Head, t);
  }
}

/** The deadline of `t` has come: that is its event. */
export function timeOut(k: KernelState, t: number): void {
  k._d[(t + Tcb.A) >> 1] = k._d[(t + Tcb.Deadline) >> 1]!;
  putDouble(k, t + Tcb.Deadline, 0);
  wake(k, t, Event.Timer);
}

/** `t` waits: for notification `n` (Wait), or else for a message from endpoint `e` (0: none; negative: from its home) or its bound notification; for its timer in any case. */
export function receive(k: KernelState, t: number, e: number, n: number, flags: number, p: number): void {
  const m = k._m;
  const sc = m[t + Tcb.Sc]!;
  const deadline = k._d[(t + Tcb.Deadline) >> 1]!;
  const bound = n || m[t + Tcb.Notification]!;
  if (e < 0) {
    const cap = m[t + Tcb.Endpoint]!;
    p = m[t + (Tcb.HomeReply + Slot.Object)]!;
    // Whoever still owes an answer gets no further message.
    e = (cap & (240 | Rights.Read)) === ((CapType.Endpoint << 4) | Rights.Read) && !(p && m[p]) ? m[t + (Tcb.Endpoint + Slot.Object)]! : 0;
    flags = (cap >> 2) & Send.Grant;
  }
  // A notification's context was only lent.
  if (sc && m[sc + Sc.Notification]) moveSc(k, sc, 0);
  m[t + Tcb.Flags] = flags;
  m[t + Tcb.Reply] = p;
  if (bound && m[bound]) {
    m[t + Tcb.Badge] = m[bound]! & ~Limit.Active;
    put(k, bound, 0);
    lendSc(k, bound, t);
    wake(k, t, Event.Notification);
  } else if (deadline > 0 && deadline <= k._now) {
    timeOut(k, t);
  } else if (e && m[e]) {
    const s = m[e + Ep.Head]!;
    dequeue(k, e + Ep.Head, s);
    if (!m[e + Ep.Head]) put(k, e, 0);
    take(k, s, t, e);
    if (m[s + Tcb.Flags]! & Send.Fault) put(k, s + Tcb.Object, 0);
    else if (!(m[s + Tcb.Flags]! & Send.Call)) wake(k, s, Limit.GoHome);
  } else {
    m[t] = e ? TaskState.BlockedOnReceive : TaskState.BlockedOnNotification;
    m[t + Tcb.Object] = e || n;
    if (e || n) enqueue(k, (e || n) + Ep.Head, t);
  }
}
