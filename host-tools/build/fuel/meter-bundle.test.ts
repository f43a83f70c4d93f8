// Fuel in a bundle: services pay, the kernel does not and holds the counter; maps, bytes and errors stay right. The kernel here is the contract's (README.md).
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleTile, type TileBundle } from "../bundle.ts";
import { readSourceMap } from "../source-map.ts";
import { estimateVariables } from "../variables.ts";
import { isService } from "./meter-bundle.ts";

let root = "";
const kernelText = `declare const FUEL: boolean;
declare let $: number;
export const enum Least { Budget = 1 }
/** Runs a handler with a budget; fuel that it burned, or minus that when it was stopped. */
export function run(handler: (n: number) => void, n: number, budget: number): number {
  if (FUEL) $ = budget;
  try {
    handler(n);
  } catch (e) {
    if (!FUEL) throw e;
  }
  if (!FUEL) return 0;
  const left = $;
  $ = 1000000000;
  return left < 0 ? -budget : budget - left;
}
export function busy(n: number): number {
  let sum = Least.Budget - 1;
  for (let i = 0; i < n; i++) sum += i;
  return sum;
}
`;
const serviceText = `import { busy } from "../../kernel/run.ts";
import { add } from "../wire/add.ts";
export function createServer(): (n: number) => void {
  let total = 0;
  return function (n) {
    if (n < 0) for (;;) {
      try {
        while (total >= 0) total++;
      } catch (e) {
        total = 0;
      }
    }
    for (let i = 0; i < n; i++) total = add(add(total, i), 0);
    busy(100);
  };
}
`;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "genesis-fuel-"));
  for (const folder of ["kernel", "firmware/wire", "firmware/count", "firmware/images"]) await mkdir(path.join(root, folder), { recursive: true });
  await writeFile(path.join(root, "kernel/run.ts"), kernelText);
  await writeFile(path.join(root, "firmware/wire/add.ts"), "export function add(a: number, b: number): number {\n  return a + b;\n}\n");
  await writeFile(path.join(root, "firmware/count/server.ts"), serviceText);
  await writeFile(path.join(root, "firmware/images/tile.ts"), `import { run } from "../../kernel/run.ts";\nimport { createServer } from "../count/server.ts";\nexport function boot(port: object, cfg: object): { step(n: number, budget: number): number } {\n  const handler = createServer();\n  return {\n    step: function (n: number, budget: number): number {\n      return run(handler, n, budget);\n    },\n  };\n}\n`);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const build = (fuel: boolean): Promise<TileBundle> => bundleTile({ entry: "firmware/images/tile.ts", profile: "full", root, mangleCachePath: path.join(root, "names.json"), isMetered: fuel });
const start = (code: string): { step(n: number, budget: number): number } => ((0, eval)(code) as (port: object, cfg: object) => { step(n: number, budget: number): number })({}, {});

describe("a metered bundle", () => {
  it("can be left unmetered, and then leaves no trace", async () => {
    const { code, fuelSites, bytesPerSubsystem } = await build(false);
    expect(code).not.toContain("$");
    expect(fuelSites).toEqual([]);
    expect(bytesPerSubsystem).not.toHaveProperty("fuel");
    expect(start(code).step(5, 0)).toBe(0);
  });
  it("charges services and what they use, not the kernel and not the image", async () => {
    const { code, fuelSites } = await build(true);
    expect(fuelSites.map(({ kind }) => kind).sort()).toEqual(["call", "call", "catch", "turn", "turn", "turn"]);
    expect(code.match(/\(\$-=\d+\)<0&&\$\(\)/g)).toHaveLength(6);
  });
  it("lets what only the start runs go free, and what that makes pay", async () => {
    const { code, fuelSites } = await bundleTile({ entry: "firmware/images/tile.ts", profile: "full", root, mangleCachePath: path.join(root, "names.json"), isStartedOnce: true });
    expect(fuelSites.map(({ kind }) => kind).sort()).toEqual(["call", "catch", "turn", "turn", "turn"]);
    const tile = start(code);
    expect(tile.step(-1, 5000)).toBe(-5000);
    expect(tile.step(10, 1000)).toBe((await build(true).then((all) => start(all.code))).step(10, 1000));
  });
  it("gives what was burned, stops what burns more, and starts afresh", async () => {
    const tile = start((await build(true)).code);
    const [none, one, ten] = [tile.step(0, 1000), tile.step(1, 1000), tile.step(10, 1000)];
    expect(none).toBeGreaterThan(0);
    expect(ten - none).toBe(10 * (one - none));
    expect(tile.step(10, ten)).toBe(ten);
    expect(tile.step(10, ten - 1)).toBe(1 - ten);
    expect(tile.step(-1, 5000)).toBe(-5000);
    expect(tile.step(10, 1000)).toBe(ten);
  });
  it("runs tiles side by side: no fuel is left in the code between runs", async () => {
    const { code } = await build(true);
    const boot = (0, eval)(code) as (port: object, cfg: object) => { step(n: number, budget: number): number };
    const [a, b] = [boot({}, {}), boot({}, {})];
    expect([a.step(3, 1000), b.step(-1, 500), a.step(3, 1000)]).toEqual([a.step(3, 1000), -500, b.step(3, 1000)]);
  });
  it("is the same bytes on every run, counted to the byte, in the same variables", async () => {
    const [first, second, plain] = [await build(true), await build(true), await build(false)];
    expect(second).toEqual(first);
    expect(Object.values(first.bytesPerSubsystem).reduce((sum, bytes) => sum + bytes, 0)).toBe(first.code.length);
    expect(first.bytesPerSubsystem["fuel"]).toBeGreaterThan(6 * 12);
    expect(estimateVariables(first.code).total - estimateVariables(plain.code).total).toBeLessThanOrEqual(2);
  });
  it("still maps back to the TypeScript", async () => {
    const { code, sourceMap } = await build(true);
    const map = readSourceMap(sourceMap);
    const lines = code.split("\n");
    const line = lines.findIndex((text) => text.includes("catch"));
    // `total = 0` in the service's catch stands behind its charge.
    const column = lines[line]!.search(/catch(\(\w+\))?\{\(\$-=\d+\)<0&&\$\(\);\w=0/);
    const behind = lines[line]!.indexOf(";", column) + 1;
    expect(map.lookUp(line + 1, behind + 1)).toMatchObject({ file: expect.stringMatching(/count\/server\.ts$/) as string, line: 10 });
  });
  it("names the TypeScript line of what can't be metered", async () => {
    await writeFile(path.join(root, "firmware/count/bad.ts"), "export function boot(port: { e(a: unknown): void }): void {\n  port.e(/(a+)+$/);\n}\n");
    await expect(bundleTile({ entry: "firmware/count/bad.ts", profile: "full", root, mangleCachePath: path.join(root, "names.json") })).rejects.toThrow(/firmware\/count\/bad\.ts:2:\d+: a regular expression has no bound/);
  });
});

it("services are what stands in firmware/, images are not", () => {
  expect(["firmware/smp/server.ts", "../firmware/wire/cbor.ts", "firmware/images/tile.ts", "kernel/scheduler.ts", "hal/port/espruino-port.ts", ""].map(isService)).toEqual([true, true, false, false, false, false]);
});
