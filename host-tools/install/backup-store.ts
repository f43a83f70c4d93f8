// Where backups of boards are kept: one file per backup in the state folder, written whole or not at all.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseBackup, type Backup } from "./backup.ts";
import { InstallError } from "./install-error.ts";
import { fileNames } from "./storage-map.ts";

const folderOf = (home: string): string => path.join(home, "backups");

/** Saves a backup and returns its file. `at` names it: the time, ISO 8601. */
export function saveBackupFile(home: string, backup: Backup, file?: string, at: Date = new Date()): string {
  const target = file ?? path.join(folderOf(home), `${backup.board.toLowerCase()}-${at.toISOString().replace(/[:.]/g, "-")}.json`);
  mkdirSync(path.dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(backup, null, 1)}\n`, { mode: 0o600 });
  renameSync(temporary, target);
  return target;
}

/** Was the board a tile when the backup was taken? */
export function isTileBackup(backup: Backup): boolean {
  return backup.files.some(({ name }) => name === fileNames.config);
}

/** The newest backup of a board (by Espruino's name of it) that is whole and not of a tile, or undefined. */
export function newestBackup(home: string, board: string): string | undefined {
  const folder = folderOf(home);
  if (!existsSync(folder)) return undefined;
  const names = readdirSync(folder).filter((name) => name.startsWith(`${board.toLowerCase()}-`) && name.endsWith(".json")).sort().reverse();
  return names.map((name) => path.join(folder, name)).find((file) => {
    try {
      const backup = parseBackup(readFileSync(file, "utf8"));
      return backup.board === board && !isTileBackup(backup);
    } catch (error) {
      if (error instanceof InstallError) return false;
      throw error;
    }
  });
}
