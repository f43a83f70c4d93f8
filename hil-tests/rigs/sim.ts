// The rig `sim`: tiles on simulated boards in this process, in real time, their flash in memory.
import { board as small } from "../../boards/sim-small/board.ts";
import { board } from "../../boards/sim/board.ts";
import type { Board } from "../../hal/board.ts";
import type { StorageRoom } from "../../host-tools/install/storage-map.ts";
import type { EspruinoStorage } from "../../host-tools/sim/espruino-storage.ts";
import { projectRoot } from "../../host-tools/sim/espruino-prelude.ts";
import { flashBase } from "../../host-tools/sim/sim-hardware.ts";
import { SimHost, SimWorld } from "../../host-tools/tiles/sim-host.ts";
import type { TileHost } from "../../host-tools/tiles/tile-host.ts";
import type { Engine, Need, Rig } from "../scenario.ts";

/** Faster than the boards' lines, so that suites are short; the order of bytes is the same. */
const lineBaud = 1_000_000;

export class SimRig implements Rig {
  readonly name = "sim";
  readonly can: ReadonlySet<Need> = new Set<Need>(["power", "power-cut", "flash-count", "two-tiles", "watchdog", "bare", "one-slot"]);
  readonly board = board;
  readonly oneSlotBoard = small;
  private readonly world = new SimWorld();
  private count = 0;

  static open(): Promise<SimRig> {
    return Promise.resolve(new SimRig());
  }

  async tile(role: string, which: Board = board): Promise<SimHost> {
    const host = new SimHost({ name: `sim:${role}`, boardId: which.id, root: projectRoot(), world: this.world, seed: ++this.count });
    await host.flashOperations(); // makes the tile, switched off
    for (const uart of host.tile?.hardware.serials ?? []) uart.setBaud(lineBaud);
    return host;
  }

  withStorage<T>(host: TileHost, use: (storage: EspruinoStorage, room: StorageRoom) => T): T {
    const tile = host instanceof SimHost ? host.tile : undefined;
    if (tile === undefined) throw new TypeError("not a tile of this rig");
    if (tile.state !== "off") throw new Error(`${host.name} is on: its flash belongs to it`);
    const { storageBytes, pageBytes } = tile.hardware.board;
    tile.flash.powerOn();
    try {
      return use(tile.hardware.storage, { start: flashBase, bytes: storageBytes, pageBytes });
    } finally {
      tile.flash.powerOff();
    }
  }

  engine(): Promise<Engine> {
    return Promise.resolve({ name: "quickjs", version: "quickjs-emscripten 0.32.0" });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
