// genesis backup and restore: what a board has in Storage to a file, and back.
import path from "node:path";
import type { Command, Context } from "../cli/command.ts";
import { readInputFile } from "../cli/input-file.ts";
import { type Backup, parseBackup, restoreBackup, takeBackup } from "../install/backup.ts";
import { saveBackupFile } from "../install/backup-store.ts";
import { type HeldConsole, holdConsole } from "../tiles/boot-window.ts";
import { openHost } from "../tiles/open-host.ts";

/** The console of the board the user named, let go at the end of the command. */
export async function openConsole(context: Context): Promise<HeldConsole> {
  const held = await holdConsole(await openHost(context), context);
  context.onExit(() => held.release());
  return held;
}

/** Writes a backup to a board, with progress; the board then has to be restarted. */
export async function writeBackup(context: Context, held: HeldConsole, backup: Backup, isForced: boolean): Promise<void> {
  const task = context.output.task("Writing Storage", "restore");
  await restoreBackup(held.device, backup, { isForced, onProgress: (done, total) => task.progress(total === 0 ? 1 : done / total) });
  task.end(`${backup.files.length} files, each read back by its CRC-32`);
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
    const backup = await takeBackup(held.device, (done, total) => task.progress(total === 0 ? 1 : done / total));
    const file = saveBackupFile(context.home, backup, args[0] === undefined ? undefined : path.resolve(args[0]));
    const bytes = backup.files.reduce((sum, entry) => sum + entry.bytes, 0);
    task.end(`${backup.files.length} files, ${bytes} bytes`);
    context.output.data("backup", { file, files: backup.files.length, bytes, sha256: backup.sha256, board: backup.board }, file);
  },
};

export const restoreCommand: Command = {
  name: "restore",
  summary: "put a backup back on a board",
  description: "Erases the board's Storage, writes the files of a backup and checks each by its CRC-32. Interrupted, it is to be run again: what is on the board then is only a part.",
  arguments: [{ name: "file", summary: "backup file", required: true }],
  options: [{ flags: "--force", summary: "also when the backup is of another kind of board" }],
  examples: [{ command: "genesis restore porch.json --port /dev/ttyACM0", what: "what genesis backup saved" }],
  async run(context, args, options) {
    const file = String(args[0]);
    const backup = parseBackup(readInputFile(file).toString("utf8"));
    const held = await openConsole(context);
    await writeBackup(context, held, backup, options.force === true);
    await held.reboot();
    context.output.data("restored", { file, files: backup.files.length, sha256: backup.sha256 }, `The board has what ${file} holds.`);
  },
};
