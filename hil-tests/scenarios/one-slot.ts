// A small board with one slot: it is updated through its boot window, with the running image kept compressed as the way back.
import { buildOneSlotScript } from "../../host-tools/image/first-stage-script.ts";
import { openOneSlotDevice } from "../../host-tools/install/one-slot-device.ts";
import { updateOneSlot } from "../../host-tools/install/one-slot.ts";
import { confirmImage } from "../../host-tools/link/smp-image.ts";
import { check, checkEqual, type Scenario, type Stage, type StageTile } from "../scenario.ts";
import { checkRuns, rememberTelemetry } from "../steps.ts";

/** Writes `image` through the boot window and restarts into it. */
async function write(stage: Stage, tile: StageTile, image: Uint8Array): Promise<void> {
  const held = await stage.hold(tile);
  check(held.isTile, "the first stage answers in the boot window");
  const device = await openOneSlotDevice(held.device, buildOneSlotScript(stage.root));
  await updateOneSlot(device, tile.config, image);
  await held.reboot();
  await tile.reopen();
}

export const scenario: Scenario = {
  name: "one-slot",
  summary: "a board with one slot takes v2 through its boot window, goes back to the compressed v1 when v2 is not confirmed, and keeps v2 when it is; telemetry survives",
  needs: ["one-slot"],
  async run(stage) {
    const tile = await stage.tile({ oneSlot: true, windowMs: 2000 });
    checkEqual(tile.config.slots, 1, "slots of this board");
    const isUnchanged = await rememberTelemetry(tile.session);
    const v2 = await stage.image("v2");
    await write(stage, tile, v2);
    await checkRuns(tile.session, "2.0.0", false, "on trial");
    await tile.session.restart(stage.patienceMs);
    await checkRuns(tile.session, "1.0.0", true, "after a restart without confirmation");
    await isUnchanged(tile.session);
    await write(stage, tile, v2);
    await confirmImage(tile.session.client);
    await tile.session.restart(stage.patienceMs);
    await checkRuns(tile.session, "2.0.0", true, "after a restart with confirmation");
    await isUnchanged(tile.session);
  },
};
