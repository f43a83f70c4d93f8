// A service that fills the memory. Where the engine goes on without catch and finally (Espruino), or with an exception (QuickJS), it is undone, told on and restarted, and
// the tile goes on. Where a full memory is the engine's end (XS), the tile restarts, and the service comes up faulted: a word outside of the heap has kept who ran.
import { FaultKind } from "../../kernel/gate.ts";
import { healthApi } from "../../firmware/health/api.ts";
import { identityApi } from "../../firmware/identity/api.ts";
import { isLinkError } from "../../host-tools/link/link-errors.ts";
import { callRead } from "../../host-tools/link/service-client.ts";
import { check, checkEqual, type Scenario } from "../scenario.ts";
import { checkRuns, pause, rememberTelemetry, until } from "../steps.ts";

/** Command of the identity service that fills the memory in the image `loops`; the number of its task. */
const FILLS = 98;
const IDENTITY = 3;
/** Cause of a start: the program or its engine has crashed. */
const CRASH = 4;
/** An engine that ends this soon after it started is taken for one that can't start (runtime/engine.c). */
const SETTLED_US = 6e6;

export const scenario: Scenario = {
  name: "memory",
  summary: "a service that fills the memory is told on and restarted; an engine that ends of it comes back, and names the service",
  needs: [],
  async run(stage) {
    const tile = await stage.tile({ image: "loops" });
    const { session } = tile;
    const isUnchanged = await rememberTelemetry(session);
    for (;;) {
      const { up, faults } = await session.health();
      checkEqual(faults, 0, "faults so far");
      if (up > SETTLED_US) break;
      await pause(200);
    }
    const before = await session.health();
    const startedMs = performance.now();
    const answer = await session.client.request({ group: identityApi.group, id: FILLS, op: "read", tries: 1, timeoutMs: stage.patienceMs }).then(
      () => "an answer",
      (error: unknown) => (isLinkError(error, "REFUSED") ? "refused" : isLinkError(error, "TIMEOUT") ? "none" : Promise.reject(error as Error)),
    );
    check(answer !== "an answer", "the request that fills the memory is answered");
    const after = await until(async () => {
      const health = await session.health();
      return health.faults > 0 ? health : undefined;
    }, stage.patienceMs, "a fault that health was told of");
    stage.record("toldWithinMs", Math.round(performance.now() - startedMs));
    const isRestarted = after.up < before.up;
    stage.record("engine", isRestarted ? "restarted" : "went on");
    const { list } = await callRead(session.client, healthApi, "faults", {});
    const [first] = list as unknown[][];
    check(first !== undefined && first[0] === IDENTITY && first[2] === 1 && (first[1] === FaultKind.Interrupted || (!isRestarted && first[1] === FaultKind.Thrown)), `the fault names the service that filled the memory: ${JSON.stringify(list)}`);
    if (isRestarted) checkEqual(after.causes.at(-1), CRASH, "cause of the start");
    else checkEqual([...after.causes], [...before.causes], "causes of the last starts");
    await until(async () => ((await callRead(session.client, identityApi, "info", {}).catch((error: unknown) => (isLinkError(error, "REFUSED") ? undefined : Promise.reject(error as Error)))) === undefined ? undefined : true), stage.patienceMs, "the service answers again");
    // What the run had filled is free again.
    const free = (await session.health()).free;
    stage.record("freeBefore", before.free);
    stage.record("freeAfter", free);
    check(free > before.free * 0.9, `free memory: ${before.free} blocks before, ${free} behind it`);
    await checkRuns(session, "1.0.0", true, "after the fault");
    await isUnchanged(session);
  },
};
