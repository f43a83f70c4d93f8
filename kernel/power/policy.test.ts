// The default policies do what they say, and no policy, however bad, gets past the clamps.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PolicyLimit, PolicyVersion, SleepFeature, SupplyFeature, TaskFeature } from "./features.ts";
import { clampRank, clampShed, pickSleep, Rank, rankReady, shedLevel } from "./policy.ts";
import { clampSleep } from "./sleep-states.ts";

interface Ready {
  priority: number;
  due: number;
  fuel?: number;
  charge?: number;
  criticality?: number;
}

function row({ priority, due, fuel = 1000, charge = PolicyLimit.Unlimited, criticality = 1 }: Ready): Int32Array {
  const made = new Int32Array(TaskFeature.Words);
  made[TaskFeature.Version] = PolicyVersion.Current;
  made[TaskFeature.Priority] = priority;
  made[TaskFeature.ToDeadline] = due;
  made[TaskFeature.FuelLeft] = fuel;
  made[TaskFeature.ChargeLeft] = charge;
  made[TaskFeature.Criticality] = criticality;
  return made;
}

const priority = fc.integer({ min: 0, max: 255 });
const due = fc.integer({ min: -PolicyLimit.Far, max: PolicyLimit.Far });

describe("rankReady", () => {
  it("priority comes before every deadline", () => {
    fc.assert(
      fc.property(priority, priority, due, due, (a, b, dueA, dueB) => {
        fc.pre(a > b);
        expect(rankReady(row({ priority: a, due: dueA }))).toBeGreaterThan(rankReady(row({ priority: b, due: dueB })));
      }),
    );
  });
  it("among equals the earlier deadline, exactly within 2 s and never reversed", () => {
    fc.assert(
      fc.property(priority, due, due, (p, a, b) => {
        fc.pre(a < b);
        const first = rankReady(row({ priority: p, due: a }));
        const second = rankReady(row({ priority: p, due: b }));
        expect(first).toBeGreaterThanOrEqual(second);
        if (a >= 0 && b < Rank.Near) expect(first).toBeGreaterThan(second);
      }),
    );
  });
  it("stays a positive number of 30 bits", () => {
    fc.assert(fc.property(priority, due, (p, d) => {
      const rank = rankReady(row({ priority: p, due: d }));
      expect(rank).toBeGreaterThan(0);
      expect(rank).toBeLessThanOrEqual(Rank.Max);
    }));
  });
  it("is 0 without fuel or charge", () => {
    expect(rankReady(row({ priority: 9, due: 0, fuel: 0 }))).toBe(0);
    expect(rankReady(row({ priority: 9, due: 0, charge: 0 }))).toBe(0);
    expect(rankReady(row({ priority: 9, due: 0, charge: -5 }))).toBe(0);
  });
});

describe("clamps", () => {
  const anything = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(NaN, Infinity, -Infinity, -0));
  it("make an integer in range of any answer", () => {
    fc.assert(
      fc.property(anything, fc.array(fc.integer({ min: 0, max: PolicyLimit.Far }), { minLength: 7, maxLength: 7 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 3 }), (answer, words, states, deepest) => {
        const sleep = Int32Array.of(PolicyVersion.Current, states, words[0]!, deepest, words[1]!, words[2]!, words[3]!, words[4]!, words[5]!, words[6]!);
        const state = clampSleep(answer, sleep);
        expect(Number.isInteger(state)).toBe(true);
        expect(state).toBeGreaterThanOrEqual(0);
        expect(state).toBeLessThan(states);
        expect(state).toBeLessThanOrEqual(deepest);
        if (state > 0) expect(sleep[SleepFeature.Latency1 + (state - 1) * 2]).toBeLessThanOrEqual(sleep[SleepFeature.Until]!);
        for (const value of [clampRank(answer), clampShed(answer)]) expect(Number.isInteger(value) && value >= 0).toBe(true);
        expect(clampRank(answer)).toBeLessThanOrEqual(0x7fffffff);
        expect(clampShed(answer)).toBeLessThanOrEqual(PolicyLimit.CriticalityMax);
      }),
    );
  });
  it("leave the default's answers alone", () => {
    const sleep = Int32Array.of(PolicyVersion.Current, 3, 5000, 3, 10, 100, 1000, 4000, PolicyLimit.Unlimited, PolicyLimit.Unlimited);
    expect(clampSleep(pickSleep(sleep), sleep)).toBe(2);
    sleep[SleepFeature.Deepest] = 1;
    expect(clampSleep(pickSleep(sleep), sleep)).toBe(1);
  });
});

describe("shedLevel", () => {
  const supply = (battery: number, shed: number): number => {
    const made = new Int32Array(SupplyFeature.Words);
    made[SupplyFeature.Battery] = battery;
    made[SupplyFeature.Shed] = shed;
    return shedLevel(made);
  };
  it("rises as the battery falls, and falls back later than it rose", () => {
    let shed = 0;
    const down: number[] = [];
    const up: number[] = [];
    for (let battery = 1000; battery >= 0; battery--) if ((shed = supply(battery, shed)) !== (down.length === 0 ? 0 : down.length)) down.push(battery);
    expect(shed).toBe(3);
    for (let battery = 0; battery <= 1000; battery++) if ((shed = supply(battery, shed)) !== 3 - up.length) up.push(battery);
    expect(down).toEqual([499, 299, 149]);
    expect(up).toEqual([220, 400, 600]);
  });
  it("never flickers: with the battery still, the level is still", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 3 }), (battery, shed) => {
      const first = supply(battery, shed);
      expect(supply(battery, first)).toBe(first);
    }));
  });
});
