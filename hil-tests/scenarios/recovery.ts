// The way in when nothing else works: after each reset the first stage leaves the console to whoever is there, and a hand there holds it.
import { checkEqual, type Scenario } from "../scenario.ts";
import { checkRuns, rememberTelemetry, until } from "../steps.ts";

/** Boot window, ms of our time. */
const WINDOW_MS = 2000;

export const scenario: Scenario = {
  name: "recovery",
  summary: "the boot window gives a console that can be held, evaluates code, reads Storage, and lets the tile go on as if nothing had been",
  needs: [],
  async run(stage) {
    const tile = await stage.tile({ windowMs: WINDOW_MS });
    const isUnchanged = await rememberTelemetry(tile.session);
    const held = await stage.hold(tile);
    checkEqual(held.isTile, true, "the first stage answers in the boot window");
    checkEqual(await held.console.evalLine("6*7"), 42, "6*7 on the console");
    // The watchdog is kicked while the console has the board; longer than the window shows that it is held.
    checkEqual(await held.console.evalLine("genesis(-1)"), 1, "answer of genesis(-1): the version of the record");
    // A wait for nothing: the window must pass in the tile's own time, and the tile say so, before "still held" means anything.
    const openedS = (await held.console.evalLine("getTime()")) as number;
    const isOver = async (): Promise<true | undefined> => (((await held.console.evalLine("getTime()")) as number) - openedS > (stage.tileMs(WINDOW_MS) * 1.1) / 1000 ? true : undefined);
    await until(isOver, WINDOW_MS + stage.patienceMs, "the boot window passes in the tile's time");
    checkEqual(await held.console.evalLine('require("Storage").list(/^g\\./)'), ["g.cfg", "g.dat"], "the tile's files");
    checkEqual(await held.console.evalLine('JSON.parse(require("Storage").read("g.cfg")).id'), tile.config.id, "tile id in g.cfg");
    await held.release();
    const session = await tile.reopen();
    await checkRuns(session, "1.0.0", true, "after the console was let go");
    await isUnchanged(session);
  },
};
