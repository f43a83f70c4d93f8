// The pure parts of the bench: figures, medians, limits, and results that are put together from several runs.
import { describe, expect, it } from "vitest";
import { benchPage, staleSections } from "./page.ts";
import { type BenchResult, figure, figureRow, median, mergeResults, notMeasured, overLimit, plainNumber } from "./figures.ts";

const result = (sections: BenchResult["sections"], bundles: Record<string, string> = {}): BenchResult => ({ v: 1, machine: { node: "20", cpu: "x", cores: 2, platform: "linux" }, bundles, sections });
const section = (title: string, figures: ReturnType<typeof figure>[]): BenchResult["sections"][string] => ({ title, how: "", takenAt: "2026-01-01T00:00:00Z", seconds: 1, load: 0, figures, bundles: {} });

describe("figures", () => {
  it("takes the middle value, and the mean of the middle two", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 1, 4, 2])).toBe(3);
    expect(() => median([])).toThrow(RangeError);
  });

  it("shows three digits, and no more of large numbers", () => {
    expect([0.12345, 1.2345, 12.345, 123.45, 12_345.6, 48_000, 0].map(plainNumber)).toEqual(["0.123", "1.23", "12.3", "123", "12,346", "48,000", "0"]);
  });

  it("says which limits are kept and which are not", () => {
    expect(figureRow(figure("a", "kernel", 10_000, "B", { limit: 10_240 }))).toEqual(["kernel", "10,000", "B", "≤ 10,240", ""]);
    expect(figureRow(figure("a", "kernel", 10_241, "B", { limit: 10_240 }))[3]).toBe("OVER 10,240");
    expect(figureRow(figure("a", "kernel", 1, "B"))[3]).toBe("");
  });

  it("keeps a figure that was not measured, with the reason", () => {
    expect(figureRow(notMeasured("cli", "espruino CLI", "B/s", "no network"))).toEqual(["espruino CLI", "–", "B/s", "", "not measured: no network"]);
  });

  it("lists what is over its limit", () => {
    const found = result({ sizes: section("sizes", [figure("a", "a", 2, "B", { limit: 1 }), figure("b", "b", 1, "B", { limit: 1 }), { ...notMeasured("c", "c", "B", "x"), limit: 0 }]) });
    expect(overLimit(found)).toEqual(["sizes.a"]);
  });

  it("keeps sections of an earlier run that were not measured again", () => {
    const before = result({ sizes: section("old sizes", []), line: section("old line", []) });
    const merged = mergeResults(before, result({ sizes: section("new sizes", []) }, { full: "abc" }));
    expect([merged.sections.sizes?.title, merged.sections.line?.title, merged.bundles.full]).toEqual(["new sizes", "old line", "abc"]);
    expect(mergeResults(undefined, before)).toBe(before);
  });

  it("marks sections of other images as stale on the page", () => {
    const found = result({ sizes: { ...section("Sizes", [figure("a", "kernel | gate", 5, "B", { limit: 9 })]), bundles: { full: "new" } }, line: { ...section("The line", []), bundles: { full: "old" } } });
    expect(staleSections(found, { full: "new" })).toEqual(["line"]);
    const { text } = benchPage(found, { full: "new" });
    expect(text).toContain("| kernel \\| gate | 5 | B | ≤ 9 |  |");
    expect(text.indexOf("STALE")).toBeGreaterThan(text.indexOf("## The line"));
  });
});
