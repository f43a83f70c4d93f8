// The scheduler with power management on: charge, debts, slack, ranks and sleep on the kernel's own step, under a clock that the test holds.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tilePower } from "../../host-tools/sim/power-table.ts";
import { PowerTruth } from "../../host-tools/sim/power-truth.ts";
import { board } from "../../boards/sim/board.ts";
import { Event, Op, TaskState } from "../gate.ts";
import { step } from "../scheduler.ts";
import { Reg, Tcb } from "../state.ts";
import { nextWakeUs } from "./coalesce.ts";
import { chargeNc, settleAll } from "./ledger.ts";
import { powerBudget, PowerDevice, powerSwitch, PowerWord } from "./power.ts";
import { Tile, second, table } from "../host/power-tile.ts";

describe("the ledger", () => {
  it("charges runs to tasks, sleep and wake-ups to the kernel", () => {
    const tile = new Tile([9, 5]);
    tile.onRun = (i, event, a) => tile.gate(Op.SetTimer, (event === Event.Timer ? a : 0) + (i + 1) * second);
    tile.start(0, 1);
    tile.run(10 * second);
    settleAll(tile.p._ledger, tile.nowUs);
    // Starts and 9 or 4 timers; 100 µs × 32 mA = 3.2 µC each.
    expect(tile.row(0)).toBe(10 * 3200);
    expect(tile.row(1)).toBe(5 * 3200);
    expect(tile.system).toBeGreaterThan(20 * 9000);
    // 9 wake-ups of 413 µs before the clock shows them, the rest asleep.
    expect(tile.system).toBe(Math.floor(9 * 413 * 32 + (10 * second - 9 * 413 - 15 * 100) * 0.02));
  });
  it("charges a run that never came back to its task, until the next entry", () => {
    const tile = new Tile([9]);
    tile.onRun = () => {
      tile.nowUs += 50_000;
    };
    tile.start(0);
    tile.w.k._m[Reg.Running] = tile.tasks[0]!.id; // it is as if its first run had been cut off
    tile.p._ledger._row[0] = tile.tasks[0]!.number + 1;
    tile.nowUs = 20_000;
    tile.step();
    expect(tile.row(0)).toBe((20_000 - 301) * 32);
    expect(tile.w.k._m[tile.tasks[0]!.id]).toBe(TaskState.Faulted);
  });
  it("keeps what was drawn when the run is rolled back", () => {
    const tile = new Tile([9]);
    tile.w.k._handlers[tile.tasks[0]!.number] = () => {
      powerSwitch(tile.p, PowerDevice.Free, tile.tasks[0]!.number, 1_000_000);
      tile.nowUs += 1000;
      throw new Error("oops");
    };
    tile.start(0);
    tile.step();
    tile.nowUs += second;
    settleAll(tile.p._ledger, tile.nowUs);
    expect(tile.row(0)).toBe(33 * 1000 + 1_000_000);
  });
});

describe("energy contexts", () => {
  /** A hog that computes 10 ms in every 20 (16 mC a second), and a modest neighbor below it. */
  function hogged(budgetUc: number): Tile {
    const tile = new Tile([9, 5]);
    powerBudget(tile.p, tile.tasks[0]!.number, budgetUc, second);
    tile.onRun = (i) => {
      tile.runUs = i ? 100 : 10_000;
      tile.gate(Op.SetTimer, tile.nowUs + (i ? 100_000 : 20_000));
    };
    tile.start(0, 1);
    tile.run(20 * second);
    return tile;
  }
  it("stop a hog, and nobody else", () => {
    const free = hogged(0);
    expect(free.row(0) / 1000).toBeGreaterThan(20 * 15_000);
    const tile = hogged(2000);
    // n + 1 budgets and the last run.
    expect(tile.row(0) / 1000).toBeLessThanOrEqual(21 * 2000 + 320);
    expect(tile.row(0) / 1000).toBeGreaterThan(19 * 2000);
    expect(tile.order.filter((i) => i === 1).length).toBeGreaterThanOrEqual(free.order.filter((i) => i === 1).length);
  });
  it("stop a driver whose device stays on, until the debt is paid", () => {
    const tile = new Tile([9, 5]);
    powerBudget(tile.p, tile.tasks[0]!.number, 1000, second);
    const runs: number[] = [];
    tile.onRun = (i) => {
      if (i) return tile.gate(Op.SetTimer, tile.nowUs + 50_000);
      runs.push(tile.nowUs);
      // On for the first 500 ms only: 3250 µC.
      powerSwitch(tile.p, PowerDevice.Free, tile.tasks[0]!.number, tile.nowUs < 490_000 ? 6_500_000 : 0);
      tile.gate(Op.SetTimer, tile.nowUs + 10_000);
    };
    tile.start(0, 1);
    tile.run(500_000);
    powerSwitch(tile.p, PowerDevice.Free, tile.tasks[0]!.number, 0);
    tile.run(6 * second);
    // It runs until its debt, at about 125 ms, and again when it is paid: 3250 µC for the device, 3.2 for each run; −2250 − … at 0.5 s, above 0 with the refill at 3 s.
    const last = runs.findIndex((at, i) => (runs[i + 1] ?? 0) - at > 1_000_000);
    expect(runs[last]).toBeLessThan(160_000);
    expect(runs[last + 1]).toBe(3 * second);
    expect(chargeNc(tile.p._ledger, tile.tasks[0]!.number + 1) / 1000).toBeGreaterThan(3250);
  });
  it("name the refill as the time to wake up for", () => {
    const tile = new Tile([9]);
    powerBudget(tile.p, tile.tasks[0]!.number, 10, second);
    tile.onRun = () => tile.gate(Op.SetTimer, tile.nowUs + 2000);
    tile.start(0);
    tile.runUs = 1000; // 32 µC: −22, −12, −2, 8
    expect(tile.step()).toBe(2000); // its timer
    tile.nowUs = 2000;
    expect(tile.step()).toBe(3 * second);
    expect(tile.order).toEqual([0]);
    tile.nowUs = 3 * second;
    tile.step();
    expect(tile.order).toEqual([0, 0]);
  });
});

describe("sleep", () => {
  it("takes the deepest state that the next deadline lets it leave in time, and that pays", () => {
    const tile = new Tile([9]);
    let gap = 400;
    tile.onRun = () => tile.gate(Op.SetTimer, tile.nowUs + tile.runUs + gap);
    tile.start(0);
    tile.nowUs = tile.step();
    expect(tile.p._state).toBe(0);
    gap = 500;
    tile.nowUs = tile.step();
    expect(tile.p._state).toBe(1);
  });
  it("stays shallow while a UART is set up", () => {
    const tile = new Tile([9]);
    powerSwitch(tile.p, PowerDevice.Uart, 0, table[PowerWord.UartNa]!);
    tile.start(0);
    expect(tile.step()).toBe(-1);
    expect(tile.p._state).toBe(0);
    powerSwitch(tile.p, PowerDevice.Uart, 0, 0);
    tile.step();
    expect(tile.p._state).toBe(1);
  });
});

describe("slack", () => {
  it("joins timers as coalesce.ts says, none late, whatever they are", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 0, max: 3000 })), { minLength: 1, maxLength: 6 }), (timers) => {
        const tile = new Tile(timers.map(() => 1));
        tile.runUs = 0;
        timers.forEach(([, slack], i) => (tile.p._slackUs[tile.tasks[i]!.number] = slack));
        tile.start(...timers.keys());
        tile.onRun = (i, event, a) => {
          if (event === Event.Start) tile.gate(Op.SetTimer, timers[i]![0]);
          else expect(tile.nowUs >= a && tile.nowUs <= a + timers[i]![1]).toBe(true);
        };
        for (let next = tile.step(); next >= 0; next = tile.step()) {
          const at = Float64Array.from(tile.tasks, ({ id }) => tile.w.k._d[(id + Tcb.Deadline) >> 1]!);
          expect(next).toBe(nextWakeUs(at, Float64Array.from(timers, ([, slack]) => slack), timers.length));
          tile.nowUs = next;
        }
        expect(tile.order).toHaveLength(2 * timers.length);
      }),
      { numRuns: 200 },
    );
  });
});

describe("against the hardware", () => {
  /** Ten minutes of two tasks; the hardware's times differ from the kernel's idea of them. `isTidy`: the driver switches its radio off. */
  function live(isTidy: boolean): { tile: Tile; truth: PowerTruth; endUs: number } {
    const words = tilePower(board)!;
    const radioNa = 6_500_000;
    const tile = new Tile([10, 5], words);
    const truth = new PowerTruth();
    const periods = [second, 7 * second];
    const works = [3000, 20_000];
    let real = 0; // µs of the hardware
    const clock = (): number => Math.floor(Math.floor((real * 32_768) / 1e6) * (1e6 / 32_768)); // what the kernel reads
    tile.p._clock = clock;
    tile.runUs = 0;
    tile.tasks.forEach(({ number }, i) => (tile.p._slackUs[number] = [200_000, 2 * second][i]!));
    tile.onRun = (i, event, a) => {
      const { number } = tile.tasks[i]!;
      if (i === 1) {
        powerSwitch(tile.p, PowerDevice.Free, number, radioNa);
        truth.draw("radio", radioNa, real);
      }
      real += works[i]! + ((tile.order.length * 37) % 101);
      if (i === 1 && isTidy) {
        powerSwitch(tile.p, PowerDevice.Free, number, 0);
        truth.draw("radio", 0, real);
      }
      tile.gate(Op.SetTimer, (event === Event.Timer ? a : tile.w.k._now) + periods[i]!);
    };
    truth.draw("processor", words[PowerWord.RunNa]!, 0);
    tile.start(0, 1);
    const endUs = 600 * second;
    while (real < endUs) {
      const now = clock();
      const next = step(tile.w.k, now, 8);
      if (next === now) continue;
      truth.draw("processor", words[PowerWord.SleepNa]!, real);
      real = Math.max(real, next);
      truth.draw("processor", words[PowerWord.RunNa]!, real);
      real += 280 + ((real / 1000) % 50); // a wake-up takes 280 to 330 µs
      real = Math.floor(real);
    }
    settleAll(tile.p._ledger, clock());
    return { tile, truth, endUs: real };
  }
  const total = ({ p }: Tile): number => p._ledger._nc.reduce((sum, nc) => sum + nc, 0);

  it("agrees within 2 %", () => {
    const { tile, truth, endUs } = live(true);
    expect(tile.order.filter((i) => i === 0).length).toBeGreaterThan(400);
    const real = truth.chargeNc(endUs);
    expect(Math.abs(total(tile) - real) / real).toBeLessThan(0.02);
  });
  it("a radio left on is on its driver's row, and agrees as well", () => {
    const tidy = live(true);
    const untidy = live(false);
    expect(untidy.tile.row(1)).toBeGreaterThan(100 * tidy.tile.row(1));
    const real = untidy.truth.chargeNc(untidy.endUs);
    expect(Math.abs(total(untidy.tile) - real) / real).toBeLessThan(0.02);
  });
});
