// What a script prints on each engine, line by line: for tests that hold engines to the same answers. A script prints `@@END` when it came to its end.
import { mkdtempSync, readFileSync } from "node:fs";
import path from "node:path";
import { runInNewContext } from "node:vm";
import { getQuickJS } from "quickjs-emscripten";
import { qemuStorage } from "../bench/qemu-flash.ts";
import { startQemu } from "../qemu/machine.ts";
import { runOnEspruino } from "./espruino-run.ts";

/** @throws what the script throws, or an error when it takes longer. */
export function linesInNode(script: string, timeoutMs: number = 60_000): string[] {
  const lines: string[] = [];
  runInNewContext(script, { print: (text: string) => lines.push(text) }, { timeout: timeoutMs });
  return lines;
}

/** @throws what the script throws. */
export async function linesInQuickJs(script: string): Promise<string[]> {
  const context = (await getQuickJS()).newContext();
  try {
    const lines: string[] = [];
    const print = context.newFunction("print", (text) => void lines.push(context.getString(text)));
    context.setProp(context.global, "print", print);
    print.dispose();
    context.unwrapResult(context.evalCode(script)).dispose();
    return lines;
  } finally {
    context.dispose();
  }
}

/** On Espruino for Linux, as its boot code; the last line is why it failed, if it did. */
export async function linesOnEspruino(binary: string, script: string, timeoutMs: number = 60_000): Promise<string[]> {
  const { lines, failure } = await runOnEspruino(binary, { ".bootcde": script }, timeoutMs);
  return failure === undefined ? [...lines, "@@END"] : [...lines, failure];
}

/** On XS in QEMU, as its boot code, until it has ended or failed. `folder` takes its files. */
export async function linesOnQemu(elfPath: string, folder: string, script: string, timeoutMs: number = 120_000): Promise<string[]> {
  const own = mkdtempSync(path.join(folder, "board-"));
  const flashPath = path.join(own, "flash.bin");
  const outputPath = path.join(own, "output");
  qemuStorage(flashPath, (storage) => storage.write(".bootcde", script));
  const machine = await startQemu({ elfPath, flashPath, icount: true, serial0: { outputPath } });
  try {
    for (const deadlineMs = performance.now() + timeoutMs; ; ) {
      const output = readFileSync(outputPath, "latin1");
      if (output.includes("@@END") || /Uncaught/.test(output) || performance.now() > deadlineMs) return output.split("\n");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await machine.kill();
  }
}
