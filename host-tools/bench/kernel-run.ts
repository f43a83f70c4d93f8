// Runs a kernel probe where the kernel runs: on XS in QEMU's virtual time, and on Espruino in wall time.
//
// A probe is a bundle whose value is a function of the Espruino API and the number of rounds; it returns an array of numbers.
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Profile } from "../../hal/board.ts";
import { bundleTile } from "../build/bundle.ts";
import { runOnEspruino } from "../build/espruino-run.ts";
import { mangleCachePath } from "../build/tile-image.ts";
import { startQemu } from "../qemu/machine.ts";
import { qemuStorage } from "./qemu-flash.ts";
import type { Bench } from "./section.ts";

export interface Probe {
  name: string;
  code: string;
}

export interface Answer {
  /** Blocks ("variables") of the engine's heap; bytes of one. */
  total: number;
  blockBytes: number;
  /** Blocks that the evaluated text takes. */
  codeBlocks: number;
  numbers: number[];
}

/** Espruino for Linux is slow on a busy computer. */
const DEADLINE_MS = 180_000;

/** The probe `name`.ts of this folder, built as a tile is. */
export async function buildProbe(bench: Bench, name: string, profile: Profile): Promise<Probe> {
  const { code } = await bundleTile({ entry: path.join("host-tools", "bench", `${name}.ts`), root: bench.root, profile, mangleCachePath: mangleCachePath(bench.root), updateMangleCache: false });
  return { name, code };
}

function script(load: string, rounds: number): string {
  // Integers of 1/100; "@@" because Espruino prints a banner.
  return `print("@@START");var u=process.memory().usage,p=${load},m=process.memory(),q=p(global,${rounds}),s="",i=0;for(;i<q.length;i++)s+=","+Math.round(q[i]*100);print("@@"+[m.total,m.blocksize,m.usage-u]+s);print("@@END");`;
}

/** What the script printed. @throws Error when it did not. */
export function answerOf(text: string): Answer {
  const found = /@@(\d+),(\d+),(\d+)((?:,-?\d+)+)/.exec(text);
  if (found === null) throw new Error(`the probe printed no figures: ${text.slice(-200)}`);
  return { total: Number(found[1]), blockBytes: Number(found[2]), codeBlocks: Number(found[3]), numbers: found[4]!.slice(1).split(",").map((hundredths) => Number(hundredths) / 100) };
}

/** In virtual time, 31.25 million instructions a second: figures repeat exactly. */
export async function runOnQemu(bench: Bench, { name, code }: Probe, rounds: number): Promise<Answer> {
  const folder = bench.folder(name);
  const flashPath = path.join(folder, "flash.bin");
  qemuStorage(flashPath, (storage) => storage.write(".bootcde", script(code, rounds)));
  const outputPath = path.join(folder, "output");
  const machine = await startQemu({ elfPath: await bench.qemuElf(), flashPath, icount: true, serial0: { outputPath } });
  bench.onEnd(() => machine.kill());
  try {
    for (const deadlineMs = performance.now() + DEADLINE_MS; ; ) {
      const text = readFileSync(outputPath, "latin1");
      if (text.includes("@@END")) return answerOf(text);
      if (performance.now() > deadlineMs) throw new Error(`${name} did not end on QEMU: ${text.slice(-300)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await machine.kill();
  }
}

/**
 * @param from For times "ram": Espruino for Linux reads its flash from a file, character by character, where a board has it in its address space.
 * For memory "flash": there a function keeps a reference to its text, as on a board.
 * @returns undefined when text and tables do not fit together
 */
export async function runOnLinuxEspruino(binary: string, { name, code }: Probe, rounds: number, from: "ram" | "flash"): Promise<Answer | undefined> {
  const text = `require("Storage").read("probe")`;
  const run = await runOnEspruino(binary, { probe: code, ".bootcde": script(`eval(${from === "ram" ? `E.toFlatString(${text})` : text})`, rounds) }, DEADLINE_MS);
  if (run.failure !== undefined && /Interrupted/.test(run.failure)) return undefined;
  if (run.failure !== undefined) throw new Error(`${name} failed on Espruino: ${run.failure}`);
  return answerOf(run.lines.join(" "));
}
