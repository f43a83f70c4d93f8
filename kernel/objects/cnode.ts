// CNode: slots and the tree of who was derived from whom. Mint, Delete, Revoke, Identify.
//
// A CSpace is one range of slots per task; an address is 1 … size. Errors come in seL4's order: destination before source.
// Rights only shrink; a badge is set once and only on endpoints and notifications. Deleting a slot hands its children to its parent,
// so whatever was derived from an ancestor stays within reach of its Revoke. Reference: seL4 manual, "CNode", "Capability Derivation Tree".

import { CapType, Rights, Status } from "../gate.ts";
import { Limit, Tcb } from "../state.ts";
import type { KernelState } from "../state.ts";

/** Fills slot `d` by deriving from slot `s`, badge 0 = keep; `d` exists from the last write on. */
export function derive(k: KernelState, d: number, s: number, rights: number, badge: number): number {
  if (k._slotCap[d]) return Status.DeleteFirst;
  const cap = k._slotCap[s]!;
  if (!cap) return Status.InvalidCapability;
  if (badge < 0 || badge > Limit.BadgeMax) return Status.Range;
  if (badge && (k._slotBadge[s] || cap >> 4 === CapType.Tcb)) return Status.IllegalOperation;
  k._slotObject[d] = k._slotObject[s]!;
  k._slotBadge[d] = badge || k._slotBadge[s]!;
  k._slotParent[d] = s;
  k._slotCap[d] = cap & (0xf0 | rights);
  return Status.Ok;
}

/** Mint by task `t`: from slot `s` into the task's address `to`. */
export function cnodeMint(k: KernelState, t: number, s: number, badge: number, to: number, rights: number): number {
  if (to < 1 || to > k._tcb[Tcb.Size + t]!) return Status.Range;
  return derive(k, k._tcb[Tcb.Base + t]! + to, s, rights & Rights.All, badge);
}

/** Empties slot `s`; nothing happens when it is empty. */
export function cnodeDelete(k: KernelState, s: number): number {
  if (!k._slotCap[s]) return Status.Ok;
  for (let i = 1; i < k._slots; i++) if (k._slotParent[i] === s) k._slotParent[i] = k._slotParent[s]!;
  k._slotCap[s] = 0;
  k._slotParent[s] = 0;
  k._slotBadge[s] = 0;
  k._slotObject[s] = 0;
  return Status.Ok;
}

/** Deletes everything derived from slot `s`, which stays. Children of a deleted slot become children of `s` and are met again. */
export function cnodeRevoke(k: KernelState, s: number): number {
  if (!k._slotCap[s]) return Status.InvalidCapability;
  for (let i = 1; i < k._slots; i++) {
    if (k._slotParent[i] === s) {
      cnodeDelete(k, i);
      i = 0;
    }
  }
  return Status.Ok;
}
