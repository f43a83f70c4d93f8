// The same fuel on every engine: Node, QuickJS, real Espruino (GENESIS_ESPRUINO names a binary) and XS on QEMU run the same metered texts.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildRuntime } from "../../qemu/runtime-build.ts";
import { testCacheDir } from "../../qemu/test-board.ts";
import { missingPrograms } from "../../qemu/toolchain.ts";
import { inNode, inQuickJs, onEspruino, onQemu, type MeteredProgram, type Outcome } from "./testing/engines.ts";
import { HOSTILE } from "./testing/hostile.ts";
import { endless, program } from "./testing/programs.ts";

const binary = process.env["GENESIS_ESPRUINO"];

/** Forty seeded programs with enough fuel, the same with half of what they need, and everything hostile. */
const random = fc.sample(program, { numRuns: 40, seed: 3 });
const enough: MeteredProgram[] = random.map((text, index) => ({ text, argument: index % 7, units: 1_000_000 }));
const used = inNode(enough).map(({ left }) => 1_000_000 - left);
const half: MeteredProgram[] = enough.map((one, index) => ({ ...one, units: used[index]! >> 1 }));
const hostile: MeteredProgram[] = HOSTILE.filter(({ deep }) => deep !== true).map(({ text }) => ({ text, argument: 0, units: 3000 }));
const endlessOnes: MeteredProgram[] = fc.sample(endless, { numRuns: 20, seed: 4 }).map((text, index) => ({ text, argument: 1, units: 2000 + 100 * index }));
const all = [...enough, ...half, ...hostile, ...endlessOnes];
const expected = outcomes(inNode(all));

/** How far below 0 the counter ends is the engine's affair too: Espruino's map() goes on to the next element, which stops at once. What was burned is the budget. */
function outcomes(list: readonly Outcome[]): string[] {
  return list.map(({ result, left }, index) => `${all[index]!.text}\n-> ${result ?? "stopped"}, ${left < 0 ? "none" : left} left`);
}

/** In parts that fit an engine's Storage. */
async function inParts(run: (programs: readonly MeteredProgram[]) => Promise<Outcome[]>, size: number): Promise<string[]> {
  const found: Outcome[] = [];
  for (let at = 0; at < all.length; at += size) found.push(...(await run(all.slice(at, at + size))));
  return outcomes(found);
}

it("the programs are of all kinds", () => {
  expect(expected.slice(0, 40).filter((line) => line.includes("stopped"))).toEqual([]);
  expect(expected.slice(40).filter((line) => !line.includes("stopped, none left"))).toEqual([]);
  expect(new Set(used).size).toBeGreaterThan(20);
  expect(Math.max(...used)).toBeGreaterThan(1000);
});

it("QuickJS", async () => {
  expect(await inParts(inQuickJs, 200)).toEqual(expected);
});

describe.skipIf(binary === undefined)("Espruino", () => {
  it("burns the same", async () => {
    expect(await inParts((programs) => onEspruino(binary!, programs), 20)).toEqual(expected);
  });
});

describe.skipIf(missingPrograms().length > 0)("XS on QEMU", () => {
  it("burns the same", async () => {
    const { elfPath } = await buildRuntime({ cacheDir: testCacheDir });
    const folder = mkdtempSync(path.join(tmpdir(), "genesis-fuel-"));
    try {
      expect(await inParts((programs) => onQemu(elfPath, folder, programs), 40)).toEqual(expected);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
