// Where backups of boards are kept: one file per backup in the state folder, written whole or not at all.
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Backup } from "./backup.ts";

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

/** The newest backup of a board (by Espruino's name of it), or undefined. */
export function newestBackup(home: string, board: string): string | undefined {
  const folder = folderOf(home);
  if (!existsSync(folder)) return undefined;
  const files = readdirSync(folder).filter((name) => name.startsWith(`${board.toLowerCase()}-`) && name.endsWith(".json")).sort();
  const newest = files.at(-1);
  return newest === undefined ? undefined : path.join(folder, newest);
}
