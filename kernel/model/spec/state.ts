// The state that the executable specification works on, and how it is looked at.
//
// It is the abstract state of ../abstract-state.ts with its lists as maps, plus the little that is decided but not visible yet: the message of a
// pending Send, the queue of Delete and Revoke requests, which tasks have code. Every transition is a function `(state, …) → result` in a file of
// its own; all checks come before the first change, so that "a refused operation changes nothing" can be read off the text.

import { CapType, Event, Op, TaskState } from "../../gate.ts";
import type { DeviceKind, FaultKind } from "../../gate.ts";
import type { AbstractCNode, AbstractEndpoint, AbstractFrame, AbstractIrqHandler, AbstractMessage, AbstractNotification, AbstractPending, AbstractReply, AbstractSchedContext, AbstractSlot, AbstractTask, AbstractUntyped, AbstractWork, ObjectId, SlotId } from "../abstract-state.ts";

export interface SpecTask extends AbstractTask {
  /** Has a handler: the composition root gave it code. */
  hasCode: boolean;
  /** Op it waits for in BlockedOnWork. */
  workOp: Op;
}

export interface SpecState {
  /** Profile: small lacks guards, depth, Mutate, Rotate and domains. */
  isFull: boolean;
  nowUs: number;
  /** The composition root's TCB: holds the boot CNode, never runs. */
  boot: SpecTask;
  running: ObjectId;
  /** True while the composition root works through the gate. */
  isBoot: boolean;
  pending: AbstractPending | undefined;
  pendingMessage: AbstractMessage;
  pendingIsCall: boolean;
  /** The run has had many effects, so that only the frequent operations still find room to be undone. How many writes an effect is, is the kernel's affair: it says when. */
  isCrowded: boolean;
  doom: FaultKind | 0;
  ready: ObjectId[];
  yieldTo: ObjectId;
  work: AbstractWork | undefined;
  workQueue: ObjectId[];
  slots: Map<SlotId, AbstractSlot>;
  tasks: Map<ObjectId, SpecTask>;
  endpoints: Map<ObjectId, AbstractEndpoint>;
  notifications: Map<ObjectId, AbstractNotification>;
  replies: Map<ObjectId, AbstractReply>;
  schedContexts: Map<ObjectId, AbstractSchedContext>;
  untypeds: Map<ObjectId, AbstractUntyped>;
  frames: Map<ObjectId, AbstractFrame>;
  cnodes: Map<ObjectId, AbstractCNode>;
  irqHandlers: Map<ObjectId, AbstractIrqHandler>;
  domain: { current: number; row: number; untilUs: number; schedule: { domain: number; durationUs: number }[] };
}

export const NO_MESSAGE: Readonly<AbstractMessage> = { badge: 0, label: 0, a: 0, b: 0, data: "" };
export const NO_LEASE: Readonly<AbstractTask["lease"]> = { frame: 0, offset: 0, bytes: 0, rights: 0 };

function copyMap<T extends object>(map: Map<number, T>): Map<number, T> {
  const out = new Map<number, T>();
  for (const [id, value] of map) out.set(id, { ...value });
  return out;
}

/** A copy that shares nothing that changes. Messages, leases and slot ids are replaced, never written to. */
export function copyState(s: SpecState): SpecState {
  const out: SpecState = {
    ...s,
    boot: { ...s.boot },
    ready: [...s.ready],
    work: s.work && { ...s.work },
    workQueue: [...s.workQueue],
    slots: copyMap(s.slots),
    tasks: copyMap(s.tasks),
    endpoints: copyMap(s.endpoints),
    notifications: copyMap(s.notifications),
    replies: copyMap(s.replies),
    schedContexts: copyMap(s.schedContexts),
    untypeds: copyMap(s.untypeds),
    frames: copyMap(s.frames),
    cnodes: copyMap(s.cnodes),
    irqHandlers: copyMap(s.irqHandlers),
    domain: { ...s.domain, schedule: s.domain.schedule.map((row) => ({ ...row })) },
  };
  for (const e of out.endpoints.values()) e.queue = [...e.queue];
  for (const n of out.notifications.values()) n.queue = [...n.queue];
  for (const sc of out.schedContexts.values()) Object.assign(sc, { refills: sc.refills.map((refill) => ({ ...refill })), lenders: [...sc.lenders] });
  return out;
}

export function mustGet<T>(map: Map<number, T>, id: number): T {
  const value = map.get(id);
  if (value === undefined) throw new Error(`specification: nothing at ${id}`);
  return value;
}

/** The task whose handler runs, or the composition root. */
export function caller(s: SpecState): SpecTask {
  return s.isBoot ? s.boot : mustGet(s.tasks, s.running);
}

export function holds(s: SpecState, at: SlotId, type: CapType): AbstractSlot | undefined {
  const cap = s.slots.get(at);
  return cap?.type === type ? cap : undefined;
}

export function priorityOf(s: SpecState, task: ObjectId): number {
  return mustGet(s.tasks, task).priority;
}

/** Puts a task behind those of its priority. */
export function enqueue(s: SpecState, queue: ObjectId[], task: ObjectId): void {
  const priority = priorityOf(s, task);
  let i = queue.findIndex((other) => priorityOf(s, other) < priority);
  if (i < 0) i = queue.length;
  queue.splice(i, 0, task);
}

export function dequeue(queue: ObjectId[], task: ObjectId): void {
  const i = queue.indexOf(task);
  if (i >= 0) queue.splice(i, 1);
}

/** The queue that a task stands in because of what it is blocked on. */
export function queueOf(s: SpecState, t: SpecTask): ObjectId[] | undefined {
  if (t.state === TaskState.BlockedOnReceive || t.state === TaskState.BlockedOnSend || (t.state === TaskState.Faulted && t.object)) return s.endpoints.get(t.object)?.queue;
  if (t.state === TaskState.BlockedOnNotification && t.object) return s.notifications.get(t.object)?.queue;
  if (t.state === TaskState.BlockedOnWork) return s.workQueue;
  return undefined;
}

/** `event` is what the task gets on its turn (undefined: it goes home instead). Without a scheduling context it has no turn, but to go home. */
export function wake(s: SpecState, t: SpecTask, event: Event | undefined, message: Partial<AbstractMessage> = NO_MESSAGE): void {
  t.state = TaskState.Ready;
  t.object = 0;
  t.isCall = false;
  t.grants = 0;
  t.reply = 0;
  t.event = event;
  t.message = { ...NO_MESSAGE, ...message };
  if (event === undefined || t.schedContext) enqueue(s, s.ready, t.id);
}

/** Task `id` gets no lent context back any more. */
export function forgetLoan(s: SpecState, id: ObjectId): void {
  for (const sc of s.schedContexts.values()) sc.lenders = sc.lenders.filter((lender) => lender !== id);
}

/** Hands a scheduling context from whoever has it to `to` (0: nobody). */
export function giveContext(s: SpecState, sc: ObjectId, to: ObjectId): void {
  const context = mustGet(s.schedContexts, sc);
  const from = s.tasks.get(context.tcb);
  if (from) {
    from.schedContext = 0;
    if (from.event !== undefined) dequeue(s.ready, from.id);
  }
  context.tcb = to;
  if (!to) context.lenders = [];
  const t = s.tasks.get(to);
  if (t) {
    t.schedContext = sc;
    // Whoever runs has no turn to wait for, unless it has stopped and restarted itself; who goes home has its turn already.
    if (t.state === TaskState.Ready && t.event !== undefined) enqueue(s, s.ready, t.id);
  }
}

export type { AbstractSlot, DeviceKind };
