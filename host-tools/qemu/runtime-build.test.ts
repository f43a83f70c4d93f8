// The runtime's build: incremental, offline after the first time, and suspicious of what it downloads.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { COMPILER_FLAGS, buildRuntime, repositoryRoot } from "./runtime-build.ts";
import { testCacheDir } from "./test-board.ts";
import { fetchXs, isPinnedTarball } from "./xs-source.ts";
import { missingPrograms } from "./toolchain.ts";

const onQemu = describe.skipIf(missingPrograms().length > 0);

const realPath = process.env["PATH"];
let folder: string;
beforeAll(() => buildRuntime({ cacheDir: testCacheDir }).then(() => undefined), 300_000);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "genesis-build-"));
});
afterEach(() => {
  process.env["PATH"] = realPath;
  rmSync(folder, { recursive: true, force: true });
});

/** A PATH with one fake program. */
function fakeProgram(name: string, script: string): void {
  writeFileSync(path.join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  process.env["PATH"] = `${folder}:/usr/bin:/bin`;
}

onQemu("buildRuntime", () => {
  it("does nothing when nothing changed: no programs, no network, well under a second", async () => {
    process.env["PATH"] = folder;
    const before = process.cpuUsage();
    const { elfPath } = await buildRuntime({ cacheDir: testCacheDir });
    // Its own work: a busy computer may make it wait for longer than that.
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(300);
    expect(elfPath).toMatch(/runtime-[0-9a-f]{20}\.elf$/);
  });

  it("compiles without a warning", () => {
    const runtimeDir = path.join(repositoryRoot(), "boards", "qemu-mps2-an385", "runtime");
    const xs = path.join(testCacheDir, "xs", readdirSync(path.join(testCacheDir, "xs")).find((name) => !name.endsWith(".tgz")) ?? "", "package", "moddable", "xs");
    const files = readdirSync(runtimeDir).filter((name) => name.endsWith(".c"));
    const include = [runtimeDir, ...["includes", "platforms", "sources"].map((name) => path.join(xs, name))].flatMap((name) => ["-I", name]);
    execFileSync("arm-none-eabi-gcc", [...COMPILER_FLAGS, "-Werror", "-fsyntax-only", ...include, ...files], { cwd: runtimeDir, stdio: "pipe" });
  });

  it("is a small runtime: at most 2,500 lines of C, headers included, comments and blank lines not counted", () => {
    const runtimeDir = path.join(repositoryRoot(), "boards", "qemu-mps2-an385", "runtime");
    const files = readdirSync(runtimeDir).filter((name) => /\.[ch]$/.test(name));
    const code = files.map((name) => readFileSync(path.join(runtimeDir, name), "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "")).join("\n");
    expect(code.split("\n").filter((line) => line.trim() !== "").length).toBeLessThanOrEqual(2500);
  });

  it("names the packages to install when the cross compiler is missing", async () => {
    process.env["PATH"] = folder;
    await expect(buildRuntime({ cacheDir: path.join(folder, "cache") })).rejects.toThrow(/arm-none-eabi-gcc is not installed[\s\S]*apt-get install[^\n]*gcc-arm-none-eabi/);
  });
});

onQemu("fetchXs", () => {
  it("says so when npm is missing", async () => {
    process.env["PATH"] = folder;
    await expect(fetchXs(path.join(folder, "cache"), () => undefined)).rejects.toThrow(/npm is not installed[\s\S]*Next: /);
  });

  it("says what to do when the download fails", async () => {
    fakeProgram("npm", "echo 'ENOTFOUND registry' >&2; exit 1");
    await expect(fetchXs(path.join(folder, "cache"), () => undefined)).rejects.toThrow(/npm failed[\s\S]*ENOTFOUND[\s\S]*Next: check the network/);
  });

  it("refuses and deletes a tarball that is not the pinned one", async () => {
    fakeProgram("npm", 'while [ "$1" != --pack-destination ]; do shift; done; echo tampered > "$2/agoric-xsnap-0.15.0.tgz"');
    const cache = path.join(folder, "cache");
    await expect(fetchXs(cache, () => undefined)).rejects.toThrow(/SHA-512 differs[\s\S]*Next: /);
    expect(() => isPinnedTarball(path.join(cache, "xs", "agoric-xsnap-0.15.0.tgz"))).toThrow(/ENOENT/);
  });

  it("needs no npm once the sources are there", async () => {
    process.env["PATH"] = folder;
    mkdirSync(path.join(folder, "empty"));
    expect(await fetchXs(testCacheDir, () => undefined)).toContain(path.join("package", "moddable", "xs"));
  });
});
