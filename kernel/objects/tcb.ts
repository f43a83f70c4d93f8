// TCB: a task, its state, its faults. Creation, Resume, Suspend, and what a fault leaves behind.
//
// Stopping a task purges what the kernel held for it: its timer, the reply it owed and its own call; whoever called it gets DeadReply
// instead of waiting for ever (Hubris' dead codes). Messages that were merely sent stay queued for its next life.
// A fault becomes a message to the task's fault endpoint; where there is none, or no room, the task just stays down (seL4's double fault).
// Reference: seL4 manual, "Threads and Execution", "Faults".

import { CapType, Rights, Status } from "../gate.ts";
import type { FaultKind, Handler } from "../gate.ts";
import { Limit, TaskState } from "../state.ts";
import type { KernelState } from "../state.ts";
import { enqueue } from "./endpoint.ts";

/**
 * Makes an inactive task with a CSpace of `slots` addresses, receiving from `endpoint` and `notification` (`Limit.None`: none).
 * Tasks are made in falling order of `priority` (255 highest), so that a task's number is its rank; else `IllegalOperation`.
 */
export function createTask(k: KernelState, handler: Handler, priority: number, slots: number, endpoint: number, notification: number): number {
  const t = k._tasks;
  if (t >= k._state.length || k._slots + slots > k._slotCap.length) return Status.NotEnoughMemory;
  if (t && priority > k._priority[t - 1]!) return Status.IllegalOperation;
  k._base[t] = k._slots - 1;
  k._size[t] = slots;
  k._slots += slots;
  k._priority[t] = priority;
  k._endpoint[t] = endpoint;
  k._notification[t] = notification;
  k._handlers[t] = handler;
  k._msgData[t] = "";
  if (endpoint !== Limit.None) k._epTask[endpoint] = t;
  if (notification !== Limit.None) k._ntTask[notification] = t;
  k._tasks++;
  return t;
}

/** Stops task `t` in `state` and purges what the kernel holds for it. */
export function halt(k: KernelState, t: number, state: TaskState): void {
  k._state[t] = state;
  k._deadline[t] = 0;
  k._replyTo[t] = 0;
  k._msgData[t] = "";
  for (let c = 0; c < k._tasks; c++) {
    if (k._state[c] === TaskState.BlockedOnReply && k._callTo[c] === k._endpoint[t]) {
      k._state[c] = TaskState.Orphaned;
      k._hint |= 1 << c;
    }
  }
}

/** Makes task `t` startable: its next event is Start. */
export function start(k: KernelState, t: number): void {
  k._generation[t]!++;
  k._state[t] = TaskState.Starting;
  k._hint |= 1 << t;
}

/** Task `t` failed: stop it and tell its fault handler. */
export function fault(k: KernelState, t: number, kind: FaultKind, reason: string): void {
  halt(k, t, TaskState.Faulted);
  k._faults[t]!++;
  const s = k._base[t]! + k._faultCap[t]!;
  const cap = k._slotCap[s]!;
  if (k._faultCap[t] && cap >> 4 === CapType.Endpoint && cap & Rights.Write) {
    const e = k._slotObject[s]!;
    if (((k._epTail[e]! - k._epHead[e]!) & 255) <= k._epMask[e]!) enqueue(k, e, Limit.FromKernel, k._slotBadge[s]!, kind, t, k._faults[t]!, reason);
  }
}

/** Resume and Suspend through slot `s`. */
export function tcbInvoke(k: KernelState, s: number, resume: boolean): number {
  const cap = k._slotCap[s]!;
  if (cap >> 4 !== CapType.Tcb) return Status.InvalidCapability;
  const t = k._slotObject[s]!;
  const state = k._state[t]!;
  if (!(cap & Rights.Write)) return Status.IllegalOperation;
  if (resume === (state !== TaskState.Inactive && state !== TaskState.Faulted)) return Status.IllegalOperation;
  if (resume) start(k, t);
  else halt(k, t, TaskState.Inactive);
  return Status.Ok;
}
