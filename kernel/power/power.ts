// Power management of one tile: the pieces of this folder behind the few calls that the scheduler makes.
//
// When a run begins and ends, when a device is switched, when the tile sleeps and wakes: each is one call and settles the ledger. Before a choice the
// scheduler asks; the installed policy answers, the clamps have the last word. Nothing here blocks, allocates after creation, or knows of capabilities.

import { nextWakeUs } from "./coalesce.ts";
import { energyReadyUs, spendEnergy } from "./energy-context.ts";
import type { EnergyContext } from "./energy-context.ts";
import { PolicyLimit, PolicyVersion, SleepFeature, SupplyFeature, TaskFeature } from "./features.ts";
import { Charge, createLedger, settleAll, switchFlow } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import { clampRank, clampShed, clampSleep, pickSleep, rankReady, shedLevel } from "./policy.ts";
import type { LevelPolicy, RankPolicy } from "./policy.ts";
import { createSleepRow, SleepState } from "./sleep-states.ts";

export interface Power {
  _ledger: Ledger;
  _runNa: number;
  /** Rows of `SleepState`. */
  _sleep: Int32Array;
  _sleepRow: Int32Array;
  _taskRow: Int32Array;
  _supplyRow: Int32Array;
  _rank: RankPolicy;
  _pickSleep: LevelPolicy;
  _shedLevel: LevelPolicy;
  /** By task number. */
  _criticality: Int32Array;
  _energy: (EnergyContext | undefined)[];
  /** By ledger row: charge that its energy context has paid for already, nC. */
  _paidNc: Float64Array;
}

/** @param runNa current of the processor, nA. @param sleep rows of `SleepState`, shallowest first. */
export function createPower(tasks: number, devices: number, runNa: number, sleep: Int32Array, nowUs: number): Power {
  const p: Power = {
    _ledger: createLedger(tasks, devices, nowUs),
    _runNa: runNa,
    _sleep: sleep,
    _sleepRow: createSleepRow(sleep),
    _taskRow: new Int32Array(TaskFeature.Words),
    _supplyRow: new Int32Array(SupplyFeature.Words),
    _rank: rankReady,
    _pickSleep: pickSleep,
    _shedLevel: shedLevel,
    _criticality: new Int32Array(tasks),
    _energy: [],
    _paidNc: new Float64Array(tasks + 1),
  };
  for (let i = 0; i < tasks; i++) {
    p._energy.push(undefined);
    p._criticality[i] = PolicyLimit.CriticalityMax;
  }
  p._taskRow[TaskFeature.Version] = PolicyVersion.Current;
  p._supplyRow[SupplyFeature.Version] = PolicyVersion.Current;
  p._supplyRow[SupplyFeature.Battery] = PolicyLimit.BatteryFull;
  switchFlow(p._ledger, 0, Charge.System, runNa, nowUs);
  return p;
}

/** Replaces all three policies. False, and nothing changed, when they were made for rows of another version. */
export function installPolicies(p: Power, version: number, rank: RankPolicy, sleep: LevelPolicy, shed: LevelPolicy): boolean {
  if (version !== PolicyVersion.Current) return false;
  p._rank = rank;
  p._pickSleep = sleep;
  p._shedLevel = shed;
  return true;
}

/** Brings ledger and energy accounts up to date. Whole µC are spent; what is below stays for the next time. */
export function powerSettle(p: Power, nowUs: number): void {
  settleAll(p._ledger, nowUs);
  for (let i = 0; i < p._energy.length; i++) {
    const e = p._energy[i];
    const uc = Math.floor((p._ledger._nc[i + 1]! - p._paidNc[i + 1]!) / Charge.NcPerUc);
    if (uc > 0) {
      if (e) spendEnergy(e, uc);
      p._paidNc[i + 1]! += uc * Charge.NcPerUc;
    }
  }
}

/** The processor works for `task` from now on; −1: for the kernel itself. */
export function powerRun(p: Power, task: number, nowUs: number): void {
  switchFlow(p._ledger, 0, task + 1, p._runNa, nowUs);
}

/** Device `device` draws `currentNa` (0: off) on top, at the cost of `task`. */
export function powerSwitch(p: Power, device: number, task: number, currentNa: number, nowUs: number): void {
  switchFlow(p._ledger, device + 1, task + 1, currentNa, nowUs);
}

/** A new supply reading, per mille, and its trend an hour. Returns the shed level: tasks less critical don't run. */
export function powerSupply(p: Power, battery: number, trend: number): number {
  const row = p._supplyRow;
  row[SupplyFeature.Battery] = battery;
  row[SupplyFeature.Trend] = trend;
  row[SupplyFeature.Shed] = clampShed(p._shedLevel(row));
  return row[SupplyFeature.Shed]!;
}

/** Rank of a ready task, highest first; 0: not now. Times in µs; `dueUs` 0: no deadline. Settle before the first of a round. */
export function powerRank(p: Power, task: number, priority: number, dueUs: number, fuelLeft: number, queueLength: number, readyUs: number, nowUs: number): number {
  const row = p._taskRow;
  const e = p._energy[task];
  const to = dueUs > 0 ? dueUs - nowUs : PolicyLimit.Far;
  const waited = nowUs - readyUs;
  if (e) energyReadyUs(e, nowUs);
  row[TaskFeature.Priority] = priority;
  row[TaskFeature.ToDeadline] = to > PolicyLimit.Far ? PolicyLimit.Far : to < -PolicyLimit.Far ? -PolicyLimit.Far : to;
  row[TaskFeature.FuelLeft] = fuelLeft;
  row[TaskFeature.ChargeLeft] = e && e._budgetUc ? (e._leftUc > -PolicyLimit.Far ? e._leftUc : -PolicyLimit.Far) : PolicyLimit.Unlimited;
  row[TaskFeature.Criticality] = p._criticality[task]!;
  row[TaskFeature.QueueLength] = queueLength;
  row[TaskFeature.Battery] = p._supplyRow[SupplyFeature.Battery]!;
  row[TaskFeature.Shed] = p._supplyRow[SupplyFeature.Shed]!;
  row[TaskFeature.Waited] = waited < PolicyLimit.Far ? waited : PolicyLimit.Far;
  return clampRank(p._rank(row));
}

/** When `task` may run again as far as charge goes: now, or when its debt is paid. For the kernel's next deadline. */
export function powerReadyUs(p: Power, task: number, nowUs: number): number {
  const e = p._energy[task];
  return e ? energyReadyUs(e, nowUs) : nowUs;
}

/**
 * The tile goes to sleep. Returns when it has to be awake (earliest times and slacks of `count` timers, µs; −1: no timer), after choosing the state
 * that `powerState` names. `deepest`: deepest state that what is switched on allows.
 */
export function powerSleep(p: Power, at: Float64Array, slack: Float64Array, count: number, deepest: number, nowUs: number): number {
  const row = p._sleepRow;
  const wakeUs = nextWakeUs(at, slack, count);
  const gap = wakeUs < 0 ? PolicyLimit.Far : wakeUs - nowUs;
  row[SleepFeature.Until] = gap > PolicyLimit.Far ? PolicyLimit.Far : gap > 0 ? gap : 0;
  row[SleepFeature.Deepest] = deepest;
  const state = clampSleep(p._pickSleep(row), row);
  // The row keeps the answer where the question was.
  row[SleepFeature.Deepest] = state;
  switchFlow(p._ledger, 0, Charge.System, p._sleep[state * SleepState.Words + SleepState.CurrentNa]!, nowUs);
  return wakeUs;
}

/** Sleep state chosen by the last `powerSleep`. */
export function powerState(p: Power): number {
  return p._sleepRow[SleepFeature.Deepest]!;
}

/** An interrupt came at `wokeUs` (the timer's time, or as far back as is known): from then on the processor runs for the kernel. */
export function powerWake(p: Power, wokeUs: number): void {
  powerRun(p, -1, wokeUs);
}
