// The power goes in the middle of an update of a board with one slot, through its boot window: the host goes on by itself, and whatever happens a whole image starts.
//
// Idea: count the flash operations of an undisturbed update, then update to and fro between v2 and v1 with a cut at a chosen operation: while the running image is
// packed away, while pages are erased and written, while the new image is set to be tested. Exhaustive on Node (host-tools/image/real-image-cuts.test.ts); here on
// real engines a few per run, and with GENESIS_ASSURE every operation in all three ways, shared by several tiles.
import { confirmImage } from "../../host-tools/link/smp-image.ts";
import { chooseCutPoints, type CutPoint, wantsEveryCut } from "../cut-points.ts";
import { check, checkEqual, type Scenario, type Stage, type StageTile } from "../scenario.ts";
import { checkRuns, rememberTelemetry, running, writeOneSlot } from "../steps.ts";

/** Each takes a quarter of a minute and more: the boot window has to be caught twice. */
const CUTS_PER_RUN = 3;
/** What the new image's own start does in the end (tried mark, start record, …): how much of it is done when the host stops counting is chance. */
const START_OPERATIONS = 4;

/** Writes `image` and confirms it. Returns the flash operations from the caught window until the tile answers again. */
async function undisturbed(stage: Stage, tile: StageTile, image: Uint8Array): Promise<number> {
  let before = 0;
  await writeOneSlot(stage, tile, image, async () => void (before = (await tile.host.flashOperations?.()) ?? 0));
  const count = ((await tile.host.flashOperations?.()) ?? 0) - before;
  await confirmImage(tile.session.client);
  return count;
}

/** One tile that runs v2, updated to v1 and back until no point is left. Returns the cuts that struck; adds those that didn't to `missed`. */
async function cutLane(stage: Stage, tile: StageTile, images: readonly Uint8Array[], points: CutPoint[], lastSure: number, missed: CutPoint[]): Promise<number> {
  let struck = 0;
  let to = 0;
  const isUnchanged = await rememberTelemetry(tile.session);
  for (let point = points.shift(); point !== undefined; point = points.shift()) {
    const { operation, phase } = point;
    const versions = ["1.0.0", "2.0.0"];
    const when = `after the power went ${phase} operation ${operation}, on the way to ${versions[to]}`;
    try {
      await writeOneSlot(stage, tile, images[to] as Uint8Array, async () => tile.host.cutPowerAt?.(operation, phase));
      if ((await stage.rig.isCutArmed?.(tile.host)) === true) missed.push(point);
      else struck++;
      // The new image's first start is its trial: one that lost its power may have been taken back, and is written again.
      if (operation > lastSure && (await running(tile.session)).version !== versions[to]) {
        await checkRuns(tile.session, versions[1 - to] as string, true, when);
        await writeOneSlot(stage, tile, images[to] as Uint8Array);
      }
      await checkRuns(tile.session, versions[to] as string, false, when);
      await confirmImage(tile.session.client);
      await isUnchanged(tile.session);
    } catch (error) {
      points.length = 0;
      if (error instanceof Error && !error.message.includes(when)) error.message = `${when}: ${error.message}`;
      throw error;
    }
    to = 1 - to;
  }
  return struck;
}

export const scenario: Scenario = {
  name: "one-slot-cuts",
  summary: "the power is cut while a board with one slot is updated through its boot window, spread over the update (torn, before, after): the same command goes on and ends with the new image; telemetry survives",
  needs: ["one-slot", "power-cut", "flash-count"],
  async run(stage) {
    const { rig } = stage;
    const order = { oneSlot: true, windowMs: 2000 };
    const first = await stage.tile(order);
    const isUnchanged = await rememberTelemetry(first.session);
    const images = [await stage.image("v1"), await stage.image("v2")];
    const [v1, v2] = images as [Buffer, Buffer];
    const counts = [await undisturbed(stage, first, v2)];
    // From the second update on there is an old stash to erase first, and the way back differs from the way there.
    if (wantsEveryCut()) for (const image of [v1, v2]) counts.push(await undisturbed(stage, first, image));
    check(Math.min(...counts) > 30, `an update takes more than ${Math.min(...counts)} flash operations`);
    stage.record("flash operations of an update", counts[0] as number);

    const lastSure = Math.min(...counts) - START_OPERATIONS;
    const total = wantsEveryCut() ? Math.max(...counts) : lastSure;
    const points = chooseCutPoints(total, Math.min(rig.cutsPerRun, CUTS_PER_RUN), stage.seed, stage.variant === "as-is");
    const armed = points.length;
    const tiles = [first];
    while (wantsEveryCut() && tiles.length < Math.min(rig.cutTiles, armed)) tiles.push(await stage.tile(order));
    const prepare = async (tile: StageTile): Promise<void> => {
      for (const image of [v2, v1, v2]) await undisturbed(stage, tile, image);
    };
    await Promise.all(tiles.slice(1).map(prepare));
    const missed: CutPoint[] = [];
    const lanes = await Promise.all(tiles.map((tile) => cutLane(stage, tile, images, points, lastSure, missed)));
    const struck = lanes.reduce((sum, count) => sum + count, 0);
    stage.log(`${struck} power cuts over ${total} flash operations (undisturbed: ${counts.join(", ")}), on ${tiles.length} tiles; missed: ${missed.map(({ operation, phase }) => `${phase} ${operation}`).join(", ") || "none"}`);
    stage.record("power cuts", struck);
    checkEqual(missed.filter(({ operation }) => operation <= lastSure), [], `armed power cuts that did not strike, of ${armed}`);
    await isUnchanged(first.session);
    for (const tile of tiles) checkEqual((await tile.session.health()).faults, 0, "faults");
  },
};
