// Who wins: a flag, then the environment, then settings.json, then the default.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Command as Program } from "commander";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { addSettings, numberOption, settingsEnvironment, settingsFile, wantsJson } from "./settings.ts";

const home = mkdtempSync(path.join(os.tmpdir(), "genesis-settings-"));
const file = path.join(home, "settings.json");
beforeEach(() => rmSync(file, { force: true }));
afterAll(() => rmSync(home, { recursive: true, force: true }));

function parse(argv: readonly string[], environment: NodeJS.ProcessEnv): Record<string, unknown> {
  const program = new Program().exitOverride();
  addSettings(program, { ...settingsFile(home), ...settingsEnvironment(environment) });
  return program.parse(argv, { from: "user" }).opts();
}

describe("settings", () => {
  it("come from the default, the file, the environment, the flag, each over the one before", () => {
    expect(parse([], {})).toEqual({ baud: "115200", timeout: "5000", progress: true });
    writeFileSync(file, JSON.stringify({ baud: 9600, tile: "sim", json: true, quiet: false, "no-progress": true }));
    expect(parse([], {})).toEqual({ baud: "9600", timeout: "5000", progress: false, tile: "sim", json: true });
    expect(parse([], { GENESIS_BAUD: "1200", GENESIS_TILE: "", GENESIS_PORT: "/dev/x" })).toMatchObject({ baud: "1200", tile: "sim", port: "/dev/x" });
    expect(parse(["--baud", "300"], { GENESIS_BAUD: "1200" })).toMatchObject({ baud: "300" });
  });

  it("a switch in the environment is off when it says so", () => {
    expect(parse([], { GENESIS_JSON: "0", GENESIS_QUIET: "false", GENESIS_NO_PROGRESS: "" })).toEqual({ baud: "115200", timeout: "5000", progress: true });
    expect(parse([], { GENESIS_JSON: "1", GENESIS_QUIET: "yes", GENESIS_NO_PROGRESS: "1" })).toMatchObject({ json: true, quiet: true, progress: false });
    expect([wantsJson(["boards", "--json"], {}), wantsJson(["repl", "--", "--json"], {}), wantsJson([], { json: "1" })]).toEqual([true, false, true]);
  });

  it("refuses a file it does not understand, naming it", () => {
    for (const text of ["{", "[]", '{"ports": "x"}', '{"json": "yes"}', '{"baud": true}']) {
      writeFileSync(file, text);
      expect(() => settingsFile(home), text).toThrow(file);
    }
  });

  it("takes numbers for what they are", () => {
    expect(numberOption("--for", "1.5", { min: 0 })).toBe(1.5);
    for (const text of ["", "abc", "-1", "1e3", "0x10", "Infinity", "NaN", "1,5"]) expect(() => numberOption("--for", text, { min: 0 }), text).toThrow("--for takes a number from 0 on");
    expect(() => numberOption("--from", "1.5", { min: 1, isInteger: true })).toThrow("whole number");
  });
});
