// genesis uninstall: a tile back to the plain Espruino board it was, with what it had before it was flashed.
import { existsSync } from "node:fs";
import type { Command, Context } from "../cli/command.ts";
import { Failure, usage } from "../cli/failure.ts";
import { readInputFile } from "../cli/input-file.ts";
import { parseBackup } from "../install/backup.ts";
import { newestBackup } from "../install/backup-store.ts";
import type { HeldConsole } from "../tiles/boot-window.ts";
import { knownTiles } from "../tiles/registry.ts";
import { openConsole, writeBackup } from "./backup.ts";

/** The backup to go back to; null when the board had nothing before. @throws Failure NO_BACKUP */
async function backupOf(context: Context, held: HeldConsole): Promise<string | null> {
  const id = await held.device.evaluate('(function(){try{return JSON.parse(require("Storage").read("g.cfg")).id}catch(e){return ""}})()');
  const known = knownTiles(context.home).find((tile) => tile.id === id)?.backup;
  if (known === null || (known !== undefined && existsSync(known))) return known;
  const newest = newestBackup(context.home, held.console.board);
  if (newest !== undefined) return newest;
  throw new Failure("NO_BACKUP", 2, `there is no backup from before this ${held.console.board} was a tile: another computer flashed it, or the file is gone`, "name a backup with --backup, or leave an empty Storage with --empty");
}

export const uninstallCommand: Command = {
  name: "uninstall",
  summary: "make a plain Espruino board of a tile again",
  description: "Puts back what the board had before it was flashed (its own backup, else the newest one of such a board that was no tile), or with --empty just erases its Storage. The tile's journal is gone afterwards: back it up first if you want it.",
  arguments: [],
  options: [
    { flags: "--backup <file>", summary: "put this backup back" },
    { flags: "--empty", summary: "leave an empty Storage" },
  ],
  examples: [{ command: "genesis uninstall --port /dev/ttyACM0", what: "back to what it was" }],
  async run(context, _args, options) {
    if (options.backup !== undefined && options.empty === true) throw usage("--backup and --empty exclude each other", "choose one");
    const given = options.backup === undefined ? undefined : String(options.backup);
    if (given !== undefined) parseBackup(readInputFile(given).toString("utf8"));
    const held = await openConsole(context);
    const file = options.empty === true ? null : given ?? (await backupOf(context, held));
    if (file === null) {
      const task = context.output.task("Erasing Storage", "erase");
      await held.device.evaluate('(require("Storage").eraseAll(),0)', 120_000);
      task.end();
    } else await writeBackup(context, held, parseBackup(readInputFile(file).toString("utf8")), false);
    await held.reboot();
    context.output.data("uninstalled", { restored: file }, file === null ? "The board's Storage is empty." : `The board has what it had before: ${file}`);
  },
};
