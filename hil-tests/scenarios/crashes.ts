// Every task in turn fills the memory, then the stack, in the middle of a run. Where the engine goes on, the next event finds who ran, and the supervisor restarts it; where that
// ends the engine (XS), the tile restarts, and a word outside of the heap has kept who it was. Health, the supervisor itself, has only the watchdog.
import { FaultKind } from "../../kernel/gate.ts";
import { detectorApi } from "../../firmware/detector/api.ts";
import { healthApi } from "../../firmware/health/api.ts";
import { identityApi } from "../../firmware/identity/api.ts";
import { sensorApi } from "../../firmware/sensor/api.ts";
import { fsApi } from "../../firmware/smp/fs-api.ts";
import { osApi } from "../../firmware/smp/os-api.ts";
import { shellApi } from "../../firmware/smp/shell-api.ts";
import { SmpRc } from "../../firmware/wire/smp-header.ts";
import { telemetryApi } from "../../firmware/telemetry/api.ts";
import { imageApi } from "../../firmware/update/api.ts";
import { isLinkError } from "../../host-tools/link/link-errors.ts";
import { callRead } from "../../host-tools/link/service-client.ts";
import { check, checkEqual, FailCommand, type Scenario, type StageTile } from "../scenario.ts";
import { checkRuns, rememberTelemetry, until } from "../steps.ts";

interface Victim {
  name: string;
  task: number;
  group: number;
  /** Commands that have it fail, and where it is the link that does, through this group. */
  memory: number;
  stack: number;
}

type Health = Awaited<ReturnType<StageTile["session"]["health"]>>;

const own = { memory: FailCommand.Memory, stack: FailCommand.Stack };
/** Tasks of the tile image by number (firmware/images/tile.ts); which of them a tile has is found out. */
const VICTIMS: readonly Victim[] = [
  { name: "link", task: 1, group: osApi.group, memory: FailCommand.MemoryOfLink, stack: FailCommand.StackOfLink },
  { name: "telemetry", task: 2, group: telemetryApi.group, ...own },
  { name: "identity", task: 3, group: identityApi.group, ...own },
  { name: "os", task: 4, group: osApi.group, ...own },
  { name: "update", task: 5, group: imageApi.group, ...own },
  { name: "detector", task: 6, group: detectorApi.group, ...own },
  { name: "sensor", task: 7, group: sensorApi.group, ...own },
  { name: "fs", task: 8, group: fsApi.group, ...own },
  { name: "shell", task: 9, group: shellApi.group, ...own },
  { name: "health", task: 0, group: healthApi.group, ...own },
];
/** Those that are tried where an engine takes its time to come back, unless all are asked for (GENESIS_ASSURE). */
const FEW = new Set(["link", "identity", "health"]);
/** Causes of a start: the watchdog; the program or its engine has crashed. */
const WATCHDOG = 2;
const CRASH = 4;

export const scenario: Scenario = {
  name: "crashes",
  summary: "each task in turn fills the memory and the stack: it is told on and restarted, the others serve on",
  needs: ["watchdog"],
  async run(stage) {
    const tile = await stage.tile({ image: "loops" });
    const isUnchanged = await rememberTelemetry(tile.session);
    const before = await tile.session.health();
    // Espruino for Linux has assertions, one of which a stack trace breaks when memory is full: that interpreter ends, and nobody keeps who ran. A board's has none.
    const keepsLastWord = (await stage.rig.engine()).name !== "espruino";
    let victims = VICTIMS;
    let isEnding = false;
    for (let i = 0; i < victims.length; i++) {
      const victim = victims[i]!;
      for (const how of ["memory", "stack"] as const) {
        const outcome = await fail(tile, victim, how, i === 0 || isEnding, stage.patienceMs, keepsLastWord);
        stage.log(`${victim.name}, ${how}: ${outcome}`);
        if (outcome !== "absent" && outcome !== "went on" && victim.task > 0) isEnding = true;
        stage.record(`${victim.name}, ${how}`, outcome);
      }
      if (isEnding && !process.env.GENESIS_ASSURE) victims = victims.filter(({ name }, at) => at <= i || FEW.has(name));
    }
    const after = await tile.session.health();
    stage.record("freeBefore", before.free);
    stage.record("freeAfter", after.free);
    checkEqual(after.down, 0, "tasks that are down");
    await checkRuns(tile.session, "1.0.0", true, "after the faults");
    await isUnchanged(tile.session);
  },
};

function hasRestarted(before: Health, after: Health): boolean {
  return after.up < before.up || after.causes.join() !== before.causes.join();
}

/** Has one task fail one way, and waits until it serves again. "absent": the tile has no such task. */
async function fail(tile: StageTile, { name, task, group, ...commands }: Victim, how: "memory" | "stack", mayEnd: boolean, patienceMs: number, keepsLastWord: boolean): Promise<"absent" | "went on" | "restarted" | "the interpreter ended"> {
  const { client } = tile.session;
  const what = `${name} and its ${how}`;
  // Starts that end before they were healthy count as failed, and after a few the first stage keeps the console.
  if (mayEnd || task === 0) await until(async () => (await tile.session.health()).ok || undefined, patienceMs, "a healthy tile");
  const before = await tile.session.health();
  const answer = await client.request({ group, id: commands[how], op: "read", tries: 1, timeoutMs: 5000 }).then(
    () => "an answer",
    (error: unknown) => (isLinkError(error, "REFUSED") ? (error.rc === SmpRc.NotSupported ? "absent" : error.message) : isLinkError(error, "TIMEOUT") ? "none" : Promise.reject(error as Error)),
  );
  if (answer === "absent") return "absent";
  check(answer !== "an answer", `${what}: the request is answered`);
  const after = await until(async () => {
    // When it is health itself, it is down until the watchdog resets the tile.
    const health = await tile.session.health().catch((error: unknown) => (isLinkError(error, "REFUSED") ? undefined : Promise.reject(error as Error)));
    return health !== undefined && (health.faults > before.faults || hasRestarted(before, health)) ? health : undefined;
  }, patienceMs, `${what}: a fault, or a restart (${answer})`);
  const isRestarted = hasRestarted(before, after);
  const isOver = isRestarted && how === "stack" && !keepsLastWord && after.causes.at(-1) !== WATCHDOG;
  if (task > 0 && !isOver) {
    const { list } = await callRead(client, healthApi, "faults", {});
    const last = list.at(-1) as unknown[] | undefined;
    check(last !== undefined && last[0] === task && (last[1] === FaultKind.Interrupted || (!isRestarted && last[1] === FaultKind.Thrown)), `${what}: the last fault names the task: ${JSON.stringify(list)}`);
  }
  if (isRestarted && task > 0 && !isOver) checkEqual(after.causes.at(-1), CRASH, `${what}: cause of the start`);
  // It knows no such command, and says so.
  const serves = (error: unknown): true | undefined => {
    if (!isLinkError(error, "REFUSED")) throw error;
    return error.rc === SmpRc.NotSupported || undefined;
  };
  await until(() => client.request({ group, id: 90, op: "read", tries: 1, timeoutMs: 2000 }).then(() => true as const, serves), patienceMs, `${what}: the service answers again`);
  return isOver && task > 0 ? "the interpreter ended" : isRestarted ? "restarted" : "went on";
}
