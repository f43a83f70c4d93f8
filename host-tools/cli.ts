// The `genesis` command line: reads what is asked, runs one command of commands/, and ends with an exit code of cli/failure.ts, whatever happens.
import { realpathSync } from "node:fs";
import path from "node:path";
import { type Command as Program, CommanderError } from "commander";
import type { Command, Context } from "./cli/command.ts";
import { describeFailure, Failure, usage } from "./cli/failure.ts";
import { Output } from "./cli/output.ts";
import { buildProgram, usageFailure } from "./cli/program.ts";
import { numberOption, settingsEnvironment, settingsFile, wantsJson } from "./cli/settings.ts";
import { allCommands } from "./commands/all.ts";

/** How long a command that was told to stop may take to return, and its clean-up after that, ms. */
const STOP_MS = 1000;
const CLEAN_UP_MS = 5000;

async function main(argv: readonly string[]): Promise<number> {
  const root = realpathSync(process.env.GENESIS_ROOT ?? process.cwd());
  const home = path.resolve(process.env.GENESIS_HOME || path.join(root, ".genesis"));
  const abort = new AbortController();
  const cleanups: (() => void | Promise<void>)[] = [];
  let given = settingsEnvironment(process.env);
  const makeOutput = (global: Record<string, unknown>): Output => new Output({
    json: global.json === true,
    quiet: global.quiet === true,
    progress: global.progress !== false,
    stdout: process.stdout,
    stderr: process.stderr,
  });
  let output = makeOutput({ json: wantsJson(argv, given) });

  const cleanUp = async (): Promise<void> => {
    for (let cleanup = cleanups.pop(); cleanup !== undefined; cleanup = cleanups.pop()) {
      try {
        await cleanup();
      } catch (error) {
        if (process.env.GENESIS_DEBUG) console.error(error);
      }
    }
  };
  let isUnread = false;
  /** Rejects when the command has to end early: told so, or an error that nobody waited for. */
  const ended = new Promise<never>((_, reject) => {
    const stop = (): void => {
      abort.abort();
      setTimeout(() => reject(new Failure("INTERRUPTED", 130, "interrupted")), STOP_MS).unref();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => (abort.signal.aborted ? process.exit(130) : stop()));
    // Whoever read our output has had enough (`genesis telemetry | head`): that is no failure, but the end.
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") return reject(error);
      isUnread = true;
      stop();
    });
    process.stderr.on("error", () => undefined);
    process.on("uncaughtException", reject);
  });
  ended.catch(() => undefined);

  const start = async (command: Command, program: Program, args: string[], options: Record<string, unknown>): Promise<void> => {
    const global = program.opts<Record<string, string | boolean | undefined>>();
    output = makeOutput(global);
    await command.run({ output, global: globalOptions(program), signal: abort.signal, root, home, onExit: (cleanup) => void cleanups.push(cleanup) }, args, options);
  };

  let help = "";
  let failure: ReturnType<typeof describeFailure> | undefined;
  try {
    given = { ...settingsFile(home), ...given };
    output = makeOutput({ json: wantsJson(argv, given) });
    const program = buildProgram(allCommands, {
      root,
      given,
      start,
      write: (text) => (output.json ? output.data("text", { text: text.trimEnd() }, "") : process.stdout.write(text)),
    });
    help = program.helpInformation();
    await Promise.race([program.parseAsync(argv, { from: "user" }), ended]);
  } catch (thrown) {
    if (process.env.GENESIS_DEBUG) console.error(thrown);
    failure = thrown instanceof CommanderError ? usageFailure(thrown, argv, allCommands) : describeFailure(thrown);
    if (thrown instanceof CommanderError && thrown.code === "commander.help" && !output.json) process.stderr.write(`${help}\n`);
  }
  await Promise.race([cleanUp(), new Promise((resolve) => setTimeout(resolve, CLEAN_UP_MS).unref())]);
  if (isUnread) return 0;
  if (abort.signal.aborted) failure = { code: "INTERRUPTED", message: "interrupted; every process it started has ended", exitCode: 130 };
  if (failure !== undefined) output.error(failure);
  return failure?.exitCode ?? Number(process.exitCode ?? 0);
}

/** What `--port`, `--tile` … mean together. @throws Failure USAGE */
function globalOptions(program: Program): Context["global"] {
  const options = program.opts<Record<string, string | boolean | undefined>>();
  const isFlag = (name: string): boolean => program.getOptionValueSource(name) === "cli";
  const text = (name: string): string | undefined => (typeof options[name] === "string" && options[name] !== "" ? options[name] : undefined);
  // A flag for one kind of place puts aside what environment and settings say about the others.
  const places = ["port", "serial", "tile"] as const;
  const flagged = places.filter(isFlag);
  if (flagged.length > 1) throw usage(`--${flagged.join(" and --")} name different places`, "name one of them");
  const place = (name: (typeof places)[number]): string | undefined => (flagged.length === 0 || flagged[0] === name ? text(name) : undefined);
  if (flagged.length === 1 && place(flagged[0] ?? "port") === undefined) throw usage(`--${flagged[0]} is empty`);
  return {
    port: place("port"),
    serial: place("serial"),
    tile: place("tile"),
    console: text("console"),
    board: text("board"),
    baud: numberOption("--baud", options.baud, { min: 50, isInteger: true }),
    timeoutMs: numberOption("--timeout", options.timeout, { min: 1 }),
  };
}

process.exitCode = await main(process.argv.slice(2));
// Serial ports and sockets of a broken peer may keep Node alive: the job is done, so end once everything is written.
process.stdout.write("", () => process.exit());
