// A seeded tape of questions to everything in this folder, folded into numbers: engines that print the same numbers compute the same. In the dialect.

import { admitCharge, admitTime, assignSlack, Job } from "../admission.ts";
import { createEnergyContext } from "../energy-context.ts";
import { PolicyLimit } from "../features.ts";
import { chargeUah } from "../ledger.ts";
import { createPower, powerRank, powerReadyUs, powerRun, powerSettle, powerSleep, powerState, powerSupply, powerSwitch, powerWake } from "../power.ts";

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
  const p = createPower(Tape.Tasks, 2, 32000000, sleep, 0);
  const at = new Float64Array(Tape.Tasks);
  const slack = new Float64Array(Tape.Tasks);
  let now = 0;
  let fold = 0;
  for (let i = 0; i < Tape.Tasks; i++) {
    p._energy[i] = createEnergyContext(i * 20000, 10000000, 0);
    p._criticality[i] = i;
  }
  for (let round = 0; round < Tape.Rounds; round++) {
    const task = random(Tape.Tasks);
    powerSupply(p, random(1001), 0);
    for (let i = 0; i < Tape.Tasks; i++) {
      fold = (fold * 31 + powerRank(p, i, random(256), now + random(2000000000) - 500000000, random(1000), random(9), now - random(1000), now)) % 1000000007;
      at[i] = now + random(3000000);
      slack[i] = random(2000000);
    }
    powerRun(p, task, now);
    if (random(2)) powerSwitch(p, random(2), task, random(170000000), now);
    now += random(200000);
    powerSettle(p, now);
    fold = (fold * 31 + powerReadyUs(p, task, now)) % 1000000007;
    const wake = powerSleep(p, at, slack, Tape.Tasks, random(4), now);
    fold = (fold * 31 + powerState(p)) % 1000000007;
    if (wake > now) now = wake;
    powerWake(p, now);
    now += random(5000);
  }
  powerSettle(p, now);
  lines.push("power " + now + " " + fold);
  for (let i = 0; i <= Tape.Tasks; i++) lines.push("row " + i + " " + p._ledger._nc[i] + " " + p._ledger._rest[i] + " " + chargeUah(p._ledger, i));
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
