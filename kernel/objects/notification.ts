// Notification: a word of bits that signals are OR-ed into, polled or delivered to the task bound to it.
//
// Interrupts (serial data, pin changes) do nothing else than signal one, so no handler ever runs inside another.
// As in seL4, a signal with badge 0 makes an idle notification active with word 0. Reference: seL4 manual, "Notifications".

import { CapType, Rights, Status } from "../gate.ts";
import { Limit } from "../state.ts";
import type { KernelState } from "../state.ts";

/** Makes a notification; its number, or `NotEnoughMemory`. */
export function createNotification(k: KernelState): number {
  if (k._notifications >= k._ntTask.length) return Status.NotEnoughMemory;
  const n = k._notifications++;
  k._ntTask[n] = Limit.None;
  return n;
}

/** ORs `bits` into notification `n`: for capabilities and for the port's interrupts. */
export function signal(k: KernelState, n: number, bits: number): void {
  k._ntWord[n]! |= bits | Limit.Active;
  if (k._ntTask[n] !== Limit.None) k._hint |= 1 << k._ntTask[n]!;
}

/** Signal and Poll through slot `s`. Poll answers with the word, now cleared; 0 when idle. */
export function notificationInvoke(k: KernelState, s: number, isPoll: boolean): number {
  const cap = k._slotCap[s]!;
  if (cap >> 4 !== CapType.Notification) return Status.InvalidCapability;
  if (!(cap & (isPoll ? Rights.Read : Rights.Write))) return Status.IllegalOperation;
  const n = k._slotObject[s]!;
  if (!isPoll) {
    signal(k, n, k._slotBadge[s]!);
    return Status.Ok;
  }
  const word = k._ntWord[n]! & ~Limit.Active;
  k._ntWord[n] = 0;
  return word;
}
