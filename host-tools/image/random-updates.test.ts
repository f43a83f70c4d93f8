// Any sequence of update requests, resets and power cuts leaves a tile that starts a whole image, and never one that nobody set to start.
import fc from "fast-check";
import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { markHealthy } from "../../firmware/update/boot-log.ts";
import type { Updater } from "../../firmware/update/updater.ts";
import { PowerCut, type CutMode } from "../sim/nor-flash.ts";
import { BootBench } from "./boot-bench.ts";
import { parseImage } from "./mcuboot.ts";

const geometry = { page: 256, journal: 2, slot: 4, slots: 2 as const, prev: 0 };
const journalText = "kept".padEnd(512, "!");

type Action =
  | { do: "upload"; image: number; pieces: number }
  | { do: "set"; image: number; isConfirm: boolean }
  | { do: "confirm" }
  | { do: "erase"; slot: number }
  | { do: "reset"; isHealthy: boolean }
  | { do: "cut"; operation: number; mode: CutMode };

const image = fc.integer({ min: 0, max: 3 });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("upload" as const), image, pieces: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("set" as const), image, isConfirm: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("confirm" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("erase" as const), slot: fc.integer({ min: 0, max: 1 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("reset" as const), isHealthy: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("cut" as const), operation: fc.integer({ min: 1, max: 9 }), mode: fc.constantFrom<CutMode>("before", "torn", "noise", "after") }) },
);

it("holds for random sequences", () => {
  let resets = 0;
  let cuts = 0;
  fc.assert(
    fc.property(fc.array(action, { minLength: 10, maxLength: 40, size: "max" }), (actions) => {
      const bench = new BootBench(geometry);
      const images = ["1.0.0", "2.0.0", "3.0.0", "4.0.0"].map((version, index) => bench.image(version, 420 + index * 60));
      bench.install(images[0]!);
      bench.flash.program(256, journalText);
      // Versions that somebody asked to run.
      const wanted = new Set(["1.0.0"]);
      let updater: Updater | undefined;
      let unhealthy = 0;
      // The port knows a power failure when it sees one: such starts don't count as a boot loop.
      let wasCut = false;
      const reset = (isHealthy: boolean): void => {
        // Three bad starts in a row are a boot loop, which is another test.
        const mustBeHealthy = isHealthy || ++unhealthy > 1;
        if (mustBeHealthy) unhealthy = 0;
        for (let cause = 0; ; cause = 1)
          try {
            const start = bench.reset(wasCut ? 1 : cause);
            wasCut = false;
            resets++;
            expect(wanted, start.output.join()).toContain(start.version);
            expect(bench.flash.read(256, 512)).toBe(journalText);
            updater = bench.updater(start);
            if (mustBeHealthy) markHealthy(bench.flash, start.info!);
            return;
          } catch (error) {
            if (!(error instanceof PowerCut)) throw error;
            cuts++;
          }
      };
      reset(true);
      for (const step of actions)
        try {
          if (step.do === "upload") {
            const file = images[step.image]!;
            const sha = createHash("sha256").update(file).digest().toString("latin1");
            for (let piece = 0, offset = 0; piece < step.pieces && offset >= 0 && offset < file.length; piece++) offset = updater!.upload(offset, file.toString("latin1", offset, offset + 96), file.length, sha);
          } else if (step.do === "set") {
            wanted.add(`${step.image + 1}.0.0`); // also when it is cut: the request was made
            updater!.setState(parseImage(images[step.image]!).digest.toString("latin1"), step.isConfirm);
          } else if (step.do === "confirm") updater!.setState("", true);
          else if (step.do === "erase") updater!.erase(step.slot);
          else if (step.do === "cut") bench.nor.armCut({ operation: step.operation, mode: step.mode, seed: step.operation * 77 + 1 });
          else reset(step.isHealthy);
        } catch (error) {
          if (!(error instanceof PowerCut)) throw error;
          cuts++;
          wasCut = true;
          reset(true);
        }
      bench.nor.armCut(undefined);
      reset(true);
    }),
    { numRuns: 400, seed: 20261122 },
  );
  console.log(`random updates: ${resets} resets, ${cuts} power cuts`);
  expect(cuts).toBeGreaterThan(300);
});
