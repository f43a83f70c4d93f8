// Points of power cuts: all of them where that is asked for, else spread over the whole update; never the same one twice.
import { describe, expect, it } from "vitest";
import { chooseCutPoints, CUT_PHASES } from "./cut-points.ts";

const names = (points: readonly { operation: number; phase: string }[]): string[] => points.map(({ operation, phase }) => `${phase} ${operation}`);

describe("points of power cuts", () => {
  it("are every operation in all three ways when asked for, whatever the rig has time for", () => {
    const points = chooseCutPoints(40, 3, 1, true, true);
    expect(new Set(names(points)).size).toBe(40 * CUT_PHASES.length);
    expect(points.at(0)?.operation).toBe(1);
    expect(points.at(-1)?.operation).toBe(40);
  });

  it("are all of them over both variants where there is the time", () => {
    const both = [...chooseCutPoints(40, 1000, 1, false, false), ...chooseCutPoints(40, 1000, 1, true, false)];
    expect(new Set(names(both)).size).toBe(40 * CUT_PHASES.length);
    expect(both).toHaveLength(40 * CUT_PHASES.length);
  });

  it.each([[131, 6], [56, 3], [40, 100]])("of %i operations, %i are spread over the update, in each way as often, and follow the seed", (total, count) => {
    const seen = new Set<string>();
    for (let seed = 1; seed < 50; seed++) {
      const points = chooseCutPoints(total, count, seed, seed % 2 === 0, false);
      expect(new Set(names(points)).size).toBe(count);
      for (const [index, { operation }] of points.entries()) {
        expect(operation).toBeGreaterThan((index / count) * total);
        expect(operation).toBeLessThanOrEqual(Math.ceil(((index + 1) / count) * total));
      }
      for (const phase of CUT_PHASES) expect(points.filter((point) => point.phase === phase).length).toBeGreaterThanOrEqual(Math.floor(count / 3));
      for (const name of names(points)) seen.add(name);
    }
    expect(seen.size).toBeGreaterThan(count * 8 > total * 3 ? total : count * 8);
  });
});
