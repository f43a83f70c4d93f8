import { describe, expect, it } from "vitest";
import { chartLines, resample } from "./chart.ts";

const options = { widthCells: 4, heightCells: 2, label: (value: number): string => value.toFixed(0) };

describe("chart", () => {
  it("draws a rising line from the bottom left to the top right", () => {
    const lines = chartLines([0, 1, 2, 3, 4, 5, 6, 7], [], options);
    expect(lines).toEqual(["7 │⠀⠀⡠⠊", "0 │⡠⠊⠀⠀", "  └"]);
  });

  it("marks the cells that hold a flagged sample, also after resampling", () => {
    const flags = new Array<boolean>(80).fill(false);
    flags[79] = true;
    expect(chartLines(new Array<number>(80).fill(1), flags, options).at(-1)).toBe("  └   ▲".padStart(7));
  });

  it("keeps a constant line inside the frame", () => {
    const lines = chartLines([5, 5, 5, 5], [], options);
    expect(lines[0]).toContain("6 │");
    expect(lines).toHaveLength(3);
  });

  it("resamples to means and any-flags", () => {
    expect(resample([1, 3, 5, 7], [false, true, false, false], 2)).toEqual({ values: [2, 6], flags: [true, false] });
  });

  it("draws nothing for nothing", () => {
    expect(chartLines([], [], options)).toEqual([]);
  });
});
