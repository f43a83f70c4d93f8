// Child processes of `npm run assure`: Vitest and the scenario runner, their output in a log file, their verdicts as numbers.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

/** What a run came to. */
export interface RunResult {
  passed: number;
  failed: number;
  skipped: number;
  /** "1,234 power cuts". */
  note: string;
  seconds: number;
  log: string;
}

export interface RunPlan {
  root: string;
  /** Log file. */
  log: string;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  /** A line for people as things end. */
  say(text: string): void;
}

/** Runs a command, its output into the log; `onLine` hears each line of stdout. Resolves with the exit code, -1 for a signal. */
function run(plan: RunPlan, args: readonly string[], onLine: (line: string) => void): Promise<number> {
  mkdirSync(path.dirname(plan.log), { recursive: true });
  const log = createWriteStream(plan.log);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: plan.root, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...plan.env } });
    const stop = (): void => void child.kill("SIGTERM");
    plan.signal.addEventListener("abort", stop, { once: true });
    let partial = "";
    child.stdout.on("data", (bytes: Buffer) => {
      log.write(bytes);
      const lines = (partial + bytes.toString()).split("\n");
      partial = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    });
    child.stderr.on("data", (bytes: Buffer) => log.write(bytes));
    child.once("error", reject);
    child.once("close", (code) => {
      plan.signal.removeEventListener("abort", stop);
      log.end(() => resolve(code ?? -1));
    });
  });
}

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  testResults: { name: string; status: string; message: string; assertionResults: { status: string; fullName: string }[] }[];
}

/** Runs test files with the configuration beside this file. */
export async function runVitest(plan: RunPlan, files: readonly string[]): Promise<RunResult> {
  const startedMs = performance.now();
  const reportFile = `${plan.log}.json`;
  rmSync(reportFile, { force: true });
  const notes: string[] = [];
  const code = await run(plan, [path.join("node_modules", "vitest", "vitest.mjs"), "run", "--config", path.join("host-tools", "assure", "vitest.config.ts"), "--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`, ...files], (line) => {
    const cuts = /power cuts on Espruino: (.*)/.exec(line)?.[1];
    if (cuts !== undefined) notes.push(`${cuts} power cuts`);
  });
  const result: RunResult = { passed: 0, failed: 0, skipped: 0, note: notes.join("; "), seconds: (performance.now() - startedMs) / 1000, log: plan.log };
  try {
    const report = JSON.parse(readFileSync(reportFile, "utf8")) as VitestReport;
    // A file that does not load has no tests to count.
    const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
    Object.assign(result, { passed: report.numPassedTests, failed: report.numFailedTests + broken.length, skipped: report.numPendingTests });
    for (const file of report.testResults) {
      for (const test of file.assertionResults.filter(({ status }) => status === "failed")) plan.say(`✘ ${path.relative(plan.root, file.name)}: ${test.fullName}`);
    }
    for (const file of broken) plan.say(`✘ ${path.relative(plan.root, file.name)}: ${file.message.split("\n")[0]}`);
  } catch {
    result.failed++;
  }
  if (code !== 0 && result.failed === 0) result.failed++;
  return result;
}

/** Runs a program that goes on where it stopped the last time, keeps that in a file beside the log, and says in its last line what came of it. */
async function runKept(plan: RunPlan, program: string, kept: string, options: readonly string[]): Promise<RunResult> {
  const startedMs = performance.now();
  let last = "";
  const code = await run(plan, [path.join("bin", "run-ts.mjs"), program, ...options, "--out", path.join(path.dirname(plan.log), kept)], (line) => {
    last = line;
    plan.say(line);
  });
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0, note: last.replace(/^[✔✘] /, ""), seconds: (performance.now() - startedMs) / 1000, log: plan.log };
}

/** Compares the kernel with its specification on so many operations. */
export function runOperations(plan: RunPlan, operations: number, seed: number): Promise<RunResult> {
  return runKept(plan, path.join("kernel", "model", "operations.ts"), "kernel-operations.json", ["--operations", String(operations), "--seed", String(seed)]);
}

/** Attacks the verifier of modules with so many random ones. */
export function runModules(plan: RunPlan, programs: number, seed: number): Promise<RunResult> {
  return runKept(plan, path.join("host-tools", "build", "verify", "testing", "fuzz-long.ts"), "verifier-programs.json", ["--programs", String(programs), "--seed", String(seed)]);
}

interface OutcomeEvent {
  event: string;
  kind?: string;
  scenario?: string;
  variant?: string;
  verdict?: "passed" | "failed" | "skipped";
  reason?: string;
  seconds?: number;
  measured?: Record<string, number | string>;
  message?: string;
}

/** Runs scenarios on a rig. `scenarios` empty: all of them. */
export async function runScenarios(plan: RunPlan, rig: string, seed: number, scenarios: readonly string[]): Promise<RunResult> {
  const startedMs = performance.now();
  const result: RunResult = { passed: 0, failed: 0, skipped: 0, note: "", seconds: 0, log: plan.log };
  let cuts = 0;
  const code = await run(plan, [path.join("bin", "run-ts.mjs"), "hil-tests/run.ts", "--rig", rig, "--seed", String(seed), "--json", ...scenarios.flatMap((name) => ["--scenario", name])], (line) => {
    const event = parseEvent(line);
    if (event?.event === "error") plan.say(`✘ ${event.message}`);
    if (event?.kind !== "outcome" || event.verdict === undefined) return;
    result[event.verdict]++;
    cuts += Number(event.measured?.["power cuts"] ?? 0);
    plan.say(`${{ passed: "✔", failed: "✘", skipped: "–" }[event.verdict]} ${event.scenario} (${event.variant}) ${(event.seconds ?? 0).toFixed(0)} s${event.reason ? ` ${event.reason.split("\n")[0]}` : ""}`);
  });
  if (code !== 0 && result.failed === 0) result.failed++;
  result.note = cuts > 0 ? `${cuts.toLocaleString("en-US")} power cuts` : "";
  result.seconds = (performance.now() - startedMs) / 1000;
  return result;
}

/** A line of JSON Lines, or undefined when it is none. */
export function parseEvent(line: string): OutcomeEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as OutcomeEvent;
  } catch {
    return undefined;
  }
}
