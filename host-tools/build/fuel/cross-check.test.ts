// XS's own meter beside fuel: nothing costs XS much more than it paid for, and the fuel it burned is Node's to the unit.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildRuntime } from "../../qemu/runtime-build.ts";
import { testCacheDir } from "../../qemu/test-board.ts";
import { missingPrograms } from "../../qemu/toolchain.ts";
import { crossCheck, crossCheckPrograms } from "./cross-check.ts";
import { inNode, onQemu } from "./testing/engines.ts";
import { program } from "./testing/programs.ts";

/** XS units that a unit of fuel may stand for. */
const MOST = 2.1;

describe.skipIf(missingPrograms().length > 0)("XS's meter", () => {
  let folder = "";
  let elfPath = "";
  beforeAll(async () => {
    ({ elfPath } = await buildRuntime({ cacheDir: testCacheDir }));
    folder = mkdtempSync(path.join(tmpdir(), "genesis-fuel-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("counts about twice the fuel at most, snippet by snippet", async () => {
    const programs = crossCheckPrograms();
    const outcomes = await onQemu(elfPath, folder, programs);
    expect(outcomes.map(({ left }) => left)).toEqual(inNode(programs).map(({ left }) => left));
    const rows = crossCheck(outcomes);
    if (process.env["GENESIS_TABLE"] !== undefined) {
      for (const { name, fuel, xs, instructions } of rows) process.stdout.write(`| ${name} | ${fuel} | ${xs.toFixed(1)} | ${(xs / fuel).toFixed(2)} | ${instructions ?? ""} | ${instructions === undefined ? "" : (instructions / fuel).toFixed(2)} |\n`);
    }
    for (const { name, fuel, xs } of rows) {
      expect(xs, name).toBeGreaterThan(0);
      expect(xs / fuel, name).toBeLessThan(MOST);
    }
  });
  it("counts about the fuel for whole programs", async () => {
    // The first does nothing: what it costs XS to run and report a program is no part of the program.
    const texts = ["function(){}", ...fc.sample(program, { numRuns: 59, seed: 11 })];
    const programs = texts.map((text, index) => ({ text, argument: index % 7, units: 1_000_000 }));
    const outcomes = [...(await onQemu(elfPath, folder, programs.slice(0, 30))), ...(await onQemu(elfPath, folder, programs.slice(30)))];
    const ratios = outcomes.slice(1).map(({ left, metered }) => (metered - outcomes[0]!.metered) / (outcomes[0]!.left - left)).sort((a, b) => a - b);
    if (process.env["GENESIS_TABLE"] !== undefined) process.stdout.write(`programs: XS units per unit of fuel: least ${ratios[0]!.toFixed(2)}, median ${ratios[30]!.toFixed(2)}, most ${ratios.at(-1)!.toFixed(2)}\n`);
    expect(ratios.at(-1)).toBeLessThan(MOST);
  });
});
