// Power is cut at every flash operation of an update, in every way a cut can look, with the real first stage and the real update service.
import { afterAll, describe, expect, it } from "vitest";
import { createHash } from "node:crypto";
import { markHealthy } from "../../firmware/update/boot-log.ts";
import { BootBench, type Start } from "./boot-bench.ts";
import { NorFlash, PowerCut, type CutPlan } from "../sim/nor-flash.ts";

const shapes: Omit<CutPlan, "operation">[] = [
  { mode: "before" },
  { mode: "torn", tornWords: 1 },
  { mode: "torn" },
  { mode: "noise", seed: 7 },
  { mode: "noise", seed: 4242 },
  { mode: "after" },
];
let cuts = 0;
afterAll(() => console.log(`power cuts: ${cuts} cut points, every one left a tile that booted a whole image and finished its update`));

const twoSlots = { page: 256, journal: 2, slot: 6, slots: 2 as const, prev: 0 };
const journalText = "telemetry that must outlive every update".padEnd(256, ".");

function twoSlotBench(): { bench: BootBench; v2: Buffer } {
  const bench = new BootBench(twoSlots);
  bench.install(bench.image("1.0.0", 700));
  bench.flash.program(256, journalText);
  return { bench, v2: bench.image("2.0.0", 1200) };
}

/** A reset after which the image runs long enough to be healthy, unless it breaks. */
function restart(bench: BootBench): Start {
  const start = bench.reset();
  if (start.info && !start.rebooted) markHealthy(bench.flash, start.info);
  return start;
}

/** What a host does to get `image` running and confirmed, from whatever state the tile is in. Each call goes on where the last one was cut. */
function update(bench: BootBench, image: Buffer, version: string): void {
  for (let tries = 0; tries < 6; tries++) {
    let start = restart(bench);
    if (start.version === version && start.info?.kind !== 1) return;
    if (start.version === version) {
      expect(bench.updater(start).setState("", true)).toBe(0);
      continue;
    }
    const updater = bench.updater(start);
    const sha = createHash("sha256").update(image).digest().toString("latin1");
    let offset = 0;
    while (offset < image.length) {
      const next = updater.upload(offset, image.toString("latin1", offset, Math.min(image.length, offset + 100)), image.length, sha);
      if (next < 0) throw new Error(`upload refused: ${next} at ${offset}`);
      offset = next;
    }
    const set = updater.setState(image.toString("latin1", image.length - 76, image.length - 44), false);
    if (set === -2) updater.erase(1 - start.info!.slot); // trials used up: start over
    else expect(set).toBe(0);
    start = restart(bench);
    if (start.version === version) expect(bench.updater(start).setState("", true)).toBe(0);
  }
  throw new Error(`the tile never got to run ${version}`);
}

/** Runs `work`, cut at operation `operation` in the way of `shape`. False when it has fewer operations than that. */
function cutDuring(nor: NorFlash, operation: number, shape: Omit<CutPlan, "operation">, work: () => void): boolean {
  nor.armCut({ operation, ...shape });
  try {
    work();
  } catch (error) {
    if (error instanceof PowerCut) {
      cuts++;
      return true;
    }
    throw error;
  }
  nor.armCut(undefined);
  return false;
}

function expectWhole(start: Start, allowed: string[]): void {
  expect(allowed).toContain(start.version);
}

describe("two slots", () => {
  it("boots a whole image and can be updated after a cut at every operation of an update", () => {
    for (const shape of shapes) {
      let operation = 1;
      for (; ; operation++) {
        const { bench, v2 } = twoSlotBench();
        if (!cutDuring(bench.nor, operation, shape, () => update(bench, v2, "2.0.0"))) break;
        expectWhole(restart(bench), ["1.0.0", "2.0.0"]);
        update(bench, v2, "2.0.0");
        expect(restart(bench).version).toBe("2.0.0");
        expect(bench.flash.read(256, 256)).toBe(journalText);
      }
      expect(operation).toBeGreaterThan(25);
    }
  });

  it("survives a second cut while it recovers from the first", () => {
    for (let first = 1; ; first += 3) {
      let wasCut = false;
      for (let second = 1; ; second += 2) {
        const { bench, v2 } = twoSlotBench();
        wasCut = cutDuring(bench.nor, first, { mode: "torn" }, () => update(bench, v2, "2.0.0"));
        if (!wasCut || !cutDuring(bench.nor, second, { mode: "torn", tornWords: 1 }, () => update(bench, v2, "2.0.0"))) break;
        expectWhole(restart(bench), ["1.0.0", "2.0.0"]);
        update(bench, v2, "2.0.0");
        expect(bench.flash.read(256, 256)).toBe(journalText);
      }
      if (!wasCut) break;
    }
  });

  it("goes back from a broken image after a cut at every operation", () => {
    for (const shape of shapes)
      for (let operation = 1; ; operation++) {
        const { bench, v2 } = twoSlotBench();
        update(bench, v2, "2.0.0");
        const v3 = bench.image("3.0.0", 900, 'throw "broken";');
        const wasCut = cutDuring(bench.nor, operation, shape, () => {
          const updater = bench.updater(restart(bench));
          expect(updater.upload(0, v3.toString("latin1"), v3.length, "")).toBe(v3.length);
          expect(updater.setState(v3.toString("latin1", v3.length - 76, v3.length - 44), false)).toBe(0);
          expect(restart(bench)).toMatchObject({ version: "3.0.0", rebooted: true });
          expect(restart(bench).version).toBe("2.0.0");
        });
        const start = restart(bench);
        if (start.version === "3.0.0") expect(start.rebooted).toBe(true);
        expect(restart(bench).version).toBe("2.0.0");
        expect(bench.flash.read(256, 256)).toBe(journalText);
        if (!wasCut) break;
      }
  });
});
