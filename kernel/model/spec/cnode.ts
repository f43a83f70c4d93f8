// CNode: copy, mint, move, mutate, rotate, cancelBadgedSends; Delete and Revoke only ask (work.ts does them). seL4 manual, "CNode".

import { CapType, Event, Op, Rights, Status, TaskState } from "../../gate.ts";
import type { AbstractSlot, SlotId } from "../abstract-state.ts";
import { refSlot, rootSlot } from "./cspace.ts";
import { derive, deriveStatus, isBadged, moveAll } from "./derivation.ts";
import { caller, dequeue, holds, mustGet, NO_LEASE, wake } from "./state.ts";
import type { SpecState } from "./state.ts";

/** Root and slot of a source; FailedLookup when there is no CNode at its root. */
function sourceSlot(s: SpecState, ref: number): SlotId | Status {
  const root = rootSlot(s, caller(s), ref);
  return root < 0 ? root : refSlot(s, root, ref);
}

export function copyOrMint(s: SpecState, op: Op, cnode: SlotId, label: number, a: number, b: number): Status {
  const dest = refSlot(s, cnode, a);
  if (dest < 0) return dest;
  if (s.slots.has(dest)) return Status.DeleteFirst;
  const source = sourceSlot(s, b);
  if (source < 0) return source as Status;
  const cap = s.slots.get(source);
  if (!cap) return Status.FailedLookup;
  const data = label >>> 4;
  if (op === Op.Mint && isBadged(cap.type) && cap.badge !== 0) return Status.IllegalOperation;
  const status = deriveStatus(s, source);
  if (status) return status;
  let badge = cap.badge;
  if (op === Op.Mint && (isBadged(cap.type) || (s.isFull && cap.type === CapType.CNode))) badge = data;
  derive(s, source, dest, label & Rights.All, badge);
  return Status.Ok;
}

export function moveOrMutate(s: SpecState, op: Op, cnode: SlotId, label: number, a: number, b: number): Status {
  const dest = refSlot(s, cnode, a);
  if (dest < 0) return dest;
  if (s.slots.has(dest)) return Status.DeleteFirst;
  const source = sourceSlot(s, b);
  if (source < 0) return source as Status;
  const cap = s.slots.get(source);
  if (!cap) return Status.FailedLookup;
  if (cap.type === CapType.Zombie) return Status.IllegalOperation;
  if (op === Op.Mutate && isBadged(cap.type)) return Status.IllegalOperation;
  if (op === Op.Mutate && cap.type === CapType.CNode) cap.badge = label >>> 4;
  moveAll(s, [[source, dest]]);
  return Status.Ok;
}

export function rotate(s: SpecState, cnode: SlotId, label: number, a: number, b: number): Status {
  const dest = refSlot(s, cnode, a);
  if (dest < 0) return dest;
  const pivot = sourceSlot(s, b);
  if (pivot < 0) return pivot as Status;
  const source = sourceSlot(s, label);
  if (source < 0) return source as Status;
  if (pivot === dest || pivot === source) return Status.IllegalOperation;
  if (dest !== source && s.slots.has(dest)) return Status.DeleteFirst;
  const caps = [s.slots.get(source), s.slots.get(pivot)];
  if (caps.some((cap) => cap === undefined)) return Status.FailedLookup;
  if ((caps as AbstractSlot[]).some((cap) => isBadged(cap.type) || cap.type === CapType.Zombie)) return Status.IllegalOperation;
  moveAll(s, [[pivot, dest], [source, pivot]]);
  return Status.Ok;
}

export function deleteOrRevoke(s: SpecState, op: Op, cnode: SlotId, a: number): Status {
  const at = refSlot(s, cnode, a);
  if (at < 0) return at;
  s.pending = { op, object: at, badge: 0, grants: 0, reply: 0 };
  return Status.Ok;
}

export function cancelBadgedSends(s: SpecState, cnode: SlotId, a: number): Status {
  const at = refSlot(s, cnode, a);
  if (at < 0) return at;
  const cap = holds(s, at, CapType.Endpoint);
  if (!cap || cap.rights !== Rights.All) return Status.IllegalOperation;
  const endpoint = mustGet(s.endpoints, cap.object);
  if (cap.badge === 0 || !endpoint.isSending) return Status.Ok;
  for (const id of [...endpoint.queue]) {
    const t = mustGet(s.tasks, id);
    // A fault message stays: its task has no way to send it again.
    if (t.message.badge !== cap.badge || t.state === TaskState.Faulted) continue;
    dequeue(endpoint.queue, id);
    t.lease = NO_LEASE;
    t.attached = 0;
    wake(s, t, t.isCall ? Event.DeadReply : Event.Cancelled);
  }
  if (endpoint.queue.length === 0) endpoint.isSending = false;
  return Status.Ok;
}
