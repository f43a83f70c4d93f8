// Runs the tests of modules with vitest, as a process of its own, and reads what came of each test on each text (module-tests.ts).

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { Failure } from "../cli/failure.ts";

export interface TestOutcome {
  /** The module's folder. */
  folder: string;
  test: string;
  /** Which text it ran on; undefined: the file failed before any test. */
  text: "written" | "ships" | undefined;
  ok: boolean;
  /** Why it failed. */
  message?: string;
  /** What the dearest run of all tests on this text took; of the last test only. */
  dearest?: { fuel: number; memory: number };
}

interface Report {
  testResults: { name: string; message: string; assertionResults: { ancestorTitles: string[]; title: string; status: string; failureMessages: string[]; meta?: { dearest?: { fuel: number; memory: number } } }[] }[];
}

/** Tests of the modules in `folder`, which is one or holds them. @throws Failure NO_TESTS, TEST_RUNNER */
export async function runModuleTests(root: string, folder: string, signal: AbortSignal): Promise<TestOutcome[]> {
  const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
  if (!existsSync(vitest)) throw new Failure("TEST_RUNNER", 1, "vitest is not installed", "node bin/setup.cjs installs the npm packages; npm ci does it anew");
  const scratch = mkdtempSync(path.join(os.tmpdir(), "genesis-module-test-"));
  const file = path.join(scratch, "report.json");
  try {
    const flags = ["run", "--config", path.join(root, "host-tools", "modules", "vitest.author.ts"), "--root", folder, "--reporter=json", `--outputFile=${file}`, "--passWithNoTests"];
    const child = spawn(process.execPath, [vitest, ...flags], { cwd: folder, env: { ...process.env, GENESIS_ROOT: root, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4000)));
    const stop = (): void => void child.kill("SIGTERM");
    signal.addEventListener("abort", stop, { once: true });
    await new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", () => resolve());
    });
    signal.removeEventListener("abort", stop);
    if (!existsSync(file)) throw new Failure("TEST_RUNNER", 1, `the tests did not run: ${stripVTControlCharacters(said).trim().split("\n").slice(0, 5).join(" ")}`, "correct what is named, then run the command again");
    return outcomesOf(JSON.parse(readFileSync(file, "utf8")) as Report);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function outcomesOf(report: Report): TestOutcome[] {
  return report.testResults.flatMap(({ name, message, assertionResults }): TestOutcome[] => {
    const folder = path.dirname(name);
    if (assertionResults.length === 0) return [{ folder, test: path.basename(name), text: undefined, ok: false, message: firstLines(message) }];
    return assertionResults.filter(({ status }) => status !== "skipped" && status !== "pending").map(({ ancestorTitles, title, status, failureMessages, meta }) => {
      const text = ancestorTitles[0]?.endsWith(" as it ships") ? "ships" : "written";
      const outcome = { folder, test: [...ancestorTitles.slice(1), title].join(": "), text, ok: status === "passed", ...(meta?.dearest === undefined ? {} : { dearest: meta.dearest }) } as const;
      return outcome.ok ? outcome : { ...outcome, message: firstLines(failureMessages.join("\n")) };
    });
  });
}

/** A failure without its stack, but with the line of the test file. */
function firstLines(message: string): string {
  const lines = stripVTControlCharacters(message).split("\n");
  const stack = lines.findIndex((line) => /^\s+at /.test(line));
  const place = lines.map((line) => /([^\s(/]*\.test\.ts:\d+:\d+)/.exec(line)?.[1]).find((found) => found !== undefined);
  return [...lines.slice(0, stack < 0 ? 12 : Math.min(stack, 12)), ...(place === undefined ? [] : [`at ${place}`])].join("\n").trim();
}
