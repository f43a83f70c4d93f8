// A tile's life through the command line, on the simulated board: from bare to flashed, used by several commands at once, updated, saved and restored.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CliWorld, type CliResult, type JsonEvent } from "../cli/testing/run-cli.ts";

// Three times as fast as real time: a boot window lasts a third of a second.
const world = new CliWorld({ GENESIS_SIM_SPEED: "3" });
const tile = ["--tile", "sim:porch", "--json"];
afterAll(() => world.close());

const kinds = (events: readonly JsonEvent[]): unknown[] => events.map((event) => (event.event === "data" ? event.kind : `${event.event} ${String(event.task ?? event.code ?? "")}`));
const datum = (result: CliResult, kind: string): JsonEvent => {
  const found = result.events.find((event) => event.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}: ${result.stdout}${result.stderr}`);
  return found;
};
const records = (result: CliResult): { seq: number; kind: string }[] => result.events.filter((event) => event.kind === "record").map((event) => event.record as { seq: number; kind: string });

describe("a simulated tile", () => {
  let id = "";
  let firstBackup = "";
  let v2 = "";

  beforeAll(async () => {
    const out = path.join(world.folder, "images");
    const built = await world.run(["build", "--profile", "full", "--image-version", "2.0.0", "--out", out, "--map", "--json"]);
    expect(built.code, built.stdout).toBe(0);
    const image = datum(built, "build");
    v2 = String(image.file);
    expect(readFileSync(v2).length).toBe(image.bytes);
    expect(image.budgets).toContainEqual(expect.objectContaining({ what: "kernel", fits: true }));
    expect(datum(built, "map").rows).toContainEqual(expect.objectContaining({ name: ".bootcde" }));
    expect(JSON.parse(readFileSync(`${v2}.map`, "utf8"))).toMatchObject({ version: 3 });
  });

  it("is flashed and run by one command, every line by the schema, every begin with its end", async () => {
    expect((await world.run(["repl", ...tile, 'require("Storage").write("hello.txt","it was me")'])).code).toBe(0);
    const result = await world.run(["run", ...tile, "--name", "porch", "--for", "1"]);
    expect(result.code, result.stdout).toBe(0);
    expect(result.stderr).toBe("");
    const names = kinds(result.events);
    expect(names.filter((name) => /^(begin|end)/.test(String(name)))).toEqual(["begin flash", "end flash", "begin start", "end start"]);
    expect(names).toContain("health");
    expect(datum(result, "flashed")).toMatchObject({ name: "porch", board: "sim", version: "1.0.0", signed: false, wasDone: false });
    firstBackup = String(datum(result, "flashed").backup);
    expect(existsSync(firstBackup)).toBe(true);
    id = String(datum(result, "flashed").id);
    const fractions = result.events.filter((event) => event.event === "progress" && event.task === "flash").map((event) => event.fraction);
    expect(fractions.filter((fraction) => fraction !== null)).toEqual([...fractions.filter((fraction) => fraction !== null)].sort((a, b) => Number(a) - Number(b)));
  });

  it("is the same tile when it is flashed again, and nothing is written", async () => {
    const result = await world.run(["flash", ...tile, "--name", "attic"]);
    expect(datum(result, "flashed")).toMatchObject({ id, name: "porch", wasDone: true });
    expect(result.events.find((event) => event.event === "warning")?.text).toContain("keeps its name");
  });

  it("says hello to a neighbor where it was flashed with one, and doctor tells that nobody is there", async () => {
    const lonely = ["--tile", "sim:lonely", "--json"];
    const flashed = await world.run(["flash", ...lonely, "--neighbor", "Serial2"]);
    expect(flashed.code, flashed.stdout).toBe(0);
    const doctor = await world.run(["doctor", ...lonely]);
    const neighbor = doctor.events.find((event) => event.check === "neighbor");
    expect(neighbor).toMatchObject({ ok: false, optional: true, what: expect.stringContaining("no hello") });
    expect(doctor.code).toBe(0);
    const other = await world.run(["flash", ...lonely, "--neighbor", "Serial1"]);
    expect([other.code, other.events.at(-1)?.message]).toEqual([2, expect.stringContaining("Serial1 carries the link")]);
    expect((await world.run(["flash", ...lonely, "--neighbor", "USB"])).code).toBe(2);
    const out = path.join(world.folder, "plain");
    const plain = String(datum(await world.run(["build", "--profile", "small", "--out", out, "--json"]), "build").file);
    const deaf = await world.run(["flash", plain, "--tile", "sim:deaf", "--board", "sim-small", "--json", "--neighbor", "Serial2"]);
    expect(deaf.events.find((event) => event.event === "warning")?.text).toContain("no hello goes out on Serial2");
    expect((await world.run(["flash", ...tile, "--neighbor", "Serial2"])).events.find((event) => event.event === "warning")?.text).toContain("keeps its settings");
  });

  it("is shared by a monitor, telemetry and doctor at once, and by whoever stays when the first one leaves", async () => {
    const monitor = world.start(["monitor", ...tile], { input: "" });
    await monitor.until(/"kind":"health"/);
    const follow = world.start(["telemetry", ...tile, "--follow"], { input: "" });
    await follow.until(/"kind":"record"/);
    const [telemetry, doctor] = await Promise.all([world.run(["telemetry", ...tile]), world.run(["doctor", ...tile])]);
    expect(records(telemetry).map(({ seq }) => seq)).toEqual(records(telemetry).map((_, index) => index + 1));
    expect(doctor.events.filter((event) => event.kind === "finding").map((event) => [event.check, event.ok])).toEqual(expect.arrayContaining([["answer", true], ["line", true]]));
    // The monitor runs the tile: when it goes, the tile loses its power, and the other starts it again.
    const before = records(telemetry).length;
    expect((await monitor.kill("SIGINT")).code).toBe(130);
    await follow.until(new RegExp(`"seq":${before + 1},"kind":"start"`));
    expect((await follow.kill("SIGTERM")).code).toBe(130);
  });

  it("has a console: one value, or lines from a pipe", async () => {
    expect(datum(await world.run(["repl", ...tile, 'JSON.parse(require("Storage").read("g.cfg")).id']), "value").value).toBe(id);
    const lines = await world.run(["repl", "--tile", "sim:porch", "--quiet"], { input: 'var a=6;\nprint("answer",a*7)\nnonsense(\n' });
    expect(lines.code).toBe(0);
    expect(lines.stdout).toContain("answer 42");
    expect(await world.run(["repl", ...tile], { input: "" })).toMatchObject({ code: 2 });
    const thrown = await world.run(["repl", ...tile, 'nothingLikeIt()']);
    expect([thrown.code, thrown.events.at(-1)?.code]).toEqual([1, "EVAL_FAILED"]);
  });

  it("is saved, emptied and put back with identity and journal", async () => {
    const before = records(await world.run(["telemetry", ...tile]));
    const file = path.join(world.folder, "my backup.json");
    const saved = await world.run(["backup", ...tile, file]);
    expect(datum(saved, "backup")).toMatchObject({ file, files: 3, board: "GENESIS_SIM" });
    const uninstalled = await world.run(["uninstall", ...tile, "--empty"]);
    expect(datum(uninstalled, "uninstalled").restored).toBeNull();
    expect((await world.run(["telemetry", ...tile])).events.at(-1)).toMatchObject({ code: "BARE_BOARD", exitCode: 3 });
    expect((await world.run(["restore", ...tile, file])).code).toBe(0);
    const after = await world.run(["telemetry", ...tile]);
    expect(records(after).slice(0, before.length)).toEqual(before);
  });

  it("says what it would do, and does nothing", async () => {
    const flash = path.join(world.home, "machines", "sim-porch", "flash.bin");
    const digest = (): string => createHash("sha256").update(readFileSync(flash)).digest("hex");
    const update = await world.run(["update", v2, ...tile, "--dry-run"]);
    expect(datum(update, "plan")).toMatchObject({ board: "sim", from: "1.0.0", to: "2.0.0" });
    const bare = await world.run(["flash", "--tile", "sim:bare", "--json", "--dry-run"]);
    expect(datum(bare, "plan")).toMatchObject({ board: "sim", from: null, to: "1.0.0" });
    expect(existsSync(flash) && digest()).toMatch(/^[0-9a-f]{64}$/);
    expect((await world.run(["telemetry", "--tile", "sim:bare"])).code).toBe(3);
  });

  it("takes an update while a monitor watches, then has nothing to do", async () => {
    const monitor = world.start(["monitor", ...tile], { input: "" });
    await monitor.until(/"kind":"health"/);
    const result = await world.run(["update", v2, ...tile]);
    expect(result.code, result.stdout).toBe(0);
    expect(datum(result, "updated")).toMatchObject({ id, outcome: "updated", from: "1.0.0", to: "2.0.0", signed: false });
    await monitor.until(/"kind":"restarted"|"seq":\d+,"kind":"start"/);
    const seen = await monitor.kill("SIGINT");
    expect(seen.events.at(-1)).toMatchObject({ event: "error", code: "INTERRUPTED", exitCode: 130 });
    expect(datum(await world.run(["update", v2, ...tile]), "updated").outcome).toBe("already-running");
  });

  it("refuses what was sealed under another key, and an update without the key", async () => {
    const file = path.join(world.home, "tiles", `${id}.json`);
    const known = readFileSync(file, "utf8");
    writeFileSync(file, known.replace(/"key": "[0-9a-f]{64}"/, `"key": "${"5a".repeat(32)}"`));
    const refused = await world.run(["update", ...tile, "--image-version", "3.0.0"]);
    expect([refused.code, refused.events.at(-1)?.code], refused.stdout).toEqual([7, "IMAGE_REFUSED"]);
    writeFileSync(file, "{}");
    expect((await world.run(["update", ...tile])).events.at(-1)).toMatchObject({ code: "NO_KEY", exitCode: 7 });
    writeFileSync(file, known);
  });

  it("goes back to what the board had before it was a tile, not to a newer backup of a tile", async () => {
    expect((await world.run(["flash", ...tile, "--fresh", "--name", "attic"])).code).toBe(0);
    expect(readdirSync(path.join(world.home, "backups")).length).toBe(2);
    expect(datum(await world.run(["uninstall", ...tile]), "uninstalled").restored).toBe(firstBackup);
    expect(datum(await world.run(["repl", ...tile, 'require("Storage").read("hello.txt")']), "value").value).toBe("it was me");
  });

  it("keeps the board it was made with", async () => {
    expect((await world.run(["repl", "--tile", "sim:small", "--board", "puckjs", "process.env.BOARD"])).code).toBe(0);
    expect((await world.run(["repl", "--tile", "small", "process.env.BOARD"])).code).toBe(0);
    const other = await world.run(["repl", "--tile", "small", "--board", "sim", "1"]);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("puckjs")]);
  });

  it("the demo, to its end: both recordings, the update, and back from the broken one", async () => {
    const result = await world.run(["demo", "--tile", "sim", "--json"]);
    expect(result.code, result.stdout.slice(-3000)).toBe(0);
    expect(result.events.findLast((event) => event.kind === "demo")).toMatchObject({ update: "updated", brokenUpdate: "reverted", machine: { caught: 4, falseAlarms: 0 }, ambient: { caught: 2, falseAlarms: 8 } });
    expect(result.events.filter((event) => event.kind === "detection").map((event) => event.lostRecords)).toEqual([0, 0]);
  });

  it("the demo speeds a simulated tile up by itself and says so; without QEMU, npm start says that once (set-up does)", async () => {
    for (const [script, says] of [["", 1], ["start", 0]] as const) {
      const demo = world.start(["demo"], { input: "", environment: { GENESIS_SIM_SPEED: "", PATH: path.join(world.folder, "nothing"), npm_lifecycle_event: script } });
      await demo.until(/its time runs 3 times as fast/);
      expect((await demo.kill("SIGINT")).code).toBe(130);
      expect(demo.text.match(/QEMU is not installed: using the simulated board/g) ?? []).toHaveLength(says);
    }
  });
});
