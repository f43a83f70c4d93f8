// The power goes in the middle of an update, at one flash operation after another, and each time: a whole image starts, telemetry is as it was, the update goes on.
//
// Idea: count the flash operations of an undisturbed update, then update to and fro between v1 and v2 with a cut at a chosen operation: before it, after half of its
// words, or after it. Several tiles share the points. A rig takes as many as it has time for: all of them, or some spread over the whole update with a seeded
// offset; GENESIS_ASSURE=1 takes every operation in all three ways on any rig.
import { identityApi } from "../../firmware/identity/api.ts";
import { isLinkError } from "../../host-tools/link/link-errors.ts";
import { callWrite } from "../../host-tools/link/service-client.ts";
import { eraseImage } from "../../host-tools/link/smp-image.ts";
import { updateTile } from "../../host-tools/tiles/update-tile.ts";
import { chooseCutPoints, type CutPoint } from "../cut-points.ts";
import { check, checkEqual, CheckFailure, type Scenario, type Stage, type StageTile } from "../scenario.ts";
import { checkRuns, feed, rememberTelemetry, running, samplesFor } from "../steps.ts";

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

type Images = Readonly<Record<"1.0.0" | "2.0.0", Uint8Array>>;

/** Cuts of one tile: how many struck, and the points that should have and did not. */
interface Cuts {
  struck: number;
  missed: CutPoint[];
}

/** One tile, updated to and fro until no point is left. */
async function cutLane(stage: Stage, tile: StageTile, images: Images, total: number, points: CutPoint[]): Promise<Cuts> {
  const { rig } = stage;
  let version: keyof Images = (await running(tile.session)).version === "2.0.0" ? "2.0.0" : "1.0.0";
  const cuts: Cuts = { struck: 0, missed: [] };
  for (let point = points.shift(); point !== undefined; point = points.shift()) {
    const next: keyof Images = version === "2.0.0" ? "1.0.0" : "2.0.0";
    try {
      const isUnchanged = await rememberTelemetry(tile.session);
      await eraseImage(tile.session.client); // or the image of two rounds before would do
      await tile.host.cutPowerAt?.(point.operation, point.phase);
      const before = (await tile.host.flashOperations?.()) ?? 0;
      await updateAtLast(stage, tile, images[next]);
      if ((await rig.isCutArmed?.(tile.host)) === true) {
        const took = ((await tile.host.flashOperations?.()) ?? 0) - before;
        // Pieces cut smaller by a slow line take more operations than those of another update: this one ended before the point, which is tried again at its last one.
        if (took < point.operation) points.push({ operation: took, phase: point.phase });
        else cuts.missed.push(point);
      } else cuts.struck++;
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

/** Gives the tile's telemetry something to lose: settings of its clock, and samples where it has a sensor. */
async function fillTelemetry({ rig, seed }: Stage, { session }: StageTile): Promise<void> {
  for (let n = 1; n <= 4; n++) await callWrite(session.client, identityApi, "clock", { t: n * 86_400_000, u: 500 });
  if (rig.can.has("sensor")) await feed(session, 1, samplesFor(48, seed), 24);
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
    // Counted as the cuts are armed: from an erased slot on, in both directions.
    const counts: number[] = [];
    for (const version of ["2.0.0", "1.0.0"] as const) {
      await eraseImage(first.session.client);
      const before = (await host.flashOperations?.()) ?? 0;
      await updateAtLast(stage, first, images[version]);
      counts.push(((await host.flashOperations?.()) ?? 0) - before);
    }
    const total = Math.min(...counts);
    check(total > 10, `an update takes more than ${total} flash operations`);
    stage.record("flash operations of an update", total);

    const points = chooseCutPoints(total, rig.cutsPerRun, stage.seed, stage.variant === "as-is");
    const tiles = [first];
    while (tiles.length < Math.min(rig.cutTiles, points.length)) tiles.push(await stage.tile());
    for (const tile of tiles) await fillTelemetry(stage, tile);
    const lanes = await Promise.all(tiles.map((tile) => cutLane(stage, tile, images, total, points)));
    const struck = lanes.reduce((sum, lane) => sum + lane.struck, 0);
    const missed = lanes.flatMap((lane) => lane.missed);
    stage.log(`${struck} power cuts over ${total} flash operations (undisturbed: ${counts.join(", ")}), on ${tiles.length} tiles; missed: ${missed.map(({ operation, phase }) => `${phase} ${operation}`).join(", ") || "none"}`);
    stage.record("power cuts", struck);
    checkEqual(missed, [], `power cuts that did not strike though the update reached them, beside ${struck} that did`);
    for (const tile of tiles) checkEqual((await tile.session.health()).faults, 0, "faults");
  },
};
