// The charge ledger: who has used how much, in integers.
//
// One current flows for the processor (a task that runs, or sleep, which is nobody's: row 0) and one for each device that is switched on, charged to
// whoever switched it on until it is off again, asleep or not: a radio that was forgotten shows up on its driver's row.
// Unit: nC (nA·s). What is left of a multiplication nA × µs stays in the row as a remainder below 10⁶, so nothing is lost however often it is
// settled (kernel/model/lemmas/ledger.smt2). 1 µAh = 3,600,000 nC.

export const enum Charge {
  /** Row of the kernel itself: wake-ups and sleep. Task n has row n + 1. */
  System = 0,
  UsPerS = 1000000,
  NcPerUah = 3600000,
  NcPerUc = 1000,
}

export interface Ledger {
  /** By row: nC, and nA·µs below a million. */
  _nc: Float64Array;
  _rest: Int32Array;
  /** Flows: 0 the processor, then one for each device. Row that pays, current in nA. */
  _row: Int32Array;
  _na: Int32Array;
  /** Everything is charged up to here, µs. */
  _sinceUs: number;
}

/** @param tasks rows besides the kernel's. @param devices that can be switched. */
export function createLedger(tasks: number, devices: number, nowUs: number): Ledger {
  return { _nc: new Float64Array(tasks + 1), _rest: new Int32Array(tasks + 1), _row: new Int32Array(devices + 1), _na: new Int32Array(devices + 1), _sinceUs: nowUs };
}

/** Charges every flow (below 2³¹ nA, for less than 2⁴² µs, 50 days) up to now; a clock that steps back is taken to stand still. Before reading, and before the tile goes off. */
export function settleAll(l: Ledger, nowUs: number): void {
  const duration = nowUs - l._sinceUs;
  if (duration <= 0) return;
  const currents = l._na;
  // Both quotients are below 2³¹.
  const seconds = (duration / Charge.UsPerS) | 0;
  const slip = duration - seconds * Charge.UsPerS;
  for (let i = 0; i < currents.length; i++) {
    const na = currents[i]!;
    if (!na) continue;
    const row = l._row[i]!;
    const small = na * slip + l._rest[row]!;
    const whole = (small / Charge.UsPerS) | 0;
    l._rest[row] = small - whole * Charge.UsPerS;
    l._nc[row]! += na * seconds + whole;
  }
  l._sinceUs = nowUs;
}

/** From now on `row` pays `currentNa` for flow `flow`: 0 the processor, 1 + d device d. Current 0: off. */
export function switchFlow(l: Ledger, flow: number, row: number, currentNa: number, nowUs: number): void {
  settleAll(l, nowUs);
  l._row[flow] = row;
  l._na[flow] = currentNa;
}

/** Charge of a row so far, nC. */
export function chargeNc(l: Ledger, row: number): number {
  return l._nc[row]!;
}

/** The same in whole µAh. */
export function chargeUah(l: Ledger, row: number): number {
  return Math.floor(l._nc[row]! / Charge.NcPerUah);
}
