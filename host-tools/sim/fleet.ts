/**
 * Boots many tiles in one process and says what that took.
 *
 * Every tile runs the real first stage and the real image from its own flash (pages shared until written), through its boot window and hash check, until its
 * kernel runs. Budget (docs/DESIGN.md): 10,000 tiles in 10 s and 1 GB.
 */
import type { Board } from "../../hal/board.ts";
import type { FlashImage } from "./nor-flash.ts";
import { FleetProgram, NodeTile } from "./node-tile.ts";
import { VirtualClock } from "./virtual-clock.ts";

export interface Fleet {
  tiles: NodeTile[];
  clock: VirtualClock;
  /** Wall time for making and booting them, s. */
  seconds: number;
  /** Resident memory of the process, and how much of it came with the tiles, bytes. */
  rssBytes: number;
  addedBytes: number;
  /** Tiles whose kernel has taken the console's port. */
  running: number;
  /** Flash pages that are not shared. */
  ownedPages: number;
}

/** @param virtualUs how long they live; longer than the boot window. */
export function bootFleet(board: Board, image: FlashImage, count: number, virtualUs = 2_000_000): Fleet {
  globalThis.gc?.();
  const rssBefore = process.memoryUsage().rss;
  const startMs = performance.now();
  const clock = new VirtualClock();
  const program = new FleetProgram();
  const tiles: NodeTile[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const tile = new NodeTile({ board, clock, image, seed, program, serial: seed.toString(16).padStart(16, "0") });
    tile.powerOn();
    tiles.push(tile);
  }
  clock.run(virtualUs);
  const seconds = (performance.now() - startMs) / 1000;
  const rssBytes = process.memoryUsage().rss;
  const isRunning = (tile: NodeTile): boolean => tile.state === "running" && tile.consolePort === -1;
  return {
    tiles,
    clock,
    seconds,
    rssBytes,
    addedBytes: rssBytes - rssBefore,
    running: tiles.filter(isRunning).length,
    ownedPages: tiles.reduce((sum, tile) => sum + tile.flash.ownedPages, 0),
  };
}
