// A broken image on a board with one slot: it hangs a second after its start, the watchdog ends it, and the first stage unpacks the image before.
import { isLinkError } from "../../host-tools/link/link-errors.ts";
import { BootKind } from "../../firmware/update/boot-log.ts";
import { check, checkEqual, type Scenario } from "../scenario.ts";
import { checkRuns, rememberTelemetry, until, writeOneSlot } from "../steps.ts";

export const scenario: Scenario = {
  name: "one-slot-revert",
  summary: "a board with one slot gets an image that hangs: the watchdog ends it and the tile takes the compressed image before back by itself; telemetry survives",
  needs: ["one-slot", "watchdog"],
  async run(stage) {
    const tile = await stage.tile({ oneSlot: true, windowMs: 2000 });
    const isUnchanged = await rememberTelemetry(tile.session);
    try {
      await writeOneSlot(stage, tile, await stage.image("broken"));
    } catch (error) {
      // It may hang before it has answered the first question.
      if (!isLinkError(error, "TIMEOUT")) throw error;
      await tile.reopen();
    }
    const health = await until(async () => {
      const found = await tile.session.health();
      return found.kind === BootKind.Test ? undefined : found;
    }, 2 * stage.patienceMs, "a start after the trial");
    checkEqual(health.kind, BootKind.Fallback, "kind of the start after it");
    await checkRuns(tile.session, "1.0.0", true, "after the trial");
    check(health.causes.includes(2), `the tile noted that the watchdog ended a start (causes: ${[...health.causes].join()})`);
    await isUnchanged(tile.session);
  },
};
