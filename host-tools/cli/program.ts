// The commander program made from the command values: global options, sub-commands, help with examples.
import { readFileSync } from "node:fs";
import path from "node:path";
import { Command as Program, type CommanderError } from "commander";
import type { Command } from "./command.ts";
import { Failure } from "./failure.ts";
import { addSettings } from "./settings.ts";

export interface ProgramOptions {
  /** Checkout; its package.json has the version. */
  root: string;
  /** What environment and settings file say. */
  given?: Readonly<Record<string, string>>;
  /** Where help and version go. */
  write?: (text: string) => void;
  start(command: Command, program: Program, args: string[], options: Record<string, unknown>): Promise<void>;
}

function version(root: string): string {
  return String((JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: unknown }).version);
}

/** Build the commander program. It never ends the process and never writes to stderr: it throws CommanderErrors (see usageFailure). */
export function buildProgram(commands: readonly Command[], options: ProgramOptions): Program {
  const configure = (program: Program): Program => program.exitOverride().configureOutput({
    writeErr: () => undefined,
    ...(options.write === undefined ? {} : { writeOut: options.write }),
  });
  const program = configure(new Program("genesis"))
    .description("Flash, watch and update Genesis tiles over a serial line.")
    .version(version(options.root))
    .configureHelp({ showGlobalOptions: true });
  addSettings(program, options.given);
  for (const command of commands) {
    const sub = configure(program.command(command.name).summary(command.summary).description(command.description));
    for (const argument of command.arguments) sub.argument(argument.required ? `<${argument.name}>` : `[${argument.name}]`, argument.summary);
    for (const option of command.options) {
      if (option.default === undefined) sub.option(option.flags, option.summary);
      else sub.option(option.flags, option.summary, option.default as string);
    }
    sub.addHelpText("after", `\nExamples:\n${command.examples.map((example) => `  $ ${example.command}\n      ${example.what}`).join("\n")}`);
    sub.action(async (...all: unknown[]) => {
      const args = all.slice(0, command.arguments.length).filter((value): value is string => typeof value === "string");
      await options.start(command, program, args, sub.opts());
    });
  }
  return program;
}

/** What a CommanderError says to people; undefined when it is no failure (help and version were asked for). */
export function usageFailure(error: CommanderError, argv: readonly string[], commands: readonly Command[]): Failure | undefined {
  if (error.exitCode === 0) return undefined;
  if (error.code === "commander.help") return new Failure("USAGE", 2, "no command was given", `genesis --help lists them: ${commands.map(({ name }) => name).join(", ")}`);
  const [first = "", ...rest] = error.message.replace(/^error: /, "").trim().split("\n");
  const hint = rest.join(" ").trim();
  const named = commands.find(({ name }) => argv.includes(name));
  return new Failure("USAGE", 2, hint === "" ? first : `${first} ${hint}`, `genesis${named === undefined ? "" : ` ${named.name}`} --help`);
}
