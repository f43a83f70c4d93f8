// `npm run assure`: everything CI runs a part of, in full. Hours rather than minutes.
//
// Property tests draw many times their cases from a new seed; power is cut at every flash operation of an update, in every way, on the simulated board, on
// QEMU and, where GENESIS_ESPRUINO names binaries (comma-separated), on real Espruino. `npm run assure -- properties sim` runs the parts that are named.
// GENESIS_RUNS: factor on the cases of property tests (20); GENESIS_OPERATIONS: how many the kernel and its specification are compared on (10⁸; hours, and after a stop it goes on where it was); GENESIS_STATES: how many states of the shipped kernel are explored (3 million); GENESIS_PROGRAMS: how many random modules attack the verifier (10⁶; it too goes on); GENESIS_SEED: the seed (new each time, printed). Logs are in .genesis/assure/.
// Exit codes: 0 all passed, 1 something failed, 2 usage, 130 Ctrl-C. What can't run here is in the table with its reason.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { table } from "../cli/table.ts";
import { findProgram } from "../qemu/toolchain.ts";
import { type RunPlan, type RunResult, runModules, runOperations, runScenarios, runVitest } from "./runs.ts";

interface Part {
  name: string;
  what: string;
  /** Why it can't run here. */
  lacking?: string | undefined;
  run(plan: RunPlan): Promise<RunResult>;
}

const PARTS = ["properties", "kernel", "explore", "verifier", "sim", "qemu", "espruino"] as const;
const USAGE = `usage: npm run assure -- [${PARTS.join("] [")}]`;

const root = path.resolve(process.env.GENESIS_ROOT ?? process.cwd());
const home = path.resolve(process.env.GENESIS_HOME ?? path.join(root, ".genesis"));
const seed = Number(process.env.GENESIS_SEED ?? 1 + Math.floor(Math.random() * 0x7fff_fffe));
const runs = Number(process.env.GENESIS_RUNS ?? 20);
/** Operations compared with the kernel's specification, from the same seed each time unless one is given: what is done already counts. */
const operations = Number(process.env.GENESIS_OPERATIONS ?? 100_000_000);
const operationsSeed = Number(process.env.GENESIS_SEED ?? 20_261_122);
/** States of the explored worlds. */
const states = Number(process.env.GENESIS_STATES ?? 3_000_000);
/** Random modules through the verifier. */
const programs = Number(process.env.GENESIS_PROGRAMS ?? 1_000_000);
const binaries = (process.env.GENESIS_ESPRUINO ?? "").split(",").filter((binary) => binary !== "").map((binary) => path.resolve(binary));

/** Test files that draw cases, and those that cut power by themselves. */
function propertyTests(): string[] {
  const folders = ["hal", "kernel", "firmware", "host-tools", "boards"];
  const files = folders.flatMap((folder) => readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => path.join(folder, file)));
  return files.filter((file) => file.endsWith(".test.ts") && (/-cuts\.test/.test(file) || /from "fast-check"/.test(readFileSync(path.join(root, file), "utf8")))).sort();
}

function parts(): Part[] {
  const noQemu = ["qemu-system-arm", "arm-none-eabi-gcc"].filter((program) => findProgram(program) === undefined);
  const all: Part[] = [
    { name: "properties", what: `property tests, ${runs} times their cases`, run: (plan) => runVitest(plan, propertyTests()) },
    { name: "kernel", what: `kernel and specification, ${operations.toLocaleString("en")} operations`, run: (plan) => runOperations(plan, operations, operationsSeed) },
    { name: "explore", what: `every state of the shipped kernel, up to ${states.toLocaleString("en")} of them`, run: (plan) => runVitest({ ...plan, env: { ...plan.env, GENESIS_STATES: String(states) } }, [path.join("kernel", "model", "explore", "explore.test.ts")]) },
    { name: "verifier", what: `${programs.toLocaleString("en")} random modules through the verifier`, run: (plan) => runModules(plan, programs, operationsSeed) },
    { name: "sim", what: "all scenarios on the simulated board, power cut everywhere", run: (plan) => runScenarios(plan, "sim", seed, []) },
    { name: "qemu", what: "all scenarios on QEMU, power cut everywhere", lacking: noQemu.length === 0 ? undefined : `${noQemu.join(" and ")} not installed`, run: (plan) => runScenarios(plan, "qemu", seed, []) },
  ];
  if (binaries.length === 0) all.push({ name: "espruino", what: "scenarios and power cuts on real Espruino", lacking: "GENESIS_ESPRUINO names no binary", run: () => Promise.reject(new Error("no binary")) });
  for (const binary of binaries) {
    const label = path.basename(path.dirname(path.dirname(binary)));
    const on = (plan: RunPlan): RunPlan => ({ ...plan, env: { ...plan.env, GENESIS_ESPRUINO: binary, GENESIS_CUTS: "1" } });
    all.push(
      { name: "espruino", what: `all scenarios on Espruino (${label}), power cut everywhere`, run: (plan) => runScenarios(on(plan), "espruino", seed, []) },
      { name: "espruino", what: `installation and update on Espruino (${label}), every cut`, run: (plan) => runVitest(on(plan), [path.join("host-tools", "install", "espruino.test.ts")]) },
      { name: "espruino", what: `random modules on Espruino (${label}) beside Node`, run: (plan) => runVitest(on(plan), [path.join("host-tools", "build", "verify", "fuzz.espruino.test.ts")]) },
    );
  }
  return all;
}

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !(PARTS as readonly string[]).includes(name));
  if (unknown.length > 0 || !Number.isSafeInteger(seed) || !(runs > 0)) {
    process.stderr.write(`${unknown.length > 0 ? `there is no part ${unknown.join(", ")}` : "GENESIS_SEED has to be an integer, GENESIS_RUNS a positive number"}\n${USAGE}\n`);
    return 2;
  }
  const abort = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => abort.abort());
  process.stdout.write(`Seed ${seed} (GENESIS_SEED=${seed} repeats this run)\n`);
  const rows: string[][] = [];
  let failed = 0;
  for (const [index, part] of parts().filter(({ name }) => names.length === 0 || names.includes(name)).entries()) {
    if (part.lacking !== undefined) {
      rows.push([part.what, "–", "–", "–", "", `not run: ${part.lacking}`]);
      continue;
    }
    if (abort.signal.aborted) break;
    process.stdout.write(`\n${part.what}\n`);
    const plan: RunPlan = {
      root,
      log: path.join(home, "assure", `${index + 1}-${part.name}.log`),
      env: { GENESIS_ASSURE: "1", GENESIS_SEED: String(seed), GENESIS_RUNS: String(runs), GENESIS_ESPRUINO: part.name === "properties" ? binaries[0] : undefined },
      signal: abort.signal,
      say: (text) => process.stdout.write(`  ${text}\n`),
    };
    const result = await part.run(plan);
    failed += result.failed;
    rows.push([part.what, String(result.passed), String(result.failed), String(result.skipped), `${Math.round(result.seconds)} s`, [result.note, result.failed > 0 ? `log: ${path.relative(root, result.log)}` : ""].filter((text) => text !== "").join("; ")]);
  }
  process.stdout.write(`\n${table(["part", "passed", "failed", "skipped", "time", ""], rows)}\n`);
  return abort.signal.aborted ? 130 : failed > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
