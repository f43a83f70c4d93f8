// Set-up as a process, in a copy of the project's folder with an npm, an apt-get and a compiler that only note how they were called.
import { Parser } from "acorn";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "./testing/run-cli.ts";

const isDebian = existsSync("/etc/debian_version");
const isRoot = process.getuid?.() === 0;
let folder = "";
let tools = "";

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "genesis set-up-"));
  tools = path.join(folder, "tools");
  mkdirSync(path.join(folder, "bin"));
  mkdirSync(tools);
  for (const file of ["bin/setup.cjs", "bin/import.cjs", "bin/run-ts.mjs", "bin/genesis.mjs"]) copyFileSync(path.join(root, file), path.join(folder, file));
  writeFileSync(path.join(folder, "package.json"), '{"type":"module"}');
  writeFileSync(path.join(folder, "package-lock.json"), "{}");
  for (const program of ["sh", "sleep", "mkdir", "sudo"]) {
    const real = ["/bin", "/usr/bin"].map((bin) => path.join(bin, program)).find(existsSync);
    if (real !== undefined) symlinkSync(real, path.join(tools, program));
  }
  fake("npm", 'sleep 0.3; mkdir -p node_modules');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that notes its arguments and does `script`. */
function fake(name: string, script: string): void {
  const file = path.join(tools, name);
  writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> "${path.join(folder, "calls")}"\n${script}\n`);
  chmodSync(file, 0o755);
}

function fakeTools(): void {
  fake("qemu-system-arm", "");
  fake("arm-none-eabi-gcc", "echo /found/nano.specs");
}

const calls = (): string[] => (existsSync(path.join(folder, "calls")) ? readFileSync(path.join(folder, "calls"), "utf8").trim().split("\n") : []);
const environment = (more: Record<string, string>): NodeJS.ProcessEnv => ({ PATH: tools, HOME: folder, ...more });

function setup(more: Record<string, string> = {}, before: readonly string[] = []): { code: number | null; said: string; ms: number } {
  const startedMs = performance.now();
  const run = spawnSync(process.execPath, [...before, path.join(folder, "bin", "setup.cjs")], { env: environment(more), encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  expect(run.stdout).toBe("");
  return { code: run.status, said: run.stderr, ms: performance.now() - startedMs };
}

/** Set-up in a process group of its own, as a terminal's foreground job. */
class Job {
  said = "";
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;
  constructor(environmentMore: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [path.join(folder, "bin", "setup.cjs")], { env: environment(environmentMore), stdio: ["ignore", "ignore", "pipe"], detached: true });
    this.child.stderr?.on("data", (bytes: Buffer) => (this.said += bytes.toString()));
    this.ended = new Promise((resolve) => this.child.once("close", resolve));
  }

  /** Ctrl-C reaches every process of the job. */
  ctrlC(): void {
    process.kill(-(this.child.pid ?? 0), "SIGINT");
  }

  async until(isTrue: () => boolean): Promise<void> {
    for (const endMs = performance.now() + 10_000; !isTrue(); ) {
      if (performance.now() > endMs) throw new Error(`this did not come; set-up said:\n${this.said}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Whether a process of the job is still there. */
  get isAlive(): boolean {
    try {
      process.kill(-(this.child.pid ?? 0), 0);
      return true;
    } catch {
      return false;
    }
  }
}

describe("set-up", () => {
  it("says on an old Node which one it needs, without a stack; so does the command", () => {
    const pretend = path.join(folder, "pretend.cjs");
    for (const version of ["0.12.18", "16.20.2", "18.20.8", "20.18.3", "21.7.3", "23.11.0", "22.11.0"]) {
      writeFileSync(pretend, `Object.defineProperty(process, "versions", { value: Object.assign({}, process.versions, { node: "${version}" }) });`);
      const old = setup({}, ["--require", pretend]);
      expect([old.code, old.said]).toEqual([1, expect.stringContaining(`Node ${version} will not do. Genesis needs Node 20.19`)]);
      expect(old.said).toMatch(/^genesis set-up: .*\nNext: .*\n$/);
    }
    const command = spawnSync(process.execPath, ["--require", pretend, path.join(folder, "bin", "genesis.mjs")], { env: environment({}), encoding: "utf8" });
    expect([command.status, command.stderr]).toEqual([1, expect.stringMatching(/^genesis: Node 22\.11\.0 will not do.*\nnext: /)]);
    expect(calls()).toEqual([]);
    // An old Node has to be able to read it.
    expect(() => Parser.parse(readFileSync(path.join(root, "bin/setup.cjs"), "utf8"), { ecmaVersion: 5, sourceType: "script" })).not.toThrow();
  });

  it("installs packages once; the second run is silent and quick", () => {
    fakeTools();
    expect(setup()).toMatchObject({ code: 0, said: "Installing npm packages (about 100 MB to download, 165 MB on disk, once) …\n" });
    const times = [setup(), setup(), setup()];
    expect(times.map(({ code, said }) => [code, said])).toEqual(Array(3).fill([0, ""]));
    expect(calls().filter((call) => call.startsWith("npm"))).toEqual(["npm ci --no-audit --no-fund --loglevel=error"]);
    writeFileSync(path.join(folder, "package-lock.json"), '{"changed":1}');
    expect(setup().said).toContain("Installing npm packages");
  });

  it("two at once install once", async () => {
    fakeTools();
    const ends = [0, 1].map(() => new Promise<number | null>((resolve) => spawn(process.execPath, [path.join(folder, "bin", "setup.cjs")], { env: environment({}), stdio: "ignore" }).once("close", resolve)));
    expect(await Promise.all(ends)).toEqual([0, 0]);
    expect(calls().filter((call) => call.startsWith("npm"))).toHaveLength(1);
  });

  it("takes over the lock of a set-up that was killed", () => {
    fakeTools();
    mkdirSync(path.join(folder, ".genesis"));
    writeFileSync(path.join(folder, ".genesis", "setup-lock"), "2147483646");
    expect(setup().code).toBe(0);
  });

  it("says that it waits for another one", async () => {
    fakeTools();
    mkdirSync(path.join(folder, ".genesis"));
    const lock = path.join(folder, ".genesis", "setup-lock");
    writeFileSync(lock, String(process.pid));
    const job = new Job();
    await job.until(() => job.said.includes(`Waiting for another set-up of this folder (process ${process.pid}) …\n`));
    expect(calls()).toEqual([]);
    rmSync(lock);
    expect(await job.ended).toBe(0);
    expect(existsSync(lock)).toBe(false);
  });

  it("Ctrl-C during npm ci ends both, even an npm that does not listen; the next set-up goes on", async () => {
    fakeTools();
    fake("npm", "trap '' INT TERM; exec sleep 20");
    const job = new Job();
    await job.until(() => calls().length === 1);
    job.ctrlC();
    expect(await job.ended).toBe(130);
    expect(job.said).toMatch(/Stopping npm …\ninterrupted; the same command goes on from here\n$/);
    expect(existsSync(path.join(folder, ".genesis", "setup-lock"))).toBe(false);
    fake("npm", "mkdir -p node_modules");
    expect(setup()).toMatchObject({ code: 0, said: expect.stringMatching(/^Installing npm packages .*\n$/) });
  });

  it("goes on in the same process with the program it is given", () => {
    fakeTools();
    writeFileSync(path.join(folder, "next.mjs"), "console.log(JSON.stringify([process.ppid, process.argv.slice(1)]));");
    const run = spawnSync(process.execPath, [path.join(folder, "bin", "setup.cjs"), path.join(folder, "next.mjs"), "--one", "two"], { env: environment({}), encoding: "utf8" });
    expect(JSON.parse(run.stdout)).toEqual([process.pid, [path.join(folder, "next.mjs"), "--one", "two"]]);
    // A shell's `&&` would end at Ctrl-C before set-up does.
    const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
    for (const name of ["start", "test", "bench", "assure"]) expect(scripts[name]).toMatch(/^node bin\/setup\.cjs [^&|;]+$/);
  });

  it("tells when npm ci fails, and ends", () => {
    fakeTools();
    fake("npm", "exit 7");
    expect(setup()).toMatchObject({ code: 1, said: expect.stringMatching(/`npm ci` failed\.\nNext: check the network/) });
    expect(setup().code).toBe(1);
  });

  it("GENESIS_NO_APT=1 goes on without QEMU, says so in one line, and calls no apt", () => {
    fake("apt-get", "");
    setup({ GENESIS_NO_APT: "1" });
    const second = setup({ GENESIS_NO_APT: "1" });
    expect(second.code).toBe(0);
    expect(second.said).toMatch(/^QEMU board not available \(GENESIS_NO_APT=1; missing: .*qemu-system-arm.*\): going on with the simulated board\.\n$/);
    expect(calls().some((call) => call.startsWith("apt-get"))).toBe(false);
  });

  it.runIf(isDebian && isRoot)("installs the tools by apt: update first, a lock time-out, stdin closed, progress", () => {
    fake("apt-get", `[ -t 0 ] && exit 9; if read -r line; then exit 8; fi; [ "$DEBIAN_FRONTEND" = noninteractive ] || exit 7
for p in 5 33 66 99; do echo "dlstatus:1:$p.5:Retrieving file"; done; echo "Reading package lists..."`);
    const { code, said } = setup();
    expect(code).toBe(0);
    const apt = calls().filter((call) => call.startsWith("apt-get"));
    expect(apt).toEqual([
      "apt-get -q -o DPkg::Lock::Timeout=300 -o APT::Status-Fd=1 update",
      expect.stringMatching(/^apt-get -q -o DPkg::Lock::Timeout=300 -o APT::Status-Fd=1 install -y --no-install-recommends .*qemu-system-arm gcc-arm-none-eabi/),
    ]);
    expect(said).toContain("about 130 MB to download, 0.9 GB on disk");
    expect(said).toContain("  Reading package lists 33 %\n");
    expect(said).toContain("  Downloading 33 %\n");
    expect(said).toMatch(/Installed\.\n$/);
  });

  it.runIf(isDebian && isRoot)("Ctrl-C while dpkg works waits for it; nothing is left half installed or behind", async () => {
    fake("apt-get", `[ "$6" = update ] && exit 0; trap '' INT; echo "pmstatus:gcc:3.5:Unpacking gcc"; sleep 1; echo done >> "${path.join(folder, "dpkg-done")}"`);
    const job = new Job();
    await job.until(() => calls().some((call) => call.includes("install")));
    await new Promise((resolve) => setTimeout(resolve, 100));
    job.ctrlC();
    expect(await job.ended).toBe(130);
    expect(existsSync(path.join(folder, "dpkg-done"))).toBe(true);
    expect(job.isAlive).toBe(false);
    expect(job.said).toMatch(/Interrupted: apt finishes what it has begun, which may take some seconds …\ninterrupted; the same command goes on from here\n$/);
  });

  it.runIf(isDebian && isRoot)("says so on a terminal on a line of its own", () => {
    fake("apt-get", `[ "$6" = update ] && exit 0; trap '' INT; echo "pmstatus:gcc:3.5:Unpacking gcc"; sleep 0.3; kill -INT $PPID; sleep 2.4; echo "pmstatus:gcc:43.5:Unpacking gcc"`);
    const run = spawnSync("/usr/bin/script", ["-qec", `'${process.execPath}' '${path.join(folder, "bin", "setup.cjs")}'`, "/dev/null"], { env: { ...environment({}), SHELL: "/bin/sh" }, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    expect(run.status).toBe(130);
    expect(run.stdout).toContain("Unpacking gcc\r\x1b[2KInterrupted: apt finishes what it has begun, which may take some seconds …\r\n");
    expect(run.stdout).toContain("\r\x1b[2Kinterrupted; the same command goes on from here");
    expect(run.stdout.slice(run.stdout.indexOf("Interrupted"))).not.toMatch(/\d s\S/);
  });

  it.runIf(isDebian && isRoot)("Ctrl-C while apt downloads ends at once", async () => {
    fake("apt-get", `[ "$6" = update ] && exit 0; exec sleep 20`);
    const job = new Job();
    await job.until(() => calls().some((call) => call.includes("install")));
    await new Promise((resolve) => setTimeout(resolve, 100));
    job.ctrlC();
    expect(await job.ended).toBe(130);
    expect(job.isAlive).toBe(false);
    expect(job.said).not.toContain("apt finishes");
  });

  it.runIf(isDebian && isRoot)("counts the seconds on a terminal while apt says nothing, and tells what it waits for", async () => {
    setup({ GENESIS_NO_APT: "1" });
    // It goes on when the test has seen the seconds, however long that takes on a busy machine.
    const go = (n: number): string => path.join(folder, `go-${n}`);
    const pause = (n: number): string => `while [ -e "${tools}" ] && ! [ -e "${go(n)}" ]; do sleep 0.1; done`;
    fake("apt-get", `[ "$6" = update ] && exit 0; echo "Waiting for cache lock: Could not get lock. It is held by process 7 (apt)..."; ${pause(1)}; echo "pmstatus:gcc:3.5:Unpacking gcc"; ${pause(2)}`);
    const run = spawn("/usr/bin/script", ["-qec", `'${process.execPath}' '${path.join(folder, "bin", "setup.cjs")}'`, "/dev/null"], { env: { ...environment({}), SHELL: "/bin/sh" }, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    run.stdout.on("data", (bytes: Buffer) => {
      said += bytes.toString();
      if (/\r\x1b\[2K {2}Waiting for another package manager \(at most 300 s\) {2}[1-9]\d* s/.test(said)) writeFileSync(go(1), "");
      if (/\r\x1b\[2K {2}Installing 3 % {2}Unpacking gcc {2}[1-9]\d* s/.test(said)) writeFileSync(go(2), "");
    });
    await new Promise((resolve) => run.once("close", resolve));
    expect(said).toContain("\r\x1b[2K  Installing 3 %  Unpacking gcc\r");
    expect([existsSync(go(1)), existsSync(go(2))]).toEqual([true, true]);
  });

  it.runIf(isDebian && isRoot)("says once in a log that it waits for another package manager, however often apt does", () => {
    setup({ GENESIS_NO_APT: "1" });
    fake("apt-get", `[ "$6" = update ] && exit 0; for i in 1 2 3; do echo "Waiting for cache lock: Could not get lock... $i s"; done`);
    const { said } = setup();
    expect(said.split("Waiting for another package manager").length - 1).toBe(1);
  });

  it.runIf(isDebian && isRoot)("goes on in one line when apt fails", () => {
    setup({ GENESIS_NO_APT: "1" });
    fake("apt-get", 'echo "E: Could not get lock /var/lib/dpkg/lock" >&2; exit 100');
    const { code, said } = setup();
    expect(code).toBe(0);
    expect(said.trim().split("\n").at(-1)).toBe("QEMU board not available (apt-get install failed: E: Could not get lock /var/lib/dpkg/lock): going on with the simulated board.");
  });
});

describe("the command without its packages", () => {
  it("says what to do", () => {
    const run = spawnSync(process.execPath, [path.join(folder, "bin", "genesis.mjs"), "boards"], { env: environment({}), encoding: "utf8" });
    expect([run.status, run.stdout]).toEqual([1, ""]);
    expect(run.stderr).toMatch(/^genesis: esbuild does not run here .*\nnext: {2}node bin\/setup\.cjs/);
  });
});
