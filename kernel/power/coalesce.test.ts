// Against brute force: never late, as few wake-ups as possible, and no wake-up later than it need be.
import fc from "fast-check";
import { expect, it } from "vitest";
import { nextWakeUs } from "./coalesce.ts";

/** Fewest points that touch every interval [a, b], by trying all right ends. */
function fewest(timers: readonly (readonly [number, number])[]): number {
  if (timers.length === 0) return 0;
  const first = Math.min(...timers.map(([at, slack]) => at + slack));
  let best = Infinity;
  for (const point of new Set(timers.map(([at]) => at))) {
    if (point > first) continue;
    best = Math.min(best, 1 + fewest(timers.filter(([at]) => at > point)));
  }
  return best;
}

const sets = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 30 })), { minLength: 1, maxLength: 8 });

it("serves every timer within its slack, with the fewest wake-ups", () => {
  fc.assert(
    fc.property(sets, (timers) => {
      const at = Float64Array.from(timers, ([start]) => start);
      const slack = Float64Array.from(timers, ([, more]) => more);
      let wakeUps = 0;
      let last = 0;
      for (;;) {
        const now = nextWakeUs(at, slack, at.length);
        if (now < 0) break;
        expect(now).toBeGreaterThan(last);
        last = now;
        wakeUps++;
        for (let i = 0; i < at.length; i++) {
          if (at[i]! <= 0) continue;
          expect(now).toBeLessThanOrEqual(at[i]! + slack[i]!);
          if (at[i]! <= now) at[i] = 0;
        }
      }
      expect(wakeUps).toBe(fewest(timers));
    }),
    { numRuns: 500 },
  );
});

it("without slack it is the earliest timer; without timers −1", () => {
  expect(nextWakeUs(Float64Array.of(0, 0), Float64Array.of(5, 5), 2)).toBe(-1);
  expect(nextWakeUs(Float64Array.of(900, 0, 300), new Float64Array(3), 3)).toBe(300);
  expect(nextWakeUs(Float64Array.of(100, 150, 180, 400), Float64Array.of(90, 0, 500, 500), 4)).toBe(150);
});
