// The charge estimate: known cases by hand, bounds by property, and the same formula as the simulator's meter.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { PowerState } from "../hal/board.ts";
import { chargeText, chargeUah, estimateCharge, WAKE_US } from "./charge.ts";
import { PowerMeter } from "./sim/power-meter.ts";

const row = (state: string, current: number): PowerState => ({ state, currentUa: current, source: "a test" });
const HOUR_US = 3_600_000_000;

it("weighs running and idling with the board's currents", () => {
  expect(chargeUah({ upUs: HOUR_US, activeUs: HOUR_US / 4, runUa: 4000, idleUa: 100 })).toBe(1075);
  expect(estimateCharge({ up: HOUR_US, active: HOUR_US / 4, wakeups: 0 }, { power: [row("run", 4000), row("sleep", 100)] })).toEqual({ chargeUah: 1075, meanUa: 1075 });
});

it("counts wake-ups as running, and an open link where the board states it", () => {
  const power = [row("run", 4000), row("uart", 1000), row("sleep", 3)];
  const quiet = estimateCharge({ up: HOUR_US, active: 0, wakeups: 0 }, { power });
  expect(quiet?.meanUa).toBe(1000);
  const woken = estimateCharge({ up: HOUR_US, active: 0, wakeups: 100_000 }, { power });
  expect(woken?.chargeUah).toBeCloseTo(1000 + (3000 * 100_000 * WAKE_US) / HOUR_US, 6);
});

it("says plainly when the board states no currents", () => {
  for (const power of [[], [row("run", 4000)], [row("sleep", 3)]]) {
    const estimate = estimateCharge({ up: 1e6, active: 1e5, wakeups: 3 }, { power });
    expect(estimate).toBeUndefined();
    expect(chargeText(estimate)).toBe("charge unknown: the board states no currents");
  }
});

it("is marked as an estimate", () => {
  expect(chargeText({ chargeUah: 1.234, meanUa: 1020 })).toBe("~1.2 µAh (mean ~1.0 mA)");
  expect(chargeText({ chargeUah: 1234.5, meanUa: 32000 })).toBe("~1235 µAh (mean ~32 mA)");
  expect(chargeText({ chargeUah: 0, meanUa: 0 })).toBe("~0.0 µAh (mean ~0.0 mA)");
});

it("lies between idling and running all the time, whatever a tile reports", () => {
  const count = fc.nat({ max: 1e12 });
  fc.assert(fc.property(count, count, fc.nat({ max: 1e8 }), fc.nat({ max: 1000 }), fc.integer({ min: 1000, max: 50_000 }), (up, active, wakeups, sleep, run) => {
    const mean = estimateCharge({ up, active, wakeups }, { power: [row("run", run), row("sleep", sleep)] })?.meanUa ?? NaN;
    expect(mean).toBeGreaterThanOrEqual(sleep - 1e-6);
    expect(mean).toBeLessThanOrEqual(run + 1e-6);
  }));
});

it("is what the simulator's meter says of the same life", () => {
  const power = [row("run", 4000), row("sleep", 3)];
  const meter = new PowerMeter(power, WAKE_US, 0);
  for (let second = 1; second <= 60; second++) {
    meter.wake(second * 1e6);
    meter.busy(2000);
  }
  expect(estimateCharge({ up: 60e6, active: 60 * 2000, wakeups: 60 }, { power })?.chargeUah).toBeCloseTo(meter.chargeUah(60e6), 9);
});
