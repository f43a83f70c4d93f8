// The context that a caller lends its server with a call, and how it comes back (seL4 manual MCS, "Scheduling context donation"; where it goes when the caller does not wait
// any more is ours: seL4 leaves it with the server).

import { TaskState } from "../../gate.ts";
import type { ObjectId } from "../abstract-state.ts";
import { giveContext, mustGet } from "./state.ts";
import type { SpecState, SpecTask } from "./state.ts";

function isLent(s: SpecState, sc: ObjectId): boolean {
  return [...s.tasks.values()].some((t) => t.state === TaskState.BlockedOnReply && s.replies.get(t.object)?.schedContext === sc);
}

/** The call with which `t` lent `sc` to `server` has ended: it comes back at once, or when whoever has an event to handle on it has done so. */
export function giveBack(s: SpecState, t: SpecTask, sc: ObjectId, server: ObjectId): void {
  if (!sc || t.schedContext) return;
  const context = mustGet(s.schedContexts, sc);
  if (!context.tcb) return;
  const isThere = context.tcb === server;
  if (isThere && !s.ready.includes(server)) giveContext(s, sc, t.id);
  else if (!context.notification && (isThere || isLent(s, sc))) context.home = t.id;
}

/** Task `t` blocks or stops: a context that has to go home does, unless `t` still serves a call on it. */
export function returnHome(s: SpecState, t: SpecTask): void {
  const context = s.schedContexts.get(t.schedContext);
  if (!context?.home || isLent(s, context.id)) return;
  const { home } = context;
  context.home = 0;
  giveContext(s, context.id, home === t.id || !mustGet(s.tasks, home).schedContext ? home : 0);
}
