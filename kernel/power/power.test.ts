// The calls a scheduler makes, on the real kernel: tasks with timers and a radio, a clock that is coarse, hardware that keeps the truth.
import { describe, expect, it } from "vitest";
import { powerTable } from "../../host-tools/sim/power-table.ts";
import { PowerTruth } from "../../host-tools/sim/power-truth.ts";
import { board } from "../../boards/puckjs/board.ts";
import { Event, Op } from "../gate.ts";
import { World, type Task } from "../host/world.ts";
import { step } from "../scheduler.ts";
import { createEnergyContext } from "./energy-context.ts";
import { PolicyLimit, PolicyVersion } from "./features.ts";
import { chargeNc } from "./ledger.ts";
import { createPower, installPolicies, powerRank, powerReadyUs, powerRun, powerSettle, powerSleep, powerState, powerSupply, powerSwitch, powerWake, type Power } from "./power.ts";

const table = powerTable(board, 300);
const radioNa = table.devices.get("radio rx")!;
const second = 1_000_000;

function fresh(tasks: number): Power {
  return createPower(tasks, 1, table.runNa, table.sleep, 0);
}
const rank = (p: Power, task: number, priority: number, dueUs: number, nowUs: number): number => powerRank(p, task, priority, dueUs, 1000, 0, nowUs, nowUs);

describe("energy contexts", () => {
  it("stop a task that leaves the radio on, until its debt is paid, and nobody else", () => {
    const p = fresh(2);
    p._energy[0] = createEnergyContext(1000, second, 0); // 1 mC a second; the radio draws 6.5
    powerSwitch(p, 0, 0, radioNa, 0);
    powerSettle(p, 100_000);
    expect(rank(p, 0, 9, 0, 100_000)).toBeGreaterThan(0);
    powerSettle(p, 200_000);
    expect(rank(p, 0, 9, 0, 200_000)).toBe(0);
    expect(rank(p, 1, 1, 0, 200_000)).toBeGreaterThan(0);
    powerSwitch(p, 0, 0, 0, 500_000);
    powerSettle(p, 500_000); // 3250 µC spent: −2250, −1250 after a second, −250 after two
    expect(powerReadyUs(p, 0, 500_000)).toBe(3 * second);
    expect(rank(p, 0, 9, 0, 3 * second - 1)).toBe(0);
    expect(rank(p, 0, 9, 0, 3 * second)).toBeGreaterThan(0);
  });
  it("lose no charge to rounding", () => {
    const p = fresh(1);
    p._energy[0] = createEnergyContext(1_000_000, 1e12, 0);
    powerRun(p, 0, 0);
    for (let now = 0; now <= second; now += 7) powerSettle(p, now);
    powerSettle(p, second);
    expect(1_000_000 - p._energy[0]._leftUc).toBe(4000); // 4 mA for a second
  });
});

describe("policies", () => {
  it("are replaced as a whole, and only for this version of the rows", () => {
    const p = fresh(2);
    const upside = (row: Int32Array): number => 256 - row[1]!;
    expect(installPolicies(p, PolicyVersion.Current + 1, upside, () => 0, () => 0)).toBe(false);
    expect(rank(p, 0, 9, 0, 0)).toBeGreaterThan(rank(p, 1, 1, 0, 0));
    expect(installPolicies(p, PolicyVersion.Current, upside, () => NaN, () => 99)).toBe(true);
    expect(rank(p, 0, 9, 0, 0)).toBeLessThan(rank(p, 1, 1, 0, 0));
    powerSleep(p, Float64Array.of(second), new Float64Array(1), 1, 3, 0);
    expect(powerState(p)).toBe(0);
    expect(powerSupply(p, 1000, 0)).toBe(PolicyLimit.CriticalityMax);
    expect(rank(p, 0, 9, 0, 0)).toBeGreaterThan(0);
  });
  it("deadlines out of range are far or long past, not wrapped", () => {
    const p = fresh(1);
    const orders = [-1e15, -5, 5, 1e6, 1e9, 1e15].map((due) => rank(p, 0, 5, 2e15 + due, 2e15));
    expect([...orders].sort((a, b) => b - a)).toEqual(orders);
    expect(rank(p, 0, 5, 0, 2e15)).toBe(orders[5]);
  });
  it("shedding spares vital tasks", () => {
    const p = fresh(2);
    p._criticality[0] = 1;
    expect(powerSupply(p, 100, 0)).toBe(3);
    expect(rank(p, 0, 9, 0, 0)).toBe(0);
    expect(rank(p, 1, 1, 0, 0)).toBeGreaterThan(0);
    expect(powerSupply(p, 900, 0)).toBe(0);
    expect(rank(p, 0, 9, 0, 0)).toBeGreaterThan(0);
  });
});

describe("on the kernel", () => {
  /** Ten minutes of two tasks; the hardware's times differ from the kernel's idea of them. `isTidy`: the driver switches its radio off. */
  function live(isTidy: boolean): { p: Power; truth: PowerTruth; endUs: number; runs: number[] } {
    const w = new World();
    const tasks: Task[] = [w.task(10), w.task(5)];
    const periods = [second, 7 * second];
    const works = [3000, 20_000];
    const runs = [0, 0];
    const p = fresh(16);
    const truth = new PowerTruth();
    const at = new Float64Array(2);
    const slack = Float64Array.of(200_000, 2 * second);
    let real = 0; // µs of the hardware
    const clock = (): number => Math.floor(Math.floor((real * 32_768) / 1e6) * (1e6 / 32_768)); // what the kernel reads
    w.onEvent = (task, { event, a }) => {
      const i = tasks.indexOf(task);
      powerRun(p, task.number, clock());
      truth.draw("processor", table.runNa, real);
      if (i === 1) {
        powerSwitch(p, 0, task.number, radioNa, clock());
        truth.draw("radio", radioNa, real);
      }
      real += works[i]! + ((runs[i]! * 37) % 101);
      if (i === 1 && isTidy) {
        powerSwitch(p, 0, task.number, 0, clock());
        truth.draw("radio", 0, real);
      }
      at[i] = (event === Event.Timer ? a : w.k._now) + periods[i]!;
      w.gate(Op.SetTimer, 0, 0, at[i]!, 0, "");
      runs[i]!++;
      powerRun(p, -1, clock());
    };
    truth.draw("processor", table.runNa, 0);
    for (const task of tasks) w.boot(Op.TcbResume, task.tcb, 0, 0, 0);
    const endUs = 600 * second;
    while (real < endUs) {
      const now = clock();
      const next = step(w.k, now, 8);
      if (next === now) continue;
      const wakeUs = powerSleep(p, at, slack, 2, 3, clock());
      truth.draw("processor", table.sleep[powerState(p) * 3]!, real);
      real = Math.max(real, wakeUs);
      powerWake(p, wakeUs);
      truth.draw("processor", table.runNa, real);
      real += 280 + ((real / 1000) % 50); // a wake-up takes 280 to 330 µs
      real = Math.floor(real);
    }
    powerSettle(p, clock());
    return { p, truth, endUs: real, runs };
  }
  const total = (p: Power): number => p._ledger._nc.reduce((sum, nc) => sum + nc, 0);

  it("the ledger agrees with the hardware within 2 %", () => {
    const { p, truth, endUs, runs } = live(true);
    expect(runs[0]).toBeGreaterThan(400);
    const real = truth.chargeNc(endUs);
    expect(Math.abs(total(p) - real) / real).toBeLessThan(0.02);
  });
  it("a radio left on is on its driver's row, and agrees as well", () => {
    const tidy = live(true);
    const untidy = live(false);
    const rows = (p: Power): number[] => [...p._ledger._nc].map((_, i) => chargeNc(p._ledger, i)).filter((nc) => nc > 0);
    const [, , good] = rows(tidy.p);
    const [, , bad] = rows(untidy.p);
    expect(bad).toBeGreaterThan(100 * good!);
    const real = untidy.truth.chargeNc(untidy.endUs);
    expect(Math.abs(total(untidy.p) - real) / real).toBeLessThan(0.02);
  });
});
