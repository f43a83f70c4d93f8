// The rig `sim`: tiles on simulated boards in this process, all in one world whose time runs faster than ours.
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { board } from "../../boards/sim/board.ts";
import { board as smallBoard } from "../../boards/sim-small/board.ts";
import type { Board } from "../../hal/board.ts";
import type { StorageRoom } from "../../host-tools/install/storage-map.ts";
import { EspruinoStorage } from "../../host-tools/sim/espruino-storage.ts";
import { flashFile } from "../../host-tools/sim/flash-file.ts";
import { NorFlash } from "../../host-tools/sim/nor-flash.ts";
import { flashBase } from "../../host-tools/sim/sim-hardware.ts";
import { simVersion } from "../../host-tools/sim/sim-tile.ts";
import { SimHost, SimWorld } from "../../host-tools/tiles/sim-host.ts";
import type { TileHost } from "../../host-tools/tiles/tile-host.ts";
import type { Engine, Need, Rig } from "../scenario.ts";

/** Virtual seconds per second. */
const FACTOR = 4;
/** Rate of the line, baud: scenarios are about behaviour; how long a slow line takes is the bench's subject. */
const LINE_BAUD = 1_000_000;

export class SimRig implements Rig {
  readonly name = "sim";
  readonly can: ReadonlySet<Need> = new Set<Need>(["upload", "sensor", "neighbor", "power", "power-cut", "flash-count", "two-tiles", "watchdog", "bare", "one-slot"]);
  readonly board: Board = board;
  readonly oneSlotBoards: readonly Board[] = [smallBoard, { ...board, slots: 1, previousPages: board.slotPages }];
  readonly timeFactor = FACTOR;
  readonly cutsPerRun = 1000;
  readonly cutTiles = 8;
  private readonly root: string;
  private readonly folder: string;
  private readonly world = new SimWorld(FACTOR);
  private count = 0;

  private constructor(root: string, folder: string) {
    this.root = root;
    this.folder = folder;
  }

  /** @param root the project's folder. */
  static open(root: string): Promise<SimRig> {
    return Promise.resolve(new SimRig(root, mkdtempSync(path.join(os.tmpdir(), "genesis-rig-"))));
  }

  tile(role: string, on: Board = board): Promise<SimHost> {
    const folder = path.join(this.folder, String(++this.count));
    return Promise.resolve(new SimHost({ name: `sim:${role}`, boardId: on.id, root: this.root, folder, world: this.world, seed: this.count, lineBaud: LINE_BAUD }));
  }

  withStorage<T>(host: TileHost, use: (storage: EspruinoStorage, room: StorageRoom) => T): T {
    if (!(host instanceof SimHost)) throw new TypeError("not a tile of this rig");
    if (host.isOn) throw new Error(`${host.name} is on: its flash belongs to it`);
    const { storageBytes, pageBytes } = host.boardId === smallBoard.id ? smallBoard : board;
    const flash = new NorFlash({ baseAddress: flashBase, flashBytes: storageBytes, pageBytes }, undefined, flashFile(host.flashPath));
    try {
      return use(new EspruinoStorage(flash, flashBase, storageBytes), { start: flashBase, bytes: storageBytes, pageBytes });
    } finally {
      flash.close();
    }
  }

  isCutArmed(host: TileHost): Promise<boolean> {
    return Promise.resolve(((host as SimHost).tile?.flash.armedIn ?? 0) > 0);
  }

  engine(): Promise<Engine> {
    return Promise.resolve({ name: "quickjs", version: simVersion });
  }

  close(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    return Promise.resolve();
  }
}
