// Task: the TCB's invocations, and what suspend, fault and restart purge (README "Suspend, fault, restart"; seL4 manual, "Threads and Execution").

import { CapType, Event, FaultKind, GateLimit, Op, Rights, Status, TaskState } from "../../gate.ts";
import type { AbstractSlot, ObjectId, SlotId } from "../abstract-state.ts";
import { slotOf } from "./cspace.ts";
import { derive, isLast, unlink } from "./derivation.ts";
import { endCall, popReceiver, take } from "./endpoint.ts";
import { giveBack, returnContext } from "./lent-context.ts";
import { caller, dequeue, enqueue, forgetLoan, giveContext, holds, mustGet, NO_LEASE, NO_MESSAGE, queueOf, wake } from "./state.ts";
import type { SpecState, SpecTask } from "./state.ts";

/** A capability argument: its slot, or FailedLookup, or `wrong` when type or right don't fit. */
export function argument(s: SpecState, address: number, type: CapType, right: number, wrong: Status): SlotId | Status {
  const at = slotOf(s, caller(s), address);
  if (at < 0) return at;
  const cap = holds(s, at, type);
  return cap && (cap.rights & right) === right ? at : wrong;
}

/** May the kernel's own slot `at` be emptied without destroying an object? */
export function canReplace(s: SpecState, at: SlotId): boolean {
  return !s.slots.has(at) || !isLast(s, at);
}

/** The kernel's own slot `at` gets a copy of slot `source` (0: nothing). */
export function replace(s: SpecState, at: SlotId, source: SlotId, badge?: number): void {
  if (s.slots.has(at)) unlink(s, at);
  if (source) derive(s, source, at, Rights.All, badge ?? mustGet(s.slots, source).badge);
}

/** A task that is blocked on a reply object stops waiting; the context it lent comes back as after an answer. */
function leaveReply(s: SpecState, t: SpecTask): void {
  const p = mustGet(s.replies, t.object);
  const { schedContext, server } = p;
  Object.assign(p, { caller: 0, server: 0, canGrant: false, schedContext: 0 });
  giveBack(s, p.id, schedContext, server);
}

/** Out of every queue; what it was sending, lending or waiting for is forgotten. */
function cancelBlocking(s: SpecState, t: SpecTask): void {
  const queue = queueOf(s, t);
  if (queue) dequeue(queue, t.id);
  const e = s.endpoints.get(t.object);
  if (e && e.queue.length === 0) e.isSending = false;
  dequeue(s.ready, t.id);
  if (t.state === TaskState.BlockedOnReply) leaveReply(s, t);
  if (t.state === TaskState.BlockedOnWork && s.work?.task === t.id) s.work.task = 0;
  Object.assign(t, { object: 0, isCall: false, grants: 0, reply: 0, event: undefined, message: NO_MESSAGE, lease: NO_LEASE, attached: 0 });
}

/** Everything the kernel holds for a task ends; it is in `state` afterwards. */
export function halt(s: SpecState, t: SpecTask, state: TaskState): void {
  cancelBlocking(s, t);
  Object.assign(t, { state, deadline: 0, received: 0 });
  // Its callers, served or queued at its home, are told in the order of their numbers.
  for (const from of [...s.tasks.values()].sort((x, y) => x.number - y.number)) {
    const e = s.endpoints.get(from.object);
    if (from.state === TaskState.BlockedOnReply) {
      if (s.replies.get(from.object)?.server === t.id) endCall(s, from.object, Event.DeadReply);
    } else if (from.state === TaskState.BlockedOnSend && from.isCall && e?.home === t.id) {
      dequeue(e.queue, from.id);
      if (e.queue.length === 0) e.isSending = false;
      Object.assign(from, { attached: 0, lease: NO_LEASE });
      wake(s, from, Event.DeadReply);
    }
  }
  returnContext(s, t);
}

/** The run of `t` has been rolled back: it stops, and its fault handler is told. */
export function fault(s: SpecState, t: SpecTask, kind: FaultKind, reason: string): void {
  halt(s, t, TaskState.Faulted);
  t.faults++;
  const usable = (at: SlotId): AbstractSlot | undefined => {
    const cap = holds(s, at, CapType.Endpoint);
    return cap && cap.rights & Rights.Write ? cap : undefined;
  };
  const cap = (kind === FaultKind.Timeout ? usable(t.slotIds.timeout) : undefined) ?? usable(t.slotIds.fault);
  if (!cap) return;
  const message = { badge: cap.badge, label: kind, a: t.generation, b: t.faults, data: reason };
  const e = mustGet(s.endpoints, cap.object);
  const to = popReceiver(s, e);
  if (to) return take(s, e, t, { message, isCall: false, grants: 0 }, to, 0, 0, true);
  t.object = e.id;
  t.message = message;
  e.isSending = true;
  enqueue(s, e.queue, t.id);
}

function resume(s: SpecState, t: SpecTask): Status {
  if (!t.hasCode || !holds(s, t.slotIds.cspace, CapType.CNode)) return Status.IllegalOperation;
  if (t.state === TaskState.Ready) return Status.Ok;
  const isDown = t.state === TaskState.Inactive || t.state === TaskState.Faulted;
  cancelBlocking(s, t);
  if (isDown) {
    t.generation++;
    t.deadline = 0;
    t.receiveRef = 0;
    wake(s, t, Event.Start, { a: t.generation });
  } else wake(s, t, Event.Cancelled);
  return Status.Ok;
}

/** A new priority: behind its equals wherever it queues. */
function setPriority(s: SpecState, t: SpecTask, priority: number): void {
  t.priority = priority;
  for (const queue of [s.ready, queueOf(s, t)]) {
    if (!queue?.includes(t.id)) continue;
    dequeue(queue, t.id);
    enqueue(s, queue, t.id);
  }
}

function setSpace(s: SpecState, t: SpecTask, label: number, a: number, b: number): Status {
  const cspace = argument(s, a, CapType.CNode, 0, Status.IllegalOperation);
  if (cspace < 0) return cspace as Status;
  const endpoint = b ? argument(s, b, CapType.Endpoint, Rights.Write, Status.InvalidCapability) : 0;
  if (endpoint < 0) return endpoint as Status;
  if (!canReplace(s, t.slotIds.cspace) || !canReplace(s, t.slotIds.fault)) return Status.DeleteFirst;
  // As in seL4, guard 0 keeps the one of the capability.
  replace(s, t.slotIds.cspace, cspace, s.isFull && label !== 0 ? label & GateLimit.BadgeMax : undefined);
  replace(s, t.slotIds.fault, endpoint);
  return Status.Ok;
}

function setReceive(s: SpecState, t: SpecTask, a: number, b: number): Status {
  const endpoint = a ? argument(s, a, CapType.Endpoint, Rights.Read, Status.InvalidCapability) : 0;
  if (endpoint < 0) return endpoint as Status;
  const reply = b ? argument(s, b, CapType.Reply, 0, Status.InvalidCapability) : 0;
  if (reply < 0) return reply as Status;
  if (!canReplace(s, t.slotIds.endpoint) || !canReplace(s, t.slotIds.reply)) return Status.DeleteFirst;
  replace(s, t.slotIds.endpoint, endpoint);
  replace(s, t.slotIds.reply, reply);
  if (endpoint) mustGet(s.endpoints, mustGet(s.slots, endpoint).object).home = t.id;
  return Status.Ok;
}

/** Operations on a TCB capability. */
export function taskInvoke(s: SpecState, op: Op, cap: AbstractSlot, label: number, a: number, b: number): Status {
  if (!(cap.rights & Rights.Write)) return Status.InvalidCapability;
  const t = mustGet(s.tasks, cap.object);
  if (op === Op.TcbSetSpace) return setSpace(s, t, label, a, b);
  if (op === Op.TcbSetReceive) return setReceive(s, t, a, b);
  if (op === Op.TcbResume) return resume(s, t);
  if (op === Op.TcbSuspend) {
    halt(s, t, TaskState.Inactive);
    return Status.Ok;
  }
  if (op === Op.TcbSetTimeoutEndpoint) {
    const endpoint = a ? argument(s, a, CapType.Endpoint, Rights.Write, Status.InvalidCapability) : 0;
    if (endpoint < 0) return endpoint as Status;
    if (!canReplace(s, t.slotIds.timeout)) return Status.DeleteFirst;
    replace(s, t.slotIds.timeout, endpoint);
    return Status.Ok;
  }
  if (op === Op.TcbSetPriority || op === Op.TcbSetMcp) {
    const authority = argument(s, a, CapType.Tcb, 0, Status.InvalidCapability);
    if (authority < 0) return authority as Status;
    if (label < 0 || label > mustGet(s.tasks, mustGet(s.slots, authority).object).mcp) return Status.RangeError;
    if (op === Op.TcbSetMcp) t.mcp = label;
    else setPriority(s, t, label);
    return Status.Ok;
  }
  if (op === Op.TcbBindNotification) {
    if (t.notification) return Status.IllegalOperation;
    const at = argument(s, a, CapType.Notification, Rights.Read, Status.IllegalOperation);
    if (at < 0) return at as Status;
    const n = mustGet(s.notifications, mustGet(s.slots, at).object);
    if (n.queue.length > 0 || n.bound) return Status.IllegalOperation;
    n.bound = t.id;
    t.notification = n.id;
    return Status.Ok;
  }
  if (!t.notification) return Status.IllegalOperation;
  mustGet(s.notifications, t.notification).bound = 0;
  t.notification = 0;
  return Status.Ok;
}

/** A task's part in the destruction of its TCB. */
export function forget(s: SpecState, id: ObjectId): void {
  const t = mustGet(s.tasks, id);
  halt(s, t, TaskState.Inactive);
  const sc = s.schedContexts.get(t.schedContext);
  if (sc) giveContext(s, sc.id, 0);
  forgetLoan(s, id);
  const n = s.notifications.get(t.notification);
  if (n) n.bound = 0;
  for (const e of s.endpoints.values()) if (e.home === id) e.home = 0;
  if (s.yieldTo === id) s.yieldTo = 0;
  s.tasks.delete(id);
}
