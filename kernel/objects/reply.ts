// Reply: the one-shot right to answer a call. It names a caller and the number of its call, so it can never reach a later call,
// another task, or the same caller twice. Each task has room for one; while it is in use, the task is given no further message.
// Reference: seL4 manual (MCS), "Reply objects": a reply to a caller that is gone succeeds and does nothing.

import { Status } from "../gate.ts";
import { TaskState } from "../state.ts";
import type { KernelState } from "../state.ts";

/** Answers the call that task `t` is serving. */
export function replySend(k: KernelState, t: number, label: number, a: number, b: number, data: string): number {
  if (!k._replyTo[t]) return Status.InvalidCapability;
  if (typeof data !== "string") return Status.InvalidArgument;
  if (data.length > k._dataBytes) return Status.Range;
  const caller = k._replyTo[t]! - 1;
  if (k._state[caller] === TaskState.BlockedOnReply && k._callSeq[caller] === k._replySeq[t]) {
    k._msgLabel[caller] = label;
    k._msgA[caller] = a;
    k._msgB[caller] = b;
    k._msgData[caller] = data;
    k._state[caller] = TaskState.Replied;
    k._hint |= 1 << caller;
  }
  k._replyTo[t] = 0;
  k._hint |= 1 << t;
  return Status.Ok;
}
