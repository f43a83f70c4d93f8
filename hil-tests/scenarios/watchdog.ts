// The program of a confirmed image stops dead: the watchdog restarts the board, and the tile says so. Hung from outside, through the boot window.
import { check, checkEqual, type Scenario } from "../scenario.ts";
import { checkRuns, rememberTelemetry, telemetryFrom } from "../steps.ts";

export const scenario: Scenario = {
  name: "watchdog",
  summary: "a tile whose engine hangs is restarted by its watchdog within its time, runs the same image and names the cause",
  needs: ["watchdog"],
  async run(stage) {
    const tile = await stage.tile({ windowMs: 2000 });
    const isUnchanged = await rememberTelemetry(tile.session);
    // A bomb set in the boot window goes off when the kernel has long been running: to the board it is a program that hangs.
    const held = await stage.hold(tile);
    await held.console.evalLine(`(setTimeout(function(){while(1);},${stage.tileMs(4000)}),0)`);
    await held.release();
    const armedMs = performance.now();
    const session = await tile.reopen();
    await checkRuns(session, "1.0.0", true, "before it hangs");
    const startsBefore = (await telemetryFrom(session, 1)).filter((record) => record.kind === "start").length;
    for (;;) {
      const { causes, up } = await session.health().catch(() => ({ causes: new Uint8Array(0), up: Infinity }));
      if (causes.at(-1) === 2 && up < 60e6) break;
      if (performance.now() - armedMs > stage.patienceMs + 30_000) {
        checkEqual([...(await session.health()).causes], "… 2", "causes of the last starts (2: watchdog)");
      }
    }
    stage.log(`restarted ${((performance.now() - armedMs) / 1000).toFixed(1)} s after the bomb was set, watchdog ${tile.config.wdt} s`);
    await checkRuns(session, "1.0.0", true, "after the watchdog");
    const starts = (await telemetryFrom(session, 1)).filter((record) => record.kind === "start").length;
    // One more; on an overloaded computer an emulated tile may be restarted once again before it is asked.
    check(starts > startsBefore, `starts in the telemetry: expected more than ${startsBefore}, got ${starts}`);
    await isUnchanged(session);
  },
};
