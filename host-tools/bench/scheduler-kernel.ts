// The same sets on the kernel itself: its own step, timers, ranks, sleep, shedding and ledger, under a clock that handlers and sleep move on.
//
// Each task of a set is a task of the kernel whose handler takes the time that the job takes in the model (scheduler-engine.ts), to the µs, and arms its
// timer for the next; one run per step, as metered tiles do. The kernel's own work takes no time here, as ranking takes none in the model: what that
// costs on an engine stands in the sections on wake-ups and the kernel. A brown-out makes a new kernel.
import { BootPart, BootSlot, BootWords, bootTask, createKernel } from "../../kernel/boot.ts";
import { Event, ObjectWords, Op } from "../../kernel/gate.ts";
import { gate } from "../../kernel/kernel.ts";
import { SupplyFeature, PolicyLimit } from "../../kernel/power/features.ts";
import { chargeNc, settleAll } from "../../kernel/power/ledger.ts";
import { createPower, type Power, PowerDevice, powerSupply, powerSwitch, powerTask, PowerWord } from "../../kernel/power/power.ts";
import { breakEvenUs, SleepState } from "../../kernel/power/sleep-states.ts";
import { step } from "../../kernel/scheduler.ts";
import { Limit, Reg, Tcb, type KernelState } from "../../kernel/state.ts";
import { harvestedNc } from "../sim/solar.ts";
import type { PowerTable } from "../sim/power-table.ts";
import { jobUs, type Outcome, type RunOptions } from "./scheduler-engine.ts";

/** Words of `PowerWord`. */
function words({ runNa, sleep }: PowerTable): number[] {
  const states = Array.from({ length: Math.min(sleep.length / SleepState.Words, PolicyLimit.SleepStates) }, (_, state) => [sleep[state * SleepState.Words + SleepState.CurrentNa]!, sleep[state * SleepState.Words + SleepState.WakeUs]!, breakEvenUs(sleep, state)]);
  return [runNa, 0, ...states.flat()];
}

/** One life: the kernel from a start to the end, or to a brown-out. */
interface Life {
  k: KernelState;
  p: Power;
}

/** Runs a task set on the kernel for `horizonUs`; `strategy.sheds` and `strategy.coalesces` as in the model. `truth`, `clockUs` and `wakeJitter` mean nothing here. */
export function runOnKernel({ tasks, table, strategy, horizonUs, seed, supply }: Omit<RunOptions, "truth">): Outcome {
  const n = tasks.length;
  const radioNa = table.devices.get("radio rx") ?? 0;
  const power = words(table);
  const at = Float64Array.from(tasks, ({ offsetUs }) => offsetUs);
  const count = new Int32Array(n);
  const hasWaited = new Uint8Array(n);
  const out: Omit<Outcome, "ledger"> & { ledger?: Outcome["ledger"] } = { released: 0, late: 0, shed: [0, 0, 0, 0], dead: [0, 0, 0, 0], wakeUps: 0, brownOuts: 0, chargeNc: 0, lowestNc: supply?.startNc ?? 0 };
  let now = 0;
  let spentBefore = 0;
  let stored = supply?.startNc ?? 0;
  let usedBefore = 0;
  let harvestBefore = 0;

  const live = (): Life => {
    const k = createKernel({ words: n * (BootWords.Task + (ObjectWords.Slot << 1)), bytes: n, irqs: 0, slots: BootSlot.Free + n * BootPart.Count }, undefined, undefined);
    const p = (k._power = createPower(2, power, () => now, {}));
    tasks.forEach((task, i) => {
      const { periodUs, deadlineUs, slackUs, criticality, radioUs = 0, leavesRadioOn = false } = task;
      const handler = (event: Event, _badge: number, _label: number, a: number): void => {
        let release = event === Event.Timer ? a : at[i]!;
        if (event === Event.Timer) {
          // What came while it was shed is not made up for.
          const missed = hasWaited[i] ? Math.floor((now - release) / periodUs) : 0;
          hasWaited[i] = 0;
          out.shed[criticality]! += missed;
          count[i]! += missed;
          release += missed * periodUs;
          const runUs = jobUs(seed, i, count[i]!, task);
          out.released++;
          if (radioUs > 0) powerSwitch(p, PowerDevice.Free, i, radioNa);
          now += Math.min(runUs, radioUs);
          if (radioUs > 0 && !leavesRadioOn) powerSwitch(p, PowerDevice.Free, i, 0);
          now += runUs - Math.min(runUs, radioUs);
          if (now > release + deadlineUs) out.late++;
          count[i]!++;
          release += periodUs;
          at[i] = release;
        }
        gate(Op.SetTimer, 0, 0, release, 0, "");
      };
      bootTask(BootSlot.Free + i * BootPart.Count, handler, task.priority + 1, 1, 1);
      powerTask(p, i, strategy.coalesces ? slackUs : 0, deadlineUs, strategy.sheds ? criticality : PolicyLimit.CriticalityMax);
    });
    return { k, p };
  };
  const spent = ({ p }: Life): number => {
    settleAll(p._ledger, now);
    let sum = spentBefore;
    for (let row = 0; row <= Limit.Tasks; row++) sum += chargeNc(p._ledger, row);
    return sum;
  };

  let life = live();
  while (now < horizonUs) {
    if (supply) {
      const used = spent(life);
      const harvest = harvestedNc(supply.trace, now);
      stored = Math.min(supply.capacityNc, stored + harvest - harvestBefore - (used - usedBefore));
      [usedBefore, harvestBefore] = [used, harvest];
      out.lowestNc = Math.min(out.lowestNc, Math.max(0, stored));
      if (stored <= 0) {
        // Off, until the panel has filled the battery a little; what was due meanwhile is lost.
        out.brownOuts++;
        spentBefore = used;
        while (now < horizonUs && harvestedNc(supply.trace, now) - harvest < supply.restartNc) now += 60_000_000;
        stored = supply.restartNc;
        harvestBefore = harvestedNc(supply.trace, now);
        now += supply.bootUs;
        tasks.forEach(({ periodUs, criticality }, i) => {
          for (; at[i]! <= now; at[i]! += periodUs) if (at[i]! < horizonUs) out.dead[criticality]!++;
        });
        life = live();
        continue;
      }
      powerSupply(life.p, Math.floor((stored * PolicyLimit.BatteryFull) / supply.capacityNc));
      const level = life.p._supplyRow[SupplyFeature.Shed]!;
      tasks.forEach((_, i) => (hasWaited[i]! |= Number(life.p._criticality[i]! < level)));
    }
    const begun = now;
    const next = step(life.k, begun, 1);
    if (next >= 0 && next <= now) continue;
    now = next < 0 ? horizonUs : Math.min(next, horizonUs);
    if (now >= horizonUs) break;
    out.wakeUps++;
    now += power[PowerWord.WakeUs + life.p._state * PowerWord.SleepWords]!;
  }
  now = Math.max(now, horizonUs);
  // What is due and has not run.
  tasks.forEach(({ periodUs, deadlineUs, criticality }, i) => {
    const t = life.k._m[Reg.Tasks + i]!;
    const release = life.k._d[(t + Tcb.Deadline) >> 1]! || at[i]!;
    if (hasWaited[i]) out.shed[criticality]! += Math.max(0, Math.floor((horizonUs - release) / periodUs) + 1);
    else for (let due = release + deadlineUs; due < horizonUs; due += periodUs) out.late++;
  });
  out.chargeNc = spent(life);
  return { ...out, ledger: life.p._ledger };
}

