// From blocks to the time of one pass.
import { describe, expect, it } from "vitest";
import { passTimes } from "./kernel.ts";
import { Block, Kind } from "./kernel-kinds.ts";

describe("pass times", () => {
  it("takes the loop off every block but the round trip's", () => {
    const blocks = Array.from({ length: Kind.Count }, (_, kind) => 10 * Block.Passes + kind * Block.Passes);
    const times = passTimes(blocks);
    expect(times[Kind.Loop]).toBe(0);
    expect(times[Kind.Send]).toBe(Kind.Send);
    expect(times[Kind.RoundTrip]).toBe(10 + Kind.RoundTrip);
  });

  it("refuses a list that lacks a kind", () => {
    expect(() => passTimes([1, 2, 3])).toThrow(RangeError);
  });
});
