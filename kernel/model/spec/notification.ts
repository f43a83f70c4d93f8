// Notification: signal, wait, poll (README "Signal"; seL4 manual, "Notifications"). A signal with badge 0 makes it active all the same.

import { Event, Status, TaskState } from "../../gate.ts";
import type { AbstractNotification, ObjectId } from "../abstract-state.ts";
import { dequeue, giveContext, mustGet, wake } from "./state.ts";
import type { SpecState, SpecTask } from "./state.ts";

/** A task woken by a notification runs on the notification's context when it has none. */
function lendTo(s: SpecState, n: AbstractNotification, t: SpecTask): void {
  if (!t.schedContext && n.schedContext && mustGet(s.schedContexts, n.schedContext).tcb === 0) giveContext(s, n.schedContext, t.id);
}

function deliver(s: SpecState, n: AbstractNotification, t: SpecTask, word: number): void {
  lendTo(s, n, t);
  wake(s, t, Event.Notification, { badge: word });
}

export function signal(s: SpecState, id: ObjectId, badge: number): Status {
  const n = mustGet(s.notifications, id);
  const bound = s.tasks.get(n.bound);
  const waiter = n.queue[0];
  if (n.isActive) n.word |= badge;
  else if (waiter !== undefined) {
    n.queue.shift();
    deliver(s, n, mustGet(s.tasks, waiter), badge);
  } else if (bound && (bound.state === TaskState.BlockedOnReceive || (bound.state === TaskState.BlockedOnNotification && bound.object === 0))) {
    if (bound.object) dequeue(mustGet(s.endpoints, bound.object).queue, bound.id);
    deliver(s, n, bound, badge);
  } else {
    n.isActive = true;
    n.word = badge;
  }
  return Status.Ok;
}

/** The word, now cleared and idle. */
export function poll(s: SpecState, id: ObjectId): number {
  const n = mustGet(s.notifications, id);
  const { word } = n;
  n.isActive = false;
  n.word = 0;
  return word;
}

/** The active notification `id` becomes the next event of `t`. */
export function consume(s: SpecState, id: ObjectId, t: SpecTask): void {
  deliver(s, mustGet(s.notifications, id), t, poll(s, id));
}
