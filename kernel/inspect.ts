// Reading the tables from outside, as integers: for statistics, capability dumps and the supervisor. Changes nothing.

import { TaskState } from "./gate.ts";
import { Ep, Limit, Reg, Slot, Tcb } from "./state.ts";
import type { KernelState } from "./state.ts";

/** Task number `n`: priority, state, times started, faults, handler runs, TCB, CNode (0 none), home endpoint, bound notification; [] none. */
export function inspectTask(k: KernelState, n: number): number[] {
  const m = k._m;
  const t = n < Limit.Tasks ? m[Reg.Tasks + n]! : 0;
  return t ? [m[t + Tcb.Priority]!, m[t + Tcb.State]!, m[t + Tcb.Generation]!, m[t + Tcb.Faults]!, m[t + Tcb.Runs]!, t, m[t + Tcb.CSpace + Slot.Object]!, m[t + Tcb.Endpoint + Slot.Object]!, m[t + Tcb.Notification]!] : [];
}

/** The slot at word address `s`: type << 4 | rights (0 empty), object, badge, slot before and behind it in the order of derivation. */
export function inspectSlot(k: KernelState, s: number): number[] {
  const m = k._m;
  const links = m[s + Slot.Links]!;
  return [m[s]! & 255, m[s + Slot.Object]!, m[s + Slot.Badge]!, links >>> 16, links & 0xffff];
}

/** Handler runs of task number `n` and whether work waits for it: runs * 2 + (1 when it is blocked on a call or a send, or has senders queued at its home); -1 stopped by a fault. */
export function progress(k: KernelState, n: number): number {
  const m = k._m;
  const t = m[Reg.Tasks + n]!;
  const state = m[t + Tcb.State]!;
  const e = m[t + Tcb.Endpoint + Slot.Object]!;
  if (state === TaskState.Faulted) return -1;
  const waits = state === TaskState.BlockedOnReply || state === TaskState.BlockedOnSend || (state !== TaskState.Inactive && e > 0 && m[e + Ep.IsSending]! > 0);
  return m[t + Tcb.Runs]! * 2 + (waits ? 1 : 0);
}
