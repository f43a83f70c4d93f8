// A tickless tile in virtual time: timers release jobs, handlers run to completion, in between it sleeps. Only the strategy differs between runs.
//
// Strategies share everything else: jobs (their times come from seed, task and number, not from the order they run in), board, wake-up costs, sleep
// states and the rule that picks them, ledger and supply. "genesis" here is the model that the kernel is compared with (scheduler-kernel.ts): a test holds
// the two to the same jobs, wake-ups and charge; the bench measures the kernel.
import { nextWakeUs } from "../../kernel/power/coalesce.ts";
import { PolicyLimit, PolicyVersion, SleepFeature, SupplyFeature, TaskFeature } from "../../kernel/power/features.ts";
import { Charge, chargeNc, createLedger, type Ledger, settleAll, switchFlow } from "../../kernel/power/ledger.ts";
import { clampRank, clampShed, pickSleep, rankReady, shedLevel } from "../../kernel/power/policy.ts";
import { clampSleep, createSleepRow, SleepState } from "../../kernel/power/sleep-states.ts";
import type { PowerTable } from "../sim/power-table.ts";
import type { PowerTruth } from "../sim/power-truth.ts";
import { harvestedNc } from "../sim/solar.ts";

export interface SimTask {
  periodUs: number;
  /** From the nominal release. */
  deadlineUs: number;
  /** Longest run; a job takes 50 to 100 % of it. */
  runUs: number;
  offsetUs: number;
  slackUs: number;
  priority: number;
  criticality: number;
  /** Of every run, how long the radio is on. A driver with `leavesRadioOn` forgets to switch it off until its next job ends. */
  radioUs?: number;
  leavesRadioOn?: boolean;
}

export interface ReadyJob {
  task: number;
  dueUs: number;
  /** Order of release. */
  order: number;
  releasedUs: number;
}

export interface Supply {
  capacityNc: number;
  startNc: number;
  /** After a brown-out the tile starts again from here. */
  restartNc: number;
  /** Of solarTrace. */
  trace: Float64Array;
  bootUs: number;
}

export interface Strategy {
  name: string;
  /** Timers may use their slack. */
  coalesces: boolean;
  sheds: boolean;
  /** Index of the job to run. `last`: task that ran before. */
  pick(ready: readonly ReadyJob[], tasks: readonly SimTask[], nowUs: number, last: number): number;
}

export interface Outcome {
  released: number;
  late: number;
  /** Not run on purpose, by criticality; not run because the tile was off, by criticality. */
  shed: number[];
  dead: number[];
  wakeUps: number;
  brownOuts: number;
  chargeNc: number;
  lowestNc: number;
  ledger: Ledger;
}

const row = new Int32Array(TaskFeature.Words);

function rankOf(job: ReadyJob, task: SimTask, nowUs: number): number {
  row[TaskFeature.Version] = PolicyVersion.Current;
  row[TaskFeature.Priority] = task.priority;
  row[TaskFeature.ToDeadline] = Math.max(-PolicyLimit.Far, Math.min(PolicyLimit.Far, job.dueUs - nowUs));
  row[TaskFeature.FuelLeft] = PolicyLimit.Unlimited;
  row[TaskFeature.ChargeLeft] = PolicyLimit.Unlimited;
  row[TaskFeature.Criticality] = task.criticality;
  row[TaskFeature.Battery] = PolicyLimit.BatteryFull;
  return clampRank(rankReady(row));
}

/** Index of the best job by `better(a, b)`; equal ones in the order of release. */
function best(ready: readonly ReadyJob[], better: (a: ReadyJob, b: ReadyJob) => boolean): number {
  let at = 0;
  for (let i = 1; i < ready.length; i++) if (better(ready[i]!, ready[at]!)) at = i;
  return at;
}

export const strategies = {
  /** What a hand-written program with one setInterval per job does: first come, first served. */
  interval: { name: "setInterval program", coalesces: false, sheds: false, pick: () => 0 },
  edf: { name: "EDF", coalesces: false, sheds: false, pick: (ready) => best(ready, (a, b) => a.dueUs < b.dueUs) },
  fixed: { name: "fixed priority (rate monotonic)", coalesces: false, sheds: false, pick: (ready, tasks) => best(ready, (a, b) => tasks[a.task]!.periodUs < tasks[b.task]!.periodUs) },
  roundRobin: {
    name: "round robin",
    coalesces: false,
    sheds: false,
    pick: (ready, tasks, _now, last) => best(ready, (a, b) => (a.task - last - 1 + 2 * tasks.length) % tasks.length < (b.task - last - 1 + 2 * tasks.length) % tasks.length),
  },
  genesis: {
    name: "Genesis",
    coalesces: true,
    sheds: true,
    pick: (ready, tasks, nowUs) => {
      const ranks = ready.map((job) => rankOf(job, tasks[job.task]!, nowUs));
      return ranks.indexOf(Math.max(...ranks));
    },
  },
} as const satisfies Record<string, Strategy>;

export interface RunOptions {
  tasks: readonly SimTask[];
  table: PowerTable;
  strategy: Strategy;
  horizonUs: number;
  seed: number;
  supply?: Supply;
  truth?: PowerTruth;
  /** The kernel's clock ticks every so many µs (a real-time counter of 32,768 Hz: 30.5); what is measured by it is coarser than the truth. */
  clockUs?: number;
  /** Real wake-up times differ from the table's by up to this share. */
  wakeJitter?: number;
}

/** A share 0 … 1 that depends on seed, task and job only. */
function share(seed: number, task: number, job: number): number {
  let mixed = Math.imul(seed ^ Math.imul(task + 1, 0x9e3779b1) ^ Math.imul(job + 1, 0x85ebca77), 0xc2b2ae3d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x27d4eb2f);
  return ((mixed ^ (mixed >>> 13)) >>> 0) / 4294967295;
}

/** What job number `job` of a task takes, µs: 50 to 100 % of its longest run. */
export function jobUs(seed: number, index: number, job: number, { runUs }: Pick<SimTask, "runUs">): number {
  return Math.max(1, Math.round(runUs * (0.5 + 0.5 * share(seed, index, job))));
}

/** Runs a task set for `horizonUs` under a strategy. */
export function runSchedule(options: RunOptions): Outcome {
  const { tasks, table, strategy, horizonUs, seed, supply, truth } = options;
  const clockUs = options.clockUs ?? 1;
  const n = tasks.length;
  const ledger = createLedger(n, 1, 0);
  const radioNa = table.devices.get("radio rx") ?? 0;
  const sleepRow = createSleepRow(table.sleep);
  const supplyRow = new Int32Array(SupplyFeature.Words);
  const at = Float64Array.from(tasks, ({ offsetUs }) => offsetUs);
  const armed = new Float64Array(n);
  const slack = Float64Array.from(tasks, ({ slackUs }) => (strategy.coalesces ? slackUs : 0));
  const count = new Int32Array(n);
  const ready: (ReadyJob & { runUs: number })[] = [];
  const out: Outcome = { released: 0, late: 0, shed: [0, 0, 0, 0], dead: [0, 0, 0, 0], wakeUps: 0, brownOuts: 0, chargeNc: 0, lowestNc: supply?.startNc ?? 0, ledger };
  let now = 0;
  let last = 0;
  let order = 0;
  let shed = 0;
  let stored = supply?.startNc ?? 0;
  let usedBefore = 0;
  let harvestBefore = 0;
  const kernelNow = (timeUs: number): number => Math.floor(Math.floor(timeUs / clockUs) * clockUs);
  const processor = (payer: number, na: number, timeUs: number): void => {
    truth?.draw("processor", na, timeUs);
    switchFlow(ledger, 0, payer, na, kernelNow(timeUs));
  };
  const radio = (payer: number, na: number, timeUs: number): void => {
    truth?.draw("radio", na, timeUs);
    switchFlow(ledger, 1, payer, na, kernelNow(timeUs));
  };
  const total = (): number => {
    settleAll(ledger, kernelNow(now));
    let sum = 0;
    for (let i = 0; i <= n; i++) sum += chargeNc(ledger, i);
    return sum;
  };
  /** Brings the battery up to date; false: it is empty. */
  const powered = (source: Supply): boolean => {
    const used = total();
    const harvest = harvestedNc(source.trace, now);
    stored = Math.min(source.capacityNc, stored + harvest - harvestBefore - (used - usedBefore));
    usedBefore = used;
    harvestBefore = harvest;
    out.lowestNc = Math.min(out.lowestNc, Math.max(0, stored));
    if (strategy.sheds) {
      supplyRow[SupplyFeature.Battery] = Math.floor((stored * PolicyLimit.BatteryFull) / source.capacityNc);
      supplyRow[SupplyFeature.Shed] = shed;
      shed = clampShed(shedLevel(supplyRow));
    }
    return stored > 0;
  };
  processor(Charge.System, table.runNa, 0);
  while (now < horizonUs) {
    if (supply && !powered(supply)) {
      // Off: nothing is drawn, nothing runs, until the panel has filled the battery a little.
      out.brownOuts++;
      for (const job of ready.splice(0)) out.dead[tasks[job.task]!.criticality]!++;
      processor(Charge.System, 0, now);
      radio(Charge.System, 0, now);
      const base = harvestedNc(supply.trace, now);
      while (now < horizonUs && harvestedNc(supply.trace, now) - base < supply.restartNc) now += 60_000_000;
      stored = supply.restartNc;
      harvestBefore = harvestedNc(supply.trace, now);
      processor(Charge.System, table.runNa, now);
      now += supply.bootUs;
      for (let i = 0; i < n; i++) {
        while (at[i]! <= now) {
          if (at[i]! < horizonUs) out.dead[tasks[i]!.criticality]!++;
          at[i]! += tasks[i]!.periodUs;
        }
      }
      continue;
    }
    for (let i = 0; i < n; i++) {
      const task = tasks[i]!;
      const isShed = task.criticality < shed;
      while (at[i]! <= now) {
        if (isShed) out.shed[task.criticality]!++;
        else {
          out.released++;
          ready.push({ task: i, releasedUs: at[i]!, dueUs: at[i]! + task.deadlineUs, order: order++, runUs: jobUs(seed, i, count[i]!, task) });
        }
        count[i]!++;
        at[i]! += task.periodUs;
      }
      armed[i] = isShed ? 0 : at[i]!;
    }
    if (ready.length > 0) {
      const [job] = ready.splice(strategy.pick(ready, tasks, now, last), 1);
      const { task, dueUs, runUs } = job!;
      const { radioUs = 0, leavesRadioOn = false } = tasks[task]!;
      processor(task + 1, table.runNa, now);
      if (radioUs > 0) radio(task + 1, radioNa, now);
      now += runUs;
      if (radioUs > 0 && !leavesRadioOn) radio(task + 1, 0, now - runUs + Math.min(runUs, radioUs));
      processor(Charge.System, table.runNa, now);
      if (now > dueUs) out.late++;
      last = task;
      continue;
    }
    const wake = nextWakeUs(armed, slack, n);
    const until = wake < 0 ? horizonUs : Math.min(wake, horizonUs);
    sleepRow[SleepFeature.Until] = Math.min(PolicyLimit.Far, until - now);
    const state = clampSleep(pickSleep(sleepRow), sleepRow);
    const base = state * SleepState.Words;
    processor(Charge.System, table.sleep[base + SleepState.CurrentNa]!, now);
    now = until;
    if (now >= horizonUs) break;
    processor(Charge.System, table.sleep[base + SleepState.WakeNa]!, now);
    out.wakeUps++;
    const jitter = options.wakeJitter === undefined ? 1 : 1 + options.wakeJitter * (2 * share(seed, n, out.wakeUps) - 1);
    now += Math.max(0, Math.round(table.sleep[base + SleepState.WakeUs]! * jitter));
  }
  now = Math.max(now, horizonUs);
  for (const { dueUs } of ready) if (dueUs < horizonUs) out.late++;
  tasks.forEach(({ periodUs, deadlineUs, criticality }, i) => {
    if (criticality >= shed) for (let due = at[i]! + deadlineUs; due < horizonUs; due += periodUs) out.late++;
  });
  out.chargeNc = total();
  return out;
}
