// Reading the tables from outside, as integers: for statistics, capability dumps and the supervisor. Changes nothing.

import { Count, Ep, TaskState, Tcb } from "./state.ts";
import type { KernelState } from "./state.ts";

/** Task `t`: priority, state, times started, faults, handler runs, first slot - 1, slots, endpoint, notification (255 none). */
export function inspectTask(k: KernelState, t: number): number[] {
  return [k._tcb[Tcb.Priority + t]!, k._tcb[Tcb.State + t]!, k._count[Count.Generation + t]!, k._count[Count.Faults + t]!, k._taskRuns[t]!, k._tcb[Tcb.Base + t]!, k._tcb[Tcb.Size + t]!, k._tcb[Tcb.Endpoint + t]!, k._tcb[Tcb.Notification + t]!];
}

/** Slot `s`: type << 4 | rights (0 empty), object, badge, slot it was derived from (0 none). */
export function inspectSlot(k: KernelState, s: number): number[] {
  return [k._slotCap[s]!, k._slotObject[s]!, k._slotBadge[s]!, k._slotParent[s]!];
}

/** Handler runs of task `t` and whether work waits for it: runs * 2 + (1 when it is blocked on a call or has queued messages); -1 stopped by a fault. */
export function progress(k: KernelState, t: number): number {
  const e = k._tcb[Tcb.Endpoint + t]!;
  const state = k._tcb[Tcb.State + t]!;
  if (state === TaskState.Faulted) return -1;
  const waits = state === TaskState.BlockedOnReply || (state !== TaskState.Inactive && e < k._endpoints && k._ep[Ep.Head + e] !== k._ep[Ep.Tail + e]);
  return k._taskRuns[t]! * 2 + (waits ? 1 : 0);
}
