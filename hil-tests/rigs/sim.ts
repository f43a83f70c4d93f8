// The rig `sim`: tiles on simulated boards in this process, in real time, each with its own flash file.
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { board as small } from "../../boards/sim-small/board.ts";
import { board } from "../../boards/sim/board.ts";
import type { Board } from "../../hal/board.ts";
import type { StorageRoom } from "../../host-tools/install/storage-map.ts";
import { EspruinoStorage } from "../../host-tools/sim/espruino-storage.ts";
import { projectRoot } from "../../host-tools/sim/espruino-prelude.ts";
import { flashFile } from "../../host-tools/sim/flash-file.ts";
import { NorFlash } from "../../host-tools/sim/nor-flash.ts";
import { flashBase } from "../../host-tools/sim/sim-hardware.ts";
import { SimHost } from "../../host-tools/tiles/sim-host.ts";
import type { TileHost } from "../../host-tools/tiles/tile-host.ts";
import type { Engine, Need, Rig } from "../scenario.ts";

/** Faster than the boards' lines, so that suites are short; the order of bytes is the same. */
const lineBaud = 1_000_000;

export class SimRig implements Rig {
  readonly name = "sim";
  readonly can: ReadonlySet<Need> = new Set<Need>(["power", "power-cut", "flash-count", "two-tiles", "watchdog", "bare", "one-slot"]);
  readonly board = board;
  readonly oneSlotBoard = small;
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), "genesis-rig-"));
  private count = 0;

  static open(): Promise<SimRig> {
    return Promise.resolve(new SimRig());
  }

  tile(role: string, which: Board = board): Promise<SimHost> {
    this.count++;
    return Promise.resolve(new SimHost({ name: `sim:${role}`, boardId: which.id, folder: path.join(this.folder, String(this.count)), root: projectRoot(), lineBaud, seed: this.count }));
  }

  withStorage<T>(host: TileHost, use: (storage: EspruinoStorage, room: StorageRoom) => T): T {
    if (!(host instanceof SimHost)) throw new TypeError("not a tile of this rig");
    if (host.isOn) throw new Error(`${host.name} is on: its flash belongs to it`);
    const { storageBytes, pageBytes } = host.boardId === small.id ? small : board;
    const flash = new NorFlash({ baseAddress: flashBase, flashBytes: storageBytes, pageBytes }, undefined, flashFile(host.flashPath));
    try {
      return use(new EspruinoStorage(flash, flashBase, storageBytes), { start: flashBase, bytes: storageBytes, pageBytes });
    } finally {
      flash.close();
    }
  }

  engine(): Promise<Engine> {
    return Promise.resolve({ name: "quickjs", version: "quickjs-emscripten 0.32.0" });
  }

  close(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    return Promise.resolve();
  }
}
