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
    let from = t;
    let a = 0;
    const state = k._tcb[Tcb.State + t];
    if (state === TaskState.Receive) {
      const n = k._tcb[Tcb.Notification + t]!;
      const e = k._tcb[Tcb.Endpoint + t]!;
      if (n !== Limit.None && k._ntWord[n]) {
        event = Event.Notification;
        badge = k._ntWord[n]! & ~Limit.Active;
        k._ntWord[n] = 0;
      } else if (k._deadline[t]! > 0 && k._deadline[t]! <= nowUs) {
        event = Event.Timer;
        a = k._deadline[t]!;
        k._deadline[t] = 0;
      } else if (e !== Limit.None && !k._tcb[Tcb.ReplyTo + t]) {
        while (k._ep[Ep.Head + e] !== k._ep[Ep.Tail + e] && event < 0) {
          from = k._ep[Ep.First + e]! + (k._ep[Ep.Head + e]! & k._ep[Ep.Mask + e]!);
          k._ep[Ep.Head + e]!++;
          const sender = k._msgFrom[from]!;
          if (!sender) event = Event.Message;
          else if (sender === Limit.FromKernel) event = Event.Fault;
          else if (k._count[Count.Call + sender - 1] === k._msgSeq[from] && k._tcb[Tcb.State + sender - 1] === TaskState.BlockedOnReply) {
            event = Event.Message;
            k._count[Count.Reply + t] = k._msgSeq[from]!;
            k._tcb[Tcb.ReplyTo + t] = sender;
          }
          // else its caller is gone: skip it.
        }
        badge = k._msgBadge[from]!;
      }
    } else if (state === TaskState.Starting) event = Event.Start;
    else if (state === TaskState.Replied) event = Event.Reply;
    else if (state === TaskState.Orphaned) event = Event.DeadReply;
    if (event < 0) k._hint &= ~bit;
    else {
      const taken = event === Event.Message || event === Event.Reply || event === Event.Fault;
      const data = taken ? k._msgData[from]! : "";
      if (taken) k._msgData[from] = "";
      k._tcb[Tcb.State + t] = TaskState.Receive;
      k._runs++;
      k._taskRuns[t]!++;
      budget--;
      try {
        k._handlers[t]!(event, badge, taken ? k._msgLabel[from]! : 0, taken ? k._msgA[from]! : a, taken ? k._msgB[from]! : 0, data);
      } catch (e) {
        fault(k, t, FaultKind.Thrown, ("" + e).substring(0, 64));
      }
    }
    k._running = 0;
  }
  return k._hint || k._dirty ? nowUs : k._next;
}
