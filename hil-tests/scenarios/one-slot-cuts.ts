// The power goes in the middle of an update of a board with one slot, through its boot window: the host goes on by itself, and whatever happens a whole image starts.
//
// Idea: count the flash operations of an undisturbed update, then update to and fro between v2 and v1 with a cut at a chosen operation: while the running image is
// packed away, while pages are erased and written, while the new image is set to be tested. Exhaustive on Node (host-tools/image/power-cuts.test.ts); here on real engines.
import { confirmImage } from "../../host-tools/link/smp-image.ts";
import type { CutPhase } from "../../host-tools/tiles/tile-host.ts";
import { check, checkEqual, type Scenario } from "../scenario.ts";
import { checkRuns, rememberTelemetry, writeOneSlot } from "../steps.ts";

const PHASES: readonly CutPhase[] = ["torn", "before", "after"];
const CUTS = 3;

export const scenario: Scenario = {
  name: "one-slot-cuts",
  summary: "the power is cut while a board with one slot is updated through its boot window, spread over the update (torn, before, after): the same command goes on and ends with the new image; telemetry survives",
  needs: ["one-slot", "power-cut", "flash-count"],
  async run(stage) {
    const { rig } = stage;
    const tile = await stage.tile({ oneSlot: true, windowMs: 2000 });
    const { host } = tile;
    const isUnchanged = await rememberTelemetry(tile.session);
    const images = [await stage.image("v1"), await stage.image("v2")] as const;
    let before = 0;
    await writeOneSlot(stage, tile, images[1], async () => void (before = (await host.flashOperations?.()) ?? 0));
    const total = ((await host.flashOperations?.()) ?? 0) - before;
    await confirmImage(tile.session.client);
    check(total > 30, `an update takes more than ${total} flash operations`);
    stage.record("flash operations of an update", total);
    const cuts = Math.min(rig.cutsPerRun, CUTS);
    const shift = (((stage.seed + (stage.variant === "as-is" ? 0.5 : 0)) * 0.618_034) % 1) / cuts;
    let struck = 0;
    for (let cut = 0; cut < cuts; cut++) {
      const to = cut % 2;
      const operation = 1 + Math.floor((cut / cuts + shift) * (total - 4));
      const phase = PHASES[cut % PHASES.length] as CutPhase;
      await writeOneSlot(stage, tile, images[to] as Uint8Array, async () => host.cutPowerAt?.(operation, phase));
      if ((await rig.isCutArmed?.(host)) !== true) struck++;
      const version = to === 0 ? "1.0.0" : "2.0.0";
      await checkRuns(tile.session, version, false, `after the power went ${phase} operation ${operation} of ${total}`);
      await confirmImage(tile.session.client);
      await isUnchanged(tile.session);
    }
    stage.record("power cuts", struck);
    checkEqual(struck, cuts, "power cuts that struck");
    checkEqual((await tile.session.health()).faults, 0, "faults");
  },
};
