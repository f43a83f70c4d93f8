// The step: run ready handlers, highest priority first, until nothing is ready or the budget is used up; then say when to be called again.
//
// A run is a transaction. `Reg.Running` is written before anything is taken from a queue and cleared by the commit's last write; a stack overflow
// or full memory skips catch and finally on Espruino, so the next entry finds it set, plays the undo log back and makes a fault of it.
// What the kernel does for itself (timers, deletion, interrupts) is a transaction too, of the task `Limit.Kernel`.

import { Event, FaultKind, GateLimit, Op, TaskState } from "./gate.ts";
import { cancel } from "./cancel.ts";
import { domainTurn } from "./objects/domain.ts";
import { receive, send, timeOut } from "./objects/endpoint.ts";
import { claimOf, raise } from "./objects/irq.ts";
import { charge, pop } from "./objects/sched-context.ts";
import { fault, halt } from "./objects/tcb.ts";
import { Charge, settleAll } from "./power/ledger.ts";
import { rankReady } from "./power/policy.ts";
import { powerRank, powerSheds, powerSleep, powerWake } from "./power/power.ts";
import { dequeue, enqueue } from "./queue.ts";
import { workSlice } from "./work.ts";
import { d, k, Limit, m, put, Reg, rollBack, Sc, Send, Tcb, use } from "./state.ts";
import type { KernelState } from "./state.ts";

declare const FULL: boolean;
declare const BUDGETS: boolean;
declare const CNODES: boolean;
declare const FRAMES: boolean;
declare const TRANSFER: boolean;
declare const POWER: boolean;
declare const FUEL: boolean;
declare let $: number;

const enum Length {
  /** Of a fault's reason. */
  Reason = 64,
}

/** A run that never came back is undone, and its task told on. First thing at every entry. */
export function recover(): void {
  const t = m[Reg.Running]!;
  if (!t) return;
  // Metered: the counter is that run's as long as its handler was running.
  if (typeof FUEL !== "undefined" && FUEL && k._isOpen) {
    m[Reg.Fuel] = $;
    $ = Limit.Unlimited;
  }
  k._isOpen = false;
  rollBack();
  m[Reg.Dirty] = 1;
  if (t > Limit.Kernel) {
    const sc = m[t + Tcb.Sc]!;
    if (BUDGETS && sc) charge(sc, (m[sc + Sc.Budget] ? m[sc + (Sc.Refill + 2)]! : Limit.Unlimited) - m[Reg.Fuel]!);
    // What it was doing when it was stopped is undone too (take, in objects/endpoint.ts).
    m[t] = TaskState.Ready;
    halt(t, TaskState.Faulted);
    const e = fault(t, FaultKind.Interrupted, "");
    if (e) send(t, e, Send.Fault, TaskState.Faulted);
  }
  m[Reg.Running] = 0;
}

/** Device `number` of `kind` (DeviceKind) has interrupted. For the port's callbacks; never runs a handler. */
export function interrupt(k: KernelState, kind: number, number: number): void {
  use(k);
  recover();
  if (POWER && k._power) powerWake(k._power, k._power._clock(k._power._port));
  k._n = 0;
  m[Reg.Running] = Limit.Kernel;
  const h = claimOf(kind, number, 1);
  // Nothing happens when nobody has claimed it.
  if (h) raise(h);
  m[Reg.Running] = 0;
}

/** Wakes tasks whose deadline has come and finds the next one. Who has no context could not run: its timer waits until it has. */
function timers(): void {
  k._next = -1;
  if (POWER && k._power) k._power._limitUs = GateLimit.IntegerMax;
  for (let i = Reg.Tasks; i < Reg.EndTasks; i++) {
    const t = m[i]!;
    const at = t && m[t + Tcb.Sc] ? d[(t + Tcb.Deadline) >> 1]! : 0;
    if (!at || (POWER && k._power && powerSheds(k._power, t))) continue;
    if (at > k._now) {
      if (k._next < 0 || at < k._next) k._next = at;
      if (POWER && k._power) k._power._limitUs = Math.min(k._power._limitUs, at + k._power._slackUs[i - Reg.Tasks]!);
    } else if (m[t] === TaskState.BlockedOnReceive || m[t] === TaskState.BlockedOnNotification) {
      k._n = 0;
      cancel(t);
      timeOut(t);
    }
  }
  m[Reg.Dirty] = 0;
  if (POWER && k._power) {
    // The tile wakes with the last timer that comes before any slack ends (power/coalesce.ts).
    for (let i = Reg.Tasks; k._next >= 0 && i < Reg.EndTasks; i++) {
      const t = m[i]!;
      const at = t && m[t + Tcb.Sc] ? d[(t + Tcb.Deadline) >> 1]! : 0;
      if (at > k._next && at <= k._power._limitUs) k._next = at;
    }
  }
}

/** Next task to run, 0 none: in its domain, and with fuel and charge that are due; `k._next` takes account of what comes later. With power management: the one of highest rank. */
function pick(): number {
  if (POWER && k._power) k._power._most = k._power._best = 0;
  const first = BUDGETS ? m[Reg.YieldTo]! : 0;
  let t = BUDGETS && first && m[first] === TaskState.Ready && m[first + Tcb.Sc] ? first : m[Reg.Ready]!;
  while (t) {
    const sc = m[t + Tcb.Sc]!;
    if (!FULL || m[t + Tcb.Domain] === m[Reg.Domain]) {
      if ((!POWER || !k._power) && (!BUDGETS || !m[sc + Sc.Budget])) return t;
      if (m[t + Tcb.Event] === Limit.GoHome) {
        // That is no run, and has its turn by priority.
        if (POWER && k._power && k._power._best) break;
        return t;
      }
      let at = d[(sc + Sc.Refill) >> 1]!;
      if (POWER && k._power) {
        const next = m[t + Tcb.Next]!;
        // The list is sorted by priority: with the default policy nobody can outrank the only one of the highest.
        if (at <= k._now && !k._power._best && k._power._rank === rankReady && !k._power._energy[m[t + Tcb.Number]!] && (!next || m[next + Tcb.Priority]! < m[t + Tcb.Priority]!)) {
          k._power._best = t;
          break;
        }
        at = powerRank(k._power, t, at);
      }
      if (at <= k._now) {
        if (POWER && k._power && t === first) k._power._best = t;
        if (!POWER || !k._power || t === first) break;
      } else if (k._next < 0 || at < k._next) k._next = at;
    }
    t = BUDGETS && t === first ? m[Reg.Ready]! : m[t + Tcb.Next]!;
    if (BUDGETS && t && t === first) t = m[t + Tcb.Next]!;
  }
  if (POWER && k._power) t = k._power._best;
  if (BUDGETS && t) for (const sc = m[t + Tcb.Sc]!; m[sc + Sc.Count]! > 1 && d[(sc + (Sc.Refill + Sc.RefillWords)) >> 1]! <= k._now; pop(sc)) k._n = 0;
  return t;
}

/** One run of `t`. */
export function run(t: number): void {
  const sc = m[t + Tcb.Sc]!;
  const event = m[t + Tcb.Event]!;
  const n = m[t + Tcb.Number]!;
  const data = k._data[n]!;
  const budget = BUDGETS ? m[sc + Sc.Budget]! : 0;
  const fuel = budget ? m[sc + (Sc.Refill + 2)]! : Limit.Unlimited;
  let kind: FaultKind | 0 = 0;
  let reason = "";
  k._n = 0;
  m[Reg.Pending] = 0;
  m[Reg.Doom] = 0;
  m[Reg.Fuel] = fuel;
  m[Reg.Running] = t;
  if (BUDGETS) m[Reg.YieldTo] = 0;
  if (m[Reg.Ready] === t) m[Reg.Ready] = m[t + Tcb.Next]!;
  else dequeue(Reg.Ready, t);
  k._data[n] = "";
  if (event === Limit.GoHome) {
    receive(t, -1, 0, 0, 0);
    m[Reg.Running] = 0;
    return;
  }
  // From here on a roll-back leaves the event consumed.
  k._n = 0;
  m[t + Tcb.Event] = -1;
  m[t + Tcb.Runs]!++;
  if (typeof FUEL !== "undefined" && FUEL) $ = fuel;
  // Its row pays from the last look at the clock on: looking for the next task is part of its run.
  if (POWER && k._power) k._power._ledger._row[0] = n + 1;
  k._isOpen = true;
  try {
    const handler = k._handlers[n]!;
    if (event === Event.Message || event === Event.Reply || event === Event.Fault) handler(event, m[t + Tcb.Badge]!, m[t + Tcb.Label]!, d[(t + Tcb.A) >> 1]!, d[(t + Tcb.B) >> 1]!, data);
    else handler(event, event === Event.Notification ? m[t + Tcb.Badge]! : 0, event === Event.Done ? m[t + Tcb.Label]! : 0, event === Event.Timer ? d[(t + Tcb.A) >> 1]! : event === Event.Start ? m[t + Tcb.Generation]! : 0, 0, "");
  } catch (e) {
    kind = FaultKind.Thrown;
    try {
      reason = ("" + e).substring(0, Length.Reason);
    } catch (f) {
      // What was thrown has no words.
    }
  }
  k._isOpen = false;
  let left = m[Reg.Fuel]!;
  // Metered: the run's own code has counted, and code outside of runs gets plenty.
  if (typeof FUEL !== "undefined" && FUEL) {
    left = $;
    $ = Limit.Unlimited;
  }
  if (left < 0) kind = FaultKind.Timeout;
  if (!kind) kind = m[Reg.Doom]! as FaultKind | 0;
  if (kind) rollBack();
  else {
    // It came back, and waits for something now: carry out what it asked for; nothing (-1) when it has stopped or restarted itself.
    const op = m[t] === TaskState.Ready && m[t + Tcb.Event] === -1 ? m[Reg.Pending]! : -1;
    const o = m[Reg.PendingObject]!;
    const flags = m[Reg.PendingFlags]!;
    if (FRAMES && op !== Op.Call && m[t + Tcb.LeaseFrame]) put(t + Tcb.LeaseFrame, 0);
    if (TRANSFER && op !== Op.Call && op !== Op.Send && m[t + Tcb.Attach]) put(t + Tcb.Attach, 0);
    if (op === Op.Call || op === Op.Send) send(t, o, flags, TaskState.BlockedOnSend);
    if (!op || (op === Op.Send && m[t] === TaskState.Ready)) receive(t, -1, 0, 0, 0);
    else if (op > Op.Reply && (!CNODES || op < Op.Delete)) receive(t, op === Op.Wait ? 0 : o, op === Op.Wait ? o : 0, flags, m[Reg.PendingReply]!);
    else if (CNODES && op > Op.Reply) {
      m[t] = TaskState.BlockedOnWork;
      m[t + Tcb.Object] = o;
      m[t + Tcb.Flags] = op;
      enqueue(Reg.WorkQueue, t);
    }
  }
  // The run may have given its own context a budget.
  if (BUDGETS && (budget || (sc && m[sc + Sc.Budget]))) charge(sc, fuel - left);
  else if (sc) d[(sc + Sc.Consumed) >> 1]! += fuel - left;
  if (kind) {
    halt(t, TaskState.Faulted);
    const e = fault(t, kind, reason);
    if (e) send(t, e, Send.Fault, TaskState.Faulted);
  }
  m[Reg.Running] = 0;
  if (POWER && k._power) {
    const l = k._power._ledger;
    settleAll(l, k._power._clock(k._power._port));
    l._row[0] = Charge.System;
  }
}

/**
 * Runs at most `budget` handlers at time `nowUs` (µs since boot, never falling).
 * Returns when to be called next: `nowUs` when more is ready, a later time, or -1 when only an interrupt can bring work.
 */
export function step(k: KernelState, nowUs: number, budget: number): number {
  use(k);
  recover();
  k._now = nowUs;
  if (POWER && k._power) powerWake(k._power, nowUs);
  let t = 0;
  let untilUs = -1;
  for (;;) {
    // What the kernel does for itself until the next run; a transaction ends at each `k._n = 0`.
    k._n = 0;
    m[Reg.Running] = Limit.Kernel;
    if (m[Reg.Dirty] || (k._next >= 0 && k._next <= nowUs)) timers();
    if (CNODES && (m[Reg.WorkOp] || m[Reg.WorkQueue])) workSlice();
    // Without a schedule, and without one that runs out, nobody's turn ends.
    if (FULL) untilUs = d[Reg.Until >> 1]! || d[Reg.FirstTurn >> 1]! ? domainTurn() : -1;
    t = pick();
    if (budget-- <= 0) break;
    if (t) run(t);
    else if (!CNODES || (!m[Reg.WorkOp] && !m[Reg.WorkQueue])) break;
  }
  m[Reg.Running] = 0;
  if (t || m[Reg.Dirty] || (CNODES && (m[Reg.WorkOp] || m[Reg.WorkQueue]))) return nowUs;
  const nextUs = FULL && untilUs >= 0 && m[Reg.Ready] && (k._next < 0 || untilUs < k._next) ? untilUs : k._next;
  if (POWER && k._power) powerSleep(k._power, nextUs);
  return nextUs;
}
