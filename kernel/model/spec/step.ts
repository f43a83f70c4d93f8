// The step: what the kernel does between handlers, and how a run begins, ends, or is undone (README "A run, and what blocks", "Suspend, fault, restart", "Fuel").

import { Event, FaultKind, Op, TaskState } from "../../gate.ts";
import type { AbstractMessage, ObjectId } from "../abstract-state.ts";
import { domainTurn } from "./device.ts";
import { goHome, receive, send, timeOut, timerIsDue, waitFor } from "./endpoint.ts";
import { charge, refillUs } from "./sched.ts";
import { copyState, dequeue, enqueue, mustGet, NO_LEASE, NO_MESSAGE, queueOf } from "./state.ts";
import type { SpecState, SpecTask } from "./state.ts";
import { fault } from "./task.ts";
import { workSlice } from "./work.ts";

/** A run in progress: what its handler got, and the state it falls back to. */
export interface SpecRun {
  task: ObjectId;
  event: Event;
  message: AbstractMessage;
  /** Fuel of the first refill when it began; undefined: unlimited. */
  fuel: number | undefined;
  schedContext: ObjectId;
  saved: SpecState;
}

function timers(s: SpecState): void {
  for (const t of [...s.tasks.values()].sort((x, y) => x.number - y.number)) {
    if (!timerIsDue(s, t)) continue;
    if (t.state !== TaskState.BlockedOnReceive && t.state !== TaskState.BlockedOnNotification) continue;
    const queue = queueOf(s, t);
    if (queue) dequeue(queue, t.id);
    timeOut(s, t);
  }
}

function canRun(s: SpecState, t: SpecTask): boolean {
  if (s.isFull && t.domain !== s.domain.current) return false;
  if (t.event === undefined) return true;
  const sc = mustGet(s.schedContexts, t.schedContext);
  return !sc.budget || refillUs(s, sc) <= s.nowUs;
}

/** What the kernel does for itself before a run; who runs next, 0 nobody. */
export function prelude(s: SpecState, nowUs: number): ObjectId {
  s.nowUs = nowUs;
  timers(s);
  workSlice(s);
  if (s.isFull) domainTurn(s);
  const favoured = s.tasks.get(s.yieldTo);
  if (favoured?.state === TaskState.Ready && favoured.schedContext && canRun(s, favoured)) return favoured.id;
  return s.ready.find((id) => canRun(s, mustGet(s.tasks, id))) ?? 0;
}

/** Begins the run of `id`; undefined when the task only goes home, which is carried out at once. */
export function beginRun(s: SpecState, id: ObjectId): SpecRun | undefined {
  const t = mustGet(s.tasks, id);
  const { event, message } = t;
  s.yieldTo = 0;
  dequeue(s.ready, id);
  s.running = id;
  s.pending = undefined;
  s.doom = 0;
  if (event === undefined) {
    goHome(s, t);
    s.running = 0;
    return undefined;
  }
  t.event = undefined;
  t.message = NO_MESSAGE;
  const sc = mustGet(s.schedContexts, t.schedContext);
  return { task: id, event, message, fuel: sc.budget ? sc.refills[0]?.fuel : undefined, schedContext: sc.id, saved: copyState(s) };
}

/** Carries out what the handler asked for. */
function commit(s: SpecState, t: SpecTask): void {
  const { pending } = s;
  if (pending?.op !== Op.Call) t.lease = NO_LEASE;
  if (pending?.op !== Op.Call && pending?.op !== Op.Send) t.attached = 0;
  if (!pending) return goHome(s, t);
  const { op, object } = pending;
  if (op === Op.Send || op === Op.Call) {
    const wasTaken = send(s, t, object, { message: s.pendingMessage, isCall: op === Op.Call, grants: pending.grants });
    if (wasTaken && op === Op.Send) goHome(s, t);
  } else if (op === Op.Recv || op === Op.ReplyRecv) receive(s, t, object, pending.reply, pending.grants);
  else if (op === Op.Wait) waitFor(s, t, object);
  else {
    Object.assign(t, { state: TaskState.BlockedOnWork, object, workOp: op });
    enqueue(s, s.workQueue, t.id);
  }
}

/** Ends a run: the handler returned (`thrown` undefined), threw, or never came back; `fuel` is what it burnt. */
export function endRun(s: SpecState, run: SpecRun, fuel: number, failure: { kind: FaultKind; reason: string } | undefined): SpecState {
  const isDry = run.fuel !== undefined && fuel > run.fuel;
  const kind = isDry && failure?.kind !== FaultKind.Interrupted ? FaultKind.Timeout : (failure?.kind ?? s.doom);
  let out = s;
  if (kind) out = run.saved;
  else {
    const t = mustGet(s.tasks, run.task);
    if (t.state === TaskState.Ready && t.event === undefined) commit(s, t);
    // It has stopped or restarted itself: nothing of this run goes along with the next.
    else Object.assign(t, { lease: NO_LEASE, attached: 0 });
  }
  const sc = out.schedContexts.get(run.schedContext);
  if (sc) charge(out, sc, fuel);
  if (kind) fault(out, mustGet(out.tasks, run.task), kind, failure?.reason ?? "");
  out.running = 0;
  out.pending = undefined;
  out.doom = 0;
  return out;
}
