// genesis backup, restore, uninstall: what a board has in Storage to a file, back, and a tile back to a plain Espruino board.
import { readFileSync } from "node:fs";
import type { Command, Context } from "../cli/command.ts";
import { Failure } from "../cli/failure.ts";
import { parseBackup, restoreBackup, takeBackup } from "../install/backup.ts";
import { newestBackup, saveBackupFile } from "../install/backup-store.ts";
import { holdConsole, rebootBoard, type HeldConsole } from "../tiles/boot-window.ts";
import { openHost } from "../tiles/open-host.ts";
import { packetConsole } from "../tiles/packet-console.ts";

async function openConsole(context: Context): Promise<HeldConsole> {
  const held = await holdConsole(await openHost(context), context);
  context.onExit(() => held.release());
  return held;
}

export const backupCommand: Command = {
  name: "backup",
  summary: "save everything a board has in Storage",
  description: "Reads every file of the board's Storage, checks each by its CRC-32, and writes one JSON file. A running tile is restarted into its boot window for it and starts again afterwards.",
  arguments: [{ name: "file", summary: "where to write it (default: the state folder)", required: false }],
  options: [],
  examples: [{ command: "genesis backup porch.json --port /dev/ttyACM0", what: "to a file of your choice" }],
  async run(context, args) {
    const held = await openConsole(context);
    const task = context.output.task("Reading Storage", "backup");
    try {
      const backup = await takeBackup(packetConsole(held.console), (done, total) => task.progress(total === 0 ? 1 : done / total));
      const file = saveBackupFile(context.home, backup, args[0]);
      const bytes = backup.files.reduce((sum, entry) => sum + entry.bytes, 0);
      task.end(`${backup.files.length} files, ${bytes} bytes`);
      context.output.data("backup", { file, files: backup.files.length, bytes, sha256: backup.sha256, board: backup.board }, file);
    } catch (error) {
      task.fail();
      throw error;
    }
  },
};

async function restore(context: Context, file: string, isForced: boolean): Promise<void> {
  const backup = parseBackup(readFileSync(file, "utf8"));
  const held = await openConsole(context);
  const task = context.output.task("Writing Storage", "restore");
  try {
    await restoreBackup(packetConsole(held.console), backup, { isForced, onProgress: (done, total) => task.progress(total === 0 ? 1 : done / total) });
    task.end(`${backup.files.length} files, each read back by its CRC-32`);
    await rebootBoard(held.console);
    context.output.data("restored", { file, files: backup.files.length, sha256: backup.sha256 }, `The board has what ${file} holds.`);
  } catch (error) {
    task.fail();
    throw error;
  }
}

export const restoreCommand: Command = {
  name: "restore",
  summary: "put a backup back on a board",
  description: "Erases the board's Storage, writes the files of a backup and checks each by its CRC-32.",
  arguments: [{ name: "file", summary: "backup file", required: true }],
  options: [{ flags: "--force", summary: "also when the backup is of another kind of board" }],
  examples: [{ command: "genesis restore porch.json --port /dev/ttyACM0", what: "what genesis backup saved" }],
  run: (context, args, options) => restore(context, String(args[0]), options.force === true),
};

export const uninstallCommand: Command = {
  name: "uninstall",
  summary: "make a plain Espruino board of a tile again",
  description: "Puts back what the board had before it was flashed (the newest backup of such a board in the state folder), or with --empty just erases its Storage. The tile's journal is gone afterwards: back it up first if you want it.",
  arguments: [],
  options: [
    { flags: "--backup <file>", summary: "put this backup back" },
    { flags: "--empty", summary: "leave an empty Storage" },
  ],
  examples: [{ command: "genesis uninstall --port /dev/ttyACM0", what: "back to what it was" }],
  async run(context, _args, options) {
    const held = await openConsole(context);
    const file = options.backup === undefined ? newestBackup(context.home, held.console.board) : String(options.backup);
    if (file === undefined && options.empty !== true) {
      throw new Failure("NO_BACKUP", 2, `there is no backup of a ${held.console.board} in the state folder: it had nothing when it was flashed, or another computer flashed it`, "name a file with --backup, or erase it with --empty");
    }
    const console = packetConsole(held.console);
    if (options.empty === true || file === undefined) {
      const task = context.output.task("Erasing Storage", "erase");
      await console.evaluate('(require("Storage").eraseAll(),0)', 120_000);
      task.end();
      context.output.data("uninstalled", { restored: null }, "The board's Storage is empty.");
    } else {
      const backup = parseBackup(readFileSync(file, "utf8"));
      const task = context.output.task("Writing Storage", "restore");
      await restoreBackup(console, backup, { onProgress: (done, total) => task.progress(total === 0 ? 1 : done / total) });
      task.end(`${backup.files.length} files`);
      context.output.data("uninstalled", { restored: file }, `The board has what it had before: ${file}`);
    }
    await rebootBoard(held.console);
  },
};
