// Fleets: how long 10,000 tiles in one process take to boot, and what they weigh; and 100 tiles with an engine each.
//
// Each runs in a process of its own, so that nothing of the bench is in the figures. The fleet's program is host-tools/sim/fleet-bench.ts.
import { spawn } from "node:child_process";
import path from "node:path";
import { type Figure, figure, notMeasured } from "./figures.ts";
import type { Bench, Section } from "./section.ts";

const FLEET = { tiles: 10_000, engines: 100 } as const;
/** Design, budgets. */
const LIMITS = { seconds: 10, megabytes: 1000 } as const;

interface FleetReport {
  tiles: number;
  running: number;
  seconds: number;
  rssMb: number;
  virtualS: number;
  complaints: string[];
}

export const boots: Section = {
  name: "boots",
  title: "Fleets",
  how: "tiles of one process, each through the real first stage and image, boot window and hash check included, until its kernel runs; RSS of the process",
  async run(bench) {
    return [
      ...(await fleet(bench, "node", `${FLEET.tiles.toLocaleString("en-US")} tiles in plain Node`, ["host-tools/sim/fleet-bench.ts", String(FLEET.tiles)], true)),
      ...(await fleet(bench, "quickjs", `${FLEET.engines} tiles with a QuickJS each`, ["host-tools/bench/boots-quickjs.ts", String(FLEET.engines)], false)),
    ];
  },
};

async function fleet(bench: Bench, id: string, what: string, program: readonly string[], isLimited: boolean): Promise<Figure[]> {
  const { code, output, errors } = await runProgram(bench, program);
  const line = output.split("\n").findLast((candidate) => candidate.startsWith("{"));
  if (line === undefined) return [notMeasured(id, what, "s", `${program[0]} ended with ${code}: ${errors.trim().split("\n").at(-1) ?? ""}`)];
  const report = JSON.parse(line) as FleetReport;
  const missing = report.tiles - report.running;
  const note = missing === 0 ? `all ${report.running} running after ${report.virtualS} s of their time` : `${missing} of ${report.tiles} DO NOT RUN: ${report.complaints[0] ?? "no complaint"}`;
  return [
    figure(`${id}.seconds`, `${what}: time`, report.seconds, "s", { note, ...(isLimited ? { limit: LIMITS.seconds } : {}) }),
    figure(`${id}.rss`, `${what}: memory`, report.rssMb, "MB", { note: `${((report.rssMb * 1000) / report.tiles).toFixed(1)} kB a tile, Node included`, ...(isLimited ? { limit: LIMITS.megabytes } : {}) }),
    figure(`${id}.running`, `${what}: running`, report.running, "tiles"),
  ];
}

function runProgram(bench: Bench, program: readonly string[]): Promise<{ code: number | null; output: string; errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(bench.root, "bin", "run-ts.mjs"), ...program], { cwd: bench.root, stdio: ["ignore", "pipe", "pipe"] });
    bench.onEnd(() => void child.kill("SIGKILL"));
    let output = "";
    let errors = "";
    child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
    child.stderr.on("data", (bytes: Buffer) => (errors += bytes.toString()));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output, errors }));
  });
}
