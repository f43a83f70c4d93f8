// Whatever the table, the state chosen by break-even times is the cheapest of those that can be left in time.
import fc from "fast-check";
import { expect, it } from "vitest";
import { SleepFeature } from "./features.ts";
import { pickSleep } from "./policy.ts";
import { breakEvenUs, createSleepRow, gapFc } from "./sleep-states.ts";

/** Ever deeper: less current, longer to come back. */
const tables = fc.array(fc.tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 1_000_000, max: 40_000_000 })), { minLength: 1, maxLength: 4 }).map((states) => {
  const currents = states.map(([na]) => na).sort((a, b) => b - a);
  const waits = states.map(([, us]) => us).sort((a, b) => a - b);
  return Int32Array.from(states.flatMap(([, , wakeNa], i) => [currents[i]!, waits[i]!, wakeNa]));
});

it("the state picked costs least of all that fit", () => {
  fc.assert(
    fc.property(tables, fc.integer({ min: 0, max: 3_600_000_000 }).map((us) => Math.min(us, 0x3fffffff)), (table, gapUs) => {
      const row = createSleepRow(table);
      row[SleepFeature.Until] = gapUs;
      const picked = pickSleep(row);
      for (let i = 0; i < table.length / 3; i++) {
        if (i > 0 && table[i * 3 + 1]! > gapUs) continue;
        expect(gapFc(table, picked, gapUs)).toBeLessThanOrEqual(gapFc(table, i, gapUs));
      }
    }),
    { numRuns: 2000 },
  );
});

it("computes a break-even time by hand", () => {
  // 11 mA asleep; or 20 µA with 113 µs at 32 mA to come back: 113 × (32000 − 20) ÷ (11000 − 20) µA
  const table = Int32Array.of(11_000_000, 0, 32_000_000, 20_000, 113, 32_000_000);
  expect(breakEvenUs(table, 0)).toBe(0);
  expect(breakEvenUs(table, 1)).toBe(Math.ceil((113 * 31_980) / 10_980));
});
