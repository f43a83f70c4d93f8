// Runs the real command line as a child process, for tests of what only a process shows: exit codes, stdout and stderr, signals.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { eventProblem } from "../events.ts";

export const root: string = fileURLToPath(new URL("../../..", import.meta.url));
export const genesis: string = path.join(root, "bin", "genesis.mjs");

export interface JsonEvent extends Record<string, unknown> {
  event: string;
}

export interface CliResult {
  /** Exit code; -1 when a signal ended it. */
  code: number;
  stdout: string;
  stderr: string;
  /** Lines of `--json`. @throws Error for a line that is not of the schema. */
  events: JsonEvent[];
}

export interface CliOptions {
  environment?: Record<string, string>;
  cwd?: string;
  /** Bytes for stdin, which is then closed; without them it is closed at once. */
  input?: string;
  /** Program and arguments before those of the command. */
  program?: readonly string[];
}

/** A folder of its own for a test file: state folder, lock folder, scratch. Its path has a space in it. */
export class CliWorld {
  readonly folder: string;
  readonly home: string;
  private readonly environment: Record<string, string>;
  private readonly running = new Set<RunningCli>();

  /** @param environment for every command. */
  constructor(environment: Record<string, string> = {}) {
    this.environment = environment;
    this.folder = mkdtempSync(path.join(os.tmpdir(), "genesis cli-"));
    this.home = path.join(this.folder, "state folder");
    mkdirSync(this.home);
    mkdirSync(path.join(root, ".genesis", "cache"), { recursive: true });
    symlinkSync(path.join(root, ".genesis", "cache"), path.join(this.home, "cache"));
  }

  start(args: readonly string[], options: CliOptions = {}): RunningCli {
    const [program = process.execPath, ...before] = options.program ?? [process.execPath, genesis];
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(GENESIS_|NODE_OPTIONS|NO_COLOR|FORCE_COLOR|CI$|VITEST)/.test(name)));
    const child = spawn(program, [...before, ...args], {
      cwd: options.cwd ?? this.folder,
      env: { ...inherited, GENESIS_HOME: this.home, GENESIS_STATE_DIR: path.join(this.folder, "s"), ...this.environment, ...options.environment },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const run = new RunningCli(child, args.join(" "));
    this.running.add(run);
    void run.ended.then(() => this.running.delete(run));
    child.stdin?.on("error", () => undefined);
    if (options.input !== "") child.stdin?.end(options.input);
    return run;
  }

  run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    return this.start(args, options).ended;
  }

  /** Ends what still runs and removes the folder. */
  async close(): Promise<void> {
    for (const run of [...this.running]) {
      run.child.kill("SIGKILL");
      await run.ended.catch(() => undefined);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class RunningCli {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
  private readonly what: string;
  private readonly said = { stdout: "", stderr: "" };
  private readonly watchers = new Set<() => void>();

  constructor(child: ChildProcess, what: string) {
    this.child = child;
    this.what = what;
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.setEncoding("utf8").on("data", (text: string) => {
        this.said[name] += text;
        for (const look of this.watchers) look();
      });
    }
    this.ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => {
        for (const look of this.watchers) look();
        const { stdout, stderr } = this.said;
        resolve({ code: code ?? -1, stdout, stderr, get events() {
          return parseEvents(stdout);
        } });
      });
    });
    this.ended.catch(() => undefined);
  }

  get text(): string {
    return this.said.stdout + this.said.stderr;
  }

  /** Like `until`, for what is said from now on. */
  untilNext(pattern: RegExp, timeoutMs: number = 120_000): Promise<void> {
    return this.until(pattern, timeoutMs, { stdout: this.said.stdout.length, stderr: this.said.stderr.length });
  }

  /** Resolves when stdout and stderr together match, from `from` on. Rejects when the process ends or the time is over before. */
  until(pattern: RegExp, timeoutMs: number = 120_000, from: Readonly<Record<"stdout" | "stderr", number>> = { stdout: 0, stderr: 0 }): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (end: () => void): void => {
        clearTimeout(timer);
        this.watchers.delete(look);
        end();
      };
      const fail = (why: string): void => stop(() => reject(new Error(`genesis ${this.what}: ${String(pattern)} did not come: ${why}\n${this.text}`)));
      const timer = setTimeout(() => fail(`${timeoutMs} ms are over`), timeoutMs);
      const look = (): void => {
        if (pattern.test(this.said.stdout.slice(from.stdout) + this.said.stderr.slice(from.stderr))) stop(resolve);
        else if (this.child.exitCode !== null || this.child.signalCode !== null) fail("it ended");
      };
      this.watchers.add(look);
      look();
    });
  }

  /** Sends a signal and resolves when the process has ended. */
  kill(signal: NodeJS.Signals): Promise<CliResult> {
    this.child.kill(signal);
    return this.ended;
  }
}

function parseEvents(stdout: string): JsonEvent[] {
  return stdout.split("\n").filter((line) => line !== "").map((line) => {
    const value = JSON.parse(line) as JsonEvent;
    const problem = eventProblem(value);
    if (problem !== undefined) throw new Error(`${problem}: ${line}`);
    return value;
  });
}
