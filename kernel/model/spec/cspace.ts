// Addresses: from integers to slots (README "Addresses", "Refs"; seL4 manual, "Capability Spaces": guard, then radix, most significant bit first).

import { CapType, Status } from "../../gate.ts";
import type { SlotId } from "../abstract-state.ts";
import { holds, mustGet } from "./state.ts";
import type { SpecState, SpecTask } from "./state.ts";

export interface Guard {
  bits: number;
  value: number;
}

/** A guard in the 28 bits of a capability: bits << 16 | value. As in seL4, only as many bits of the value count. */
export function guardOf(badge: number): Guard {
  const bits = badge >>> 16;
  return { bits, value: (badge & 0xffff) % 2 ** bits };
}

function slotIn(s: SpecState, cnode: number, index: number): SlotId | Status.FailedLookup {
  const size = 2 ** mustGet(s.cnodes, cnode).radix;
  return index >= 1 && index < size ? cnode + 4 * index : Status.FailedLookup;
}

/** seL4's resolveAddressBits over the lowest `bits` bits of `address`. */
function resolve(s: SpecState, from: SlotId, address: number, bits: number): { at: SlotId; left: number } | Status.FailedLookup {
  let at = from;
  let left = bits;
  for (;;) {
    const cap = holds(s, at, CapType.CNode);
    if (!cap || left === 0) return { at, left };
    const guard = guardOf(cap.badge);
    const { radix } = mustGet(s.cnodes, cap.object);
    if (guard.bits + radix > left) return Status.FailedLookup;
    const rest = Math.floor((address % 2 ** left) / 2 ** (left - guard.bits));
    if (rest !== guard.value) return Status.FailedLookup;
    left -= guard.bits;
    const index = Math.floor((address % 2 ** left) / 2 ** (left - radix));
    left -= radix;
    const slot = slotIn(s, cap.object, index);
    if (slot < 0) return Status.FailedLookup;
    at = slot;
  }
}

/** Slot at a capability address of a task; the slot may be empty. */
export function slotOf(s: SpecState, t: SpecTask, address: number): SlotId | Status.FailedLookup {
  const root = holds(s, t.slotIds.cspace, CapType.CNode);
  if (!root) return Status.FailedLookup;
  if (!s.isFull || root.badge === 0) return slotIn(s, root.object, address | 0);
  const found = resolve(s, t.slotIds.cspace, address >>> 0, 32);
  return typeof found === "object" ? found.at : found;
}

/** `slotRef(root, index, depth)` taken apart. */
export function refParts(ref: number): { root: number; index: number; depth: number } {
  return { root: Math.floor(ref / 65536) & 0xffff, index: ref & 0xffff, depth: Math.floor(ref / 65536 / 65536) };
}

/** The slot that a ref names, from the CNode capability in slot `root` on. */
export function refSlot(s: SpecState, root: SlotId, ref: number): SlotId | Status.FailedLookup | Status.RangeError {
  const { index, depth } = refParts(ref);
  if (depth === 0) return slotIn(s, mustGet(s.slots, root).object, index);
  if (!s.isFull || !(depth >= 1 && depth <= 16)) return Status.RangeError;
  const found = resolve(s, root, index, depth);
  return typeof found === "object" && found.left === 0 ? found.at : Status.FailedLookup;
}

/** Slot of the CNode capability that a ref starts from. */
export function rootSlot(s: SpecState, t: SpecTask, ref: number): SlotId | Status.FailedLookup {
  const at = slotOf(s, t, refParts(ref).root);
  return at > 0 && holds(s, at, CapType.CNode) ? at : Status.FailedLookup;
}
