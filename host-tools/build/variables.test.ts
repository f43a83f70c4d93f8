// The variable model: exact for single forms (figures measured on real Espruino), and it follows what boot() makes.
// With GENESIS_ESPRUINO it is measured again: forms to the cell, whole bundles within 10 %.

import { execFileSync } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { bundleTile } from "./bundle.ts";

import { estimateVariables } from "./variables.ts";
import { measureVariables, runOnEspruino } from "./espruino-run.ts";
import { CALIBRATION as samples } from "./variables/calibration.ts";
import { sampleBundle } from "./variables/samples.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** The smallest file, whose own cells are known: what else is measured with it is the measuring. */
const bareFile = "(()=>{function f(){return 1}return f})()";
const bareCells = 6;

/** The tier needs a build with a board's heap: 13-byte cells, a fixed number of them. */
const binary = await boardHeap(process.env["GENESIS_ESPRUINO"]);

async function boardHeap(candidate: string | undefined): Promise<string | undefined> {
  if (candidate === undefined) return undefined;
  const { lines } = await runOnEspruino(candidate, { ".bootcde": 'print("@@START");print(process.memory().blocksize,process.memory().total);print("@@END")' });
  const [cellBytes = 0, total = 0] = (lines.find((line) => /^\d+ \d+$/.test(line)) ?? "").split(" ").map(Number);
  return cellBytes === 13 && total >= 2000 ? candidate : undefined;
}

describe.each(samples.forms)("$name", ({ text, cells }) => {
  const file = `(()=>{function f(){return 1}${text}return f})()`;
  it("takes the cells that were measured", () => {
    expect(estimateVariables(file).evaluated - estimateVariables(bareFile).evaluated).toBe(cells);
  });
  it.runIf(binary)("takes them on this Espruino", async () => {
    const [with_, without] = [await measureVariables(binary!, file), await measureVariables(binary!, bareFile)];
    const inTheBuild = with_.evaluated - with_.before - (without.evaluated - without.before);
    expect(inTheBuild).toBe(cells);
  });
});

describe.each(samples.bundles)("sample bundle of $functions functions, $objects objects", ({ functions, objects, arrayBytes, evaluated, after }) => {
  const code = sampleBundle({ functions, objects, arrayBytes });
  const within = (estimate: number, measured: number): void => expect(Math.abs(estimate - measured) / measured).toBeLessThan(0.1);
  it("is estimated within 10 % of the recorded measurement", () => {
    const estimate = estimateVariables(code);
    within(estimate.evaluated, evaluated);
    within(estimate.total, after);
  });
  it.runIf(binary)("is estimated within 10 % of this Espruino", async () => {
    const bare = await measureVariables(binary!, bareFile, "f()");
    const measured = await measureVariables(binary!, code, "f(global,{})");
    const estimate = estimateVariables(code);
    within(estimate.evaluated, measured.evaluated - measured.before - (bare.evaluated - bare.before - bareCells));
    within(estimate.total, measured.after - measured.before - (bare.after - bare.before - bareCells));
  });
});

describe.runIf(binary)("the tile image", () => {
  it("is estimated within 10 % of this Espruino", { timeout: 30_000 }, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "genesis-variables-"));
    try {
      await copyFile(path.join(root, "firmware/images/mangle-cache.json"), path.join(folder, "names.json"));
      const { code } = await bundleTile({ entry: "firmware/images/tile.ts", root, profile: "small", define: { VERSION: '"1.0.0"' }, mangleCachePath: path.join(folder, "names.json"), isStartedOnce: true });
      const link = path.join(folder, "link");
      execFileSync("mkfifo", [link]);
      const config = { v: 1, id: "0123456789abcdef", name: "t", board: "espruino-linux", link: "Serial1", baud: 115200, path: link, con: true, file: "g.dat", off: 0, base: 0x1001_8000, page: 1024, journal: 4, slot: 26, slots: 2, prev: 0, key: "00".repeat(32), win: 1000, wdt: 5 };
      const bare = await measureVariables(binary!, bareFile, "f()");
      const measured = await measureVariables(binary!, code, `f(global,${JSON.stringify(config)})`);
      const inUse = measured.after - measured.before - (bare.after - bare.before - bareCells);
      const estimate = estimateVariables(code, { config }).total;
      expect(Math.abs(estimate - inUse) / inUse, `estimate ${estimate}, measured ${inUse}`).toBeLessThan(0.1);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

it("follows table sizes, loops, fields and functions given to the port", () => {
  const boot = (body: string): number => {
    const code = `(()=>{function boot(port,cfg){${body}}return boot})()`;
    const { total, evaluated } = estimateVariables(code, { config: { rows: 100 } });
    return total - evaluated;
  };
  expect(boot("return 1")).toBe(0);
  expect(boot("let n=cfg.rows*4;return{t:new Uint8Array(n)}")).toBeGreaterThan(400 / 13);
  expect(boot("let a=[];for(let i=0;i<10;i++)a.push({x:i});return a")).toBe(8 + 1 + 10 * 3);
  expect(boot("port.on('data',function(d){return d})")).toBeGreaterThanOrEqual(8);
  expect(boot("function never(){return{a:1,b:2}}return 1")).toBe(0);
});
