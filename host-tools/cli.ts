// The `genesis` command line: global options, one file per verb in commands/, exit codes, Ctrl-C.
import { realpathSync } from "node:fs";
import path from "node:path";
import { type Command as Program, CommanderError } from "commander";
import type { Command, Context } from "./cli/command.ts";
import { describeFailure, Failure } from "./cli/failure.ts";
import { Output } from "./cli/output.ts";
import { buildProgram } from "./cli/program.ts";
import { allCommands } from "./commands/all.ts";

function positive(name: string, text: unknown): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Failure("USAGE", 2, `${name} must be a positive number, not "${String(text)}"`, `genesis --help`);
  return value;
}

async function main(argv: readonly string[]): Promise<number> {
  const root = realpathSync(process.env.GENESIS_ROOT ?? process.cwd());
  const abort = new AbortController();
  const cleanups: (() => void | Promise<void>)[] = [];
  let output = new Output({ json: argv.includes("--json"), quiet: false, progress: true, stdout: process.stdout, stderr: process.stderr });
  let interrupted = false;

  const cleanUp = async (): Promise<void> => {
    for (let cleanup = cleanups.pop(); cleanup !== undefined; cleanup = cleanups.pop()) {
      try {
        await cleanup();
      } catch (error) {
        if (process.env.GENESIS_DEBUG) console.error(error);
      }
    }
  };
  const onSignal = (): void => {
    if (interrupted) process.exit(130);
    interrupted = true;
    output.closeLine();
    abort.abort();
    // A command that does not notice the abort is ended all the same, once its processes are gone.
    setTimeout(() => void cleanUp().finally(() => process.exit(130)), 1500).unref();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.on("SIGHUP", onSignal);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") onSignal();
  });

  const start = async (command: Command, program: Program, args: string[], options: Record<string, unknown>): Promise<void> => {
    const global = program.opts<Record<string, string | boolean | undefined>>();
    output = new Output({
      json: global.json === true,
      quiet: global.quiet === true,
      progress: global.progress !== false,
      stdout: process.stdout,
      stderr: process.stderr,
    });
    const context: Context = {
      output,
      global: {
        port: global.port as string | undefined,
        console: global.console as string | undefined,
        tile: global.tile as string | undefined,
        board: global.board as string | undefined,
        baud: positive("--baud", global.baud),
        timeoutMs: positive("--timeout", global.timeout),
      },
      signal: abort.signal,
      root,
      home: path.resolve(process.env.GENESIS_HOME ?? path.join(root, ".genesis")),
      onExit: (cleanup) => void cleanups.push(cleanup),
    };
    await command.run(context, args, options);
  };

  try {
    await buildProgram(allCommands, start).parseAsync(argv, { from: "user" });
    await cleanUp();
    return interrupted ? 130 : Number(process.exitCode ?? 0);
  } catch (thrown) {
    await cleanUp();
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    if (interrupted) {
      output.error({ code: "INTERRUPTED", message: "interrupted; every process it started is gone", exitCode: 130 });
      return 130;
    }
    if (process.env.GENESIS_DEBUG) console.error(thrown);
    const failure = describeFailure(thrown);
    output.error(failure);
    return failure.exitCode;
  }
}

process.exitCode = await main(process.argv.slice(2));
// Serial ports and sockets of a broken peer may keep Node alive: the job is done, so end.
process.stdout.write("", () => process.exit());
