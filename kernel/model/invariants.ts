// What must hold in every state of the kernel, whatever happened before. Used after operations (differential.ts) and in every explored state (explore.ts).
//
// Restated from seL4's proofs (l4v: valid_mdb, valid_objs, valid_queues, valid_sched, sym_refs) for the abstract state.

import { CapType, Event, ObjectWords, TaskState } from "../gate.ts";
import type { AbstractSlot, AbstractState, AbstractTask, ObjectId } from "./abstract-state.ts";

const CARVED: ReadonlySet<CapType> = new Set([CapType.Untyped, CapType.Endpoint, CapType.Notification, CapType.Reply, CapType.CNode, CapType.Tcb, CapType.SchedContext, CapType.Frame, CapType.Zombie]);

/** The list is doubly linked and without circles; parents stand before their children. */
function derivation(s: AbstractState, slots: Map<number, AbstractSlot>): string | undefined {
  let reached = 0;
  for (const cap of s.slots) {
    if (cap.next && slots.get(cap.next)?.previous !== cap.at) return `slot ${cap.at} is followed by ${cap.next}, which does not say so`;
    if (cap.previous && slots.get(cap.previous)?.next !== cap.at) return `slot ${cap.at} follows ${cap.previous}, which does not say so`;
    if (cap.previous) continue;
    for (let x: AbstractSlot | undefined = cap; x && reached <= s.slots.length; x = slots.get(x.next)) reached++;
  }
  return reached === s.slots.length ? undefined : `the derivation lists reach ${reached} of ${s.slots.length} slots`;
}

/** Everything carved out of an untyped that somebody holds can be revoked through it; objects lie below the watermark and don't overlap. */
function untypeds(s: AbstractState, slots: Map<number, AbstractSlot>, words: Map<number, number>): string | undefined {
  for (const u of s.untypeds) {
    if (u.used > u.words || u.bytesUsed > u.bytes) return `untyped ${u.id} has handed out more than it has`;
    for (const cap of s.slots) {
      if (!CARVED.has(cap.type) || cap.object <= u.id || cap.object >= u.id + u.words) continue;
      if (cap.object + (words.get(cap.object) ?? 0) > u.id + u.used) return `slot ${cap.at} names an object at ${cap.object} beyond the watermark of untyped ${u.id}`;
      let parent = slots.get(cap.parent);
      while (parent && !(parent.type === CapType.Untyped && parent.object === u.id)) parent = slots.get(parent.parent);
      if (!parent) return `slot ${cap.at} names an object inside untyped ${u.id} and does not descend from it`;
    }
  }
  const all = [...words].sort((x, y) => x[0] - y[0]);
  for (let i = 1; i < all.length; i++) {
    const [a, length] = all[i - 1] as [number, number];
    const [b] = all[i] as [number, number];
    if (a + length > b) return `the objects at ${a} and ${b} overlap`;
  }
  return undefined;
}

/** A derived capability never has more rights than the original it came from. */
function rights(s: AbstractState, slots: Map<number, AbstractSlot>): string | undefined {
  for (const cap of s.slots) {
    const parent = slots.get(cap.parent);
    // Two badged capabilities with one badge may follow each other without one coming from the other.
    if (!parent || parent.type !== cap.type || parent.object !== cap.object || parent.badge) continue;
    if (cap.rights & ~parent.rights) return `slot ${cap.at} has rights ${cap.rights}, its parent ${parent.at} only ${parent.rights}`;
  }
  return undefined;
}

function sorted(queue: readonly number[], tasks: Map<number, AbstractTask>): boolean {
  return queue.every((t, i) => i === 0 || (tasks.get(queue[i - 1] as number)?.priority ?? -1) >= (tasks.get(t)?.priority ?? 256));
}

/** Every blocked task is in exactly the queue that it says, by priority; the ready list holds exactly who may run. */
function queues(s: AbstractState, tasks: Map<number, AbstractTask>): string | undefined {
  const seen = new Map<number, number>();
  const all: [number, readonly number[], (t: AbstractTask) => boolean][] = [[-1, s.ready, (t) => t.state === TaskState.Ready && (t.schedContext > 0 || t.event === undefined)]];
  for (const e of s.endpoints) all.push([e.id, e.queue, (t) => t.object === e.id && (e.isSending ? t.state === TaskState.BlockedOnSend || t.state === TaskState.Faulted : t.state === TaskState.BlockedOnReceive)]);
  for (const n of s.notifications) all.push([n.id, n.queue, (t) => t.object === n.id && t.state === TaskState.BlockedOnNotification]);
  for (const [id, queue, fits] of all) {
    for (const t of queue) {
      const task = tasks.get(t);
      if (!task || !fits(task)) return `task ${t} does not belong into queue ${id}`;
      if (seen.has(t)) return `task ${t} is in two queues`;
      seen.set(t, id);
    }
    if (!sorted(queue, tasks)) return `queue ${id} is not ordered by priority`;
  }
  for (const t of s.tasks) {
    const isQueued = t.state === TaskState.BlockedOnReceive || t.state === TaskState.BlockedOnSend || ((t.state === TaskState.BlockedOnNotification || t.state === TaskState.Faulted) && t.object > 0);
    if (isQueued && seen.get(t.id) !== t.object) return `task ${t.id} is blocked on ${t.object} and not in its queue`;
    if (t.state === TaskState.Ready && t.schedContext && t.id !== s.running && !seen.has(t.id)) return `task ${t.id} is ready and not in the ready list`;
  }
  for (const e of s.endpoints) if (e.isSending && e.queue.length === 0) return `endpoint ${e.id} has senders, and nobody in its queue`;
  for (const n of s.notifications) {
    if (n.isActive && n.queue.length > 0) return `notification ${n.id} is active and somebody waits`;
    if (!n.isActive && n.word) return `notification ${n.id} is idle with word ${n.word}`;
  }
  return undefined;
}

/** A reply object has one caller, which waits for it and nothing else. */
function replies(s: AbstractState, tasks: Map<number, AbstractTask>): string | undefined {
  for (const p of s.replies) {
    const caller = tasks.get(p.caller);
    if (p.caller && (caller?.state !== TaskState.BlockedOnReply || caller.object !== p.id)) return `reply ${p.id} has caller ${p.caller}, who does not wait for it`;
    if (p.caller && !tasks.has(p.server)) return `reply ${p.id} has a server that is gone`;
    if (!p.caller && (p.server || p.schedContext || p.canGrant)) return `reply ${p.id} is free and remembers something`;
  }
  for (const t of s.tasks) {
    if (t.state === TaskState.BlockedOnReceive && t.reply && !s.replies.some((p) => p.id === t.reply)) return `task ${t.id} receives with reply object ${t.reply}, which is gone`;
    if (t.state === TaskState.BlockedOnReply && !s.replies.some((p) => p.id === t.object && p.caller === t.id)) return `task ${t.id} waits for reply ${t.object}, which does not know`;
    if (t.lease.frame && t.id !== s.running && t.state !== TaskState.Inactive && t.state !== TaskState.BlockedOnReply && !(t.state === TaskState.BlockedOnSend && t.isCall)) return `task ${t.id} lends outside a call`;
    if (t.event !== undefined && t.event !== Event.Message && t.event !== Event.Fault && t.event !== Event.Reply && t.message.data) return `task ${t.id} keeps a message`;
  }
  return undefined;
}

/** An endpoint is the home of the task whose endpoint slot leads to it, or of nobody. */
function homes(s: AbstractState, slots: Map<number, AbstractSlot>, tasks: Map<number, AbstractTask>): string | undefined {
  for (const e of s.endpoints) {
    if (!e.home) continue;
    const slot = slots.get(tasks.get(e.home)?.slotIds.endpoint ?? 0);
    if (slot?.type !== CapType.Endpoint || slot.object !== e.id) return `endpoint ${e.id} is the home of ${e.home}, whose endpoint slot does not lead there`;
  }
  return undefined;
}

/** Bindings know each other; refills add up to the budget, in order of time. */
function contexts(s: AbstractState, tasks: Map<number, AbstractTask>): string | undefined {
  const lent = new Set<ObjectId>();
  for (const sc of s.schedContexts) {
    if (sc.tcb && tasks.get(sc.tcb)?.schedContext !== sc.id) return `context ${sc.id} and task ${sc.tcb} disagree`;
    if (sc.notification && s.notifications.find((n) => n.id === sc.notification)?.schedContext !== sc.id) return `context ${sc.id} and notification ${sc.notification} disagree`;
    for (const id of sc.lenders) {
      const lender = tasks.get(id);
      if (!sc.tcb || !lender || lender.schedContext || lent.has(id)) return `context ${sc.id}, which ${sc.tcb} has, is to go back to ${id}`;
      lent.add(id);
    }
    const sum = sc.refills.reduce((all, refill) => all + refill.fuel, 0);
    if (sc.budget && sum !== sc.budget) return `the refills of context ${sc.id} are ${sum}, its budget ${sc.budget}`;
    if (sc.refills.some((refill, i) => refill.fuel < 0 || (i > 0 && refill.atUs < (sc.refills[i - 1]?.atUs ?? 0)))) return `the refills of context ${sc.id} are out of order`;
  }
  for (const t of s.tasks) {
    if (t.schedContext && s.schedContexts.find((sc) => sc.id === t.schedContext)?.tcb !== t.id) return `task ${t.id} and context ${t.schedContext} disagree`;
    if (t.notification && s.notifications.find((n) => n.id === t.notification)?.bound !== t.id) return `task ${t.id} and notification ${t.notification} disagree`;
    if (t.priority < 0 || t.priority > 255) return `task ${t.id} has priority ${t.priority}`;
  }
  for (const n of s.notifications) if (n.bound && tasks.get(n.bound)?.notification !== n.id) return `notification ${n.id} and task ${n.bound} disagree`;
  return undefined;
}

/** Claims of devices of one kind don't overlap. */
function devices(s: AbstractState): string | undefined {
  const active = s.irqHandlers.filter((h) => h.isActive);
  for (const x of active) for (const y of active) if (x.id < y.id && x.kind === y.kind && x.first < y.first + y.count && y.first < x.first + x.count) return `handlers ${x.id} and ${y.id} claim the same device`;
  return undefined;
}

/** The first invariant that does not hold, in words; undefined when all hold. */
export function violation(s: AbstractState): string | undefined {
  const slots = new Map(s.slots.map((cap) => [cap.at, cap]));
  const tasks = new Map(s.tasks.map((t) => [t.id, t]));
  const words = new Map<number, number>();
  for (const cap of s.slots) {
    const known: Partial<Record<CapType, number>> = { [CapType.Endpoint]: ObjectWords.Endpoint, [CapType.Notification]: ObjectWords.Notification, [CapType.Reply]: ObjectWords.Reply, [CapType.Frame]: ObjectWords.Frame, [CapType.SchedContext]: ObjectWords.SchedContext, [CapType.Tcb]: ObjectWords.Tcb };
    const length = known[cap.type];
    if (length) words.set(cap.object, length);
  }
  for (const c of s.cnodes) words.set(c.id, 4 * 2 ** c.radix);
  return derivation(s, slots) ?? untypeds(s, slots, words) ?? rights(s, slots) ?? queues(s, tasks) ?? homes(s, slots, tasks) ?? replies(s, tasks) ?? contexts(s, tasks) ?? devices(s);
}
