// Notification: a word of bits that signals are OR-ed into, taken by Wait and Poll, or delivered to the task bound to it.
//
// Interrupts do nothing else than signal one, so no handler ever runs inside another. As in seL4's code (src/object/notification.c), a signal
// with badge 0 makes an idle notification active with word 0.

import { Event, TaskState } from "../gate.ts";
import { dequeue } from "../queue.ts";
import { lendSc, wake } from "../wake.ts";
import { Ep, Limit, m, Nt, put, Tcb } from "../state.ts";

declare const DONATION: boolean;

export function signal(n: number, badge: number): void {
  let t = m[n + Nt.Head]!;
  const word = m[n]!;
  if (t) put(n + Nt.Head, m[t + Tcb.Next]!);
  else {
    t = word ? 0 : m[n + Nt.Task]!;
    const state = t && m[t]!;
    const object = t && m[t + Tcb.Object]!;
    if (state === TaskState.BlockedOnReceive) dequeue(object + Ep.Head, t);
    else if (state !== TaskState.BlockedOnNotification || object) {
      const sum = word | badge | Limit.Active;
      if (sum !== word) put(n, sum);
      return;
    }
  }
  if (DONATION) lendSc(n, t);
  m[t + Tcb.Badge] = badge;
  wake(t, Event.Notification);
}
