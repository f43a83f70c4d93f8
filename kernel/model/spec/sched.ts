// Scheduling context: fuel per period as a sporadic server (README "Fuel"; seL4 manual MCS, "Scheduling"; src/kernel/sporadic.c).

import { CapType, GateLimit, Op, Status } from "../../gate.ts";
import type { AbstractSchedContext, AbstractSlot } from "../abstract-state.ts";
import { slotOf } from "./cspace.ts";
import { argument } from "./task.ts";
import { caller, forgetLoan, giveContext, mustGet } from "./state.ts";
import type { SpecState } from "./state.ts";

const REFILLS = 3;

export function isInteger(value: number, from: number, to: number): boolean {
  return value >= from && value <= to && Math.floor(value) === value;
}

/** Refills that are due become one; the time from which its task may run. */
export function refillUs(s: SpecState, sc: AbstractSchedContext): number {
  const [first, second] = sc.refills;
  if (!first) return 0;
  if (second && second.atUs <= s.nowUs) {
    second.fuel += first.fuel;
    sc.refills.shift();
    return refillUs(s, sc);
  }
  return first.atUs;
}

/** A run on `sc` has burnt `fuel`: it comes back one period after the run's start. */
export function charge(s: SpecState, sc: AbstractSchedContext, fuel: number): void {
  sc.consumed += fuel;
  const first = sc.refills[0];
  if (!sc.budget || !first || fuel < 1) return;
  const used = Math.min(fuel, first.fuel);
  first.fuel -= used;
  const atUs = s.nowUs + sc.periodUs;
  const last = sc.refills[sc.refills.length - 1];
  if (sc.refills.length < REFILLS || !last) sc.refills.push({ atUs, fuel: used });
  else {
    last.fuel += used;
    last.atUs = atUs;
  }
  // A run never starts with less than BudgetMin: too small a first refill waits for the next one.
  for (;;) {
    const [head, second] = sc.refills;
    if (!head || !second || head.fuel >= GateLimit.BudgetMin) break;
    second.fuel += head.fuel;
    sc.refills.shift();
  }
}

function configure(s: SpecState, label: number, a: number, b: number): Status {
  const at = argument(s, a, CapType.SchedContext, 0, Status.InvalidCapability);
  if (at < 0) return at as Status;
  if (label !== 0 && (label < GateLimit.BudgetMin || !isInteger(b, 1, GateLimit.PeriodMax))) return Status.RangeError;
  const sc = mustGet(s.schedContexts, mustGet(s.slots, at).object);
  Object.assign(sc, { budget: label, periodUs: label ? b : 0, refills: [{ atUs: s.nowUs, fuel: label }] });
  return Status.Ok;
}

function bind(s: SpecState, sc: AbstractSchedContext, a: number): Status {
  const at = slotOf(s, caller(s), a);
  if (at < 0) return at;
  const cap = s.slots.get(at);
  const target = cap?.type === CapType.Tcb ? mustGet(s.tasks, cap.object) : cap?.type === CapType.Notification ? mustGet(s.notifications, cap.object) : undefined;
  if (!target) return Status.InvalidCapability;
  if (sc.tcb || sc.notification || target.schedContext) return Status.IllegalOperation;
  if (cap?.type === CapType.Tcb) {
    forgetLoan(s, target.id);
    giveContext(s, sc.id, target.id);
  } else {
    sc.notification = target.id;
    target.schedContext = sc.id;
  }
  return Status.Ok;
}

export function unbind(s: SpecState, sc: AbstractSchedContext): void {
  giveContext(s, sc.id, 0);
  const n = s.notifications.get(sc.notification);
  if (n) n.schedContext = 0;
  sc.notification = 0;
  // No call brings it back.
  for (const p of s.replies.values()) if (p.schedContext === sc.id) p.schedContext = 0;
}

/** Operations on SchedControl (Configure) and scheduling contexts. */
export function schedInvoke(s: SpecState, op: Op, cap: AbstractSlot, label: number, a: number, b: number): number {
  if (op === Op.SchedConfigure) return configure(s, label, a, b);
  const sc = mustGet(s.schedContexts, cap.object);
  const t = caller(s);
  if (op === Op.ScBind) return bind(s, sc, a);
  if (op === Op.ScUnbind) {
    if (sc.tcb === t.id) return Status.IllegalOperation;
    unbind(s, sc);
    return Status.Ok;
  }
  if (op === Op.ScYieldTo) {
    if (!sc.tcb || sc.tcb === t.id || mustGet(s.tasks, sc.tcb).priority > t.mcp) return Status.IllegalOperation;
    s.yieldTo = sc.tcb;
  }
  const { consumed } = sc;
  sc.consumed = 0;
  return consumed;
}
