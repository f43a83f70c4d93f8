// The derivation tree: seL4's mapping database (manual, "Capability Derivation Tree"; src/object/cnode.c, isMDBParentOf).
//
// One doubly linked order of slots and two bits per slot are enough: the descendants of a capability stand right behind it.

import { CapType } from "./gate.ts";
import { Ep, m, put, Slot, SlotBit, Tcb } from "./state.ts";

/** Is slot `p` a parent of slot `s`? */
export function isParent(p: number, s: number): boolean {
  const cap = m[p]!;
  if (!(cap & SlotBit.Revocable)) return false;
  const type = (cap >> 4) & 15;
  const object = m[p + Slot.Object]!;
  const other = m[s + Slot.Object]!;
  const otherType = (m[s]! >> 4) & 15;
  if (type === CapType.Untyped) return otherType < CapType.IrqHandler || otherType === CapType.Zombie ? other >= object && other < object + m[object]! : false;
  if (type === CapType.IrqControl && otherType === CapType.IrqHandler) return true;
  if (type !== otherType || object !== other) return false;
  const badge = m[p + Slot.Badge]!;
  return type > CapType.Notification || !badge || (badge === m[s + Slot.Badge] && !(m[s]! & SlotBit.FirstBadged));
}

/** Makes two slots neighbours; 0: there is none on that side. */
function link(before: number, after: number): void {
  if (before) put(before + Slot.Links, (m[before + Slot.Links]! & ~0xffff) | after);
  if (after) put(after + Slot.Links, (m[after + Slot.Links]! & 0xffff) | (before << 16));
}

/** Fills the empty slot `s` right behind slot `from` (0: a list of its own). */
export function insert(from: number, s: number, cap: number, object: number, badge: number): void {
  const after = from && m[from + Slot.Links]! & 0xffff;
  put(s + Slot.Object, object);
  put(s + Slot.Badge, badge);
  put(s + Slot.Links, (from << 16) | after);
  put(s, cap);
  if (from) put(from + Slot.Links, (m[from + Slot.Links]! & ~0xffff) | s);
  if (after) put(after + Slot.Links, (m[after + Slot.Links]! & 0xffff) | (s << 16));
}

/** Empties slot `s`. The endpoint slot of a TCB: its endpoint is not that task's home any more. */
export function unlink(s: number): void {
  const links = m[s + Slot.Links]!;
  const home = m[s + Slot.Object]! + Ep.Home;
  if (((m[s]! >> 4) & 15) === CapType.Endpoint && m[home]! + Tcb.Endpoint === s) put(home, 0);
  link(links >>> 16, links & 0xffff);
  for (let i = 0; i < Slot.Words; i++) put(s + i, 0);
}

/** Moves what is in slot `s` to the empty slot `to`, place in the order and all. */
export function moveSlot(s: number, to: number): void {
  for (let i = 0; i < Slot.Words; i++) {
    put(to + i, m[s + i]!);
    put(s + i, 0);
  }
  const links = m[to + Slot.Links]!;
  link(links >>> 16, to);
  link(to, links & 0xffff);
}

/** Does no neighbour of `s` name the same object? */
export function isLast(s: number): boolean {
  const links = m[s + Slot.Links]!;
  const before = links >>> 16;
  const after = links & 0xffff;
  const object = m[s + Slot.Object]!;
  const type = m[s]! & 240;
  return !((before && m[before + Slot.Object] === object && (m[before]! & 240) === type) || (after && m[after + Slot.Object] === object && (m[after]! & 240) === type));
}

/** Has slot `s` derived capabilities? */
export function hasChildren(s: number): boolean {
  const after = m[s + Slot.Links]! & 0xffff;
  return after > 0 && isParent(s, after);
}

/** Derives: what is in slot `from`, with `rights` at most and this badge, into the empty slot `to`. */
export function copyCap(from: number, to: number, rights: number, badge: number): void {
  const cap = m[from]!;
  const type = (cap >> 4) & 15;
  const isOriginal = type === CapType.Untyped || (type <= CapType.Notification && badge !== m[from + Slot.Badge]);
  insert(from, to, (cap & (240 | rights)) | (isOriginal ? SlotBit.Revocable | SlotBit.FirstBadged : 0), m[from + Slot.Object]!, badge);
}
