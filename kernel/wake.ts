// Ready or not: giving a task its next event, and the right to run for it.

import { TaskState } from "./gate.ts";
import type { Event } from "./gate.ts";
import { dequeue, enqueue } from "./queue.ts";
import { d, Limit, m, Nt, put, Reg, Rep, Sc, Tcb } from "./state.ts";

/**
 * `event` is what `t`, blocked until now, gets on its turn. Without a scheduling context it has none, but to go home it needs none. Its event means nothing in other states: no need to
 * undo it.
 */
export function wake(t: number, event: Event | number): void {
  put(t, TaskState.Ready);
  m[t + Tcb.Event] = event;
  if (event === Limit.GoHome || m[t + Tcb.Sc]) enqueue(Reg.Ready, t);
}

/**
 * Gives context `sc` to task `to` (0: nobody, and nobody waits for it any more; -1: it stays) instead of whoever has it. Who runs or goes home needs none: its place in the ready list does
 * not change.
 */
export function moveSc(sc: number, to: number): void {
  const from = m[sc]!;
  if (to < 0) return;
  if (from) {
    put(from + Tcb.Sc, 0);
    if (m[from] === TaskState.Ready && m[from + Tcb.Event] !== Limit.GoHome) dequeue(Reg.Ready, from);
  }
  put(sc, to);
  if (!to) put(sc + Sc.Lenders, 0);
  else {
    put(to + Tcb.Sc, sc);
    if (m[to] === TaskState.Ready && m[to + Tcb.Event]! >>> 0 < Limit.GoHome) enqueue(Reg.Ready, to);
    // Its timer counts again (scheduler.ts).
    if (d[(to + Tcb.Deadline) >> 1]) m[Reg.Dirty] = 1;
  }
}

/** Context `sc` belongs to no task and no notification, and no call brings it back. */
export function unbindSc(sc: number): void {
  const n = m[sc + Sc.Notification]!;
  moveSc(sc, 0);
  if (n) put(n + Nt.Sc, 0);
  put(sc + Sc.Notification, 0);
  for (let i = Reg.Tasks; i < Reg.EndTasks; i++) {
    const t = m[i]!;
    const p = m[t + Tcb.Object]!;
    if (t && m[t] === TaskState.BlockedOnReply && m[p + Rep.Sc] === sc) put(p + Rep.Sc, 0);
  }
}

/** Task `t` gets no lent context back any more: it ends, or has been bound another. */
export function forgetLoan(t: number): void {
  for (let i = Reg.Tasks; i < Reg.EndTasks; i++) {
    const sc = m[m[i]! + Tcb.Sc]!;
    if (m[i] && sc) dequeue(sc + Sc.Lenders, t);
  }
}

/**
 * Task `t` waits, or has stopped: who gets its context (`moveSc`), if that was lent to it: the last lender, or nobody when it is a notification's; unless `t` still has that lender's call to
 * answer. A lender who is down is passed over, but for the first of all, whose it is.
 */
export function heirOf(t: number): number {
  const sc = m[t + Tcb.Sc]!;
  let lender = m[sc + Sc.Lenders]!;
  while (lender && m[lender + Tcb.Next] && (m[lender] === TaskState.Inactive || m[lender] === TaskState.Faulted)) lender = m[lender + Tcb.Next]!;
  const p = m[lender + Tcb.Object]!;
  if (!sc || (lender ? m[lender] === TaskState.BlockedOnReply && m[p] === lender && m[p + Rep.Server] === t : !m[sc + Sc.Notification])) return -1;
  if (lender) put(sc + Sc.Lenders, m[lender + Tcb.Next]!);
  return lender;
}

/** A task that notification `n` wakes, and that has no context, runs on the notification's until it waits again (seL4: maybeDonateSchedContext). */
export function lendSc(n: number, t: number): void {
  const sc = m[n + Nt.Sc]!;
  if (sc && !m[t + Tcb.Sc] && !m[sc]) moveSc(sc, t);
}
