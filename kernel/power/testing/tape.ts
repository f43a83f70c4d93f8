// A seeded tape of questions to everything in this folder, folded into numbers: engines that print the same numbers compute the same. In the dialect.

import { admitCharge, admitTime, assignSlack, Job } from "../admission.ts";
import { nextWakeUs } from "../coalesce.ts";
import { createEnergyContext, energyReadyUs, spendEnergy } from "../energy-context.ts";
import { PolicyLimit, SleepFeature, SupplyFeature, TaskFeature } from "../features.ts";
import { Charge, chargeUah, createLedger, settleAll, switchFlow } from "../ledger.ts";
import { clampRank, clampShed, pickSleep, rankReady, shedLevel } from "../policy.ts";
import { clampSleep, createSleepRow, SleepState } from "../sleep-states.ts";

const enum Tape {
  Tasks = 4,
  Rounds = 120,
  Sets = 12,
  Prime = 65537,
}

/** A line of numbers for each part. */
export function runTape(): string[] {
  const seed = new Int32Array(1);
  seed[0] = 1;
  // Park and Miller's kind of generator, small enough for every engine's integers.
  const random = function (n: number): number {
    seed[0] = (seed[0]! * 75 + 74) % Tape.Prime;
    const high = seed[0]!;
    seed[0] = (seed[0]! * 75 + 74) % Tape.Prime;
    return (high * Tape.Prime + seed[0]!) % n;
  };
  const lines: string[] = [];
  const sleep = new Int32Array([11000000, 1, 32000000, 500000, 50, 32000000, 20000, 5113, 32000000]);
  const l = createLedger(Tape.Tasks, 2, 0);
  const sleepRow = createSleepRow(sleep);
  const taskRow = new Int32Array(TaskFeature.Words);
  const supplyRow = new Int32Array(SupplyFeature.Words);
  const accounts = [];
  const at = new Float64Array(Tape.Tasks);
  const slack = new Float64Array(Tape.Tasks);
  let now = 0;
  let fold = 0;
  for (let i = 0; i < Tape.Tasks; i++) {
    accounts.push(createEnergyContext(i * 20000, 10000000, 0));
  }
  for (let round = 0; round < Tape.Rounds; round++) {
    const task = random(Tape.Tasks);
    supplyRow[SupplyFeature.Battery] = random(1001);
    supplyRow[SupplyFeature.Shed] = clampShed(shedLevel(supplyRow));
    fold = (fold * 31 + supplyRow[SupplyFeature.Shed]!) % 1000000007;
    for (let i = 0; i < Tape.Tasks; i++) {
      taskRow[TaskFeature.Priority] = random(256);
      taskRow[TaskFeature.ToDeadline] = random(PolicyLimit.Far) - 500000000;
      taskRow[TaskFeature.FuelLeft] = random(1000);
      taskRow[TaskFeature.ChargeLeft] = i ? accounts[i]!._leftUc : PolicyLimit.Unlimited;
      taskRow[TaskFeature.Criticality] = i;
      fold = (fold * 31 + clampRank(rankReady(taskRow))) % 1000000007;
      at[i] = now + random(3000000);
      slack[i] = random(2000000);
    }
    switchFlow(l, 0, task + 1, 32000000, now);
    if (random(2)) switchFlow(l, 1 + random(2), task + 1, random(170000000), now);
    now += random(200000);
    settleAll(l, now);
    spendEnergy(accounts[task]!, random(30000));
    fold = (fold * 31 + energyReadyUs(accounts[task]!, now)) % 1000000007;
    const wake = nextWakeUs(at, slack, Tape.Tasks);
    sleepRow[SleepFeature.Until] = wake - now;
    sleepRow[SleepFeature.Deepest] = random(4);
    const state = clampSleep(pickSleep(sleepRow), sleepRow);
    fold = (fold * 31 + state) % 1000000007;
    switchFlow(l, 0, Charge.System, sleep[state * SleepState.Words]!, now);
    if (wake > now) now = wake;
    switchFlow(l, 0, Charge.System, 32000000, now);
    now += random(5000);
  }
  settleAll(l, now);
  lines.push("power " + now + " " + fold);
  for (let i = 0; i <= Tape.Tasks; i++) lines.push("row " + i + " " + l._nc[i] + " " + l._rest[i] + " " + chargeUah(l, i));
  for (let n = 0; n < Tape.Sets; n++) {
    const set = new Float64Array(3 * Job.Words);
    const most = new Float64Array(3);
    for (let i = 0; i < 3; i++) {
      const period = 5000 + random(90000);
      set[i * Job.Words + Job.PeriodUs] = period;
      set[i * Job.Words + Job.DeadlineUs] = period - random(period >> 1);
      set[i * Job.Words + Job.RunUs] = 1 + random(n < 6 ? 1500 : 30000);
      set[i * Job.Words + Job.ChargeNc] = random(100000);
      most[i] = period >> 2;
    }
    const fits = admitTime(set, 300);
    lines.push("set " + n + " " + fits + " " + admitCharge(set, 3000, 3000000) + " " + assignSlack(set, most, 300) + " " + set[Job.SlackUs]);
  }
  lines.push("far " + PolicyLimit.Far);
  return lines;
}
