// Metered programs compute what they computed before, burn the same fuel every time, and stop exactly when it is used up.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inNode } from "./testing/engines.ts";
import { endless, program } from "./testing/programs.ts";

const ENOUGH = 100_000_000;

describe("random programs", () => {
  it("compute the same with fuel", () => {
    fc.assert(
      fc.property(program, fc.integer({ min: -9, max: 9 }), (text, argument) => {
        const [plain, metered, again] = inNode([{ text, argument, units: 0, form: "plain" }, { text, argument, units: ENOUGH }, { text, argument, units: ENOUGH }]);
        expect(metered!.result).toBe(plain!.result);
        expect(again).toEqual(metered);
        expect(ENOUGH - metered!.left).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
  it("need exactly what they burn: with one unit less they stop, whatever they catch", () => {
    fc.assert(
      fc.property(program, fc.double({ min: 0, max: 1, noNaN: true }), (text, share) => {
        const used = ENOUGH - inNode([{ text, argument: 3, units: ENOUGH }])[0]!.left;
        const less = Math.floor((used - 1) * share);
        const [exact, short, shorter] = inNode([{ text, argument: 3, units: used }, { text, argument: 3, units: used - 1 }, { text, argument: 3, units: less }]);
        expect(exact!.left).toBe(0);
        expect(exact!.result).toBeDefined();
        for (const stopped of [short!, shorter!]) {
          expect(stopped.left).toBeLessThan(0);
          expect(stopped.result).toBeUndefined();
        }
      }),
      { numRuns: 300 },
    );
  });
  it("end when they would not, and burn what they were given", () => {
    fc.assert(
      fc.property(endless, fc.integer({ min: 0, max: 20_000 }), (text, units) => {
        const [outcome] = inNode([{ text, argument: 1, units }]);
        expect(outcome!.result).toBeUndefined();
        expect(outcome!.left).toBeLessThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
