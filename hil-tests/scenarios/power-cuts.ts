// The power goes in the middle of an update, at one flash operation after another, and each time: a whole image starts, telemetry is as it was, the update goes on.
//
// Idea: count the flash operations of an undisturbed update, then update to and fro between v1 and v2 with a cut at a chosen operation: before it, after half of its
// words, or after it. Several tiles share the points. A rig takes as many as it has time for: all of them, or some spread over the whole update with a seeded
// offset; GENESIS_ASSURE=1 takes every operation in all three ways on any rig.
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

interface Point {
  operation: number;
  phase: CutPhase;
}

/** Where to cut. Both variants together take every operation in every way where the rig has the time; else points spread over the update. */
function choosePoints(total: number, count: number, seed: number, isOdd: boolean): Point[] {
  const all = Array.from({ length: total * PHASES.length }, (_, index): Point => ({ operation: 1 + Math.floor(index / PHASES.length), phase: PHASES[index % PHASES.length] as CutPhase }));
  if (process.env.GENESIS_ASSURE) return all;
  if (count >= all.length) return all.filter((_, index) => index % 2 === (isOdd ? 1 : 0));
  const stride = all.length / count;
  const shift = ((seed + (isOdd ? 0.5 : 0)) * 0.618_034) % 1;
  return Array.from({ length: count }, (_, index) => all[Math.floor((index + shift) * stride) % all.length] as Point);
}

type Images = Readonly<Record<"1.0.0" | "2.0.0", Uint8Array>>;

/** One tile, updated to and fro until no point is left. Returns how many armed cuts struck. */
async function cutLane(stage: Stage, tile: StageTile, images: Images, total: number, points: Point[]): Promise<number> {
  const { rig } = stage;
  let version: keyof Images = (await running(tile.session)).version === "2.0.0" ? "2.0.0" : "1.0.0";
  let cuts = 0;
  for (let point = points.shift(); point !== undefined; point = points.shift()) {
    const next: keyof Images = version === "2.0.0" ? "1.0.0" : "2.0.0";
    try {
      const isUnchanged = await rememberTelemetry(tile.session);
      await eraseImage(tile.session.client); // or the image of two rounds before would do
      await tile.host.cutPowerAt?.(point.operation, point.phase);
      await updateAtLast(stage, tile, images[next]);
      if ((await rig.isCutArmed?.(tile.host)) !== true) cuts++;
      await checkRuns(tile.session, next, true, "in the end");
      await isUnchanged(tile.session);
    } catch (error) {
      points.length = 0;
      const runs = await running(tile.session).then((slot) => slot.version, () => "nothing that answers");
      if (error instanceof Error) error.message = `power cut ${point.phase} operation ${point.operation} of ${total}, on the way from ${version} to ${next}: ${error.message} (runs: ${runs})`;
      throw error;
    }
    version = next;
  }
  return cuts;
}

export const scenario: Scenario = {
  name: "power-cuts",
  summary: "the power is cut during updates, at flash operations spread over all of them (before, torn, after): a whole image starts, telemetry is intact, the update goes on",
  needs: ["upload", "power-cut", "flash-count"],
  async run(stage) {
    const { rig } = stage;
    const first = await stage.tile();
    const { host } = first;
    const images: Images = { "1.0.0": await stage.image("v1"), "2.0.0": await stage.image("v2") };
    const before = (await host.flashOperations?.()) ?? 0;
    await updateAtLast(stage, first, images["2.0.0"]);
    const total = ((await host.flashOperations?.()) ?? 0) - before;
    check(total > 10, `an update takes more than ${total} flash operations`);
    stage.record("flash operations of an update", total);

    const points = choosePoints(total, rig.cutsPerRun, stage.seed, stage.variant === "as-is");
    const armed = points.length;
    const tiles = [first];
    while (tiles.length < Math.min(rig.cutTiles, armed)) tiles.push(await stage.tile());
    for (const tile of tiles) await feed(tile.session, 1, samplesFor(48, stage.seed), 24);
    const struck = await Promise.all(tiles.map((tile) => cutLane(stage, tile, images, total, points)));
    const cuts = struck.reduce((sum, count) => sum + count, 0);
    stage.log(`${cuts} power cuts over ${total} flash operations, on ${tiles.length} tiles`);
    stage.record("power cuts", cuts);
    // An update that found its slot erased, or a tile that lost its power, does not come to the last operations.
    check(cuts >= armed * 0.8, `nearly all of ${armed} armed cuts strike; ${cuts} did`);
    for (const tile of tiles) checkEqual((await tile.session.health()).faults, 0, "faults");
  },
};
