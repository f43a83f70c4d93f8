// caps, top and trace on a real tile's software: a simulated tile behind a line that several commands share.
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LineServer } from "../cli/testing/line-server.ts";
import { type CliResult, CliWorld, type JsonEvent, root } from "../cli/testing/run-cli.ts";
import { SimHost, SimWorld } from "../tiles/sim-host.ts";
import { missingPrograms } from "../qemu/toolchain.ts";
import { buildRuntime } from "../qemu/runtime-build.ts";
import { TileSession } from "../tiles/tile-session.ts";
import { readTrace } from "../view/trace-records.ts";

const world = new CliWorld();
const host = new SimHost({ name: "seen", boardId: "sim", folder: path.join(world.folder, "seen"), root, world: new SimWorld(3) });
let line: LineServer;
const at = (): string[] => ["--port", line.port];
const datum = ({ events, stdout, stderr }: CliResult, kind: string): JsonEvent => {
  const found = events.find((event) => event.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}: ${stdout}${stderr}`);
  return found;
};

beforeAll(async () => {
  line = await LineServer.open(path.join(world.folder, "seen.line"));
  const port = await host.open();
  port.onData((bytes) => void line.write(bytes).catch(() => undefined));
  line.onData((bytes) => void port.write(bytes).catch(() => undefined));
  const flashed = await world.run(["flash", ...at(), "--board", "sim", "--name", "seen", "--json"]);
  expect(flashed.code, flashed.stdout).toBe(0);
});
afterAll(async () => {
  await line.close();
  await host.close();
  await world.close();
});

interface Held {
  id: string;
  name: string;
  capabilities: { place: string; object: string; type: string; rights: number; parent: number; slot: number }[];
}

describe("caps", () => {
  it("finds the holder of every capability, and says what the tile's composition root has made so", async () => {
    const graph = datum(await world.run(["caps", ...at(), "--all", "--json"]), "capabilities");
    const holders = graph.holders as Held[];
    expect(holders.map(({ name }) => name)).toEqual(["health", "link", "telemetry", "identity", "os", "update", "detector", "sensor", "fs", "shell", "irq serial 0", "boot"]);
    expect(graph.devices).toEqual([{ name: "serial 0", object: expect.any(String), notification: expect.any(String), wakes: 1 }]);
    const all = holders.flatMap(({ capabilities }) => capabilities);
    expect(all.every(({ place }) => /^(\d{1,2}|cspace|fault|timeout|home|reply|signals)$/.test(place))).toBe(true);
    const slots = new Map(all.map((capability) => [capability.slot, capability]));
    expect(slots.size).toBe(all.length);
    // Derivation ends at the kernel's originals, and rights never grow on the way.
    for (const capability of all) {
      const parent = slots.get(capability.parent);
      if (parent === undefined) expect(capability).toMatchObject({ parent: 0, type: expect.stringMatching(/untyped|control|domain|cnode/) });
      else if (parent.type === capability.type) expect(capability.rights & ~parent.rights).toBe(0);
    }
  });

  it("draws text, DOT and SVG, to the screen or a file", async () => {
    const text = await world.run(["caps", ...at()]);
    expect(text.stdout).toMatch(/^seen \(sim\): 10 tasks, \d+ capabilities, \d+ objects, 1 device\n/);
    expect(text.stdout).toMatch(/^identity +faults to health; calls telemetry$/m);
    expect(text.stdout).toMatch(/^link +.*calls health, os, update, .*drives serial 0$/m);
    expect(text.stdout).toMatch(/^serial 0 +link +notification of link, which wakes link$/m);
    expect(text.stdout).toMatch(/^rights: R .*P \(GrantReply\)[^]*^boot: the composition root/m);
    expect(text.stdout).toMatch(/^serial 0 .*\nnot here: flash, .*JavaScript values/m);
    const dot = await world.run(["caps", ...at(), "--format", "dot"]);
    expect(dot.stdout).toMatch(/^digraph capabilities \{\n[^]*\n\}\n$/);
    const file = path.join(world.folder, "my caps.svg");
    const svg = await world.run(["caps", ...at(), "--out", file, "--json"]);
    expect(datum(svg, "picture")).toMatchObject({ format: "svg", file, bytes: readFileSync(file).length });
    expect(readFileSync(file, "utf8")).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  it.each([
    [["caps", "--format", "png"], /--format takes text, dot or svg/],
    [["caps", "--out", "graph.png"], /does not say which format/],
    [["trace", "--out", "graph"], /does not say which format/],
    [["trace", "--for", "0"], /--for 0 would record nothing/],
    [["trace", "--records", "0"], /--records takes a whole number/],
    [["top", "--sort", "name"], /--sort takes fuel, runs, queue, task/],
    [["top", "--interval", "0"], /--interval takes a number/],
  ])("genesis %j is told before the tile is asked", async (args, words) => {
    const result = await world.run([...args, "--tile", "sim:never-made", "--json"]);
    expect([result.code, result.events.length]).toEqual([2, 1]);
    expect(result.events[0]).toMatchObject({ code: "USAGE", message: expect.stringMatching(words), next: expect.any(String) });
  });

  it("says where a file can't be", async () => {
    expect(await world.run(["caps", ...at(), "--out", path.join(world.folder, "nowhere", "caps.svg"), "--json"])).toMatchObject({ code: 2 });
  });
});

describe("top", () => {
  it("shows one table, and then lines until it is told to end", async () => {
    const once = await world.run(["top", ...at(), "--once"]);
    expect(once.code, once.stderr).toBe(0);
    expect(once.stdout).toMatch(/^seen · up [\d.]+ s · active [\d.]+ % · [\d.]+ wake-ups\/s · memory \d+ % of 12000 blocks · 0 faults · [\d.]+ µAh \(mean [\d.]+ mA\)/);
    expect(once.stdout).toMatch(/^ +1 +link +249 +calling +0 +0 .* reply of os /m);
    expect(once.stdout).toMatch(/^ +4 +os +246 +ready +0 +1 /m);
    expect(once.stdout).toMatch(/^fuel: units of code.*\nclock: the simulator's moves .*\n$/m);
    const lines = world.start(["top", ...at(), "--interval", "0.2", "--json"], { input: "" });
    await lines.until(/("kind":"top"[^]*){3}/);
    const { code, events } = await lines.kill("SIGINT");
    expect(code).toBe(130);
    const rounds = events.filter(({ kind }) => kind === "top") as unknown as { upUs: number; overUs: number; chargeUah: number; restChargeUah: number; tasks: { name: string; share: number; chargeUah: number; chargeNc: number; runs: number }[] }[];
    const [first, second] = rounds;
    expect((first?.upUs ?? NaN) + (second?.overUs ?? NaN)).toBe(second?.upUs);
    for (const { tasks, chargeUah, restChargeUah } of rounds) {
      expect(tasks.length).toBe(10);
      expect(tasks.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
      expect(tasks.reduce((sum, task) => sum + task.chargeUah, restChargeUah)).toBeCloseTo(chargeUah, 6);
      // From its ledger: whole nC.
      for (const { chargeNc } of tasks) expect(Number.isInteger(chargeNc)).toBe(true);
    }
    expect(rounds.map(({ tasks }) => tasks.reduce((sum, { runs }) => sum + runs, 0))).toEqual([...rounds].map(({ tasks }) => tasks.reduce((sum, { runs }) => sum + runs, 0)).sort((a, b) => a - b));
  });
});

describe("trace", () => {
  it("shares the line with the others, and draws what they made the tile do", async () => {
    const file = path.join(world.folder, "trace.svg");
    const monitor = world.start(["monitor", ...at(), "--json"], { input: "" });
    await monitor.until(/"kind":"health"/);
    // Started before it, so that it asks while the trace is on, however long a command takes to start.
    const top = world.start(["top", ...at(), "--interval", "0.5", "--json"], { input: "" });
    await top.until(/"kind":"top"/);
    const trace = world.start(["trace", ...at(), "--for", "3", "--out", file, "--json"], { input: "" });
    await trace.until(/"task":"trace","title"/);
    const caps = await world.run(["caps", ...at(), "--json"]);
    expect(caps.code, caps.stdout).toBe(0);
    const result = await trace.ended;
    expect(result.code, result.stdout).toBe(0);
    expect((await top.kill("SIGINT")).events.some(({ event }) => event === "warning")).toBe(false);
    expect((await monitor.kill("SIGINT")).events.some(({ event }) => event === "warning")).toBe(false);
    const runs = result.events.filter(({ kind }) => kind === "task-run") as unknown as { seq: number; startUs: number; name: string; peer: number | null }[];
    expect(runs.map(({ seq }) => seq)).toEqual(runs.map((_, index) => index));
    const times = runs.map(({ startUs }) => startUs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect((times.at(-1) ?? NaN) - (times[0] ?? NaN)).toBeLessThan(60e6);
    // The monitor asks telemetry, top asks health, all through link.
    expect(runs.filter(({ peer }) => peer === 1).map(({ name }) => name)).toEqual(expect.arrayContaining(["os", "telemetry", "health"]));
    expect(readFileSync(file, "utf8").match(/<rect [^>]*><title>/g)?.length).toBe(runs.length);
  });

  it("is switched off behind itself, also when it is told to end early", async () => {
    const session = await TileSession.open(host);
    for (const end of ["itself", "SIGINT"] as const) {
      const trace = world.start(["trace", ...at(), "--for", end === "itself" ? "0.5" : "60", "--list"], { input: "" });
      await trace.until(/ notification \(word 1\) → call/);
      const result = end === "itself" ? await trace.ended : await trace.kill(end);
      expect(result.code).toBe(end === "itself" ? 0 : 130);
      if (end === "itself") expect(result.stdout).toMatch(/^seen \(sim\): \d+ runs in [\d.]+ s$[^]*^(idle|own work): .*\nfuel: units of code.*\nclock: .*\n$/m);
      await session.ready(10_000);
      await expect(readTrace(session.client, 0)).rejects.toMatchObject({ code: "TRACE_OFF" });
    }
    session.client.close();
  });
});

const hasQemu = missingPrograms().length === 0;

describe.runIf(hasQemu)("a tile on the QEMU board", () => {
  it("tells the same: other engine, same bytes", async () => {
    await buildRuntime({ cacheDir: path.join(root, ".genesis", "cache") });
    const tile = ["--tile", "qemu:seen", "--json"];
    const owner = world.start(["run", ...tile, "--name", "seen"], { input: "" });
    await owner.until(/"kind":"health"/);
    const [caps, here, top, trace] = [await world.run(["caps", ...tile, "--all"]), await world.run(["caps", ...at(), "--all", "--json"]), await world.run(["top", ...tile, "--once"]), await world.run(["trace", ...tile, "--for", "1"])];
    expect([caps.code, top.code, trace.code], caps.stdout + top.stdout + trace.stdout).toEqual([0, 0, 0]);
    // The composition root makes the same authority on every engine, to the word.
    const graphOf = (result: CliResult): unknown => {
      const { holders, objects, devices } = datum(result, "capabilities");
      return { holders: (holders as Held[]).map(({ id, name, capabilities }) => ({ id, name, capabilities })), objects, devices };
    };
    expect(graphOf(caps)).toEqual(graphOf(here));
    expect((datum(top, "top").tasks as { name: string }[]).map(({ name }) => name).sort()).toEqual(["detector", "fs", "health", "identity", "link", "os", "sensor", "shell", "telemetry", "update"]);
    const runs = trace.events.filter(({ kind }) => kind === "task-run");
    expect(runs.some(({ name, peer, durationUs }) => name === "os" && peer === 1 && Number(durationUs) > 0)).toBe(true);
    expect(datum(trace, "timeline")).toMatchObject({ runs: runs.length, lost: 0 });
    expect((await owner.kill("SIGINT")).code).toBe(130);
  });
});
