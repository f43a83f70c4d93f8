// Scheduling context: the right to run, as fuel per period. A sporadic server: what a run burns comes back one period after the run began.
//
// Refills are few and sorted by time; their fuel always adds up to the budget. Budget 0: no limit, only counted.
// Reference: seL4 manual (MCS), "Scheduling"; src/object/schedcontext.c, src/kernel/sporadic.c.

import { CapType, GateLimit, Op, Status } from "../gate.ts";
import { argument, holds, slotOf } from "../cspace.ts";
import { forgetLoan, moveSc, unbindSc } from "../wake.ts";
import { d, k, m, Nt, put, putDouble, Reg, Sc, Slot, Tcb } from "../state.ts";

declare const BUDGETS: boolean;
declare const WIRING: boolean;

const enum Refill {
  At = 0,
  Fuel = 2,
}

/** The first refill joins the second: both are due, or too little is left in it. */
export function pop(sc: number): void {
  const first = sc + Sc.Refill;
  const left = m[first + Refill.Fuel]!;
  const end = first + m[sc + Sc.Count]! * Sc.RefillWords;
  for (let i = first; i < end - Sc.RefillWords; i++) put(i, m[i + Sc.RefillWords]!);
  put(first + Refill.Fuel, m[first + Refill.Fuel]! + left);
  put(sc + Sc.Count, m[sc + Sc.Count]! - 1);
}

/** A run that began at the time of this step has burnt `fuel`. */
export function charge(sc: number, fuel: number): void {
  const first = sc + Sc.Refill;
  const count = m[sc + Sc.Count]!;
  d[(sc + Sc.Consumed) >> 1]! += fuel;
  if (!m[sc + Sc.Budget] || fuel < 1) return;
  const left = m[first + Refill.Fuel]!;
  const used = fuel < left ? fuel : left;
  const isFull = count >= Sc.Refills;
  const last = first + (isFull ? Sc.Refills - 1 : count) * Sc.RefillWords;
  put(first + Refill.Fuel, left - used);
  putDouble(last, k._now + d[(sc + Sc.Period) >> 1]!);
  put(last + Refill.Fuel, used + (isFull ? m[last + Refill.Fuel]! : 0));
  if (!isFull) put(sc + Sc.Count, count + 1);
  // What a run may start with is never less than BudgetMin; the sum is at least that.
  while (m[sc + Sc.Count]! > 1 && m[first + Refill.Fuel]! < GateLimit.BudgetMin) pop(sc);
}

/** Who has scheduling context `sc`: ScBind, ScUnbind, by task `t`. */
export function schedWire(t: number, op: Op, sc: number, a: number): number {
  const owner = m[sc]!;
  if (op === Op.ScUnbind) {
    if (owner === t) return Status.IllegalOperation;
    unbindSc(sc);
    return Status.Ok;
  }
  const target = slotOf(t, a);
  if (target < 0) return target;
  const o = m[target + Slot.Object]!;
  const isTask = holds(target, CapType.Tcb);
  if (!isTask && !holds(target, CapType.Notification)) return Status.InvalidCapability;
  if (owner || m[sc + Sc.Notification] || m[o + (isTask ? Tcb.Sc : Nt.Sc)]) return Status.IllegalOperation;
  if (isTask) {
    forgetLoan(o);
    moveSc(sc, o);
  }
  else {
    put(sc + Sc.Notification, o);
    put(o + Nt.Sc, sc);
  }
  return Status.Ok;
}

/** Operations through the SchedControl (Configure) or SchedContext capability in slot `s`. */
export function schedInvoke(t: number, op: Op, s: number, label: number, a: number, b: number): number {
  const sc = m[s + Slot.Object]!;
  const owner = m[sc]!;
  if (BUDGETS && op === Op.SchedConfigure) {
    const target = argument(t, a, CapType.SchedContext, 0, Status.InvalidCapability);
    if (target < 0) return target;
    const o = m[target + Slot.Object]!;
    if (label && (label < GateLimit.BudgetMin || !(b >= 1 && b <= GateLimit.PeriodMax) || b % 1)) return Status.RangeError;
    put(o + Sc.Budget, label);
    put(o + Sc.Count, 1);
    putDouble(o + Sc.Period, label ? b : 0);
    putDouble(o + Sc.Refill, k._now);
    put(o + (Sc.Refill + Refill.Fuel), label);
    return Status.Ok;
  }
  if (WIRING && op < Op.ScConsumed) return schedWire(t, op, sc, a);
  if (BUDGETS && op === Op.ScYieldTo) {
    if (!owner || owner === t || m[owner + Tcb.Priority]! > m[t + Tcb.Mcp]!) return Status.IllegalOperation;
    put(Reg.YieldTo, owner);
  }
  const consumed = d[(sc + Sc.Consumed) >> 1]!;
  putDouble(sc + Sc.Consumed, 0);
  return consumed;
}
