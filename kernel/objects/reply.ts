// Reply: the one-shot right to answer a call. It names a caller and the number of its call, so it can never reach a later call,
// another task, or the same caller twice. Each task has room for one; while it is in use, the task is given no further message.
// Reference: seL4 manual (MCS), "Reply objects": a reply to a caller that is gone succeeds and does nothing.

import { Status } from "../gate.ts";
import { Count, TaskState, Tcb } from "../state.ts";
import type { KernelState } from "../state.ts";

/** Answers the call that task `t` is serving. */
export function replySend(k: KernelState, t: number, label: number, a: number, b: number, data: string): number {
  if (!k._tcb[Tcb.ReplyTo + t]) return Status.InvalidCapability;
  if (typeof data !== "string") return Status.InvalidArgument;
  if (data.length > k._dataBytes) return Status.Range;
  const caller = k._tcb[Tcb.ReplyTo + t]! - 1;
  if (k._tcb[Tcb.State + caller] === TaskState.BlockedOnReply && k._count[Count.Call + caller] === k._count[Count.Reply + t]) {
    k._msgLabel[caller] = label;
    k._msgA[caller] = a;
    k._msgB[caller] = b;
    k._msgData[caller] = data;
    k._tcb[Tcb.State + caller] = TaskState.Replied;
    k._hint |= 1 << caller;
  }
  k._tcb[Tcb.ReplyTo + t] = 0;
  k._hint |= 1 << t;
  return Status.Ok;
}
