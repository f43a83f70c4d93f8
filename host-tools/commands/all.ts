// The verbs of the command line, in the order `--help` shows them. To add one: a file beside this one and a line here.
import type { Command } from "../cli/command.ts";
import { backupCommand, restoreCommand, uninstallCommand } from "./backup.ts";
import { boardsCommand } from "./boards.ts";
import { flashCommand } from "./flash.ts";
import { replCommand } from "./repl.ts";

export const allCommands: readonly Command[] = [boardsCommand, flashCommand, replCommand, backupCommand, restoreCommand, uninstallCommand];
