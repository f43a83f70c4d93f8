// The step: run ready handlers, highest priority first, until nothing is ready or the budget is used up; then say when to be called again.
//
// One handler run handles one event. Order within a task: Start; then, when it is blocked on a call, only the reply; else notification
// (before queued senders, as in seL4), timer, message. A task that still owes a reply gets no message.
// Crash-only: `_running` is written before anything is taken from a queue and cleared after the handler returned. A stack overflow or full
// memory skips catch and finally on Espruino, so the next step finds `_running` set and turns it into a fault of that task.

import { Event, FaultKind } from "./gate.ts";
import { fault } from "./objects/tcb.ts";
import { Count, Ep, Limit, TaskState, Tcb } from "./state.ts";
import type { KernelState } from "./state.ts";

/** What the message in `row` is to task `t`: a message, a fault message, or -1 when its caller is gone. A call makes `t` owe a reply. */
function admit(k: KernelState, t: number, row: number): Event {
  const sender = k._msgFrom[row]!;
  if (!sender) return Event.Message;
  if (sender === Limit.FromKernel) return Event.Fault;
  const call = k._msgSeq[row]!;
  if (k._count[Count.Call + sender - 1] !== call || k._tcb[Tcb.State + sender - 1] !== TaskState.BlockedOnReply) return -1 as Event;
  k._count[Count.Reply + t] = call;
  k._tcb[Tcb.ReplyTo + t] = sender;
  return Event.Message;
}

/**
 * Runs at most `budget` handlers at time `nowUs` (µs since boot, never falling).
 * Returns when to be called next: `nowUs` when more is ready, a later deadline, or -1 when only an interrupt can bring work.
 */
export function step(k: KernelState, nowUs: number, budget: number): number {
  k._now = nowUs;
  if (k._running) {
    fault(k, k._running - 1, FaultKind.Interrupted, "");
    k._running = 0;
    k._hint = (1 << k._tasks) - 1;
    k._dirty = 1;
  }
  if (k._next >= 0 && k._next <= nowUs) k._dirty = 1;
  const tcb = k._tcb;
  const ep = k._ep;
  while (budget > 0) {
    if (k._dirty) {
      // Mark tasks whose timer has expired and find the next deadline.
      k._next = -1;
      for (let i = 0; i < k._tasks; i++) {
        const d = k._deadline[i]!;
        if (d > 0 && d <= nowUs) k._hint |= 1 << i;
        else if (d > 0 && (k._next < 0 || d < k._next)) k._next = d;
      }
      k._dirty = 0;
    }
    if (!k._hint) break;
    const bit = k._hint & -k._hint;
    const t = k._rank[bit % 19]!;
    k._running = t + 1;
    let event: Event = -1 as Event;
    let badge = 0;
    let a = 0;
    /** Row of the message to hand over, -1 none. */
    let row = -1;
    const state = tcb[Tcb.State + t];
    if (state === TaskState.Replied) {
      event = Event.Reply;
      row = t;
    } else if (state === TaskState.Receive) {
      const n = tcb[Tcb.Notification + t]!;
      const e = tcb[Tcb.Endpoint + t]!;
      if (n !== Limit.None && k._ntWord[n]) {
        event = Event.Notification;
        badge = k._ntWord[n]! & ~Limit.Active;
        k._ntWord[n] = 0;
      } else if (k._deadline[t]! > 0 && k._deadline[t]! <= nowUs) {
        event = Event.Timer;
        a = k._deadline[t]!;
        k._deadline[t] = 0;
      } else if (e !== Limit.None && !tcb[Tcb.ReplyTo + t]) {
        while (ep[Ep.Head + e] !== ep[Ep.Tail + e] && event < 0) {
          row = ep[Ep.First + e]! + (ep[Ep.Head + e]! & ep[Ep.Mask + e]!);
          ep[Ep.Head + e]!++;
          event = admit(k, t, row);
          badge = k._msgBadge[row]!;
        }
      }
    } else if (state === TaskState.Starting) event = Event.Start;
    else if (state === TaskState.Orphaned) event = Event.DeadReply;
    if (event < 0) k._hint &= ~bit;
    else {
      tcb[Tcb.State + t] = TaskState.Receive;
      k._taskRuns[t]!++;
      budget--;
      try {
        if (row < 0) k._handlers[t]!(event, badge, 0, a, 0, "");
        else {
          const data = k._msgData[row]!;
          k._msgData[row] = "";
          k._handlers[t]!(event, badge, k._msgLabel[row]!, k._msgA[row]!, k._msgB[row]!, data);
        }
      } catch (e) {
        fault(k, t, FaultKind.Thrown, ("" + e).substring(0, 64));
      }
    }
    k._running = 0;
  }
  return k._hint || k._dirty ? nowUs : k._next;
}
