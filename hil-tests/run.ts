// The runner as a program: scenarios on a rig, progress for people or JSON Lines, a JUnit report, exit codes.
//
// `node bin/run-ts.mjs hil-tests/run.ts --rig qemu --scenario update --junit out.xml`; people use `genesis test`, which starts this.
// Exit codes: 0 everything passed (or was skipped with a reason), 1 something failed, 2 the command line is wrong, 3 no device, 130 Ctrl-C.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { describeFailure, Failure } from "../host-tools/cli/failure.ts";
import { Output } from "../host-tools/cli/output.ts";
import { ImageStore } from "./images.ts";
import { junitXml } from "./junit.ts";
import { loadScenarioFile } from "./load-file.ts";
import { recordEspruino } from "./record.ts";
import { openRig } from "./rigs/open-rig.ts";
import { type Outcome, runAll } from "./runner.ts";
import type { Rig, Scenario } from "./scenario.ts";
import { loadScenario, scenarioNames } from "./scenarios.ts";

const OPTIONS = {
  rig: { type: "string", default: "sim" },
  scenario: { type: "string", multiple: true },
  junit: { type: "string" },
  seed: { type: "string" },
  baud: { type: "string", default: "115200" },
  console: { type: "string" },
  board: { type: "string" },
  json: { type: "boolean", default: false },
  quiet: { type: "boolean", default: false },
  record: { type: "boolean", default: false },
  list: { type: "boolean", default: false },
} as const;

const MARK = { passed: "✔", failed: "✘", skipped: "–" } as const;

async function main(argv: readonly string[], output: Output, signal: AbortSignal): Promise<number> {
  const root = path.resolve(process.env.GENESIS_ROOT ?? process.cwd());
  const { values } = parse(argv);
  if (values.list) {
    for (const name of scenarioNames(root)) {
      const { summary, needs } = await loadScenario(name);
      output.data("scenario", { name, summary, needs }, `${name.padEnd(20)} ${summary}`);
    }
    return 0;
  }
  const seed = values.seed === undefined ? 1 : Number(values.seed);
  if (!Number.isSafeInteger(seed)) throw new Failure("USAGE", 2, `--seed must be an integer, not "${values.seed}"`);
  if (values.record && values.rig !== "espruino") throw new Failure("USAGE", 2, `--record keeps results of real Espruino, not of the rig ${values.rig}`, "genesis test --rig espruino --record");
  const scenarios = await chosen(root, values.scenario ?? []);
  const startedAt = new Date().toISOString().slice(0, 19);
  const opening = output.task(`Getting the rig ${values.rig} ready`, "rig");
  let rig: Rig;
  try {
    rig = await openRig({
      name: values.rig,
      root,
      home: path.resolve(process.env.GENESIS_HOME ?? path.join(root, ".genesis")),
      baud: Number(values.baud),
      console: values.console,
      board: values.board ?? process.env.GENESIS_BOARD,
      environment: process.env,
      onProgress: (note, fraction) => opening.progress(fraction, note),
    });
  } catch (error) {
    opening.fail();
    throw error;
  }
  const images = new ImageStore(root);
  try {
    const engine = await rig.engine();
    opening.end(`${engine.name} ${engine.version}${engine.heapVariables === undefined ? "" : `, ${engine.heapVariables} variables`}`);
    const outcomes = await runAll(scenarios, rig, { seed, images, signal, onLog: (text) => output.info(`  ${text}`) }, (outcome) => say(output, outcome));
    const failed = outcomes.filter((outcome) => outcome.verdict === "failed").length;
    if (values.junit !== undefined) writeReport(values.junit, junitXml({ rig: rig.name, startedAt, properties: { ...engine, seed }, outcomes }));
    if (values.record) await recordEspruino(root, rig, images, outcomes);
    const count = (verdict: string): number => outcomes.filter((outcome) => outcome.verdict === verdict).length;
    output.data("summary", { rig: rig.name, seed, passed: count("passed"), failed, skipped: count("skipped") }, `${count("passed")} passed, ${failed} failed, ${count("skipped")} skipped (rig ${rig.name}, seed ${seed})`);
    return signal.aborted ? 130 : failed > 0 ? 1 : 0;
  } finally {
    await rig.close();
  }
}

function writeReport(file: string, xml: string): void {
  try {
    mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
    writeFileSync(file, xml);
  } catch (error) {
    throw new Failure("NO_REPORT", 1, `the report can't be written: ${(error as Error).message}`, "name another file with --junit");
  }
}

function parse(argv: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>> {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS });
  } catch (error) {
    throw new Failure("USAGE", 2, (error as Error).message, "genesis test --help");
  }
}

/** By name, or by file for anything that looks like one; all of the project's when nothing is named. */
function chosen(root: string, named: readonly string[]): Promise<Scenario[]> {
  const known = scenarioNames(root);
  const wanted = named.length === 0 ? known : named;
  return Promise.all(
    wanted.map((name) => {
      if (known.includes(name)) return loadScenario(name);
      if (/[./\\]/.test(name)) return loadScenarioFile(root, name);
      throw new Failure("NO_SCENARIO", 2, `there is no scenario "${name}"`, `use one of: ${known.join(", ")}, or the path of a TypeScript file`);
    }),
  );
}

function say(output: Output, outcome: Outcome): void {
  const { scenario, variant, verdict, reason, next, seconds, seed, log } = outcome;
  const text = `${MARK[verdict]} ${scenario} (${variant}) ${seconds.toFixed(1)} s${reason === "" ? "" : `\n    ${reason.split("\n").join("\n    ")}`}${next === undefined ? "" : `\n    next: ${next}`}`;
  output.data("outcome", { scenario, variant, verdict, reason, seconds, seed, log, measured: outcome.measured }, text);
}

const argv = process.argv.slice(2);
const output = new Output({ json: argv.includes("--json"), quiet: argv.includes("--quiet"), progress: true, stdout: process.stdout, stderr: process.stderr });
const abort = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort();
  });
}
try {
  process.exitCode = await main(argv, output, abort.signal);
} catch (thrown) {
  if (process.env.GENESIS_DEBUG) console.error(thrown);
  const failure = describeFailure(thrown);
  output.error(failure);
  process.exitCode = failure.exitCode;
}
// A serial port of a broken peer may keep Node alive: the job is done, so end once everything is written.
process.stdout.write("", () => process.exit());
