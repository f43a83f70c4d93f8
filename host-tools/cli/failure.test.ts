// Whatever is thrown becomes words, a stable code, an exit code of the table and, where there is one, a next step.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { TileBuildError } from "../build/build-errors.ts";
import { parseImage } from "../image/mcuboot.ts";
import { InstallError } from "../install/install-error.ts";
import { LINK_EXIT_CODES, LinkError, type LinkErrorCode } from "../link/link-errors.ts";
import { explainOpen } from "../link/serial-stream.ts";
import { ToolError } from "../qemu/toolchain.ts";
import { readInputFile } from "./input-file.ts";
import { describeFailure, EXIT_CODES, Failure } from "./failure.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "genesis-failure-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("what is thrown", () => {
  it("keeps the fields of our own errors", () => {
    for (const error of [new Failure("A", 8, "halted", "look"), new InstallError("A", 8, "halted", "look")]) {
      expect(describeFailure(error)).toEqual({ code: "A", exitCode: 8, message: "halted", next: "look" });
    }
    for (const code of Object.keys(LINK_EXIT_CODES) as LinkErrorCode[]) {
      const { exitCode } = describeFailure(new LinkError(code, "x", "y"));
      expect(EXIT_CODES[exitCode], code).toBeDefined();
    }
    expect(describeFailure(thrownBy(() => parseImage(Buffer.alloc(100))))).toMatchObject({ code: "IMAGE_INVALID", exitCode: 6, next: expect.stringContaining("genesis build") });
  });

  it("has words for a build that fails and for a missing program", () => {
    expect(describeFailure(new TileBuildError("a.ts", "1 place outside the tile dialect", [], []))).toMatchObject({ code: "BUILD", exitCode: 1, message: expect.stringContaining("a.ts"), next: expect.any(String) });
    expect(describeFailure(new ToolError("gcc is not installed.", "install it"))).toEqual({ code: "TOOL", exitCode: 1, message: "gcc is not installed.", next: "install it" });
  });

  it("has words for what the file system says", () => {
    const file = path.join(folder, "file");
    writeFileSync(file, "");
    const cases: [() => unknown, string, number][] = [
      [() => readInputFile(path.join(folder, "none")), "ENOENT", 2],
      [() => readInputFile(folder), "EISDIR", 2],
      [() => readFileSync(path.join(file, "x")), "ENOTDIR", 2],
      [() => mkdirSync(file), "EEXIST", 2],
      [() => readFileSync(path.join(folder, "n".repeat(300))), "ENAMETOOLONG", 2],
      [() => { throw Object.assign(new Error("EACCES: permission denied"), { code: "EACCES", path: "/etc/x" }); }, "EACCES", 4],
      [() => { throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC", path: "/x" }); }, "ENOSPC", 1],
    ];
    for (const [act, code, exitCode] of cases) {
      const failure = describeFailure(thrownBy(act));
      expect(failure, code).toMatchObject({ code, exitCode, next: expect.any(String) });
      expect(failure.message).not.toContain(code);
    }
  });

  it("calls the rest a bug, without a stack", () => {
    const failure = describeFailure(new TypeError("x is not a function"));
    expect(failure).toMatchObject({ code: "UNEXPECTED", exitCode: 1, next: expect.stringContaining("GENESIS_DEBUG=1") });
    expect(failure.message).not.toMatch(/\n\s+at /);
    expect(describeFailure("a string")).toMatchObject({ exitCode: 1 });
    expect(describeFailure(Object.assign(new Error("stop"), { name: "AbortError" })).exitCode).toBe(130);
  });
});

describe("a port that does not open", () => {
  it.each([
    ["Error: No such file or directory, cannot open /dev/ttyX", "PORT_MISSING", 3],
    ["Opening COM7: File not found", "PORT_MISSING", 3],
    ["Error: Permission denied, cannot open /dev/ttyX", "PORT_PERMISSION", 4],
    ["Error Resource temporarily unavailable Cannot lock port", "PORT_BUSY", 4],
    ["Error: Device or resource busy, cannot open /dev/ttyX", "PORT_BUSY", 4],
  ])("%s", (words, code, exitCode) => {
    expect(describeFailure(explainOpen("/dev/ttyX", new Error(words)))).toMatchObject({ code, exitCode, message: expect.stringContaining("/dev/ttyX"), next: expect.any(String) });
  });
});
