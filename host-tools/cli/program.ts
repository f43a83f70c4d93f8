// The commander program made from the command values: global options, sub-commands, help with examples.
import { Command as Program, Option } from "commander";
import type { Command } from "./command.ts";

export const VERSION = "0.1.0";

/** Build the commander program; `start` runs a chosen command. Used by the program itself and by the reference generator. */
export function buildProgram(commands: readonly Command[], start: (command: Command, program: Program, args: string[], options: Record<string, unknown>) => Promise<void>): Program {
  const program = new Program("genesis")
    .description("Flash, watch and update Genesis tiles over a serial line.")
    .version(VERSION)
    .addOption(new Option("-p, --port <path>", "serial port of the tile (default: found automatically)").env("GENESIS_PORT"))
    .addOption(new Option("--console <path>", "second port that carries the console, where the link has its own").env("GENESIS_CONSOLE"))
    .addOption(new Option("-t, --tile <name>", "qemu, sim, or the name of a tile kept in the state folder").env("GENESIS_TILE"))
    .addOption(new Option("-b, --board <id>", "board id, see `genesis boards`").env("GENESIS_BOARD"))
    .addOption(new Option("--baud <rate>", "rate of the serial port").env("GENESIS_BAUD").default("115200"))
    .addOption(new Option("--timeout <ms>", "how long to wait for an answer").env("GENESIS_TIMEOUT").default("5000"))
    .addOption(new Option("--json", "print JSON Lines (docs/reference/json-events.md)").env("GENESIS_JSON"))
    .addOption(new Option("-q, --quiet", "print only what was asked for").env("GENESIS_QUIET"))
    .addOption(new Option("--no-progress", "no progress bars").env("GENESIS_NO_PROGRESS"))
    .showHelpAfterError("next: run with --help to see what is possible")
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  for (const command of commands) {
    const sub = program.command(command.name).summary(command.summary).description(command.description).exitOverride();
    for (const argument of command.arguments) sub.argument(argument.required ? `<${argument.name}>` : `[${argument.name}]`, argument.summary);
    for (const option of command.options) {
      if (option.default === undefined) sub.option(option.flags, option.summary);
      else sub.option(option.flags, option.summary, option.default as string);
    }
    sub.addHelpText("after", `\nExamples:\n${command.examples.map((example) => `  $ ${example.command}\n      ${example.what}`).join("\n")}`);
    sub.action(async (...all: unknown[]) => {
      const args = all.slice(0, command.arguments.length).filter((value): value is string => typeof value === "string");
      await start(command, program, args, sub.opts());
    });
  }
  return program;
}
