// The bench: measures sizes, memory, start-up, the line, wake-ups, fleets and the kernel, prints tables, keeps JSON.
//
// `npm run bench` runs every section; `npm run bench -- sizes kernel` those that are named. Everything goes to .genesis/bench.json and, with
// `--write`, to results/bench.json, from which `npm run gen` makes docs/reference/bench.md and the table in the README. What compares is measured side by side in one run and given as a ratio:
// times alone depend on the computer. Exit codes: 0 (figures over their limit included: they are printed as OVER), 1 a section failed, 2 usage.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { table } from "../cli/table.ts";
import { type BenchResult, figureRow, mergeResults, overLimit, type SectionResult } from "./figures.ts";
import { Bench, type Section } from "./section.ts";
import { SECTIONS } from "./sections.ts";

const USAGE = `usage: npm run bench -- [--write] [${SECTIONS.map((section) => section.name).join("] [")}]`;

function readResult(file: string): BenchResult | undefined {
  try {
    const found = JSON.parse(readFileSync(file, "utf8")) as BenchResult;
    return found.v === 1 ? found : undefined;
  } catch {
    return undefined;
  }
}

function writeResult(file: string, result: BenchResult): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(result, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}

async function runSection(section: Section, bench: Bench): Promise<SectionResult> {
  process.stdout.write(`\n${section.title}\n${section.how}\n\n`);
  const startedMs = performance.now();
  const load = Math.round((10 * (os.loadavg()[0] ?? 0)) / os.cpus().length) / 10;
  const figures = await section.run(bench);
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  process.stdout.write(`${table(["figure", "value", "unit", "limit", ""], figures.map(figureRow))}\n(${seconds} s${load > 1 ? `; this computer was busy, load ${load} a core: times are worse than they need be` : ""})\n`);
  return { title: section.title, how: section.how, takenAt: `${new Date().toISOString().slice(0, 19)}Z`, seconds, load, figures };
}

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options: { write: { type: "boolean", default: false } } });
  const unknown = positionals.filter((name) => !SECTIONS.some((section) => section.name === name));
  if (unknown.length > 0) {
    process.stderr.write(`there is no section ${unknown.join(", ")}\n${USAGE}\n`);
    return 2;
  }
  const root = path.resolve(process.env.GENESIS_ROOT ?? process.cwd());
  const home = path.resolve(process.env.GENESIS_HOME ?? path.join(root, ".genesis"));
  const abort = new AbortController();
  const bench = new Bench({
    root,
    home,
    espruino: (process.env.GENESIS_ESPRUINO ?? "").split(",").filter((binary) => binary !== "").map((binary) => path.resolve(binary)),
    say: (text) => process.stderr.write(`  ${text}\n`),
    signal: abort.signal,
  });
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      abort.abort();
      void bench.end().then(() => process.exit(130));
    });
  }
  const cpu = os.cpus();
  const bundles = Object.fromEntries([["small", (await bench.image("small")).bundle.sha256], ["full", (await bench.image("full")).bundle.sha256]]);
  const result: BenchResult = { v: 1, machine: { node: process.versions.node, cpu: cpu[0]?.model ?? "unknown", cores: cpu.length, platform: `${process.platform} ${process.arch}` }, bundles, sections: {} };
  let failed = 0;
  try {
    for (const section of SECTIONS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
      if (abort.signal.aborted) return 130;
      try {
        result.sections[section.name] = { ...(await runSection(section, bench)), bundles };
      } catch (error) {
        failed++;
        process.stderr.write(`section ${section.name} failed: ${error instanceof Error ? (process.env.GENESIS_DEBUG ? error.stack : error.message) : String(error)}\n`);
      }
    }
  } finally {
    await bench.end();
  }
  for (const file of [path.join(home, "bench.json"), ...(values.write ? [path.join(root, "results", "bench.json")] : [])]) writeResult(file, mergeResults(readResult(file), result));
  const over = overLimit(result);
  process.stdout.write(`\n${over.length === 0 ? "Every figure is within its limit." : `OVER their limit: ${over.join(", ")}`}\n${failed > 0 ? `${failed} sections failed.\n` : ""}`);
  return failed > 0 ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exitCode = 2;
}
