// Domains: a table of (domain, duration). A task runs only while its domain has its turn: time is partitioned between groups of handlers.
//
// Set at run time through the Domain capability, as in seL4 15. Handlers are not interrupted, so a turn may end late by one run; no claim about
// timing channels. Profile full only. Reference: seL4 manual, "Domains".

import { CapType, GateLimit, Op, Status } from "../gate.ts";
import { holds, slotOf } from "../cspace.ts";
import { d, k, m, put, putDouble, Reg, Slot, Tcb } from "../state.ts";

const enum Row {
  Duration = 2,
  Words = 4,
}

/** DomainSet and DomainConfigure by task `t`. */
export function domainInvoke(t: number, op: Op, label: number, a: number, b: number): number {
  if (op === Op.DomainSet) {
    const s = slotOf(t, a);
    if (s < 0) return s;
    if (!holds(s, CapType.Tcb)) return Status.InvalidCapability;
    if (label < 0 || label >= GateLimit.Domains) return Status.InvalidArgument;
    put(m[s + Slot.Object]! + Tcb.Domain, label);
    return Status.Ok;
  }
  if (label < 0 || label >= GateLimit.DomainRows) return Status.RangeError;
  if (!(a >= 0 && a < GateLimit.Domains) || Math.floor(a) !== a) return Status.InvalidArgument;
  if (!(b >= 0 && b <= GateLimit.PeriodMax) || Math.floor(b) !== b) return Status.RangeError;
  const row = Reg.Schedule + label * Row.Words;
  put(row, a);
  putDouble(row + Row.Duration, b);
  return Status.Ok;
}

/** Moves on to the row whose turn it is now; end of its turn in µs, -1 when there is no schedule. */
export function domainTurn(): number {
  for (let guard = 0; guard <= GateLimit.DomainRows && d[Reg.Until >> 1]! <= k._now; guard++) {
    const isRunning = d[Reg.Until >> 1]! > 0;
    let row = isRunning ? m[Reg.Row]! + 1 : 0;
    if (row >= GateLimit.DomainRows || !d[(Reg.Schedule + row * Row.Words + Row.Duration) >> 1]) row = 0;
    const turnUs = d[(Reg.Schedule + row * Row.Words + Row.Duration) >> 1]!;
    if (!turnUs) {
      putDouble(Reg.Until, 0);
      put(Reg.Domain, 0);
      return -1;
    }
    put(Reg.Row, row);
    put(Reg.Domain, m[Reg.Schedule + row * Row.Words]!);
    putDouble(Reg.Until, (isRunning && guard < GateLimit.DomainRows ? d[Reg.Until >> 1]! : k._now) + turnUs);
  }
  return d[Reg.Until >> 1]!;
}
