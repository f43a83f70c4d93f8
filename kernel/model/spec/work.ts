// Delete and Revoke, step by step, and what the end of an object means (README "Delete, Revoke, destruction"; seL4 manual, "Deletion and Recycling").

import { CapType, Event, Op, Status, TaskState } from "../../gate.ts";
import type { AbstractSlot, ObjectId, SlotId } from "../abstract-state.ts";
import { isLast, isParent, moveAll, unlink } from "./derivation.ts";
import { endCall } from "./endpoint.ts";
import { unbind } from "./sched.ts";
import { dequeue, mustGet, NO_LEASE, NO_MESSAGE, wake } from "./state.ts";
import type { SpecState } from "./state.ts";
import { forget } from "./task.ts";

const SLICE = 8;

/** Everybody who queues at an object that ends. */
function disband(s: SpecState, queue: ObjectId[]): void {
  for (const id of [...queue]) {
    const t = mustGet(s.tasks, id);
    dequeue(queue, id);
    t.attached = 0;
    t.lease = NO_LEASE;
    if (t.state === TaskState.Faulted) Object.assign(t, { object: 0, message: NO_MESSAGE });
    else wake(s, t, t.isCall ? Event.DeadReply : Event.Cancelled);
  }
}

/** Slots of a CNode or TCB, by type and address of the object. */
function slotsInside(s: SpecState, type: CapType, id: ObjectId): SlotId[] {
  if (type === CapType.Tcb) return [32, 36, 40, 44, 48].map((offset) => id + offset);
  return Array.from({ length: 2 ** mustGet(s.cnodes, id).radix - 1 }, (_, i) => id + 4 * (i + 1));
}

/** The last capability of this object goes. */
function destroy(s: SpecState, { type, object: id, at }: AbstractSlot): void {
  if (type === CapType.Endpoint) {
    disband(s, mustGet(s.endpoints, id).queue);
    s.endpoints.delete(id);
  } else if (type === CapType.Notification) {
    const n = mustGet(s.notifications, id);
    disband(s, n.queue);
    const bound = s.tasks.get(n.bound);
    if (bound) bound.notification = 0;
    const sc = s.schedContexts.get(n.schedContext);
    if (sc) sc.notification = 0;
    s.notifications.delete(id);
  } else if (type === CapType.Reply) {
    if (mustGet(s.replies, id).caller) endCall(s, id, Event.DeadReply);
    for (const t of s.tasks.values()) if (t.reply === id) t.reply = 0;
    s.replies.delete(id);
  } else if (type === CapType.SchedContext) {
    unbind(s, mustGet(s.schedContexts, id));
    s.schedContexts.delete(id);
  } else if (type === CapType.Frame) {
    for (const t of s.tasks.values()) if (t.lease.frame === id) t.lease = NO_LEASE;
    s.frames.delete(id);
  } else if (type === CapType.Untyped) {
    // Nothing happens to the others, which can still make objects of it.
    if (![...s.slots.values()].some((cap) => cap.type === type && cap.object === id && cap.at !== at)) s.untypeds.delete(id);
  } else if (type === CapType.IrqHandler) Object.assign(mustGet(s.irqHandlers, id), { isActive: false, isMasked: false, isPending: false });
  else if (type === CapType.Tcb) forget(s, id);
}

/** Empties slot `at`, whose object needs it no more. Requests about slots of a container that is gone lose their slot. */
function empty(s: SpecState, cap: AbstractSlot): void {
  unlink(s, cap.at);
  const gone = new Set<SlotId>([cap.at]);
  if (cap.type === CapType.Zombie) {
    const inside = slotsInside(s, cap.badge as CapType, cap.object);
    for (const slot of inside) gone.add(slot);
    for (const id of s.workQueue) {
      const t = mustGet(s.tasks, id);
      if (inside.includes(t.object)) t.object = 0;
    }
    if (cap.badge === CapType.CNode) s.cnodes.delete(cap.object);
  }
  if (s.work && gone.has(s.work.slot)) s.work.slot = 0;
}

/**
 * One step towards an empty slot `at`: at most one slot is emptied, contents of containers first. `path`: containers being emptied on the way
 * here; a circle of CNodes that hold each other ends at them. One that a container holds which ends before it moves to where that one's capability was.
 */
function deleteStep(s: SpecState, at: SlotId, path: readonly SlotId[]): void {
  const cap = mustGet(s.slots, at);
  if (cap.type !== CapType.Zombie && isLast(s, at)) {
    if (cap.type === CapType.IrqHandler) {
      const { slot } = mustGet(s.irqHandlers, cap.object);
      if (s.slots.has(slot)) return deleteStep(s, slot, [...path, at]);
    }
    destroy(s, cap);
    if (cap.type === CapType.CNode || cap.type === CapType.Tcb) Object.assign(cap, { badge: cap.type, type: CapType.Zombie, rights: 0 });
  }
  if (cap.type === CapType.Zombie) {
    const inside = slotsInside(s, cap.badge as CapType, cap.object).find((slot) => s.slots.has(slot) && slot !== at && !path.includes(slot));
    if (inside !== undefined) return deleteStep(s, inside, [...path, at]);
  }
  const [top] = path;
  const holdsTop = top !== undefined && cap.type === CapType.Zombie && slotsInside(s, cap.badge as CapType, cap.object).includes(top);
  const isWanted = s.work?.slot === top;
  empty(s, cap);
  if (!holdsTop) return;
  moveAll(s, [[top, at]]);
  if (s.work && isWanted) s.work.slot = at;
}

/** What the work in progress empties next; undefined when it is done. */
function victim(s: SpecState, op: Op, at: SlotId): SlotId | undefined {
  const cap = s.slots.get(at);
  if (!cap || op === Op.Delete) return cap?.at;
  const next = s.slots.get(cap.next);
  return next && isParent(s, cap, next) ? next.at : undefined;
}

/** A slice of the work in progress, or of the next in the queue. */
export function workSlice(s: SpecState): void {
  let label = Status.Ok as Status;
  if (!s.work) {
    const id = s.workQueue.shift();
    if (id === undefined) return;
    const t = mustGet(s.tasks, id);
    s.work = { task: id, op: t.workOp, slot: t.object };
    if (!t.object) label = Status.FailedLookup;
  }
  for (let n = 0; n < SLICE; n++) {
    const at = victim(s, s.work.op, s.work.slot);
    if (at === undefined) {
      const t = s.tasks.get(s.work.task);
      s.work = undefined;
      if (t) wake(s, t, Event.Done, { label });
      return;
    }
    deleteStep(s, at, []);
  }
}
