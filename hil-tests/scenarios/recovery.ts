// The way in when nothing else works: after each reset the first stage leaves the console to whoever is there, and a hand there holds it.
import { checkEqual, type Scenario } from "../scenario.ts";
import { checkRuns, rememberTelemetry } from "../steps.ts";

export const scenario: Scenario = {
  name: "recovery",
  summary: "the boot window gives a console that can be held, evaluates code, reads Storage, and lets the tile go on as if nothing had been",
  needs: [],
  async run(stage) {
    const tile = await stage.tile({ windowMs: 2000 });
    const isUnchanged = await rememberTelemetry(tile.session);
    const held = await stage.hold(tile);
    checkEqual(held.isTile, true, "the first stage answers in the boot window");
    checkEqual(await held.console.evalLine("6*7"), 42, "6*7 on the console");
    // The watchdog is kicked while the console has the board; longer than the window shows that it is held.
    checkEqual(await held.console.evalLine("genesis(-1)"), 1, "answer of genesis(-1): the version of the record");
    await new Promise((resolve) => setTimeout(resolve, 2500));
    checkEqual(await held.console.evalLine('require("Storage").list(/^g\\./)'), ["g.cfg", "g.dat"], "the tile's files");
    checkEqual(await held.console.evalLine('JSON.parse(require("Storage").read("g.cfg")).id'), tile.config.id, "tile id in g.cfg");
    await held.release();
    const session = await tile.reopen();
    await checkRuns(session, "1.0.0", true, "after the console was let go");
    await isUnchanged(session);
  },
};
