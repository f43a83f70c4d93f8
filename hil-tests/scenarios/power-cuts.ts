// The power goes in the middle of an update, at one flash operation after another, and each time: a whole image starts, telemetry is as it was, the update goes on.
//
// Idea: count the flash operations of an undisturbed update, then update to and fro between v1 and v2 with a cut at a chosen operation: before it, after half of its
// words, or after it. A rig takes as many points as it has time for, spread over the whole update with a seeded offset; GENESIS_ASSURE=1 takes every
// operation in all three ways.
import { isLinkError } from "../../host-tools/link/link-errors.ts";
import { eraseImage } from "../../host-tools/link/smp-image.ts";
import type { CutPhase } from "../../host-tools/tiles/tile-host.ts";
import { updateTile } from "../../host-tools/tiles/update-tile.ts";
import { check, checkEqual, CheckFailure, type Scenario, type Stage, type StageTile } from "../scenario.ts";
import { checkRuns, feed, rememberTelemetry, running, samplesFor } from "../steps.ts";

const PHASES: readonly CutPhase[] = ["before", "torn", "after"];

/** Brings the tile to `image`, as a tool that doesn't give up: after each failure it starts over, and the tile goes on where it stood. */
async function updateAtLast(stage: Stage, tile: StageTile, image: Uint8Array): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const done = await updateTile(tile.session, image, { bootMs: stage.patienceMs, soakMs: 0 });
      if (done.outcome !== "reverted") return;
    } catch (error) {
      if (!isLinkError(error, "TIMEOUT", "BAD_REPLY", "PORT_LOST", "REFUSED")) throw error;
      await tile.reopen();
    }
    if (attempt === 5) throw new CheckFailure("the update is not through after five attempts");
  }
}

/** Operations to cut at, from 1 to `total`. */
function choosePoints(total: number, count: number, seed: number): { operation: number; phase: CutPhase }[] {
  if (process.env.GENESIS_ASSURE) return Array.from({ length: total * PHASES.length }, (_, index) => ({ operation: 1 + Math.floor(index / PHASES.length), phase: PHASES[index % PHASES.length] as CutPhase }));
  const stride = total / count;
  return Array.from({ length: count }, (_, index) => ({
    operation: 1 + Math.floor(((index + ((seed * 0.618_034) % 1)) * stride) % total),
    phase: PHASES[(index + seed) % PHASES.length] as CutPhase,
  }));
}

export const scenario: Scenario = {
  name: "power-cuts",
  summary: "the power is cut during updates, at flash operations spread over all of them (before, torn, after): a whole image starts, telemetry is intact, the update goes on",
  needs: ["power-cut", "flash-count"],
  async run(stage) {
    const { rig } = stage;
    const tile = await stage.tile();
    await feed(tile.session, 1, samplesFor(96, stage.seed), 24);
    const images = { "1.0.0": await stage.image("v1"), "2.0.0": await stage.image("v2") } as const;
    const operations = async (): Promise<number> => (await tile.host.flashOperations?.()) ?? 0;
    const before = await operations();
    await updateAtLast(stage, tile, images["2.0.0"]);
    const total = (await operations()) - before;
    check(total > 10, `an update takes more than ${total} flash operations`);
    stage.record("flash operations of an update", total);

    let version: keyof typeof images = "2.0.0";
    let cuts = 0;
    const points = choosePoints(total, rig.cutsPerRun, stage.seed + (stage.variant === "as-is" ? 1 : 0));
    for (const { operation, phase } of points) {
      const next: keyof typeof images = version === "2.0.0" ? "1.0.0" : "2.0.0";
      const where = `power cut ${phase} operation ${operation} of ${total}, on the way from ${version} to ${next}`;
      try {
        const isUnchanged = await rememberTelemetry(tile.session);
        await eraseImage(tile.session.client); // or the image of two rounds before would do
        await tile.host.cutPowerAt?.(operation, phase);
        await updateAtLast(stage, tile, images[next]);
        const isStillToCome = (await rig.isCutArmed?.(tile.host)) === true;
        if (!isStillToCome) cuts++;
        await checkRuns(tile.session, next, true, "in the end");
        await isUnchanged(tile.session);
      } catch (error) {
        const runs = await running(tile.session).then((slot) => slot.version, () => "nothing that answers");
        if (error instanceof Error) error.message = `${where}: ${error.message} (runs: ${runs})`;
        throw error;
      }
      version = next;
    }
    stage.log(`${cuts} power cuts over ${total} flash operations`);
    stage.record("power cuts", cuts);
    // The last operations of an undisturbed update may not come again: a tile that lost its power writes other words.
    check(cuts >= points.length * 0.8, `nearly all of ${points.length} armed cuts strike; ${cuts} did`);
    checkEqual((await tile.session.health()).faults, 0, "faults");
  },
};
