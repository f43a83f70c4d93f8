// Ready or not: giving a task its next event, and the right to run for it.

import { TaskState } from "./gate.ts";
import type { Event } from "./gate.ts";
import { dequeue, enqueue } from "./queue.ts";
import { m, Nt, put, Reg, Sc, Tcb } from "./state.ts";

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
  if (to) {
    put(to + Tcb.Sc, sc);
    if (m[to] === TaskState.Ready && to !== m[Reg.Running]) enqueue(Reg.Ready, to);
  }
}

/** Context `sc` belongs to no task and no notification. */
export function unbindSc(sc: number): void {
  const n = m[sc + Sc.Notification]!;
  moveSc(sc, 0);
  if (n) put(n + Nt.Sc, 0);
  put(sc + Sc.Notification, 0);
}

/** A task that notification `n` wakes, and that has no context, runs on the notification's until it waits again (seL4: maybeDonateSchedContext). */
export function lendSc(n: number, t: number): void {
  const sc = m[n + Nt.Sc]!;
  if (sc && !m[t + Tcb.Sc] && !m[sc]) moveSc(sc, t);
}
