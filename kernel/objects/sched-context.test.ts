// Budgets over time: what was burnt comes back a period later, and a run never starts with crumbs.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BootSlot } from "../boot.ts";
import { GateLimit, Op } from "../gate.ts";
import { World, type Task } from "../host/world.ts";
import { Sc } from "../state.ts";

function budgeted(budget: number, periodUs: number): { w: World; task: Task; sc: number } {
  const w = new World();
  const task = w.task(10, { home: w.endpoint() });
  w.boot(Op.SchedConfigure, BootSlot.SchedControl, budget, task.sc, periodUs);
  w.start();
  return { w, task, sc: w.object(task.sc) };
}

function refills(w: World, sc: number): { atUs: number; fuel: number }[] {
  const { k } = w;
  return Array.from({ length: k._m[sc + Sc.Count]! }, (_, i) => ({ atUs: k._d[(sc + Sc.Refill + i * Sc.RefillWords) >> 1]!, fuel: k._m[sc + Sc.Refill + i * Sc.RefillWords + 2]! }));
}

function burn(w: World, task: Task, fuel: number): void {
  w.as(task, () => {
    for (let i = 0; i < fuel; i++) w.gate(Op.Now, 0, 0, 0, 0, "");
  });
}

describe("refills", () => {
  it("too little left waits for the next, and the next, until a run can start with it", () => {
    const { w, task, sc } = budgeted(200, 1_000_000);
    w.run(1000);
    burn(w, task, 10);
    w.run(2000);
    burn(w, task, 170); // 20 left, 10 come at 1.001 s: 30 would be too little, so all waits for 1.002 s
    expect(refills(w, sc)).toEqual([{ atUs: 1_002_000, fuel: 200 }]);
  });
  it("add up to the budget, are in order, and the first holds a run's least, whatever is burnt when", () => {
    fc.assert(
      fc.property(fc.integer({ min: GateLimit.BudgetMin, max: 400 }), fc.array(fc.tuple(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 1, max: 300 })), { maxLength: 25 }), (budget, runs) => {
        const { w, task, sc } = budgeted(budget, 1000);
        let now = 0;
        for (const [wait, fuel] of runs) {
          now += wait;
          w.run(now);
          const [first] = refills(w, sc);
          if (first!.atUs > now || first!.fuel < fuel) continue;
          burn(w, task, fuel);
          const list = refills(w, sc);
          expect(list.reduce((sum, one) => sum + one.fuel, 0)).toBe(budget);
          expect(list[0]!.fuel).toBeGreaterThanOrEqual(GateLimit.BudgetMin);
          expect(list.map(({ atUs }) => atUs)).toEqual(list.map(({ atUs }) => atUs).sort((a, b) => a - b));
        }
      }),
    );
  });
});
