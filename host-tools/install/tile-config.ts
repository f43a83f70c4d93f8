/** Makes the configuration record of a new tile: where its regions lie, and an identity and image key nobody else has. */
import { randomBytes } from "node:crypto";
import type { Board } from "../../hal/board.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import { tilePower } from "../sim/power-table.ts";
import { InstallError } from "./install-error.ts";
import { configBytes, fileNames, type StorageMap } from "./storage-map.ts";

export interface TileIdentity {
  /** 16 hexadecimal digits. */
  id: string;
  name: string;
  /** 64 hexadecimal digits. */
  key: string;
}

export interface LinkSettings {
  /** UART of the link, where it is not the board's. */
  link?: string;
  /** Linux Espruino: the pty behind the UART. */
  path?: string;
  /** Second UART, which leads to a neighboring tile; on Linux Espruino with the pty behind it. */
  peer?: string;
  peerPath?: string;
  /** The console is another device than the link. */
  consoleApart?: boolean;
  /** Boot window, ms; default 1000. */
  windowMs?: number;
  /** Watchdog, s; default 15. */
  watchdogS?: number;
  /** As in TileConfig (task-settings.ts). */
  energy?: number[];
  tasks?: number[];
}

/** Longest name, characters; it has to be printable ASCII. */
export const nameLimit = 32;

/** A random id and key. @throws InstallError for a name that is no name. */
export function newIdentity(name?: string): TileIdentity {
  const id = randomBytes(8).toString("hex");
  const chosen = name ?? `tile-${id.slice(0, 4)}`;
  if (!/^[\x21-\x7e]+$/.test(chosen) || chosen.length > nameLimit || /["\\]/.test(chosen))
    throw new InstallError("BAD_NAME", 2, `${JSON.stringify(chosen)} is not a tile name`, `use up to ${nameLimit} printable characters without spaces, quotes and backslashes`);
  return { id, name: chosen, key: randomBytes(32).toString("hex") };
}

export function makeTileConfig(board: Board, map: StorageMap, identity: TileIdentity, link: LinkSettings = {}): TileConfig {
  const { geometry } = map;
  const power = tilePower(board);
  return {
    v: 1,
    id: identity.id,
    name: identity.name,
    board: board.id,
    link: link.link ?? board.link.device,
    baud: board.link.baud,
    ...(link.path === undefined ? {} : { path: link.path }),
    ...(link.peer === undefined ? {} : { peer: link.peer }),
    ...(link.peerPath === undefined ? {} : { peerPath: link.peerPath }),
    ...(link.consoleApart ? { con: true } : {}),
    file: fileNames.data,
    off: map.dataOffset,
    base: map.dataAddress,
    page: geometry.page,
    journal: geometry.journal,
    slot: geometry.slot,
    slots: geometry.slots,
    prev: geometry.prev,
    key: identity.key,
    win: link.windowMs ?? 1000,
    wdt: link.watchdogS ?? 15,
    ...(power === undefined ? {} : { power }),
    ...(link.energy === undefined ? {} : { energy: link.energy }),
    ...(link.tasks === undefined ? {} : { tasks: link.tasks }),
  };
}

/** The content of `g.cfg`: JSON, padded to its fixed length. @throws InstallError when it does not fit. */
export function encodeTileConfig(config: TileConfig): string {
  const text = JSON.stringify(config);
  if (text.length > configBytes || !/^[\x20-\x7e]*$/.test(text))
    throw new InstallError("BAD_CONFIG", 2, `the configuration has ${text.length} bytes, ${configBytes} fit, ASCII only`, "use a shorter name or link path");
  return text.padEnd(configBytes, " ");
}
