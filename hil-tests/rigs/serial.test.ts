// The runner as other people's CI uses it: a command that provides a tile, a scenario of their own, a JUnit report, an exit code.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventProblem } from "../../host-tools/cli/events.ts";

const root = path.resolve(import.meta.dirname, "../..");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "genesis-serial-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A shell command that serves a simulated board on a Unix socket until its stdin closes. */
function provider(): string {
  const socket = path.join(folder, "tile.socket");
  const out = path.join(folder, "out");
  return `"${process.execPath}" bin/run-ts.mjs host-tools/sim/run-sim-tile.ts sim "${folder}" "${socket}" > "${out}" & echo $! > "${folder}/pid"; until grep -q ready "${out}"; do sleep 0.1; done; echo "${socket}"; cat > /dev/null; kill $!`;
}

/** Runs genesis test without blocking this process. */
function genesisTest(args: readonly string[], environment: Record<string, string>): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["bin/genesis.mjs", "test", ...args], { cwd: root, env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

const SCENARIO = `import { check, type Scenario } from "genesis/scenario";
export const scenario: Scenario = {
  name: "mine", summary: "a scenario of somebody else's", needs: [],
  async run(stage) {
    const tile = await stage.tile();
    const { total } = await tile.session.health();
    stage.record("blocks", total);
    check(total > 0, "the tile has memory");
    if (stage.variant === "as-is") check(total < 0, "as expected");
  },
};
`;

describe.skipIf(process.platform === "win32")("the runner on a tile that a command provides", () => {
  it("installs over the console, runs somebody's scenario file, reports and cleans up", { timeout: 180_000 }, async () => {
    const file = path.join(folder, "mine.ts");
    const junit = path.join(folder, "reports", "junit.xml");
    writeFileSync(file, SCENARIO);
    const run = await genesisTest([file, "--rig", "serial", "--junit", junit], { GENESIS_TILE_COMMAND: provider(), GENESIS_BOARD: "sim" });
    expect(run.stdout).toContain("✔ mine (after-reboot)");
    expect(run.stdout).toContain("✘ mine (as-is)");
    expect(run.stdout).toContain("1 passed, 1 failed, 0 skipped (rig serial, seed 1)");
    expect(run.code, run.stderr).toBe(1);
    const xml = readFileSync(junit, "utf8");
    expect(xml).toMatch(/<testsuite name="serial" tests="2" failures="1" errors="0" skipped="0"/);
    expect(xml).toContain(`<property name="blocks" value="12000"/>`);
    expect(xml).toContain(`<failure message="as expected" type="failure">`);
    await expect.poll(() => isAlive(Number(readFileSync(path.join(folder, "pid"), "utf8")))).toBe(false);
  });

  it("skips with the reason what such a tile can't do", async () => {
    const run = await genesisTest(["power-cuts", "--rig", "serial", "--json"], { GENESIS_TILE_COMMAND: provider(), GENESIS_BOARD: "sim" });
    const events = run.stdout.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const event of events) expect(eventProblem(event), JSON.stringify(event)).toBeUndefined();
    expect(events.filter((event) => event["kind"] === "outcome").map((event) => [event["verdict"], event["reason"]])).toEqual(Array(2).fill(["skipped", "the rig serial can't cut the power at a flash operation and can't count flash operations"]));
    expect(events.find((event) => event["kind"] === "summary")).toMatchObject({ passed: 0, failed: 0, skipped: 2 });
    expect(run.code, run.stderr).toBe(0);
  });

  it("says what is wrong with a command, a scenario, a file", async () => {
    const bad = path.join(folder, "bad.ts");
    writeFileSync(bad, "export const scenario = {};\n");
    const cases: [string[], Record<string, string>, number, RegExp][] = [
      [["boot", "--rig", "serial"], { GENESIS_TILE_COMMAND: "echo oops >&2; exit 7" }, 3, /ended with 7 before it named a port/],
      [["boot", "--rig", "/dev/null", "--junit", path.join(folder, "x.xml")], {}, 3, /\/dev\/null/],
      [["boot", "--rig", "serial"], { GENESIS_TILE_COMMAND: "" }, 3, /needs a port or a command/],
      [["nothing"], {}, 2, /there is no scenario "nothing"[\s\S]*use one of: boot, /],
      [[path.join(folder, "absent.ts")], {}, 2, /there is no file/],
      [[bad], {}, 2, /exports no scenario/],
    ];
    for (const [args, environment, code, message] of cases) {
      const run = await genesisTest(args, environment);
      expect(run.stderr).toMatch(message);
      expect(run.code).toBe(code);
    }
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const child = spawn(process.execPath, ["bin/genesis.mjs", "test", "update", "--rig", "serial"], { cwd: root, env: { ...process.env, GENESIS_TILE_COMMAND: provider(), GENESIS_BOARD: "sim" }, stdio: "ignore" });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const pidFile = path.join(folder, "pid");
    await expect.poll(() => existsSync(path.join(folder, "tile.socket"))).toBe(true);
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    await expect.poll(() => isAlive(Number(readFileSync(pidFile, "utf8")))).toBe(false);
    await expect.poll(() => spawnSync("pgrep", ["-f", folder], { encoding: "utf8" }).stdout.trim()).toBe("");
  });
});
