// Addresses: from integers to slots. Seat of every "does this task hold that?" (seL4 manual, "Capability Spaces"; src/kernel/cspace.c).
//
// The common case, a root CNode whose guard is 0, is one comparison; the kernel's door has it inline. Guards and further levels: full only.

import { CapType, Status } from "./gate.ts";
import { m, Slot, Tcb } from "./state.ts";

declare const FULL: boolean;

/** Is what slot `s` holds of this type? */
export function holds(s: number, type: CapType): boolean {
  return s > 0 && ((m[s]! >> 4) & 15) === type;
}

/**
 * Walks `bits` bits of `address`, most significant first, from the CNode capability in slot `s` on, as seL4's resolveAddressBits.
 * The slot, or FailedLookup. `isExact`: no bit may be left over.
 */
function walk(s: number, address: number, bits: number, isExact: boolean): number {
  while (((m[s]! >> 4) & 15) === CapType.CNode && bits > 0) {
    const c = m[s + Slot.Object]!;
    const guard = m[s + Slot.Badge]!;
    const guardBits = guard >>> 16;
    let radix = 0;
    while (1 << radix < m[c]!) radix++;
    if (!radix || guardBits + radix > bits) return Status.FailedLookup;
    bits -= guardBits;
    // Shifts count modulo 32.
    if (((address >>> bits) ^ (guard & 0xffff)) & ((1 << guardBits) - 1)) return Status.FailedLookup;
    bits -= radix;
    const index = (address >>> bits) & ((1 << radix) - 1);
    if (!index || index >= m[c]!) return Status.FailedLookup;
    s = c + Slot.Words * index;
  }
  // No bit may be left; of a whole address all are only when there is no CNode at its root.
  return bits > (isExact ? 0 : 31) ? Status.FailedLookup : s;
}

/** Slot at capability address `address` of task `t`, or FailedLookup. */
export function slotOf(t: number, address: number): number {
  const at = address | 0;
  const c = m[t + (Tcb.CSpace + Slot.Object)]!;
  if (FULL && m[t + (Tcb.CSpace + Slot.Badge)]) return walk(t + Tcb.CSpace, at, 32, false);
  return at > 0 && at < m[c]! ? c + Slot.Words * at : Status.FailedLookup;
}

/** Slot of a capability argument. Answers `status` when it has not the type, or none of the rights (0: any). */
export function argument(t: number, address: number, type: CapType, right: number, status: Status): number {
  const s = slotOf(t, address);
  return s < 0 || (holds(s, type) && (!right || m[s]! & right)) ? s : status;
}

/** Slot that `ref` names from the CNode capability in slot `s` on; FailedLookup or RangeError. */
export function refSlot(s: number, ref: number): number {
  const depth = Math.floor(ref / 4294967296);
  const index = ref & 0xffff;
  if (depth && FULL) return depth > 0 && depth <= 16 ? walk(s, index, depth, true) : Status.RangeError;
  if (depth !== 0) return Status.RangeError;
  const c = m[s + Slot.Object]!;
  return index > 0 && index < m[c]! ? c + Slot.Words * index : Status.FailedLookup;
}

/** Slot that `ref` names in the CSpace of task `t`; FailedLookup or RangeError. */
export function refOf(t: number, ref: number): number {
  const root = slotOf(t, Math.floor(ref / 65536) & 0xffff);
  return holds(root, CapType.CNode) ? refSlot(root, ref) : Status.FailedLookup;
}
