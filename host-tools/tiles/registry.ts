// The tiles this computer has flashed: id, name, board and the key its images are sealed under, one file per tile in the state folder.
//
// Until images are signed, the key is what lets this computer update the tile. Files are written with mode 0600 and replaced in one step.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { TileConfig } from "../../hal/tile-config.ts";
import { Failure } from "../cli/failure.ts";

export interface KnownTile {
  /** 16 hexadecimal digits. */
  id: string;
  name: string;
  board: string;
  /** HMAC-SHA256 key, 64 hexadecimal digits. */
  key: string;
  /** ISO 8601. */
  flashedAt: string;
  /** Where it was flashed: a port, or an emulated tile ("sim:porch"). */
  place?: string;
  /** Backup file of what the board had before it became a tile; null when it had nothing. */
  backup?: string | null;
}

const folderOf = (home: string): string => path.join(home, "tiles");

/** Remember a tile, or replace what is known of it. What `known` does not say (the backup of a tile flashed again) stays as it was. */
export function rememberTile(home: string, tile: KnownTile): void {
  mkdirSync(folderOf(home), { recursive: true });
  const file = path.join(folderOf(home), `${tile.id}.json`);
  const before = knownTiles(home).find(({ id }) => id === tile.id);
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify({ ...before, ...tile }, null, 2)}\n`, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, file);
}

/** What to remember of a tile that was flashed just now. */
export function knownTile(config: TileConfig, place: string): KnownTile {
  return { id: config.id, name: config.name, key: config.key, board: config.board, flashedAt: new Date().toISOString(), place };
}

/** All tiles flashed from here, oldest first. Files that don't parse are left out. */
export function knownTiles(home: string): KnownTile[] {
  if (!existsSync(folderOf(home))) return [];
  const tiles: KnownTile[] = [];
  for (const file of readdirSync(folderOf(home))) {
    if (!/^[0-9a-f]{16}\.json$/.test(file)) continue;
    try {
      const tile = JSON.parse(readFileSync(path.join(folderOf(home), file), "utf8")) as KnownTile;
      if (/^[0-9a-f]{64}$/.test(tile.key)) tiles.push(tile);
    } catch {
      continue;
    }
  }
  return tiles.sort((a, b) => String(a.flashedAt).localeCompare(String(b.flashedAt)));
}

/** The tile that was flashed last at a place. */
export function tileAt(home: string, place: string): KnownTile | undefined {
  return knownTiles(home).findLast((tile) => tile.place === place);
}

/** The key of a tile. @throws Failure NO_KEY */
export function keyOf(home: string, id: string): Buffer {
  const tile = knownTiles(home).find((candidate) => candidate.id === id);
  if (tile === undefined) {
    throw new Failure("NO_KEY", 7, `tile ${id} was not flashed from this computer, so its image key is not here`,
      `copy tiles/${id}.json from the state folder of the computer that flashed it into ${folderOf(home)}, or install anew with genesis flash`);
  }
  return Buffer.from(tile.key, "hex");
}
