// The kernel: what a gate operation and a call with its reply cost, in plain calls of the same engine.
//
// On XS in QEMU's virtual time, which counts instructions, so it repeats exactly; on Espruino in wall time, blocks in turns, the quickest block of each
// kind taken. The loop around is measured and subtracted. (On Node the ratio would say something about its optimiser, not about the kernel.)
import { readFileSync } from "node:fs";
import path from "node:path";
import { bundleTile } from "../build/bundle.ts";
import { runOnEspruino } from "../build/espruino-run.ts";
import { mangleCachePath } from "../build/tile-image.ts";
import { startQemu } from "../qemu/machine.ts";
import { type Figure, figure, notMeasured } from "./figures.ts";
import { Block, Kind } from "./kernel-kinds.ts";
import { qemuStorage } from "./qemu-flash.ts";
import type { Bench, Section } from "./section.ts";

/** Rows of the result: kind of block, name, is it a gate operation. */
const ROWS: readonly { kind: Kind; id: string; what: string; isGate: boolean }[] = [
  { kind: Kind.Now, id: "now", what: "gate Now", isGate: true },
  { kind: Kind.Identify, id: "identify", what: "gate Identify", isGate: true },
  { kind: Kind.Signal, id: "signal", what: "gate Signal", isGate: true },
  { kind: Kind.Poll, id: "poll", what: "gate Poll", isGate: true },
  { kind: Kind.SetTimer, id: "timer", what: "gate SetTimer", isGate: true },
  { kind: Kind.Send, id: "send", what: "gate Send", isGate: true },
  { kind: Kind.RoundTrip, id: "call", what: "call + reply", isGate: false },
];

const enum Rounds {
  Virtual = 3,
  Wall = 40,
}

const enum Limit {
  GateOnXs = 5,
  GateOnEspruino = 8,
  Call = 20,
}

export const kernel: Section = {
  name: "kernel",
  title: "Kernel",
  how: "time of an operation ÷ time of a plain call with the gate's six arguments on the same engine, loop subtracted",
  async run(bench) {
    const { code } = await bundleTile({ entry: path.join("host-tools", "bench", "kernel-probe.ts"), root: bench.root, profile: "small", mangleCachePath: mangleCachePath(bench.root), updateMangleCache: false });
    const figures: Figure[] = [];
    if (bench.whyNoQemu === undefined) figures.push(...ratios("xs", "XS on QEMU", await onQemu(bench, code), Limit.GateOnXs));
    else figures.push(notMeasured("xs", "XS on QEMU", "×", bench.whyNoQemu));
    for (const binary of bench.espruino) {
      const { name, blocks } = await onEspruino(binary, code);
      figures.push(...ratios(`espruino-${name}`, `Espruino, ${name} variables`, blocks, Limit.GateOnEspruino));
    }
    if (bench.espruino.length === 0) figures.push(notMeasured("espruino", "Espruino", "×", "GENESIS_ESPRUINO names no binary"));
    return figures;
  },
};

function script(probe: string, rounds: number): string {
  // Integers of 1/100 µs; "@@" because Espruino prints a banner.
  return `print("@@START");var q=(${probe})(global,${rounds}),s="",i=0;for(;i<q.length;i++)s+=","+Math.round(q[i]*100);print("@@"+process.memory().total+s);print("@@END");`;
}

/** Heap size and µs of the quickest block of each kind. */
function blocksOf(text: string): { total: string; blocks: number[] } {
  const found = /@@(\d+)((?:,\d+)+)/.exec(text);
  if (found === null) throw new Error(`the probe printed no figures: ${text.slice(-200)}`);
  return { total: found[1]!, blocks: found[2]!.slice(1).split(",").map((hundredths) => Number(hundredths) / 100) };
}

async function onQemu(bench: Bench, code: string): Promise<number[]> {
  const folder = bench.folder("kernel");
  const flashPath = path.join(folder, "flash.bin");
  qemuStorage(flashPath, (storage) => storage.write(".bootcde", script(code, Rounds.Virtual)));
  const outputPath = path.join(folder, "output");
  const machine = await startQemu({ elfPath: await bench.qemuElf(), flashPath, icount: true, serial0: { outputPath } });
  bench.onEnd(() => machine.kill());
  try {
    for (const deadlineMs = performance.now() + 60_000; ; ) {
      const text = readFileSync(outputPath, "latin1");
      if (text.includes("@@END")) return blocksOf(text).blocks;
      if (performance.now() > deadlineMs) throw new Error(`the probe did not end on QEMU: ${text.slice(-300)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await machine.kill();
  }
}

async function onEspruino(binary: string, code: string): Promise<{ name: string; blocks: number[] }> {
  // From RAM: Espruino for Linux reads its flash from a file, character by character, where a board has it in its address space.
  const run = await runOnEspruino(binary, { probe: code, ".bootcde": script(`eval(""+require("Storage").read("probe"))`, Rounds.Wall) }, 60_000);
  const { total, blocks } = blocksOf(run.lines.join(" "));
  return { name: total, blocks };
}

/** µs of one pass by kind, the loop's own time subtracted. @throws RangeError when a kind is missing. */
export function passTimes(blocks: readonly number[]): number[] {
  if (blocks.length !== Kind.Count) throw new RangeError(`${blocks.length} kinds of blocks, not ${Kind.Count}`);
  // A round trip has no loop around it: the kernel's own brings the next one.
  return blocks.map((us, kind) => (kind === Kind.RoundTrip ? us : us - blocks[Kind.Loop]!) / Block.Passes);
}

function ratios(id: string, engine: string, blocks: readonly number[], gateLimit: number): Figure[] {
  const times = passTimes(blocks);
  const call = times[Kind.Call6]!;
  return [
    figure(`${id}.plain`, `${engine}: plain call`, call, "µs", { note: id === "xs" ? "virtual time, 31.25 million instructions/s" : "wall time on this computer" }),
    ...ROWS.map((row) => {
      const us = times[row.kind]!;
      return figure(`${id}.${row.id}`, `${engine}: ${row.what} ÷ plain call`, Math.round((us / call) * 100) / 100, "×", {
        limit: row.isGate ? gateLimit : Limit.Call,
        note: `${(us / times[Kind.Call2]!).toFixed(1)} × a call with two arguments`,
      });
    }),
  ];
}
