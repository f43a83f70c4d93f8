// Manifests: what is accepted, what each wrong field is told, and that a file is read and not run.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { addressOf, checkManifest, type ModuleManifest } from "./manifest.ts";
import { ManifestError } from "./manifest-check.ts";
import { plainValue, readManifest } from "./manifest-file.ts";
import { checkNeedsFile, needsText, writeNeeds } from "./needs-file.ts";

const GOOD: ModuleManifest = {
  name: "porch-light",
  version: 3,
  needs: [
    { as: "light", service: "pins", pin: "D4", mode: "output", safe: 0, why: "the light itself" },
    { as: "button", service: "pins", pin: "BTN1", mode: "watch", why: "to switch it" },
    { as: "log", service: "telemetry", rights: "append", why: "hours of light" },
  ],
  quotas: { fuelPerRun: 20_000, memoryBlocks: 100, messageBytes: 64, energyUcPerPeriod: 1000, periodMs: 60_000 },
  restart: { policy: "threshold", backoffMs: 1000, limit: 3 },
  state: { version: 1, bytes: 8 },
};

/** The manifest with one field set, by its path; `undefined` takes it away. */
function withField(fieldPath: string, value: unknown): unknown {
  const copy = structuredClone(GOOD) as unknown as Record<string, unknown>;
  const keys = fieldPath.split(/[.[\]]+/).filter(Boolean);
  const last = keys.pop()!;
  let at = copy;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

function problemsOf(value: unknown): { path: string; what: string; instead: string }[] {
  try {
    checkManifest(value);
    return [];
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    return [...error.problems];
  }
}

describe("the check", () => {
  it("takes a good one as it is", () => {
    expect(checkManifest(GOOD)).toBe(GOOD);
    expect(problemsOf({ ...GOOD, notes: ["by the author", "x".repeat(80), "a", "b", "c", "d", "e", "f"] })).toEqual([]);
    for (const note of ["", "x".repeat(81), "two\nlines", 5]) expect(problemsOf({ ...GOOD, notes: ["fine", note] })).toMatchObject([{ path: "notes[1]", instead: expect.stringContaining("1 to 80") }]);
    expect([addressOf(GOOD, "light"), addressOf(GOOD, "log")]).toEqual([2, 4]);
    expect(() => addressOf(GOOD, "door")).toThrow(/no need "door", only light, button, log/);
  });

  it.each([
    ["name", "Porch", /"Porch"/, /a-z, 0-9/],
    ["name", "a".repeat(25), /aaa/, /24/],
    ["name", "a-", /"a-"/, /a-z/],
    ["version", 0, /0/, /1 to/],
    ["version", 1.5, /1\.5/, /whole number/],
    ["version", undefined, /missing/, /whole number/],
    ["needs", "none", /"none"/, /list/],
    ["needs[0].as", "Light", /"Light"/, /Need\.Led/],
    ["needs[0].why", "", /""/, /what for/],
    ["needs[0].why", "the light\nitself", /light/, /ASCII/],
    ["needs[0].why", "\u202ethgil eht", /thgil/, /ASCII/],
    ["notes", "by me", /"by me"/, /list of at most 8/],
    ["notes", Array(9).fill("x"), /x/, /list of at most 8/],
    ["needs[0].service", "gpio", /"gpio"/, /"pins", "telemetry", "sensor" or "clock"/],
    ["needs[0].pin", "D 4", /"D 4"/, /board's name/],
    ["needs[0].mode", "pwm", /"pwm"/, /"output", "input", "analog" or "watch"/],
    ["needs[0].safe", undefined, /missing/, /0 or 1/],
    ["needs[1].safe", 0, /no such field/, /leave it out/],
    ["needs[2].rights", "read", /"read"/, /"append"/],
    ["needs[1].as", "light", /needs\[0\]'s name too/, /of its own/],
    ["quotas.fuelPerRun", 999, /999/, /1000 to 200000/],
    ["quotas.memoryBlocks", "100", /"100"/, /whole number/],
    ["quotas.energy", 5, /no such field/, /energyUcPerPeriod/],
    ["restart.policy", "never", /"never"/, /"quarantine"/],
    ["restart.backoffMs", -1, /-1/, /0 to/],
    ["state.bytes", 65, /65 bytes/, /messageBytes: 65/],
    ["state.version", 0, /nothing is saved/, /1/],
    ["color", "red", /no such field/, /name, version/],
  ])("%s: %j", (fieldPath, value, what, instead) => {
    const problems = problemsOf(withField(fieldPath, value)).filter((one) => one.path === fieldPath);
    expect(problems).toHaveLength(1);
    expect(problems[0]!.what).toMatch(what);
    expect(problems[0]!.instead).toMatch(instead);
  });

  it("tells the same pin twice, too many needs, and everything at once", () => {
    expect(problemsOf(withField("needs[1].pin", "D4"))).toMatchObject([{ path: "needs[1]", what: "pin D4 is needs[0] too" }]);
    const many = Array.from({ length: 13 }, (_, n) => ({ as: `p${n}`, service: "pins", pin: `D${n}`, mode: "input", why: "one of many" }));
    expect(problemsOf({ ...GOOD, needs: many })).toMatchObject([{ path: "needs", instead: expect.stringContaining("at most 12") }]);
    expect(problemsOf({ name: 1, version: 2 }).map((one) => one.path)).toEqual(["name", "needs", "quotas", "restart", "state"]);
  });

  it("never fails otherwise, whatever it is given", () => {
    const fields = fc.constantFrom(...["name", "version", "needs", "needs[0]", "needs[0].pin", "needs[2].rights", "quotas", "quotas.periodMs", "restart", "restart.policy", "state", "state.bytes"]);
    fc.assert(fc.property(fields, fc.jsonValue(), (field, value) => void problemsOf(withField(field, value))), { numRuns: 500 });
    fc.assert(fc.property(fc.jsonValue(), (value) => void expect(problemsOf(value)).not.toEqual([])));
  });
});

describe("the file", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "genesis manifest-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const typed = (value: string): string => `import type { ModuleManifest } from "genesis/manifest";\nconst MINUTE_MS = 60 * 1000;\nexport const manifest = ${value} as const satisfies ModuleManifest;\n`;

  it("is TypeScript with constants above", () => {
    const file = path.join(folder, "manifest.ts");
    writeFileSync(file, typed(JSON.stringify(GOOD).replace('"periodMs":60000', "periodMs: MINUTE_MS")));
    expect(readManifest(file)).toEqual(GOOD);
    writeFileSync(file, typed(JSON.stringify(GOOD).replace("porch-light", "Porch")));
    expect(() => readManifest(file)).toThrow(`${file}: name: "Porch"`);
  });

  it.each([
    ["export const manifest = { name: process.exit(7) };", /not plain data/],
    ["export const manifest = (() => ({}))();", /not plain data/],
    ["export const manifest = { get name() { return 1; } };", /not plain data/],
    ["export const manifest = { ['na' + 'me']: 1 };", /not plain data/],
    ['export const manifest = { "__proto__": {} };', /not plain data/],
    ["export const manifest = { ...other };", /not plain data/],
    ["const other = 1;", /has no manifest/],
    ["export const manifest = {", /can't be read/],
  ])("%s", (text, words) => {
    expect(() => plainValue(text, "manifest")).toThrow(words);
  });

  it("has its needs as names beside it, and a file that is not of this manifest is told", () => {
    expect(needsText(GOOD)).toContain("  /** pin D4, output: the light itself. */\n  Light = 2,\n");
    expect(() => checkNeedsFile(folder, GOOD)).toThrow(/is not what manifest\.ts needs/);
    expect([writeNeeds(folder, GOOD), writeNeeds(folder, GOOD)]).toEqual([true, false]);
    checkNeedsFile(folder, GOOD);
    expect(() => checkNeedsFile(folder, { ...GOOD, needs: GOOD.needs.slice(1) })).toThrow(expect.objectContaining({ code: "STALE", next: expect.stringContaining("genesis module needs") }));
  });
});
