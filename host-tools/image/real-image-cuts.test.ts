// Power is cut at every flash operation of an update from one real image to the next, in the geometry of the boards that carry them: the small image on one slot
// (boards/sim-small), the full one on two (boards/sim). Before, torn and after each; after the cut a whole image starts, telemetry is as it was, the update goes on.
//
// Idea: first stage, update service, one-slot updater and journal are the real ones, in this process; the bench starts a script only when it is, to the byte, the one
// of a whole image, so nothing has to run it. power-cuts.test.ts has more kinds of cuts on images of a page or five.
import { createHash } from "node:crypto";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { board as simBoard } from "../../boards/sim/board.ts";
import { board as smallBoard } from "../../boards/sim-small/board.ts";
import { markHealthy } from "../../firmware/update/boot-log.ts";
import type { Board } from "../../hal/board.ts";
import { buildTileImage } from "../build/tile-image.ts";
import { updateOneSlot } from "../install/one-slot.ts";
import { type CutMode, PowerCut } from "../sim/nor-flash.ts";
import { BootBench, oneSlotDevice, type Start } from "./boot-bench.ts";
import { headerBytes, parseImage, sealImage } from "./mcuboot.ts";

const root = path.resolve(import.meta.dirname, "../..");
const modes: readonly CutMode[] = ["before", "torn", "after"];
const versions = ["1.0.0", "2.0.0"] as const;
const summary: string[] = [];
afterAll(() => console.log(summary.join("\n")));

/** Both versions of the tile image for a board, unsealed, and their scripts as the first stage reads them. */
class Case {
  readonly board: Board;
  readonly files: Buffer[] = [];
  readonly scripts: Map<string, string> = new Map<string, string>();

  constructor(board: Board) {
    this.board = board;
  }

  async build(): Promise<void> {
    for (const version of versions) {
      const { file } = await buildTileImage(root, { name: "tile", version, profile: this.board.profile, frozen: true });
      this.files.push(file);
      this.scripts.set(file.toString("latin1", headerBytes, headerBytes + file.readUInt32LE(12)), version);
    }
  }

  /** A board that runs version 1, and version 2 for it. */
  bench(): { bench: BootBench; v2: Buffer } {
    const { pageBytes: page, journalPages: journal, slotPages: slot, slots, previousPages: prev } = this.board;
    const bench = new BootBench({ page, journal, slot, slots, prev }, { hasTelemetry: true, scripts: this.scripts });
    const [v1, v2] = this.files.map((file) => sealImage(file, bench.key)) as [Buffer, Buffer];
    bench.install(v1);
    return { bench, v2 };
  }
}

/** A start that gets healthy and adds to its telemetry; one whole image or the other. */
function restart(bench: BootBench): Start {
  const start = bench.reset();
  expect(versions, start.output.join()).toContain(start.version);
  expect(start.rebooted).toBe(false);
  markHealthy(bench.flash, start.info!);
  bench.telemetry!.append();
  return start;
}

/** Version 2 over SMP's calls, in pieces as the link has them. Goes on wherever the last call was cut. */
function updateTwoSlots(bench: BootBench, image: Buffer): void {
  const { digest } = parseImage(image);
  const sha = createHash("sha256").update(image).digest().toString("latin1");
  for (let tries = 0; tries < 6; tries++) {
    const start = restart(bench);
    const updater = bench.updater(start);
    if (start.version === "2.0.0") {
      if (start.info?.kind !== 1) return;
      expect(updater.setState("", true)).toBe(0);
      continue;
    }
    for (let offset = 0, pieces = 1; offset < image.length; pieces++) {
      const next = updater.upload(offset, image.toString("latin1", offset, Math.min(image.length, offset + 900)), image.length, sha);
      if (next < 0) throw new Error(`upload refused: ${next} at ${offset}`);
      if (pieces % 16 === 0) bench.telemetry!.append();
      offset = next;
    }
    const set = updater.setState(digest.toString("latin1"), false);
    if (set === -2) updater.erase(1 - start.info!.slot); // trials used up: start over
    else expect(set).toBe(0);
  }
  throw new Error("the tile never got to run version 2");
}

/** Version 2 through the boot window. Goes on wherever the last call was cut. */
async function updateOneSlotThere(bench: BootBench, image: Buffer): Promise<void> {
  for (let tries = 0; tries < 4; tries++) {
    const start = restart(bench);
    if (start.version === "2.0.0") {
      if (start.info?.kind !== 1) return;
      expect(bench.updater(start).setState("", true)).toBe(0);
      continue;
    }
    await updateOneSlot(oneSlotDevice(bench), bench.config, image);
  }
  throw new Error("the tile never got to run version 2");
}

describe.each([
  ["the small image on one slot", smallBoard, updateOneSlotThere],
  ["the full image on two slots", simBoard, (bench: BootBench, image: Buffer): Promise<void> => Promise.resolve().then(() => updateTwoSlots(bench, image))],
])("%s", (name, board, update) => {
  const images = new Case(board);
  beforeAll(() => images.build());

  it("starts whole and is updated in the end, with its telemetry, after a cut at every flash operation", async () => {
    const undisturbed = images.bench();
    const before = undisturbed.bench.nor.operations;
    await update(undisturbed.bench, undisturbed.v2);
    const total = undisturbed.bench.nor.operations - before;
    const bytes = undisturbed.v2.length;
    expect(total).toBeGreaterThan(bytes / 900);
    const ends: Record<string, number> = {};
    for (let operation = 1; operation <= total; operation++) {
      for (const mode of modes) {
        const { bench, v2 } = images.bench();
        bench.nor.armCut({ operation, mode });
        const when = `power cut ${mode} operation ${operation} of ${total}`;
        await expect(update(bench, v2), when).rejects.toThrow(PowerCut);
        try {
          const start = restart(bench);
          ends[start.version!] = (ends[start.version!] ?? 0) + 1;
          await update(bench, v2);
          expect(restart(bench)).toMatchObject({ version: "2.0.0", info: { kind: 0 } });
          bench.telemetry!.check();
          expect(bench.nor.lostBits).toBe(0);
        } catch (error) {
          if (error instanceof Error) error.message = `${when}: ${error.message}`;
          throw error;
        }
      }
    }
    expect(Object.keys(ends).sort()).toEqual([...versions]);
    summary.push(`${name}: ${bytes} bytes, ${total} flash operations, ${total * modes.length} power cuts; started then: ${versions.map((version) => `${version} ${ends[version]} times`).join(", ")}`);
  });
});
