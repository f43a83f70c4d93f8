// Ready or not: giving a task its next event, and the right to run for it.

import { TaskState } from "./gate.ts";
import type { Event } from "./gate.ts";
import { dequeue, enqueue } from "./queue.ts";
import { Nt, put, Reg, Tcb } from "./state.ts";
import type { KernelState } from "./state.ts";

/** `event` is what `t`, blocked until now, gets on its turn. Without a scheduling context it has none. Its event means nothing in other states: no need to undo it. */
export function wake(k: KernelState, t: number, event: Event | number): void {
  put(k, t, TaskState.Ready);
  k._m[t + Tcb.Event] = event;
  if (k._m[t + Tcb.Sc]) enqueue(k, Reg.Ready, t);
}

/** Gives context `sc` to task `to` (0: nobody) instead of whoever has it. */
export function moveSc(k: KernelState, sc: number, to: number): void {
  const m = k._m;
  const from = m[sc]!;
  if (from) {
    put(k, from + Tcb.Sc, 0);
    if (m[from] === TaskState.Ready) dequeue(k, Reg.Ready, from);
  }
  put(k, sc, to);
  if (to) {
    put(k, to + Tcb.Sc, sc);
    if (m[to] === TaskState.Ready && to !== m[Reg.Running]) enqueue(k, Reg.Ready, to);
  }
}

/** A task that notification `n` wakes, and that has no context, runs on the notification's until it waits again (seL4: maybeDonateSchedContext). */
export function lendSc(k: KernelState, n: number, t: number): void {
  const sc = k._m[n + Nt.Sc]!;
  if (sc && !k._m[t + Tcb.Sc] && !k._m[sc]) moveSc(k, sc, t);
}
