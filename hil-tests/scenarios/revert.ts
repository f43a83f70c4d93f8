// A broken image: it boots, answers, and hangs after a second. The watchdog ends it and the tile comes back on the image before, by itself.
import { updateTile } from "../../host-tools/tiles/update-tile.ts";
import { check, checkEqual, type Scenario } from "../scenario.ts";
import { checkRuns, rememberTelemetry, until } from "../steps.ts";

export const scenario: Scenario = {
  name: "revert",
  summary: "an update to an image that hangs is tried once, ended by the watchdog and taken back by the tile itself; telemetry survives",
  needs: ["upload", "watchdog"],
  async run(stage) {
    const tile = await stage.tile();
    const isUnchanged = await rememberTelemetry(tile.session);
    const broken = await stage.image("broken");
    const startedMs = performance.now();
    const done = await updateTile(tile.session, broken, { bootMs: stage.patienceMs, soakMs: 8000 });
    checkEqual([done.outcome, done.from, done.to], ["reverted", "1.0.0", "3.0.0"], "outcome");
    stage.log(`back on 1.0.0 after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
    await until(async () => ((await tile.session.health()).kind === 0 ? true : undefined), stage.patienceMs, "a normal start after the trial");
    await checkRuns(tile.session, "1.0.0", true, "after the trial");
    const { causes } = await tile.session.health();
    check(causes.at(-1) === 2, `the tile noted the watchdog as the cause of its last start (causes: ${[...causes].join()})`);
    await isUnchanged(tile.session);
  },
};
