// Crash-only on the real interpreter, where stack overflow and full memory skip catch and finally, in and behind every operation.
// Opt-in: set GENESIS_ESPRUINO to an Espruino binary (Linux build); without it the suite reports itself as skipped.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { TILE_BUILD_OPTIONS } from "../../../host-tools/build/esbuild-gates.ts";
import { kernelConstants } from "../../../host-tools/build/kernel-features.ts";
import { runOnEspruino } from "../../../host-tools/build/espruino-run.ts";
import { Op } from "../../gate.ts";
import { Judge } from "./verdict.ts";
import type { Report } from "./verdict.ts";

const espruino = process.env["GENESIS_ESPRUINO"] || undefined;
/** A 64-bit build: its heap grows, so the stack ends before memory does. In a fixed heap memory ends first. */
const isGrowing = espruino !== undefined && readFileSync(espruino)[4] === 2;

interface EngineReport extends Report {
  at: number;
  /** 1: a catch ran, 2: a finally ran. */
  caught: number;
  /** Blocks in use before the try, and how many more behind it. */
  base: number;
  used: number;
}

interface Kind {
  name: string;
  /** What is tried: free blocks, or calls before the deepest. */
  from: number;
  to: number;
  step: number;
}

/** Tries of one operation. */
function tries({ from, to, step }: Pick<Kind, "from" | "to" | "step">): number {
  return Math.floor((to - from) / step) + 1;
}

/** A program as a file: in a heap that grows its text may be in RAM. */
async function runFile(text: string, timeoutMs: number): Promise<{ lines: string[]; failure: string | undefined }> {
  const folder = mkdtempSync(path.join(tmpdir(), "genesis-crash-"));
  try {
    writeFileSync(path.join(folder, "t.js"), text);
    const output = await new Promise<string>((resolve) => {
      const child = spawn(espruino as string, ["t.js"], { cwd: folder, stdio: ["pipe", "pipe", "ignore"] });
      let all = "";
      const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
      child.stdout.on("data", (bytes: Buffer) => {
        all += bytes.toString("latin1");
        if (/@@END/.test(all)) child.kill("SIGKILL");
      });
      child.once("close", () => {
        clearTimeout(timer);
        resolve(all);
      });
    });
    return { lines: output.split(/\r?\n/), failure: output.includes("@@END") ? undefined : "no end" };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All tries of a kind. An interpreter with assertions may end on its own account when memory is full: such a try is left out, and the next ones have a fresh interpreter. */
async function runProbe({ name, from, to, step }: Kind): Promise<{ reports: EngineReport[]; ends: number }> {
  const reports: EngineReport[] = [];
  let ends = 0;
  for (let op = 0, at = from; op < Op.Count; ) {
    const built = await build({
      ...TILE_BUILD_OPTIONS,
      entryPoints: [`${import.meta.dirname}/guest-espruino.ts`],
      format: "iife",
      define: { ...kernelConstants("full"), FULL: "true", KIND: JSON.stringify(name), FROM: String(from), TO: String(to), STEP: String(step), OP: String(op), AT: String(at) },
      mangleProps: /^_/,
    });
    const text = built.outputFiles[0]!.text;
    const { lines, failure } = isGrowing ? await runFile(text, 280_000) : await runOnEspruino(espruino as string, { ".bootcde": text }, 280_000, true);
    const found = lines.filter((line) => line.includes("@@{")).map((line) => JSON.parse(line.slice(line.indexOf("@@{") + 2)) as EngineReport);
    reports.push(...found);
    if (failure === undefined) break;
    if (!lines.some((line) => line.includes("ASSERT"))) throw new Error(`${failure}: ${lines.slice(-4).join(" | ")}`);
    ends++;
    const last = found.at(-1);
    // Behind the last one that was told of, and the one that was not.
    const next = (last ? last.op * tries({ from, to, step }) + (last.at - from) / step + 1 : op * tries({ from, to, step }) + (at - from) / step) + 1;
    op = Math.floor(next / tries({ from, to, step }));
    at = from + (next % tries({ from, to, step })) * step;
  }
  return { reports, ends };
}

describe.skipIf(!espruino)("on Espruino", () => {
  const kinds: Kind[] = isGrowing
    ? [{ name: "stack behind", from: 0, to: 0, step: 1 }, { name: "stack inside", from: 1, to: 16, step: 5 }]
    : [{ name: "memory behind", from: 0, to: 0, step: 1 }, { name: "memory inside", from: 14, to: 54, step: 4 }];
  it.each(kinds)("$name", { timeout: 600_000 }, async (kind) => {
    const judge = new Judge();
    const { reports, ends } = await runProbe(kind);
    const counts = { tries: 0, fault: 0, done: 0, untouched: 0, nothing: 0, caught: 0, leaked: 0, drift: 0, ends };
    const inside = new Set<number>();
    for (const [index, report] of reports.entries()) {
      const verdict = judge.judge(report);
      counts.tries++;
      counts[verdict]++;
      if (verdict === "fault") {
        inside.add(report.op);
        if (report.caught) counts.caught++;
      }
      // The first run of a program leaves what the engine keeps for later ones.
      if (index > 0) counts.leaked = Math.max(counts.leaked, report.used);
      if (index > 0) counts.drift = report.base - reports[1]!.base;
    }
    process.stdout.write(`Espruino, ${kind.name}: ${JSON.stringify(counts)}\n`);
    expect(counts.tries + ends).toBe(Op.Count * tries(kind));
    expect(inside.size, "operations that were ended").toBe(Op.Count);
    // Nothing of the run's own code runs any more. (Where the probe got an exception that it could catch, it came back, and that is no fault.)
    expect(counts.caught).toBe(0);
    // Behind a try a message, a frame or a fault may stand in the tables; with the scene put back, all is as it was.
    expect(counts.leaked).toBeLessThan(32);
    expect(Math.abs(counts.drift)).toBeLessThan(32);
  });
});
