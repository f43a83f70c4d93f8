// Taking a task out of whatever it is blocked on (seL4: cancelIPC, cancelSignal).

import { TaskState } from "./gate.ts";
import { endCall } from "./objects/reply.ts";
import { dequeue } from "./queue.ts";
import { Ep, put, Reg, Tcb } from "./state.ts";
import type { KernelState } from "./state.ts";

/** Takes `t` out of every queue; it is blocked on nothing any more. */
export function cancel(k: KernelState, t: number): void {
  const m = k._m;
  const state = m[t]!;
  const object = m[t + Tcb.Object]!;
  if (state === TaskState.Ready) {
    dequeue(k, Reg.Ready, t);
    // The one way for an event to be replaced: noted, so that a roll-back brings it back.
    put(k, t + Tcb.Event, m[t + Tcb.Event]!);
  } else if (state === TaskState.BlockedOnReply) endCall(k, object, -1);
  else if (state === TaskState.BlockedOnWork) {
    dequeue(k, Reg.WorkQueue, t);
    if (m[Reg.WorkTask] === t) put(k, Reg.WorkTask, 0);
  } else if (object) {
    dequeue(k, object + Ep.Head, t);
    if (!m[object + Ep.Head] && state !== TaskState.BlockedOnNotification) put(k, object, 0);
  }
  // What was to go with its message stays behind.
  put(k, t + Tcb.Object, 0);
  put(k, t + Tcb.Attach, 0);
  put(k, t + Tcb.LeaseFrame, 0);
}
