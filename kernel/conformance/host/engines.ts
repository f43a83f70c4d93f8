// Runs the suite on one engine and reads what it printed.
import { mkdtempSync, readFileSync } from "node:fs";
import path from "node:path";
import { runInNewContext } from "node:vm";
import { getQuickJS } from "quickjs-emscripten";
import { qemuStorage } from "../../../host-tools/bench/qemu-flash.ts";
import { runOnEspruino } from "../../../host-tools/build/espruino-run.ts";
import { startQemu } from "../../../host-tools/qemu/machine.ts";
import { bundleGroup, GROUPS } from "./bundle.ts";

export interface Verdict {
  object: string;
  name: string;
  /** Checks made; undefined when it failed. */
  checks: number | undefined;
  failure: string;
}

/** Verdicts in an engine's output. */
export function readVerdicts(lines: readonly string[]): Verdict[] {
  const out: Verdict[] = [];
  for (const line of lines) {
    const found = /@@([a-z-]+);([01]);([^;]*);(.*?)\s*$/.exec(line);
    if (found) out.push({ object: found[1] ?? "", name: found[4] ?? "", checks: found[2] === "1" ? Number(found[3]) : undefined, failure: found[2] === "1" ? "" : (found[3] ?? "") });
  }
  return out;
}

async function eachGroup(isFull: boolean, run: (text: string) => Promise<string[]> | string[]): Promise<Verdict[]> {
  const out: Verdict[] = [];
  for (const group of GROUPS) {
    const lines = await run(await bundleGroup(group, isFull));
    out.push(...readVerdicts(lines));
    if (!lines.some((line) => line.includes("@@END"))) out.push({ object: group, name: "the program came to its end", checks: undefined, failure: lines.slice(-3).join(" | ") });
  }
  return out;
}

export function bundleInNode(isFull: boolean): Promise<Verdict[]> {
  return eachGroup(isFull, (text) => {
    const lines: string[] = [];
    runInNewContext(text, { print: (line: string) => lines.push(line) }, { timeout: 60_000 });
    return lines;
  });
}

export async function bundleInQuickJs(): Promise<Verdict[]> {
  const quickJs = await getQuickJS();
  return eachGroup(true, (text) => {
    const context = quickJs.newContext();
    try {
      const lines: string[] = [];
      const print = context.newFunction("print", (line) => void lines.push(context.getString(line)));
      context.setProp(context.global, "print", print);
      print.dispose();
      context.unwrapResult(context.evalCode(text)).dispose();
      return lines;
    } finally {
      context.dispose();
    }
  });
}

/** On Espruino for Linux, as its boot code. */
export function bundleOnEspruino(binary: string): Promise<Verdict[]> {
  return eachGroup(true, async (text) => {
    const { lines, failure } = await runOnEspruino(binary, { ".bootcde": text }, 240_000);
    return [...lines, failure ?? "@@END"];
  });
}

/** On XS in QEMU, as its boot code. `folder` takes its files. */
export function bundleOnQemu(elfPath: string, folder: string): Promise<Verdict[]> {
  return eachGroup(true, async (text) => {
    const own = mkdtempSync(path.join(folder, "board-"));
    const flashPath = path.join(own, "flash.bin");
    const outputPath = path.join(own, "output");
    qemuStorage(flashPath, (storage) => storage.write(".bootcde", text));
    const machine = await startQemu({ elfPath, flashPath, icount: true, serial0: { outputPath } });
    try {
      for (const deadlineMs = performance.now() + 120_000; ; ) {
        const output = readFileSync(outputPath, "latin1");
        if (output.includes("@@END") || /Uncaught/.test(output) || performance.now() > deadlineMs) return output.split("\n");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    } finally {
      await machine.kill();
    }
  });
}
