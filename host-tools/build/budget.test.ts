// Budgets: within, over, and what the report says.

import { expect, it } from "vitest";
import type { Board } from "../../hal/board.ts";
import { BUDGETS, checkBudgets } from "./budget.ts";
import type { TileBundle } from "./bundle.ts";

const code = "(()=>{\nfunction f(a){return a}return f})()";
const bundle: TileBundle = { code, sourceMap: JSON.stringify({ version: 3, sources: [], names: [], mappings: "" }), bytesPerSubsystem: { kernel: 9000, wire: 100 }, bytesPerFile: [["kernel/a.ts", 6000], ["kernel/b.ts", 3000], ["firmware/wire/c.ts", 100]], sha256: "", profile: "small", extra: [], warnings: [], fuelSites: [] };
const board: Board = {
  id: "puck", name: "Puck.js", engine: "espruino", tier: 2, mcu: "nRF52832", ramBytes: 65536, variables: 2630, flashBytes: 524288, storageBytes: 40960, pageBytes: 4096, profile: "small",
  slots: 1, slotPages: 4, previousPages: 2, journalPages: 1, link: { device: "Serial1", baud: 9600 }, nativeSha256: true, pins: {}, power: [], source: "test",
};
const input = { bundle, file: Buffer.alloc(12000), firstStageBytes: 2000, boards: [board, { ...board, id: "big", profile: "full" as const }] };

it("says what fits, with the Storage map of each board of the profile", () => {
  const report = checkBudgets(input);
  expect(report.over).toEqual([]);
  expect(report.rows.map((row) => row.what)).toEqual(["kernel", "image file", "first stage", "variables after boot (estimate)", "nested calls in the kernel (at most)", "nested calls on the whole path (at most)", "callbacks nested (at most)", "stack of the whole path (estimate)", "slot of puck", "previous image of puck, packed"]);
  expect(report.rows.every((row) => row.fits)).toBe(true);
  expect(report.maps.map((map) => map.board)).toEqual(["puck"]);
  expect(report.maps[0]?.rows.map((row) => row.name)).toContain("slot A");
  expect(report.text).toContain("left");
});

it("names the number, the excess and the biggest files when something is over", () => {
  const report = checkBudgets({ ...input, bundle: { ...bundle, bytesPerSubsystem: { kernel: BUDGETS.small.kernelBytes + 5 } }, file: Buffer.alloc(29000), firstStageBytes: 4000 });
  expect(report.over).toHaveLength(4);
  expect(report.over[0]).toBe("kernel: 10245 of 10240 bytes, 5 too many (biggest files: kernel/a.ts 6000, kernel/b.ts 3000, firmware/wire/c.ts 100)");
  expect(report.text).toContain("OVER by 5");
});

it("ends the build where the image does not pack into the space for the previous one", () => {
  const noise = Buffer.from(Array.from({ length: 12_000 }, (_, i) => (i * i * 31 + (i >> 3) * 7) & 255));
  expect(checkBudgets({ ...input, file: noise }).over.join()).toMatch(/^previous image of puck, packed: \d+ of 8192 bytes/);
});

it("counts a board whose Storage the layout doesn't fit as over", () => {
  const report = checkBudgets({ ...input, boards: [{ ...board, slots: 2 as const, slotPages: 5 }] });
  expect(report.over.join()).toContain("puck: two slots do not fit");
  expect(report.maps).toEqual([]);
});

it("tells of a described board (tier 3) that the image doesn't fit, and goes on", () => {
  const report = checkBudgets({ ...input, file: Buffer.alloc(20000), boards: [{ ...board, tier: 3 as const }] });
  expect(report.over).toEqual([]);
  expect(report.notYet).toEqual(["puck: its slot takes 16304 bytes, the image has 20000"]);
  expect(report.misfits).toEqual([{ board: "puck", why: "image 20000 of 16304 bytes" }]);
  expect(report.text).toContain("does not fit yet: puck");
});

it("holds a tile to its variables", () => {
  const hungry = `(()=>{\n${Array.from({ length: 400 }, (_, index) => `function f${index}(a){return a}`).join("")}return f1})()`;
  expect(checkBudgets({ ...input, bundle: { ...bundle, code: hungry } }).over.join()).toContain("variables after boot");
});

const map = (file: string): string => JSON.stringify({ version: 3, sources: [file], names: [], mappings: ";AAAA" });
const chain = Array.from({ length: 12 }, (_, index) => `function f${index}(a){return ${index === 0 ? "a" : `f${index - 1}(a)`}}`).join("");

it("ends the build where the kernel's calls go too deep, and names them", () => {
  const report = checkBudgets({ ...input, bundle: { ...bundle, code: `(()=>{\n${chain}return f11})()`, sourceMap: map("kernel/a.ts") } });
  expect(report.rows.find((row) => row.what.startsWith("nested calls in the kernel"))).toMatchObject({ used: 11, limit: 8, fits: false });
  expect(report.over.join()).toMatch(/nested calls in the kernel \(at most\): 11 of 8 calls, 3 too many \(.* \(kernel\/a.ts:1\) > .*\)/);
  // Whatever features there are.
  expect(checkBudgets({ ...input, bundle: { ...bundle, extra: ["sensor"], code: `(()=>{\n${chain}return f11})()`, sourceMap: map("kernel/a.ts") } }).over).toHaveLength(1);
});

it("tells how deep other code goes, and goes on", () => {
  const report = checkBudgets({ ...input, bundle: { ...bundle, code: `(()=>{\n${chain}return f11})()`, sourceMap: map("firmware/a.ts") } });
  expect(report.rows.find((row) => row.what.startsWith("nested calls in the kernel"))).toMatchObject({ used: 0 });
  expect(report.rows.find((row) => row.what.startsWith("nested calls on the whole"))).toMatchObject({ used: 11, enforced: false });
  expect(report.over).toEqual([]);
});

it("ends the build at recursion without a bound, and names the way round", () => {
  const report = checkBudgets({ ...input, bundle: { ...bundle, code: "(()=>{\nfunction f(a){return a?g(a-1):0}function g(a){return f(a)}return f})()", sourceMap: map("firmware/a.ts") } });
  expect(report.over).toHaveLength(1);
  expect(report.over[0]).toMatch(/^recursion without a bound: .* > .* > /);
});

it("holds a profile with features beyond it against the boards' room only", () => {
  const roomy = { ...board, id: "roomy", storageBytes: 256 * 1024, slotPages: 10, previousPages: 6 };
  const large = { ...input, file: Buffer.alloc(29_000), boards: [board, roomy], bundle: { ...bundle, extra: ["sensor" as const] } };
  expect(checkBudgets(large).over).toEqual([]);
  expect(checkBudgets(large).misfits.map((misfit) => misfit.board)).toEqual(["puck"]);
  expect(checkBudgets({ ...large, bundle: { ...large.bundle, extra: [] } }).over.join()).toContain("image file");
  expect(checkBudgets({ ...large, bundle: { ...large.bundle, bytesPerSubsystem: { kernel: BUDGETS.small.kernelBytes + 5 } } }).over.join()).toContain("kernel");
  expect(checkBudgets({ ...large, firstStageBytes: 4000 }).over.join()).toContain("first stage");
  expect(checkBudgets({ ...large, boards: [board] }).over.join()).toContain("no board of profile small has the room for sensor");
  expect(checkBudgets({ ...large, boards: [{ ...roomy, variables: 280 }] }).over.join()).toMatch(/needed .* it has 280/);
});
