// Told to end at any time, in any way, no process is left behind, and the next command goes on: on the QEMU board, which is a process of its own.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CliWorld, root } from "../cli/testing/run-cli.ts";
import { missingPrograms } from "../qemu/toolchain.ts";
import { buildRuntime } from "../qemu/runtime-build.ts";

const world = new CliWorld();
const hasQemu = missingPrograms().length === 0;
beforeAll(async () => {
  if (hasQemu) await buildRuntime({ cacheDir: path.join(root, ".genesis", "cache") });
});
afterAll(() => world.close());

/** Processes that work on this test's folder, apart from this one. */
function processes(): string[] {
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && pid !== String(process.pid)).flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      return command.includes(world.folder) ? [command] : [];
    } catch {
      return [];
    }
  });
}

async function expectNobody(): Promise<void> {
  await expect.poll(processes, { interval: 20 }).toEqual([]);
}

describe.runIf(hasQemu)("a QEMU tile", () => {
  it("Ctrl-C during the demo", async () => {
    const demo = world.start(["demo", "--tile", "qemu", "--json"], { input: "" });
    await demo.until(/"note":"image"/);
    expect(processes().some((command) => command.includes("qemu-system-arm"))).toBe(true);
    const result = await demo.kill("SIGINT");
    expect([result.code, result.stderr]).toEqual([130, ""]);
    const ends = (event: string): unknown[] => result.events.filter((line) => line.event === event).map((line) => line.task);
    expect(ends("end")).toEqual(ends("begin"));
    expect(ends("warning")).toEqual([]);
    expect(result.events.at(-1)).toMatchObject({ event: "error", code: "INTERRUPTED", exitCode: 130 });
    await expectNobody();
  });

  it("two demos at once have a tile each", async () => {
    const demos = [0, 1].map(() => world.start(["demo", "--tile", "qemu", "--json"], { input: "" }));
    await Promise.all(demos.map((demo) => demo.until(/"task":"flash","title"/, 60_000)));
    const files = processes().filter((command) => /^\S*qemu-system-arm /.test(command)).map((command) => /mem-path=(.*?) -display/.exec(command)?.[1]);
    expect(new Set(files).size).toBe(2);
    for (const { code } of await Promise.all(demos.map((demo) => demo.kill("SIGINT")))) expect(code).toBe(130);
    await expectNobody();
  });

  it("the parent is killed during flash: QEMU goes with it, and flash goes on where it stopped", async () => {
    const flash = world.start(["flash", "--tile", "qemu:k", "--json"], { input: "" });
    await flash.until(/"fraction":0\.[3-9]/);
    expect((await flash.kill("SIGKILL")).code).toBe(-1);
    await expectNobody();
    const again = await world.run(["flash", "--tile", "qemu:k", "--json"]);
    expect(again.code, again.stdout).toBe(0);
    expect(again.events.at(-1)).toMatchObject({ kind: "flashed", board: "qemu-mps2-an385", wasDone: false });
    await expectNobody();
  });

  it("an update that is ended goes on where it stopped, and the tile on QEMU is shared", async () => {
    const run = world.start(["run", "--tile", "qemu:k", "--json"], { input: "" });
    await run.until(/"kind":"health"/);
    const update = world.start(["update", "--tile", "k", "--image-version", "2.0.0", "--json"], { input: "" });
    await update.until(/"fraction":0\.[3-9]/);
    expect((await update.kill("SIGTERM")).code).toBe(130);
    const again = await world.run(["update", "--tile", "k", "--image-version", "2.0.0", "--json"]);
    expect(again.events.at(-1)).toMatchObject({ kind: "updated", outcome: "updated", to: "2.0.0" });
    expect(Number(again.events.at(-1)?.resumedAtBytes)).toBeGreaterThan(1000);
    const stopped = await run.kill("SIGINT");
    expect([stopped.code, stopped.stderr]).toEqual([130, ""]);
    expect(stopped.events.at(-1)?.code).toBe("INTERRUPTED");
    await expectNobody();
  });

  it("runs once, however many commands come and go: a monitor waits for the flash that started it, and takes it over", async () => {
    const machines = (): number => processes().filter((command) => /^\S*qemu-system-arm /.test(command)).length;
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, machines())), 40);
    const flash = world.start(["flash", "--tile", "qemu:once", "--json"], { input: "" });
    await flash.until(/"note":"image"|"note":"writing the image"/);
    const monitor = world.start(["monitor", "--tile", "once", "--json"], { input: "" });
    const flashed = await flash.ended;
    expect(flashed.code, flashed.stdout).toBe(0);
    await expect.poll(machines).toBe(1); // the machine of flash has ended: this is the monitor's
    await monitor.untilNext(/"kind":"health"/);
    expect(machines()).toBe(1);
    expect((await monitor.kill("SIGINT")).code).toBe(130);
    clearInterval(watch);
    expect(most).toBe(1);
    await expectNobody();
  });

  it("Ctrl-C twice, or a hang-up, ends at once", async () => {
    for (const signals of [["SIGINT", "SIGINT"], ["SIGHUP"]] as const) {
      const monitor = world.start(["monitor", "--tile", "k"], { input: "" });
      await monitor.until(/memory/);
      for (const signal of signals) monitor.child.kill(signal);
      expect((await monitor.ended).code).toBe(130);
      await expectNobody();
    }
  });

  it("the demo, to its end: both recordings, the update, and back from the broken one", async () => {
    const result = await world.run(["demo", "--tile", "qemu", "--json"]);
    expect(result.code, result.stdout.slice(-3000)).toBe(0);
    expect(result.events.findLast((event) => event.kind === "demo")).toMatchObject({ update: "updated", brokenUpdate: "reverted", machine: { caught: 4, falseAlarms: 0 }, ambient: { caught: 2, falseAlarms: 8 } });
    expect(result.events.filter((event) => event.kind === "detection").map((event) => event.lostRecords)).toEqual([0, 0]);
  });
});
