// An update from v1 to v2: uploaded into the slot that does not run, tried, confirmed, and there for good.
import { updateTile } from "../../host-tools/tiles/update-tile.ts";
import { checkEqual, type Scenario } from "../scenario.ts";
import { checkRuns, rememberTelemetry } from "../steps.ts";

export const scenario: Scenario = {
  name: "update",
  summary: "v1 is updated to v2 over the link (upload, test, restart, confirm); v2 stays after restarts and power failures; telemetry survives",
  needs: ["upload"],
  async run(stage) {
    const tile = await stage.tile();
    const isUnchanged = await rememberTelemetry(tile.session);
    const v2 = await stage.image("v2");
    const stages: string[] = [];
    const done = await updateTile(tile.session, v2, { bootMs: stage.patienceMs, soakMs: 500, onStage: (name) => stages.push(name) });
    checkEqual([done.outcome, done.from, done.to], ["updated", "1.0.0", "2.0.0"], "outcome");
    checkEqual(stages, ["upload", "test", "restart", "confirm"], "steps of the update");
    if (done.outcome === "updated") {
      stage.record("update bytes/s", done.bytesPerSecond);
      stage.log(`${v2.length} bytes at ${done.bytesPerSecond} bytes/s`);
    }
    await checkRuns(tile.session, "2.0.0", true, "after the update");
    await tile.session.restart(stage.patienceMs);
    await checkRuns(tile.session, "2.0.0", true, "after a restart");
    if (tile.host.powerOff !== undefined) {
      await tile.host.powerOff();
      await checkRuns(await tile.reopen(), "2.0.0", true, "after a power failure");
    }
    const again = await updateTile(tile.session, v2, { bootMs: stage.patienceMs, soakMs: 0 });
    checkEqual(again.outcome, "already-running", "outcome of the same update again");
    await isUnchanged(tile.session);
  },
};
