// A service that never comes back: fuel ends its run, health restarts it, and the tile goes on. (Without fuel that would take the watchdog.)
import { FaultKind } from "../../kernel/gate.ts";
import { healthApi } from "../../firmware/health/api.ts";
import { identityApi } from "../../firmware/identity/api.ts";
import { RunLimit } from "../../firmware/health/run-limit.ts";
import { isLinkError } from "../../host-tools/link/link-errors.ts";
import { callRead } from "../../host-tools/link/service-client.ts";
import { check, checkEqual, type Scenario } from "../scenario.ts";
import { checkRuns, rememberTelemetry, until } from "../steps.ts";

/** Command of the identity service that never ends in the image `loops`, and the number of its task. */
const LOOPS = 99;
const IDENTITY = 3;
const TIMES = 3;

export const scenario: Scenario = {
  name: "fuel",
  summary: "a service that loops for ever runs out of fuel, is told on and restarted, while the tile answers and is not reset",
  needs: [],
  async run(stage) {
    const tile = await stage.tile({ image: "loops" });
    const { session } = tile;
    const isUnchanged = await rememberTelemetry(session);
    const before = await session.health();
    checkEqual(before.fuel, RunLimit.Fuel, "fuel of a run, as health tells it");
    checkEqual(before.faults, 0, "faults so far");
    for (let time = 1; time <= TIMES; time++) {
      const startedMs = performance.now();
      // Sent once: each time it arrives it is a fault. A slow tile is still at it when the client gives up.
      const answer = await session.client.request({ group: identityApi.group, id: LOOPS, op: "read", tries: 1, timeoutMs: stage.patienceMs }).then(
        () => "an answer",
        (error: unknown) => (isLinkError(error, "REFUSED") ? "refused" : isLinkError(error, "TIMEOUT") ? "none" : Promise.reject(error as Error)),
      );
      check(answer !== "an answer", `request ${time}, which the service never ends, is answered`);
      checkEqual((await session.health()).faults, time, "faults that health was told of");
      if (time === 1) stage.record("stoppedWithinMs", Math.round(performance.now() - startedMs));
      await until(async () => ((await callRead(session.client, identityApi, "info", {}).catch((error: unknown) => (isLinkError(error, "REFUSED") ? undefined : Promise.reject(error as Error)))) === undefined ? undefined : true), stage.patienceMs, "the service answers again");
    }
    const { list } = await callRead(session.client, healthApi, "faults", {});
    checkEqual((list as unknown[][]).map(([task, kind, count]) => [task, kind, count]), Array.from({ length: TIMES }, (_, i) => [IDENTITY, FaultKind.Timeout, i + 1]), "faults: task, kind, how many");
    const after = await session.health();
    check(after.up > before.up, "the tile was not restarted");
    checkEqual([...after.causes], [...before.causes], "causes of the last starts");
    checkEqual([after.stuck, after.down], [0, 0], "tasks that are stuck, and given up");
    await checkRuns(session, "1.0.0", true, "after the faults");
    await isUnchanged(session);
  },
};
