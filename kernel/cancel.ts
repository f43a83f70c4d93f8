// Taking a task out of whatever it is blocked on (seL4: cancelIPC, cancelSignal).

import { TaskState } from "./gate.ts";
import { endCall } from "./objects/reply.ts";
import { dequeue } from "./queue.ts";
import { Ep, m, put, Reg, Tcb } from "./state.ts";

declare const FRAMES: boolean;
declare const TRANSFER: boolean;
declare const CNODES: boolean;

/** Takes `t` out of every queue; it is blocked on nothing any more. */
export function cancel(t: number): void {
  const state = m[t]!;
  const object = m[t + Tcb.Object]!;
  if (state === TaskState.Ready) {
    dequeue(Reg.Ready, t);
    // The one way for an event to be replaced: noted, so that a roll-back brings it back.
    put(t + Tcb.Event, m[t + Tcb.Event]!);
  } else if (state === TaskState.BlockedOnReply) endCall(object, -1);
  else if (CNODES && state === TaskState.BlockedOnWork) {
    dequeue(Reg.WorkQueue, t);
    if (m[Reg.WorkTask] === t) put(Reg.WorkTask, 0);
  } else if (object) {
    dequeue(object + Ep.Head, t);
    if (!m[object + Ep.Head] && state !== TaskState.BlockedOnNotification) put(object, 0);
  }
  // What was to go with its message stays behind.
  put(t + Tcb.Object, 0);
  if (TRANSFER) put(t + Tcb.Attach, 0);
  if (FRAMES) put(t + Tcb.LeaseFrame, 0);
}
