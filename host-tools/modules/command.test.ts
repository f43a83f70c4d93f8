// genesis module as a process, in a folder that is not this repository's: new, test, verify, build, and what goes wrong on the way. Keys and certificates: certificates.test.ts.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { CliWorld, root } from "../cli/testing/run-cli.ts";

const world = new CliWorld();
afterAll(() => world.close());

/** A module of its own in the world's folder. */
async function fresh(name: string): Promise<string> {
  const made = await world.run(["module", "new", name]);
  expect([made.code, made.stdout]).toEqual([0, `${name}: manifest.ts, module.test.ts, module.ts, needs.ts, tsconfig.json\n`]);
  return path.join(world.folder, name);
}

function change(folder: string, file: string, from: string, to: string): void {
  const text = readFileSync(path.join(folder, file), "utf8");
  expect(text).toContain(from);
  writeFileSync(path.join(folder, file), text.replace(from, to));
}

describe("a module of one's own", () => {
  it("is made, passes its tests and the type checker, is verified and built", async () => {
    const folder = await fresh("porch-light");
    const tests = await world.run(["module", "test", "porch-light", "--json"]);
    expect([tests.code, tests.stderr]).toEqual([0, ""]);
    const outcomes = tests.events.filter((event) => event.kind === "module-test");
    expect(outcomes.map((one) => one.ok)).toEqual(Array(8).fill(true));
    expect(new Set(outcomes.map((one) => one.text))).toEqual(new Set(["written", "ships"]));
    expect(tests.events.at(-1)).toMatchObject({ kind: "module-tests", passed: 8, failed: 0, dearest: [{ module: "porch-light", fuelQuota: 10_000, memoryQuota: 50 }] });

    const types = spawnSync(path.join(root, "node_modules", ".bin", "tsc"), ["-p", folder], { encoding: "utf8" });
    expect([types.stdout, types.status]).toEqual(["", 0]);

    const verified = await world.run(["module", "verify", "porch-light"]);
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringMatching(/^module .*\n.*\nporch-light {2}1 /)]);
    expect(existsSync(path.join(world.folder, "dist"))).toBe(false);
    const built = await world.run(["module", "build", "--json"], { cwd: folder });
    expect(built.code, built.stdout).toBe(0);
    expect(built.events).toMatchObject([{ kind: "module", name: "porch-light", version: 1, bounds: [{ name: "fuel", quota: 10_000 }, { name: "memory", most: null }, {}, {}], operations: [0, 4, 5, 12] }]);
    const file = path.join(folder, "dist", "modules", "porch-light.js");
    expect(readFileSync(file, "utf8")).toMatch(/^\(function\(g,\$,A\)\{[\x20-\x7e]*\}\)$/);
    expect(JSON.parse(readFileSync(`${file}.map`, "utf8"))).toMatchObject({ version: 3, sources: expect.arrayContaining(["../../module.ts"]) });
    expect(JSON.parse(readFileSync(file.replace(".js", ".json"), "utf8"))).toMatchObject({ manifest: { name: "porch-light" }, certificate: { textBytes: readFileSync(file).length } });
  });

  it("is not overwritten, and its name has to be one", async () => {
    await fresh("twice");
    const again = await world.run(["module", "new", "twice", "--json"]);
    expect([again.code, again.events.at(-1)]).toEqual([2, expect.objectContaining({ code: "EXISTS", next: expect.any(String) })]);
    for (const name of ["Twice", "../up", "a b", ""]) expect((await world.run(["module", "new", name])).code, name).toBe(2);
    expect((await world.run(["module", "new"])).stderr).toContain("genesis module new porch-light");
  });

  it("fails its tests with the line, on the text where it does", async () => {
    const folder = await fresh("wrong-test");
    change(folder, "module.test.ts", "[1, 0, 1, 0]", "[1, 0, 1, 1]");
    const failed = await world.run(["module", "test", "wrong-test"]);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/✘ wrong-test: the light is on every other second {2}\(as written ✘ {2}as it ships ✘\)\n {4}AssertionError: expected .*\n {4}at .*module\.test\.ts:\d+:\d+\n/);
    expect(failed.stdout).toContain("6 passed, 2 failed");
    change(folder, "module.test.ts", "[1, 0, 1, 1]", "[1, 0, 1, 0]");
    // More text than a run may make: only what ships pays for memory.
    change(folder, "module.ts", "count += level;", 'let text = "x";\n    for (let i = 0; i < 12; i++) text = text + text;\n    count += level + 0 * text.length;');
    const dry = await world.run(["module", "test", "wrong-test"]);
    expect(dry.stdout).toMatch(/✘ wrong-test: each minute .*\(as written ✔ {2}as it ships ✘\)\n.*out of memory: more than quotas\.memoryBlocks, 50/);
    writeFileSync(path.join(folder, "module.test.ts"), "import { none } from './none.ts';\nnone();\n");
    expect((await world.run(["module", "test", "wrong-test", "--json"])).events).toContainEqual(expect.objectContaining({ kind: "module-test", ok: false, message: expect.stringContaining("none") }));
  });
});

describe("what is not accepted", () => {
  it("is told with place, rule, reason, what to write instead, and the page: exit code 6", async () => {
    const folder = await fresh("outlaw");
    change(folder, "module.ts", "count += level;", "count += Date.now();");
    const told = await world.run(["module", "verify", "outlaw"]);
    expect(told.code).toBe(6);
    const [place, why, instead, page] = told.stdout.split("\n");
    expect(place).toMatch(/^outlaw\/module\.ts:\d+:\d+ M09 ambient-name: "Date" is not declared/);
    expect([why, instead]).toEqual([expect.stringMatching(/^ {4}because /), expect.stringMatching(/^ {4}instead: /)]);
    expect(existsSync(page!.trim())).toBe(true);
    expect(told.stderr).toMatch(/^error: module outlaw is not accepted, for 1 reason\nnext: /);
    const data = await world.run(["module", "build", "outlaw", "--json"]);
    expect(data.events).toMatchObject([{ kind: "complaint", module: "outlaw", rule: 9, ruleName: "ambient-name", page: expect.stringContaining("M09-ambient-name.md") }, { event: "error", code: "MODULE_REJECTED", exitCode: 6 }]);
    expect(existsSync(path.join(world.folder, "dist", "modules", "outlaw.js"))).toBe(false);
  });

  it("a manifest with every wrong field: exit code 2; stale names: how to make them anew", async () => {
    const folder = await fresh("papers");
    change(folder, "manifest.ts", "LED1", "led 1");
    change(folder, "manifest.ts", 'policy: "threshold"', 'policy: "never"');
    const wrong = await world.run(["module", "build", "papers"]);
    expect([wrong.code, wrong.stdout]).toEqual([2, expect.stringMatching(/needs\[0\]\.pin: "led 1"\n {4}instead: .*\n.*restart\.policy: "never"\n {4}instead: /)]);
    change(folder, "manifest.ts", "led 1", "LED1");
    change(folder, "manifest.ts", '"never"', '"stop"');
    change(folder, "manifest.ts", 'as: "light"', 'as: "lamp"');
    expect((await world.run(["module", "verify", "papers", "--json"])).events.at(-1)).toMatchObject({ code: "STALE", next: "genesis module needs papers" });
    expect((await world.run(["module", "needs", "papers"])).stdout).toBe("papers/needs.ts: written\n");
    expect((await world.run(["module", "verify", "papers"])).stdout).toMatch(/Need has no member Light\n.*\n {4}instead: write one of Need\.Lamp, Need\.Log/);
  });

  it("folders that are none, verbs that are none", async () => {
    mkdirSync(path.join(world.folder, "empty"));
    for (const args of [["verify", "nowhere"], ["build", "empty"], ["bogus"], ["verify", "--out", "x"]]) expect((await world.run(["module", ...args])).code, args.join(" ")).toBe(2);
  });
});

it("a folder of modules is built as one, and one that is wrong does not hide the others", async () => {
  const many = path.join(world.folder, "many");
  for (const name of ["blink", "occupancy"]) cpSync(path.join(root, "modules", name), path.join(many, name), { recursive: true });
  const built = await world.run(["module", "build", "many", "--out", "built"]);
  expect([built.code, built.stdout]).toEqual([0, expect.stringMatching(/\nblink .*built\/blink\.js +UNSIGNED\noccupancy .*built\/occupancy\.js +UNSIGNED\n$/)]);
  for (const name of ["blink", "occupancy"]) change(path.join(many, name), "module.ts", "gate(Op.Now)", "Now()");
  const wrong = await world.run(["module", "build", "many", "--json"]);
  expect(wrong.events.filter((event) => event.kind === "complaint").map((one) => one.module)).toEqual(["blink", "occupancy"]);
});

it("the repository's six are as their manifests allow, and at most 120 lines each", async () => {
  const built = await world.run(["module", "verify", path.join(root, "modules"), "--json"]);
  expect(built.code, built.stdout).toBe(0);
  expect(built.events.map((event) => event.name)).toEqual(["blink", "cold-chain", "detector", "irrigation", "occupancy", "thermostat"]);
  for (const { folder, bounds } of built.events as unknown as { folder: string; bounds: { name: string; most: number | null }[] }[]) {
    expect(readFileSync(path.join(folder, "module.ts"), "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(120);
    expect(bounds.find((one) => one.name === "fuel")?.most).not.toBeNull();
  }
});
