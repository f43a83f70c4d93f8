// The derivation tree: seL4's mapping database, one list and two flags (README "Derivation"; seL4 src/object/objecttype.c sameRegionAs, cnode.c isMDBParentOf).

import { CapType, Status } from "../../gate.ts";
import type { AbstractSlot, ObjectId, SlotId } from "../abstract-state.ts";
import { mustGet } from "./state.ts";
import type { SpecState } from "./state.ts";

export function isBadged(type: CapType): boolean {
  return type === CapType.Endpoint || type === CapType.Notification;
}

function sameRegion(s: SpecState, p: AbstractSlot, c: AbstractSlot): boolean {
  if (p.type === CapType.Untyped) {
    const end = p.object + mustGet(s.untypeds, p.object).words;
    const last = c.type === CapType.Untyped ? c.object + mustGet(s.untypeds, c.object).words : c.object + 1;
    return c.object >= p.object && last <= end;
  }
  if (p.type === CapType.IrqControl && c.type === CapType.IrqHandler) return true;
  return p.type === c.type && p.object === c.object;
}

export function isParent(s: SpecState, p: AbstractSlot, c: AbstractSlot): boolean {
  if (!p.isRevocable || !sameRegion(s, p, c)) return false;
  return !isBadged(p.type) || p.badge === 0 || (p.badge === c.badge && !c.isFirstBadged);
}

export function hasChildren(s: SpecState, at: SlotId): boolean {
  const cap = mustGet(s.slots, at);
  const next = s.slots.get(cap.next);
  return next !== undefined && isParent(s, cap, next);
}

/** Is no other capability to the same object next to it? */
export function isLast(s: SpecState, at: SlotId): boolean {
  const cap = mustGet(s.slots, at);
  return ![cap.previous, cap.next].some((near) => {
    const other = s.slots.get(near);
    return other?.type === cap.type && other.object === cap.object;
  });
}

/** Nearest predecessor that is a parent; 0 none. */
export function parentOf(s: SpecState, at: SlotId): SlotId {
  const cap = mustGet(s.slots, at);
  let p = s.slots.get(cap.previous);
  while (p && !isParent(s, p, cap)) p = s.slots.get(p.previous);
  return p ? p.at : 0;
}

function link(s: SpecState, before: SlotId, after: SlotId): void {
  const b = s.slots.get(before);
  const a = s.slots.get(after);
  if (b) b.next = after;
  if (a) a.previous = before;
}

/** Puts a capability into the empty slot `at`, right behind slot `source` (0: alone). */
export function insert(s: SpecState, source: SlotId, at: SlotId, cap: { type: CapType; object: ObjectId; rights: number; badge: number; isOriginal: boolean }): void {
  const next = source ? mustGet(s.slots, source).next : 0;
  s.slots.set(at, { at, type: cap.type, object: cap.object, rights: cap.rights, badge: cap.badge, isRevocable: cap.isOriginal, isFirstBadged: cap.isOriginal, previous: source, next, parent: 0 });
  link(s, source, at);
  link(s, at, next);
}

/** Status of deriving from a slot: what cannot be copied. */
export function deriveStatus(s: SpecState, at: SlotId): Status {
  const { type } = mustGet(s.slots, at);
  if (type === CapType.Untyped && hasChildren(s, at)) return Status.RevokeFirst;
  if (type === CapType.IrqControl || type === CapType.Zombie) return Status.IllegalOperation;
  return Status.Ok;
}

/** A derived capability in the empty slot `at`: rights can only shrink. */
export function derive(s: SpecState, source: SlotId, at: SlotId, rights: number, badge: number): void {
  const cap = mustGet(s.slots, source);
  const isOriginal = cap.type === CapType.Untyped || (isBadged(cap.type) && badge !== cap.badge);
  insert(s, source, at, { type: cap.type, object: cap.object, rights: cap.rights & rights, badge, isOriginal });
}

/** Empties a slot; its neighbours close up. A task is at home where its endpoint slot leads, and nowhere when that is empty. */
export function unlink(s: SpecState, at: SlotId): void {
  const cap = mustGet(s.slots, at);
  const e = cap.type === CapType.Endpoint ? s.endpoints.get(cap.object) : undefined;
  if (e && s.tasks.get(e.home)?.slotIds.endpoint === at) e.home = 0;
  s.slots.delete(at);
  link(s, cap.previous, cap.next);
  if (!cap.previous && s.slots.has(cap.next)) mustGet(s.slots, cap.next).previous = 0;
}

/** Moves capabilities between slots, all at once (a slot may be both source and destination); they keep their place in the list. */
export function moveAll(s: SpecState, moves: readonly (readonly [from: SlotId, to: SlotId])[]): void {
  const target = new Map(moves);
  const caps = moves.map(([from]) => mustGet(s.slots, from));
  for (const [from] of moves) s.slots.delete(from);
  for (const cap of caps) {
    cap.at = mustGet(target, cap.at);
    s.slots.set(cap.at, cap);
  }
  for (const cap of s.slots.values()) {
    cap.previous = target.get(cap.previous) ?? cap.previous;
    cap.next = target.get(cap.next) ?? cap.next;
  }
}
