// Power management of one tile: the pieces of this folder behind the few calls that the kernel makes while it schedules (scheduler.ts).
//
// A tile has it when the composition root installs one (`k._power`), from the integers that its board's table gave its configuration. Then every run, sleep
// and wake-up settles the ledger; a task in debt of charge waits; timers are joined within their slack; and the installed policies say who runs first
// and how deep to sleep, with the clamps having the last word. Nothing here is part of a transaction: charge that was drawn is gone, whatever is rolled back.

import { Event } from "../gate.ts";
import { d, k, Limit, m, Reg, Sc, Tcb } from "../state.ts";
import { createEnergyContext, energyReadyUs } from "./energy-context.ts";
import type { EnergyContext } from "./energy-context.ts";
import { PolicyLimit, PolicyVersion, SleepFeature, SupplyFeature, TaskFeature } from "./features.ts";
import { Charge, createLedger, settleAll, switchFlow } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import { clampRank, clampShed, pickSleep, rankReady, shedLevel } from "./policy.ts";
import type { LevelPolicy, RankPolicy } from "./policy.ts";
import { clampSleep } from "./sleep-states.ts";

/** A board's currents as `TileConfig.power` has them: two words, then three for each sleep state, shallowest first. Made by host-tools/sim/power-table.ts. */
export const enum PowerWord {
  /** nA while the processor runs. */
  RunNa = 0,
  /** nA on top while a UART is set up. */
  UartNa = 1,
  /** First sleep state: nA; µs until code runs again, the engine's event loop included; least gap for which it pays, µs. */
  SleepNa = 2,
  WakeUs = 3,
  BreakEvenUs = 4,
  SleepWords = 3,
}

export const enum PowerDevice {
  /** The UARTs: while one is set up the fast clock runs, and only the shallowest sleep is allowed. */
  Uart = 0,
  /** First of those that a composition root gives to its drivers. */
  Free = 1,
}

export interface Power {
  _ledger: Ledger;
  /** µs since boot, also in the middle of a step: `_clock(_port)`. */
  _clock: (port: object) => number;
  _port: object;
  /** Words as in `PowerWord`. */
  _table: readonly number[];
  /** Sleep state chosen last. */
  _state: number;
  _rank: RankPolicy;
  _pickSleep: LevelPolicy;
  _shed: LevelPolicy;
  _taskRow: Int32Array;
  _sleepRow: Int32Array;
  _supplyRow: Int32Array;
  /** By task number: how much later than its time a timer may come; how long after its release a job is due (0: no deadline); what it is worth, 0 … 3. */
  _slackUs: Float64Array;
  _relativeUs: Float64Array;
  _criticality: Uint8Array;
  _energy: (EnergyContext | undefined)[];
  /** While a task is looked for: the best so far, and its rank. */
  _best: number;
  _most: number;
  /** While the timers are looked at: the earliest end of a slack. */
  _limitUs: number;
}

/** @param devices that can be switched, the UARTs included. @param table words as in `PowerWord`. */
export function createPower(devices: number, table: readonly number[], clock: (port: object) => number, port: object): Power {
  const taskRow = new Int32Array(TaskFeature.Words);
  const sleepRow = new Int32Array(SleepFeature.Words);
  const supplyRow = new Int32Array(SupplyFeature.Words);
  const nowUs = clock(port);
  const ledger = createLedger(Limit.Tasks, devices, nowUs);
  taskRow[TaskFeature.Version] = sleepRow[SleepFeature.Version] = supplyRow[SupplyFeature.Version] = PolicyVersion.Current;
  taskRow[TaskFeature.Battery] = supplyRow[SupplyFeature.Battery] = PolicyLimit.BatteryFull;
  sleepRow[SleepFeature.States] = Math.min(PolicyLimit.SleepStates, (table.length - PowerWord.SleepNa) / PowerWord.SleepWords);
  // Wake-up and break-even of states 1, 2, 3, as far as there are any.
  for (let i = 0; SleepFeature.Latency1 + i < SleepFeature.Words; i++) sleepRow[SleepFeature.Latency1 + i] = table[PowerWord.WakeUs + PowerWord.SleepWords * ((i >> 1) + 1) + (i & 1)] || PolicyLimit.Unlimited;
  switchFlow(ledger, 0, Charge.System, table[PowerWord.RunNa]!, nowUs);
  return {
    _ledger: ledger,
    _clock: clock,
    _port: port,
    _table: table,
    _state: 0,
    _rank: rankReady,
    _pickSleep: pickSleep,
    _shed: shedLevel,
    _taskRow: taskRow,
    _sleepRow: sleepRow,
    _supplyRow: supplyRow,
    _slackUs: new Float64Array(Limit.Tasks),
    _relativeUs: new Float64Array(Limit.Tasks),
    _criticality: new Uint8Array(Limit.Tasks).fill(PolicyLimit.CriticalityMax),
    _energy: [],
    _best: 0,
    _most: 0,
    _limitUs: 0,
  };
}

/** Replaces the policies. False, and nothing changed, when they were made for rows of another version. */
export function installPolicies(p: Power, version: number, rank: RankPolicy, sleep: LevelPolicy, shed: LevelPolicy): boolean {
  if (version !== PolicyVersion.Current) return false;
  p._rank = rank;
  p._pickSleep = sleep;
  p._shed = shed;
  return true;
}

/** What task number `task` is like: its timers may come `slackUs` late, its jobs are due `relativeUs` after their release (0: whenever), and they are worth `criticality`, 0 comfort … 3 vital. For the composition root. */
export function powerTask(p: Power, task: number, slackUs: number, relativeUs: number, criticality: number): void {
  p._slackUs[task] = slackUs;
  p._relativeUs[task] = relativeUs;
  p._criticality[task] = criticality;
}

/**
 * The supply has `battery` per mille left of what is usable. Timers of less critical tasks wait from now on, or are served again, as the policy says; whoever asks such a task is answered. For
 * a driver that can read it, from a run.
 */
export function powerSupply(p: Power, battery: number): void {
  const row = p._supplyRow;
  row[SupplyFeature.Battery] = p._taskRow[TaskFeature.Battery] = battery;
  row[SupplyFeature.Shed] = clampShed(p._shed(row));
  m[Reg.Dirty] = 1;
}

/** Do the timers of `t` wait for a better supply? */
export function powerSheds(p: Power, t: number): boolean {
  return p._criticality[m[t + Tcb.Number]!]! < p._supplyRow[SupplyFeature.Shed]!;
}

/** Device `device` draws `currentNa` (0: off) on top of the processor's current, at the cost of task number `task`. For its driver. */
export function powerSwitch(p: Power, device: number, task: number, currentNa: number): void {
  switchFlow(p._ledger, device + 1, task + 1, currentNa, p._clock(p._port));
}

/** Task number `task` may spend `budgetUc` µC per period of `periodUs` (0: as much as it likes), from now on. For the composition root. */
export function powerBudget(p: Power, task: number, budgetUc: number, periodUs: number): void {
  const e = createEnergyContext(budgetUc, periodUs, p._clock(p._port));
  e._paidNc = p._ledger._nc[task + 1]!;
  p._energy[task] = budgetUc ? e : undefined;
}

/**
 * Looks at ready task `t`, whose fuel is due at `at`. It may run from the time returned on: `at`, or when its energy context's debt is paid; one that may
 * run now is the best so far when its rank says so, equal ones in the order they became ready; rank 0, or no number: not now.
 */
export function powerRank(p: Power, t: number, at: number): number {
  const row = p._taskRow;
  const n = m[t + Tcb.Number]!;
  const sc = m[t + Tcb.Sc]!;
  const e = p._energy[n];
  row[TaskFeature.ChargeLeft] = PolicyLimit.Unlimited;
  if (e) {
    // It spends what its task has used since it was asked last.
    const uc = Math.floor((p._ledger._nc[n + 1]! - e._paidNc) / Charge.NcPerUc);
    e._paidNc += uc * Charge.NcPerUc;
    e._leftUc -= uc;
    at = Math.max(at, energyReadyUs(e, k._now));
    row[TaskFeature.ChargeLeft] = e._leftUc;
  }
  if (at <= k._now) {
    // A timer's job was released at the timer's time, any other counts as released now.
    const due = p._relativeUs[n] ? p._relativeUs[n]! + (m[t + Tcb.Event] === Event.Timer ? d[(t + Tcb.A) >> 1]! - k._now : 0) : PolicyLimit.Far;
    row[TaskFeature.Priority] = m[t + Tcb.Priority]!;
    row[TaskFeature.ToDeadline] = Math.max(-PolicyLimit.Far, Math.min(PolicyLimit.Far, due));
    row[TaskFeature.FuelLeft] = m[sc + Sc.Budget] ? m[sc + (Sc.Refill + 2)]! : PolicyLimit.Unlimited;
    row[TaskFeature.Criticality] = p._criticality[n]!;
    const rank = clampRank(p._rank(row));
    if (rank > p._most) {
      p._most = rank;
      p._best = t;
    }
  }
  return at;
}

/** A step or an interrupt begins at `nowUs`: the tile is awake, since so long ago as leaving its sleep state takes, and the processor works for the kernel. */
export function powerWake(p: Power, nowUs: number): void {
  const l = p._ledger;
  settleAll(l, nowUs - p._table[PowerWord.WakeUs + p._state * PowerWord.SleepWords]!);
  l._row[0] = Charge.System;
  l._na[0] = p._table[PowerWord.RunNa]!;
  settleAll(l, nowUs);
}

/** Nothing can run until `wakeUs` (-1: an interrupt): chooses the sleep state, and charges it from now on. */
export function powerSleep(p: Power, wakeUs: number): void {
  const row = p._sleepRow;
  const nowUs = p._clock(p._port);
  row[SleepFeature.Until] = wakeUs < 0 ? PolicyLimit.Far : Math.max(0, Math.min(PolicyLimit.Far, wakeUs - nowUs));
  row[SleepFeature.Deepest] = p._ledger._na[PowerDevice.Uart + 1] ? 0 : PolicyLimit.SleepStates - 1;
  p._state = clampSleep(p._pickSleep(row), row);
  settleAll(p._ledger, nowUs);
  p._ledger._na[0] = p._table[PowerWord.SleepNa + p._state * PowerWord.SleepWords]!;
}
