// TCB: a task, its state, its faults. Creation, Resume, Suspend, and what a fault leaves behind.
//
// Stopping a task purges what the kernel held for it: its timer, the reply it owed and its own call; whoever called it gets DeadReply
// instead of waiting for ever (Hubris' dead codes). Messages that were merely sent stay queued for its next life.
// A fault becomes a message to the task's fault endpoint; where there is none, or no room, the task just stays down (seL4's double fault).
// Reference: seL4 manual, "Threads and Execution", "Faults".

import { CapType, Op, Rights, Status } from "../gate.ts";
import type { FaultKind, Handler } from "../gate.ts";
import { Count, Ep, Limit, TaskState, Tcb } from "../state.ts";
import type { KernelState } from "../state.ts";
import { endpointSend } from "./endpoint.ts";

/**
 * Makes an inactive task with a CSpace of `slots` addresses, receiving from `endpoint` and `notification` (`Limit.None`: none).
 * Tasks are made in falling order of `priority` (255 highest), so that a task's number is its rank; else `IllegalOperation`.
 */
export function createTask(k: KernelState, handler: Handler, priority: number, slots: number, endpoint: number, notification: number): number {
  const t = k._tasks;
  if (t >= k._taskRuns.length || k._slots + slots > k._slotCap.length) return Status.NotEnoughMemory;
  if (t && priority > k._tcb[Tcb.Priority + t - 1]!) return Status.IllegalOperation;
  k._tcb[Tcb.Base + t] = k._slots - 1;
  k._tcb[Tcb.Size + t] = slots;
  k._slots += slots;
  k._tcb[Tcb.Priority + t] = priority;
  k._tcb[Tcb.Endpoint + t] = endpoint;
  k._tcb[Tcb.Notification + t] = notification;
  k._handlers[t] = handler;
  k._msgData[t] = "";
  if (endpoint !== Limit.None) k._ep[Ep.Task + endpoint] = t;
  if (notification !== Limit.None) k._ntTask[notification] = t;
  k._tasks++;
  return t;
}

/** Stops task `t` in `state` and purges what the kernel holds for it. */
export function halt(k: KernelState, t: number, state: TaskState): void {
  k._tcb[Tcb.State + t] = state;
  k._deadline[t] = 0;
  k._tcb[Tcb.ReplyTo + t] = 0;
  k._msgData[t] = "";
  for (let c = 0; c < k._tasks; c++) {
    if (k._tcb[Tcb.State + c] === TaskState.BlockedOnReply && k._tcb[Tcb.CallTo + c] === k._tcb[Tcb.Endpoint + t]) {
      k._tcb[Tcb.State + c] = TaskState.Orphaned;
      k._hint |= 1 << c;
    }
  }
}

/** Makes task `t` startable: its next event is Start. */
export function start(k: KernelState, t: number): void {
  k._count[Count.Generation + t]!++;
  k._tcb[Tcb.State + t] = TaskState.Starting;
  k._hint |= 1 << t;
}

/** Task `t` failed: stop it and tell its fault handler. */
export function fault(k: KernelState, t: number, kind: FaultKind, reason: string): void {
  halt(k, t, TaskState.Faulted);
  k._count[Count.Faults + t]!++;
  if (k._tcb[Tcb.FaultCap + t]) endpointSend(k, t, Op.Fault, k._tcb[Tcb.Base + t]! + k._tcb[Tcb.FaultCap + t]!, kind, t, k._count[Count.Faults + t]!, reason);
}

/** Resume and Suspend through slot `s`. */
export function tcbInvoke(k: KernelState, s: number, resume: boolean): number {
  const cap = k._slotCap[s]!;
  if (cap >> 4 !== CapType.Tcb) return Status.InvalidCapability;
  const t = k._slotObject[s]!;
  const state = k._tcb[Tcb.State + t]!;
  if (!(cap & Rights.Write)) return Status.IllegalOperation;
  if (resume === (state !== TaskState.Inactive && state !== TaskState.Faulted)) return Status.IllegalOperation;
  if (resume) start(k, t);
  else halt(k, t, TaskState.Inactive);
  return Status.Ok;
}
