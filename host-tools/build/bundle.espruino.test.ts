// The output form on the real interpreter: evaluated from a string and straight from flash, with the functions' text left in flash.
// Opt-in: GENESIS_ESPRUINO names an Espruino for Linux.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleTile } from "./bundle.ts";
import { runOnEspruino } from "./espruino-run.ts";

const binary = process.env["GENESIS_ESPRUINO"];

let folder = "";
let code = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "genesis-form-"));
  const parts = Array.from({ length: 30 }, (_, index) => `export function part${index}(s: { _n: number }, text: string): number {\n  s._n = (s._n * 31 + text.length + ${index}) & 0xffff;\n  return s._n;\n}\n`).join("");
  await writeFile(path.join(folder, "parts.ts"), parts);
  const calls = Array.from({ length: 30 }, (_, index) => `      P.part${index}(state, text);\n`).join("");
  await writeFile(path.join(folder, "tile.ts"), `import * as P from "./parts.ts";\nexport function boot(port: { print(text: string): void }, cfg: { id: number }): object {\n  const state = { _n: cfg.id };\n  return {\n    step: function (text: string): number {\n${calls}      return state._n;\n    },\n  };\n}\n`);
  code = (await bundleTile({ entry: "tile.ts", root: folder, profile: "small", mangleCachePath: path.join(folder, "names.json") })).code;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Evaluate the tile from an expression that gives its text, start two, and print what they compute and the variables that the file took. */
async function run(text: string, files: Record<string, string>): Promise<{ results: number[]; variables: number }> {
  const use = `print("@@START");(function(){var m=process.memory().usage;var f=eval(${text});m=process.memory().usage-m;var a=f(global,{id:1}),b=f(global,{id:2});print("@@"+JSON.stringify([m,a.step("hi"),b.step("hi"),a.step("there")]))})();print("@@END")`;
  const { lines, failure } = await runOnEspruino(binary!, { ...files, ".bootcde": use });
  expect(failure, lines.join("\n")).toBeUndefined();
  const [variables = 0, ...results] = JSON.parse((lines.find((line) => line.startsWith("@@[")) ?? "@@[]").slice(2)) as number[];
  return { results, variables };
}

describe.runIf(binary)("an expression file", () => {
  it("computes the same from a string, from flash and in Node", async () => {
    const boot = (0, eval)(code) as (port: object, cfg: object) => { step(text: string): number };
    const [a, b] = [boot({}, { id: 1 }), boot({}, { id: 2 })];
    const inNode = [a.step("hi"), b.step("hi"), a.step("there")];
    const fromFlash = await run(`require("Storage").read("img",4,${code.length})`, { img: `HEAD${code}TAIL` });
    const fromString = await run(`"".concat(require("Storage").read("img"))`, { img: code });
    expect(fromFlash.results).toEqual(inNode);
    expect(fromString.results).toEqual(inNode);
  });
  it("leaves its text in flash", async () => {
    const fromFlash = await run(`require("Storage").read("img",0,${code.length})`, { img: code });
    const fromString = await run(`"".concat(require("Storage").read("img"))`, { img: code });
    // A copy in RAM takes a variable for every 9 characters or more; the file from flash takes its 31 functions and their names only.
    expect(fromFlash.variables).toBeLessThan(31 * 11 + 20);
    expect(fromString.variables - fromFlash.variables).toBeGreaterThan(31);
  });
});
