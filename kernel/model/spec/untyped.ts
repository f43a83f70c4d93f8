// Untyped: Retype in seL4's check order (README row "Retype"; seL4 src/object/untyped.c decodeUntypedInvocation), memory as a watermark.

import { CapType, GateLimit, ObjectWords, Rights, Status } from "../../gate.ts";
import type { ObjectId, SlotId } from "../abstract-state.ts";
import { refParts, refSlot, rootSlot } from "./cspace.ts";
import { insert } from "./derivation.ts";
import { caller, holds, mustGet, NO_LEASE, NO_MESSAGE } from "./state.ts";
import type { SpecState, SpecTask } from "./state.ts";
import { Op, TaskState } from "../../gate.ts";

const TASKS = 16;

const WORDS: Partial<Record<CapType, (bits: number) => number>> = {
  [CapType.Untyped]: (bits) => 2 ** bits,
  [CapType.Endpoint]: () => ObjectWords.Endpoint,
  [CapType.Notification]: () => ObjectWords.Notification,
  [CapType.Reply]: () => ObjectWords.Reply,
  [CapType.CNode]: (bits) => ObjectWords.Slot * 2 ** bits,
  [CapType.Tcb]: () => ObjectWords.Tcb,
  [CapType.SchedContext]: () => ObjectWords.SchedContext,
  [CapType.Frame]: () => ObjectWords.Frame,
};

export function freshTask(id: ObjectId, number: number, bytes: number): SpecTask {
  const slotIds = { cspace: id + 32, fault: id + 36, timeout: id + 40, endpoint: id + 44, reply: id + 48 };
  return {
    id, number, bytes, slotIds, state: TaskState.Inactive, event: undefined, object: 0, isCall: false, grants: 0, reply: 0, message: NO_MESSAGE, attached: 0, received: 0, receiveRef: 0, lease: NO_LEASE,
    priority: 0, mcp: 0, domain: 0, notification: 0, schedContext: 0, deadline: 0, generation: 0, faults: 0, hasCode: false, workOp: Op.Delete,
  };
}

function freeNumbers(s: SpecState): number[] {
  const taken = new Set([...s.tasks.values()].map((t) => t.number));
  return Array.from({ length: TASKS }, (_, n) => n).filter((n) => !taken.has(n));
}

function create(s: SpecState, type: CapType, id: ObjectId, bits: number, bytes: number): void {
  if (type === CapType.Untyped) s.untypeds.set(id, { id, words: 2 ** bits, used: ObjectWords.UntypedHeader, bytes, bytesUsed: 0 });
  else if (type === CapType.Endpoint) s.endpoints.set(id, { id, queue: [], isSending: false, home: 0 });
  else if (type === CapType.Notification) s.notifications.set(id, { id, isActive: false, word: 0, queue: [], bound: 0, schedContext: 0 });
  else if (type === CapType.Reply) s.replies.set(id, { id, caller: 0, server: 0, canGrant: false, schedContext: 0 });
  else if (type === CapType.CNode) s.cnodes.set(id, { id, radix: bits });
  else if (type === CapType.Tcb) s.tasks.set(id, freshTask(id, freeNumbers(s)[0] as number, bytes));
  else if (type === CapType.SchedContext) s.schedContexts.set(id, { id, tcb: 0, notification: 0, lenders: [], budget: 0, periodUs: 0, refills: [], consumed: 0 });
  else s.frames.set(id, { id, kind: 0, offset: 0, bytes });
}

/** Is anything carved out of this untyped still named by a capability? */
function isOccupied(s: SpecState, id: ObjectId): boolean {
  const end = id + mustGet(s.untypeds, id).words;
  for (const cap of s.slots.values()) if (cap.object > id && cap.object < end) return true;
  return false;
}

/** Capabilities to one untyped stand one behind the other, since it can only be copied while nothing is made of it. What is made stands behind them all, so each can revoke it. */
function lastCapability(s: SpecState, at: SlotId): SlotId {
  const cap = mustGet(s.slots, at);
  const next = s.slots.get(cap.next);
  return next?.type === CapType.Untyped && next.object === cap.object ? lastCapability(s, next.at) : at;
}

export function retype(s: SpecState, at: SlotId, label: number, a: number, b: number): Status {
  const type = (label & 0xff) as CapType;
  const bits = (label >> 8) & 0xff;
  const count = label >> 16;
  const offset = b & 0xffff;
  const bytes = Math.floor(b / 65536);
  const size = WORDS[type];
  if (!size) return Status.InvalidArgument;
  if (type === CapType.CNode && (bits < 1 || bits > GateLimit.RadixMax)) return Status.RangeError;
  if (type === CapType.Untyped && (bits < GateLimit.UntypedBitsMin || bits > GateLimit.UntypedBitsMax)) return Status.RangeError;
  if (type === CapType.Frame && !(bytes >= 1)) return Status.InvalidArgument;
  let root = rootSlot(s, caller(s), a);
  if (root < 0) return root as Status;
  const { index, depth } = refParts(a);
  if (index !== 0 || depth !== 0) {
    root = refSlot(s, root, a);
    if (root < 0) return root as Status;
    if (!holds(s, root, CapType.CNode)) return Status.FailedLookup;
  }
  const cnode = mustGet(s.cnodes, mustGet(s.slots, root).object);
  const end = 2 ** cnode.radix;
  if (offset < 1 || offset >= end) return Status.RangeError;
  if (count < 1 || count > GateLimit.RetypeMax) return Status.RangeError;
  if (offset + count > end) return Status.RangeError;
  const places = Array.from({ length: count }, (_, i) => cnode.id + 4 * (offset + i));
  if (places.some((place) => s.slots.has(place))) return Status.DeleteFirst;
  const untyped = mustGet(s.untypeds, mustGet(s.slots, at).object);
  const isFresh = !isOccupied(s, untyped.id);
  const used = isFresh ? ObjectWords.UntypedHeader : untyped.used;
  const bytesUsed = isFresh ? 0 : untyped.bytesUsed;
  if (used + size(bits) * count > untyped.words) return Status.NotEnoughMemory;
  if (!(bytes >= 0) || bytesUsed + bytes * count > untyped.bytes) return Status.NotEnoughMemory;
  if (type === CapType.Tcb && freeNumbers(s).length < count) return Status.NotEnoughMemory;
  untyped.used = used + size(bits) * count;
  untyped.bytesUsed = bytesUsed + bytes * count;
  places.forEach((place, i) => {
    const id = untyped.id + used + i * size(bits);
    create(s, type, id, bits, bytes);
    insert(s, lastCapability(s, at), place, { type, object: id, rights: Rights.All, badge: 0, isOriginal: true });
  });
  return Status.Ok;
}

