// Ready or not: giving a task its next event, and the right to run for it.

import { TaskState } from "./gate.ts";
import type { Event } from "./gate.ts";
import { dequeue, enqueue } from "./queue.ts";
import { m, Nt, put, Reg, Rep, Sc, Tcb } from "./state.ts";

/** `event` is what `t`, blocked until now, gets on its turn. Without a scheduling context it has none. Its event means nothing in other states: no need to undo it. */
export function wake(t: number, event: Event | number): void {
  put(t, TaskState.Ready);
  m[t + Tcb.Event] = event;
  if (m[t + Tcb.Sc]) enqueue(Reg.Ready, t);
}

/** Gives context `sc` to task `to` (0: nobody) instead of whoever has it. */
export function moveSc(sc: number, to: number): void {
  const from = m[sc]!;
  if (from) {
    put(from + Tcb.Sc, 0);
    if (m[from] === TaskState.Ready) dequeue(Reg.Ready, from);
  }
  put(sc, to);
  if (!to) put(sc + Sc.Home, 0);
  else {
    put(to + Tcb.Sc, sc);
    if (m[to] === TaskState.Ready && m[to + Tcb.Event] !== -1) enqueue(Reg.Ready, to);
  }
}

/** Context `sc` belongs to no task and no notification. */
export function unbindSc(sc: number): void {
  const n = m[sc + Sc.Notification]!;
  moveSc(sc, 0);
  if (n) put(n + Nt.Sc, 0);
  put(sc + Sc.Notification, 0);
}

/** Is context `sc` lent with a call that is still waited for? */
export function isLent(sc: number): boolean {
  for (let i = Reg.Tasks; i < Reg.EndTasks; i++) {
    const t = m[i]!;
    if (m[t] === TaskState.BlockedOnReply && m[m[t + Tcb.Object]! + Rep.Sc] === sc) return true;
  }
  return false;
}

/** Task `t` blocks or stops: the context of a caller who did not wait for it goes home, unless `t` still serves a call on it. */
export function returnSc(t: number): void {
  const sc = m[t + Tcb.Sc]!;
  const home = m[sc + Sc.Home]!;
  if (!sc || !home || isLent(sc)) return;
  put(sc + Sc.Home, 0);
  moveSc(sc, home === t || !m[home + Tcb.Sc] ? home : 0);
}

/** A task that notification `n` wakes, and that has no context, runs on the notification's until it waits again (seL4: maybeDonateSchedContext). */
export function lendSc(n: number, t: number): void {
  const sc = m[n + Nt.Sc]!;
  if (sc && !m[t + Tcb.Sc] && !m[sc]) moveSc(sc, t);
}
