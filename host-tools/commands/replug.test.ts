// The cable falls out during flash, update and monitor, and comes back: each command waits, says so, goes on, and what is on the tile is read back.
import { rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { LineServer } from "../cli/testing/line-server.ts";
import { CliWorld, type RunningCli, root } from "../cli/testing/run-cli.ts";
import type { ByteStream } from "../link/byte-stream.ts";
import { hasPty, openPty } from "../link/testing/pty.ts";
import { SimHost, SimWorld } from "../tiles/sim-host.ts";

const world = new CliWorld();
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(() => world.close());

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Joins two streams. */
function join(a: ByteStream, b: ByteStream): void {
  a.onData((bytes) => void b.write(bytes).catch(() => undefined));
  b.onData((bytes) => void a.write(bytes).catch(() => undefined));
}

/** A simulated board, three times as fast as real time, in this process; `name`: its folder. */
async function simulated(name: string, boardId: string): Promise<SimHost> {
  const host = new SimHost({ name, boardId, folder: path.join(world.folder, name), root, world: new SimWorld(3) });
  closing.push(() => host.close());
  return host;
}

async function simulatedOnLine(name: string, boardId: string = "sim"): Promise<{ host: SimHost; line: LineServer }> {
  const host = await simulated(name, boardId);
  const line = await LineServer.open(path.join(world.folder, `${name}.line`));
  closing.push(() => line.close());
  join(await host.open(), line);
  return { host, line };
}

/** Pulls the cable when the command has said something, and puts it back. */
async function replug(run: RunningCli, line: LineServer, when: RegExp, whileOut: () => Promise<void> = () => sleep(700)): Promise<void> {
  await run.until(when);
  line.unplug();
  await run.until(/is gone: waiting for it to come back/);
  await whileOut();
  await line.plug();
}

describe("unplugged and plugged in again", () => {
  it("during flash, without power loss, then during update and monitor", async () => {
    const { line } = await simulatedOnLine("cable");
    const flash = world.start(["flash", "--port", line.port, "--board", "sim", "--json"]);
    await replug(flash, line, /"fraction":0\.[3-9]\d*,"note":"writing the image"/);
    const flashed = await flash.ended;
    expect(flashed.code, flashed.stdout).toBe(0);
    expect(flashed.events.filter((event) => event.event === "end").map((event) => event.ok)).toEqual([true, true]);
    expect(flashed.events.at(-1)).toMatchObject({ kind: "flashed", wasDone: false });

    const monitor = world.start(["monitor", "--port", line.port, "--json"], { input: "" });
    await monitor.until(/"kind":"health"/);
    const update = world.start(["update", "--port", line.port, "--image-version", "2.0.0", "--json"]);
    await replug(update, line, /"fraction":0\.[3-9]\d*,"note":"\d+ of/);
    const updated = await update.ended;
    expect(updated.code, updated.stdout).toBe(0);
    expect(updated.events.at(-1)).toMatchObject({ kind: "updated", outcome: "updated", to: "2.0.0" });
    await monitor.until(/is back, going on/);
    await monitor.until(/"seq":\d+,"kind":"start"/);
    line.unplug();
    await monitor.until(/is back[^]*is gone: waiting/);
    await line.plug();
    await monitor.until(/is back[^]*is back[^]*"kind":"health"/);
    expect((await monitor.kill("SIGINT")).code).toBe(130);
  });

  it("during flash, with the power: the board starts anew and is flashed to the end", async () => {
    const { host, line } = await simulatedOnLine("power");
    const flash = world.start(["flash", "--port", line.port, "--board", "sim", "--json"]);
    await replug(flash, line, /"fraction":0\.[3-9]\d*,"note":"writing the image"/, async () => {
      await host.powerOff();
      await sleep(500);
      await host.powerOn();
    });
    const flashed = await flash.ended;
    expect(flashed.code, flashed.stdout).toBe(0);
    const again = await world.run(["flash", "--port", line.port, "--board", "sim", "--json"]);
    expect(again.events.at(-1), "read back, equal, nothing to write").toMatchObject({ kind: "flashed", wasDone: true });
  });

  it("during an update in one slot, first the cable alone, then with the power", async () => {
    const { host, line } = await simulatedOnLine("one-slot", "sim-small");
    const flashed = await world.run(["flash", "--port", line.port, "--board", "sim-small", "--json"]);
    expect(flashed.code, flashed.stdout).toBe(0);
    const restart = async (): Promise<void> => {
      await host.powerOff();
      await host.powerOn();
    };
    for (const [to, whileOut] of [["2.0.0", undefined], ["3.0.0", restart]] as const) {
      const update = world.start(["update", "--port", line.port, "--image-version", to, "--json"]);
      await replug(update, line, /"fraction":0\.[3-9]/, whileOut);
      const updated = await update.ended;
      expect(updated.code, updated.stdout).toBe(0);
      expect(updated.events.at(-1)).toMatchObject({ kind: "updated", outcome: "updated", to });
    }
  });

  it.runIf(hasPty)("a terminal device: shared by two commands, gone, back under another name", async () => {
    const host = await simulated("pty", "sim");
    const stream = await host.open();
    const name = path.join(world.folder, "ttyTILE");
    let far: ByteStream | undefined;
    const plug = async (): Promise<void> => {
      const pty = await openPty();
      far = pty.far;
      rmSync(name, { force: true });
      symlinkSync(pty.path, name);
      far.onData((bytes) => void stream.write(bytes));
    };
    stream.onData((bytes) => void far?.write(bytes).catch(() => undefined));
    await plug();
    closing.push(async () => far?.close());
    const flashed = await world.run(["flash", "--port", name, "--board", "sim", "--json"]);
    expect(flashed.code, flashed.stdout).toBe(0);
    const monitor = world.start(["monitor", "--port", name, "--json"], { input: "" });
    await monitor.until(/"kind":"health"/);
    expect((await world.run(["telemetry", "--port", name, "--json"])).events.some((event) => event.kind === "record")).toBe(true);
    rmSync(name);
    await far?.close();
    await monitor.until(/is gone: waiting/);
    await plug();
    await monitor.until(/is back[^]*"kind":"health"/);
    expect((await world.run(["telemetry", "--port", name, "--json"])).code).toBe(0);
    expect((await monitor.kill("SIGINT")).code).toBe(130);
  });
});
