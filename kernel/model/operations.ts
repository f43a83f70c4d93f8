// The kernel beside its specification for as many operations as one wants: in shards of a million, with a word after each, and where it stopped it goes on.
//
// `node bin/run-ts.mjs kernel/model/operations.ts [--operations 100000000] [--seed 1] [--out file.json]`. What has been compared is in the
// file: it counts only for the same bytes of kernel, specification and comparison, and the same seed; else it begins anew. Every tenth shard is of
// profile small. Exit codes: 0 all agreed, 1 a difference (the life's seed is printed), 2 usage, 130 interrupted.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { kernelConstants } from "../../host-tools/build/kernel-features.ts";
import type * as Differential from "./differential.ts";
import type * as Tapes from "./tape.ts";

type Bundle = typeof Differential & typeof Tapes;

const SHARD = 1_000_000;
const OF_A_LIFE = 600;
/** Lives of a shard have seeds of their own. */
const LIVES_OF_A_SHARD = 65_536;

interface Record {
  /** SHA-256 of what was compared, both profiles. */
  bytes: string;
  seed: number;
  shards: number;
  operations: number;
  accepted: number;
  lives: number;
  overflows: number;
  crowded: number;
  mostLogged: number;
  /** Time taken by the process, s. */
  cpuSeconds: number;
}

const root = path.resolve(process.env["GENESIS_ROOT"] ?? process.cwd());

async function bundle(profile: "small" | "full"): Promise<{ text: string; loaded: Bundle }> {
  const built = await build({
    stdin: { contents: `export * from "./differential.ts"; export * from "./tape.ts";`, resolveDir: path.join(root, "kernel", "model"), loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    define: { POWER: "false", ...kernelConstants(profile), FULL: String(profile === "full") },
  });
  const text = built.outputFiles[0]?.text ?? "";
  return { text, loaded: (await import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`)) as Bundle };
}

function read(file: string, bytes: string, seed: number): Record {
  try {
    const kept = JSON.parse(readFileSync(file, "utf8")) as Record;
    if (kept.bytes === bytes && kept.seed === seed) return kept;
  } catch {
    // Nothing kept, or nothing whole.
  }
  return { bytes, seed, shards: 0, operations: 0, accepted: 0, lives: 0, overflows: 0, crowded: 0, mostLogged: 0, cpuSeconds: 0 };
}

const count = (n: number): string => n.toLocaleString("en");

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { operations: { type: "string", default: "100000000" }, seed: { type: "string", default: "20261122" }, out: { type: "string", default: path.join(root, ".genesis", "assure", "kernel-operations.json") } } });
  const [operations, seed, file] = [Number(values.operations), Number(values.seed), values.out];
  if (!(operations > 0) || !Number.isSafeInteger(seed)) {
    process.stderr.write("--operations has to be a positive number, --seed an integer\n");
    return 2;
  }
  let isStopped = false;
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => (isStopped = true));
  const full = await bundle("full");
  const small = await bundle("small");
  const done = read(file, createHash("sha256").update(full.text).update(small.text).digest("hex"), seed);
  mkdirSync(path.dirname(file), { recursive: true });
  if (done.shards > 0) process.stdout.write(`goes on after ${count(done.operations)} operations\n`);
  while (done.operations < operations && !isStopped) {
    const isSmall = done.shards % 10 === 9;
    const { newTally, play, randomTape } = (isSmall ? small : full).loaded;
    const tally = newTally();
    const startedMs = performance.now();
    const started = process.cpuUsage();
    for (let i = 0; tally.operations < Math.min(SHARD, operations - done.operations); i++) {
      const life = seed + done.shards * LIVES_OF_A_SHARD + i;
      const found = play(randomTape(life), OF_A_LIFE, tally);
      if (found) {
        process.stdout.write(`✘ profile ${isSmall ? "small" : "full"}, life ${life}: ${found.error.message}\n`);
        return 1;
      }
      // A moment for signals.
      if (i % 64 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (isStopped) return 130;
    }
    const used = process.cpuUsage(started);
    done.shards++;
    for (const key of ["operations", "accepted", "lives", "overflows", "crowded"] as const) done[key] += tally[key];
    done.mostLogged = Math.max(done.mostLogged, tally.mostLogged);
    done.cpuSeconds += (used.user + used.system) / 1e6;
    writeFileSync(`${file}.new`, JSON.stringify(done, null, 2));
    renameSync(`${file}.new`, file);
    const rate = tally.operations / ((performance.now() - startedMs) / 1000);
    process.stdout.write(`${count(done.operations)} of ${count(operations)} operations agree (${count(Math.round(rate))} a second, ${count(Math.max(0, Math.round((operations - done.operations) / rate / 60)))} minutes to go)\n`);
  }
  if (isStopped) return 130;
  process.stdout.write(`✔ kernel = specification: ${count(done.operations)} operations, ${count(done.accepted)} accepted, ${count(done.lives)} lives, ${count(done.overflows)} runs with too many effects, undo log ${done.mostLogged} words, ${count(Math.round(done.operations / done.cpuSeconds))} a second of computing\n`);
  return 0;
}

process.exitCode = await main();
