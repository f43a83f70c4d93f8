// A small board with one slot: it is updated through its boot window, with the running image kept compressed as the way back.
import { confirmImage } from "../../host-tools/link/smp-image.ts";
import { checkEqual, type Scenario } from "../scenario.ts";
import { checkRuns, rememberTelemetry, writeOneSlot } from "../steps.ts";

export const scenario: Scenario = {
  name: "one-slot",
  summary: "a board with one slot takes v2 through its boot window, goes back to the compressed v1 when v2 is not confirmed, and keeps v2 when it is; telemetry survives",
  needs: ["one-slot"],
  async run(stage) {
    const tile = await stage.tile({ oneSlot: true, windowMs: 2000 });
    checkEqual(tile.config.slots, 1, "slots of this board");
    const isUnchanged = await rememberTelemetry(tile.session);
    const v2 = await stage.image("v2");
    await writeOneSlot(stage, tile, v2);
    await checkRuns(tile.session, "2.0.0", false, "on trial");
    await tile.session.restart(stage.patienceMs);
    await checkRuns(tile.session, "1.0.0", true, "after a restart without confirmation");
    await isUnchanged(tile.session);
    await writeOneSlot(stage, tile, v2);
    await confirmImage(tile.session.client);
    await tile.session.restart(stage.patienceMs);
    await checkRuns(tile.session, "2.0.0", true, "after a restart with confirmation");
    await isUnchanged(tile.session);
  },
};
