// Which ready task runs first where power management is on: the default policy, one that is installed, and what need not be asked.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BootSlot } from "../boot.ts";
import { Event, Op } from "../gate.ts";
import { PolicyVersion, TaskFeature } from "./features.ts";
import { rankReady } from "./policy.ts";
import { installPolicies, powerBudget, powerTask } from "./power.ts";
import { Tile } from "../host/power-tile.ts";

describe("ranks", () => {
  it("are the kernel's order without deadlines: priority, then first come", () => {
    const tile = new Tile([5, 9, 9]);
    tile.start(0, 2, 1);
    tile.step();
    expect(tile.order).toEqual([2, 1, 0]);
  });
  it("prefer the earlier deadline among equals, counted from the timer's time, and priority to any deadline", () => {
    const tile = new Tile([9, 9, 5]);
    tile.p._relativeUs[tile.tasks[0]!.number] = 5000;
    tile.p._relativeUs[tile.tasks[1]!.number] = 3000;
    tile.p._relativeUs[tile.tasks[2]!.number] = 1;
    tile.start(0, 1, 2);
    tile.onRun = (i, event) => {
      if (event === Event.Start) tile.gate(Op.SetTimer, [10_000, 12_001, 9000][i]!);
    };
    tile.step();
    expect(tile.order).toEqual([1, 0, 2]); // 3000 after now, 5000 after now
    tile.nowUs = 20_000;
    tile.step();
    expect(tile.order.slice(3)).toEqual([0, 1, 2]); // due at 15,000 and 15,001
  });
  it("are not asked for about a task that nobody can outrank: the same order as when everyone is ranked", () => {
    const life = fc.record({ priority: fc.integer({ min: 1, max: 4 }), periodUs: fc.integer({ min: 500, max: 5000 }), relativeUs: fc.constantFrom(0, 0, 700, 2000), budgetUc: fc.constantFrom(0, 0, 0, 3), fuel: fc.constantFrom(0, 0, 100) });
    fc.assert(
      fc.property(fc.array(life, { minLength: 2, maxLength: 8 }), fc.integer({ min: 20, max: 900 }), (lives, runUs) => {
        const play = (ranksAll: boolean): unknown[] => {
          const tile = new Tile(lives.map(({ priority }) => priority));
          let asked = 0;
          tile.runUs = runUs;
          if (ranksAll) installPolicies(tile.p, PolicyVersion.Current, (row) => (asked++, rankReady(row)), tile.p._pickSleep, tile.p._shed);
          lives.forEach(({ relativeUs, budgetUc, fuel }, i) => {
            powerTask(tile.p, tile.tasks[i]!.number, 0, relativeUs, 3);
            powerBudget(tile.p, tile.tasks[i]!.number, budgetUc, 10_000);
            if (fuel) tile.w.boot(Op.SchedConfigure, BootSlot.SchedControl, fuel, tile.tasks[i]!.sc, 3000);
          });
          tile.onRun = (i, event, a) => tile.gate(Op.SetTimer, (event === Event.Timer ? a : 0) + lives[i]!.periodUs);
          tile.start(...lives.map((_, i) => i));
          const wakeUps = tile.run(30_000);
          if (ranksAll) expect(asked).toBeGreaterThan(lives.length);
          return [tile.order, wakeUps, tile.nowUs, lives.map((_, i) => tile.row(i))];
        };
        expect(play(false)).toEqual(play(true));
      }),
    );
  });
  it("come from one replaceable function, for this version of the rows only; nonsense is 0: not now", () => {
    const tile = new Tile([1, 2, 3]);
    expect(installPolicies(tile.p, PolicyVersion.Current + 1, () => 1, () => 0, () => 0)).toBe(false);
    expect(tile.p._rank).toBe(rankReady);
    expect(installPolicies(tile.p, PolicyVersion.Current, (row) => 256 - row[TaskFeature.Priority]!, () => NaN, () => 0)).toBe(true);
    tile.start(0, 1, 2);
    tile.step();
    expect(tile.order).toEqual([0, 1, 2]);
    expect(tile.p._state).toBe(0);
    const stuck = new Tile([1, 2]);
    installPolicies(stuck.p, PolicyVersion.Current, (row) => (row[TaskFeature.Priority] === 2 ? NaN : 1e99), () => 99, () => 0);
    stuck.start(0, 1);
    expect(stuck.step()).toBe(-1);
    expect(stuck.order).toEqual([0]);
    expect(stuck.p._state).toBe(1);
  });
});
