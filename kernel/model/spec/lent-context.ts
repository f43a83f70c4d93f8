// The context that a caller lends its server with a call, or a notification whom it wakes, and how it comes back (seL4 manual MCS, "Scheduling context donation"; where it goes when a
// caller in the chain does not wait any more is ours: seL4 leaves it with the server).
//
// Who has lent it stands in a list, innermost first; only whoever has it can give it back, to the first of them.

import { CapType, TaskState } from "../../gate.ts";
import type { ObjectId } from "../abstract-state.ts";
import { giveContext, holds, mustGet, wake } from "./state.ts";
import type { SpecState, SpecTask } from "./state.ts";

/** `from`, who calls, lends its context to `to`. */
export function lendContext(s: SpecState, from: SpecTask, to: SpecTask): void {
  const context = mustGet(s.schedContexts, from.schedContext);
  context.lenders.unshift(from.id);
  giveContext(s, context.id, to.id);
}

/** Task `t` waits or stops: what was lent to it goes to the last lender who is not down, or back to its notification, unless `t` still has that lender's call to answer. */
export function returnContext(s: SpecState, t: SpecTask): void {
  const context = s.schedContexts.get(t.schedContext);
  if (!context) return;
  const isDown = (id: ObjectId): boolean => [TaskState.Inactive, TaskState.Faulted].includes(mustGet(s.tasks, id).state);
  // Whose it is gets it in any case.
  const next = context.lenders.findIndex((id, i) => i === context.lenders.length - 1 || !isDown(id));
  const lender = s.tasks.get(context.lenders[next] ?? 0);
  if (!lender) {
    if (context.notification) giveContext(s, context.id, 0);
    return;
  }
  const p = lender.state === TaskState.BlockedOnReply ? s.replies.get(lender.object) : undefined;
  if (p?.caller === lender.id && p.server === t.id) return;
  context.lenders.splice(0, next + 1);
  giveContext(s, context.id, lender.id);
}

/** Has `t` an event to handle, or will it get one for what it waits for? Then it needs its context. */
function hasWork(t: SpecTask): boolean {
  return (t.state === TaskState.Ready && t.event !== undefined) || t.state === TaskState.BlockedOnReply || t.state === TaskState.BlockedOnWork || (t.state === TaskState.BlockedOnSend && t.isCall);
}

/** The call through reply object `id`, free by now, with which `sc` had come to `server`, has ended. */
export function giveBack(s: SpecState, id: ObjectId, sc: ObjectId, server: ObjectId): void {
  const holder = s.tasks.get(s.schedContexts.get(sc)?.tcb ?? 0);
  if (holder && !hasWork(holder)) returnContext(s, holder);
  // A server that has stayed away from its endpoint because of the call goes there.
  const t = s.tasks.get(server);
  if (t?.state === TaskState.BlockedOnNotification && !t.object && holds(s, t.slotIds.reply, CapType.Reply)?.object === id) wake(s, t, undefined);
}
