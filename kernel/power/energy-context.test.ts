// An energy hog is stopped, a modest task never is, and debts are paid.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEnergyContext, energyReadyUs, spendEnergy } from "./energy-context.ts";

describe("energy context", () => {
  it("over n periods at most n + 1 budgets and the last run are spent", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 100 }), fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 3000 })), { maxLength: 60 }), (budget, period, runs) => {
        const e = createEnergyContext(budget, period, 0);
        let now = 0;
        let spent = 0;
        for (const [wait, cost] of runs) {
          now = energyReadyUs(e, now + wait);
          expect(energyReadyUs(e, now)).toBe(now); // the time it named is right
          expect(spent).toBeLessThan((Math.floor(now / period) + 1) * budget);
          spendEnergy(e, cost);
          spent += cost;
          expect(e._leftUc).toBeLessThanOrEqual(budget);
        }
      }),
    );
  });
  it("waits as long as the debt is large, no longer", () => {
    const e = createEnergyContext(10, 100, 0);
    spendEnergy(e, 35); // −25: refills at 100 (−15), 200 (−5), 300 (5)
    expect(energyReadyUs(e, 1)).toBe(300);
    expect(energyReadyUs(e, 299)).toBe(300);
    expect(energyReadyUs(e, 300)).toBe(300);
  });
  it("exactly empty waits for the next refill", () => {
    const e = createEnergyContext(10, 100, 0);
    spendEnergy(e, 10);
    expect(energyReadyUs(e, 5)).toBe(100);
    spendEnergy(e, 10); // −10 → 0 at 100 → 10 at 200
    expect(energyReadyUs(e, 5)).toBe(200);
  });
  it("budget 0 is no limit", () => {
    const e = createEnergyContext(0, 100, 0);
    spendEnergy(e, 1_000_000);
    expect(energyReadyUs(e, 7)).toBe(7);
  });
  it("saves nothing while idle", () => {
    const e = createEnergyContext(10, 100, 0);
    energyReadyUs(e, 1_000_000);
    expect(e._leftUc).toBe(10);
  });
});
