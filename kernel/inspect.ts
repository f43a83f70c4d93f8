// Reading the tables from outside, as integers: for statistics, capability dumps and the supervisor. Changes nothing.

import { TaskState } from "./gate.ts";
import { isParent } from "./derivation.ts";
import { Irq, Limit, m, Reg, Slot, Tcb, use } from "./state.ts";
import type { KernelState } from "./state.ts";

/** Task number `n`: priority, state, times started, faults, handler runs, TCB, CNode (0 none), home endpoint, bound notification; [] none. */
export function inspectTask(k: KernelState, n: number): number[] {
  use(k);
  const t = n < Limit.Tasks ? m[Reg.Tasks + n]! : 0;
  return t ? [m[t + Tcb.Priority]!, m[t]!, m[t + Tcb.Generation]!, m[t + Tcb.Faults]!, m[t + Tcb.Runs]!, t, m[t + (Tcb.CSpace + Slot.Object)]!, m[t + (Tcb.Endpoint + Slot.Object)]!, m[t + Tcb.Notification]!] : [];
}

/** The slot at word address `s`: address, type << 4 | rights, object, badge, address of the slot it was derived from (0 none). */
export function inspectSlot(k: KernelState, s: number): number[] {
  use(k);
  let parent = m[s + Slot.Links]! >>> 16;
  while (parent && !isParent(parent, s)) parent = m[parent + Slot.Links]! >>> 16;
  return [s, m[s]! & 255, m[s + Slot.Object]!, m[s + Slot.Badge]!, parent];
}

/** First full slot behind word address `after` in the boot CNode, in a task's TCB or CNode, or of an interrupt handler; 0 none. */
export function slotAfter(k: KernelState, after: number): number {
  use(k);
  let best = 0;
  for (let i = -1; i < Limit.Tasks; i++) {
    // The boot TCB comes first; its CNode is the boot CNode.
    const t = i < 0 ? k._boot : m[Reg.Tasks + i]!;
    const c = t ? m[t + (Tcb.CSpace + Slot.Object)]! : 0;
    for (let part = 0; part < 2; part++) {
      const from = part ? c + Slot.Words : t + Tcb.CSpace;
      const end = part ? c + Slot.Words * m[c]! : t + Tcb.Words;
      let s = from > after ? from : from + (Math.floor((after - from) / Slot.Words) + 1) * Slot.Words;
      while (s < end && !m[s]) s += Slot.Words;
      if (t && s < end && (!best || s < best)) best = s;
    }
  }
  for (let h = k._irq; h < k._boot; h += Irq.Words) if (h + Irq.Slot > after && m[h + Irq.Slot] && (!best || h + Irq.Slot < best)) best = h + Irq.Slot;
  return best;
}

/** Handler runs of task number `n` (modulo 2²⁹) and whether work waits for it: runs * 2 + (1 when it is blocked on a call or a send, or has senders queued at its home); -1 stopped by a fault. */
export function progress(k: KernelState, n: number): number {
  use(k);
  const t = m[Reg.Tasks + n]!;
  const state = m[t]!;
  const e = m[t + (Tcb.Endpoint + Slot.Object)]!;
  if (state === TaskState.Faulted) return -1;
  const waits = state === TaskState.BlockedOnReply || state === TaskState.BlockedOnSend || (state !== TaskState.Inactive && e > 0 && m[e]! > 0);
  return (m[t + Tcb.Runs]! & 0x1fffffff) * 2 + (waits ? 1 : 0);
}
