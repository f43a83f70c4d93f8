// More cases from another seed, and everything else as the test wants it.
import { describe, expect, it } from "vitest";
import fc from "fast-check";
import long, { longer } from "./fast-check-long.ts";

describe("longer property tests", () => {
  it("multiplies the number of cases and replaces the seed", () => {
    expect(longer({ numRuns: 300, seed: 5, endOnFailure: true }, 20, 7)).toEqual({ numRuns: 6000, seed: 7, endOnFailure: true });
    expect(longer(undefined, 3, 7)).toEqual({ numRuns: 300, seed: 7 });
  });

  it("draws that many cases, and still fails when a case does", () => {
    let cases = 0;
    long.assert(
      long.property(long.integer(), () => {
        cases++;
      }),
      { numRuns: 7 },
    );
    expect(cases).toBe(7 * Number(process.env["GENESIS_RUNS"] ?? 20));
    expect(() => long.assert(long.property(long.nat(), (n) => n < 3))).toThrow(/Property failed/);
    expect(Object.keys(long)).toEqual(expect.arrayContaining(Object.keys(fc).filter((name) => name !== "default")));
  });
});
