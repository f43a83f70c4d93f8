// A port that is the global object is known on every engine of a board, and what the start needed is gone there after one start.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { qemuStorage } from "../../bench/qemu-flash.ts";
import { startQemu } from "../../qemu/machine.ts";
import { buildRuntime } from "../../qemu/runtime-build.ts";
import { testCacheDir } from "../../qemu/test-board.ts";
import { missingPrograms } from "../../qemu/toolchain.ts";
import { TypedTile } from "../../sim/testing/typed-tile.ts";
import { measureVariables, runOnEspruino } from "../espruino-run.ts";
import { estimateVariables } from "../variables.ts";
import { letGo } from "./let-go.ts";
import { bundleOf, NO_MAP } from "./testing/run-bundle.ts";

const binary = process.env["GENESIS_ESPRUINO"]?.split(",")[0];

const plain = bundleOf(
  `function later(x){return x-1}function a(x){return x+1}function b(x){return a(x)*2}function c(x){return{get:function(y){return later(x+y)}}}function d(x,y,z){return c(x+y+z)}` +
    `function boot(p){let x=b(p.n||1),y=d(x,1,2);return y}`,
);
const lean = letGo(plain, NO_MAP).code;

/** Starts the bundle on a port of its own, on the global object, and once more; `say` is the engine's print. */
const program = `print("@@START");var f=eval(${JSON.stringify(lean)}),t=f({n:1}),u=f(global),s;try{f(global);s="again"}catch(e){s="gone"}print("@@"+[t.get(5),u.get(5),t.get(6),s].join());print("@@END");`;
const said = (text: string): string | undefined => /@@(\d[^\r\n]*)/.exec(text)?.[1];
const EXPECTED = "11,11,12,gone";

/** What is in use after evaluation and after the start, the least of three: the interpreter at times holds a variable more for a moment, never less. */
async function quietest(code: string): Promise<{ evaluated: number; started: number }> {
  const runs = [await measureVariables(binary!, code, "f(global)"), await measureVariables(binary!, code, "f(global)"), await measureVariables(binary!, code, "f(global)")];
  return { evaluated: Math.min(...runs.map((run) => run.evaluated)), started: Math.min(...runs.map((run) => run.after)) };
}

it("QuickJS", async () => {
  const typed = await TypedTile.start();
  try {
    typed.tile.hardware.storage.write("program", program);
    expect(said(typed.type('\x10eval(require("Storage").read("program"))\n', 2000))).toBe(EXPECTED);
  } finally {
    typed.close();
  }
});

describe.skipIf(binary === undefined)("Espruino", () => {
  it("lets go", async () => {
    const { lines, failure } = await runOnEspruino(binary!, { ".bootcde": program });
    expect(failure).toBeUndefined();
    expect(said(lines.join("\n"))).toBe(EXPECTED);
  });
  it("has the variables back that the estimate says", async () => {
    const [before, after] = [await quietest(plain), await quietest(lean)];
    expect(after.evaluated).toBe(before.evaluated);
    // The one who started it holds the entry here; on a board nobody does.
    expect(before.started - after.started).toBe(estimateVariables(plain).total - estimateVariables(lean).total);
  });
});

it.skipIf(missingPrograms().length > 0)("XS on QEMU", async () => {
  const { elfPath } = await buildRuntime({ cacheDir: testCacheDir });
  const folder = mkdtempSync(path.join(tmpdir(), "genesis-let-go-"));
  const flashPath = path.join(folder, "flash.bin");
  const outputPath = path.join(folder, "output");
  qemuStorage(flashPath, (storage) => storage.write(".bootcde", program));
  const machine = await startQemu({ elfPath, flashPath, icount: true, serial0: { outputPath } });
  try {
    let text = "";
    for (const deadlineMs = performance.now() + 30_000; !text.includes("@@END") && performance.now() < deadlineMs; text = readFileSync(outputPath, "latin1")) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(said(text)).toBe(EXPECTED);
  } finally {
    await machine.kill();
    rmSync(folder, { recursive: true, force: true });
  }
});
