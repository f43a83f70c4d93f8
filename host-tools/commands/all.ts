// The verbs of the command line, in the order `--help` shows them. To add one: a file beside this one and a line here.
import type { Command } from "../cli/command.ts";
import { backupCommand, restoreCommand } from "./backup.ts";
import { boardsCommand } from "./boards.ts";
import { buildCommand } from "./build.ts";
import { capsCommand } from "./caps.ts";
import { completionCommand } from "./completion.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { flashCommand } from "./flash.ts";
import { moduleCommand } from "./module.ts";
import { monitorCommand } from "./monitor.ts";
import { replCommand } from "./repl.ts";
import { runCommand } from "./run.ts";
import { telemetryCommand } from "./telemetry.ts";
import { testCommand } from "./test.ts";
import { topCommand } from "./top.ts";
import { traceCommand } from "./trace.ts";
import { uninstallCommand } from "./uninstall.ts";
import { updateCommand } from "./update.ts";

export const allCommands: readonly Command[] = [
  demoCommand, boardsCommand, buildCommand, moduleCommand, runCommand, flashCommand, monitorCommand, telemetryCommand, topCommand, capsCommand, traceCommand, updateCommand, replCommand, doctorCommand,
  backupCommand, restoreCommand, uninstallCommand, testCommand, completionCommand,
];
