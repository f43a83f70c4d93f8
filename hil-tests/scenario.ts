// What a scenario is: one file that runs unchanged on every rig.
//
// A scenario gets a stage: tiles to order, images to put on them, and checks that throw. It runs twice on each tile: on a tile that was just
// restarted and on one that has been running, because the two differ more often than one thinks.
import type { Board } from "../hal/board.ts";
import type { TileConfig } from "../hal/tile-config.ts";
import type { Feature } from "../host-tools/build/features.ts";
import type { StorageRoom } from "../host-tools/install/storage-map.ts";
import type { EspruinoStorage } from "../host-tools/sim/espruino-storage.ts";
import type { HeldConsole } from "../host-tools/tiles/boot-window.ts";
import type { TileHost } from "../host-tools/tiles/tile-host.ts";
import type { TileSession } from "../host-tools/tiles/tile-session.ts";

/**
 * What a rig must be able to do for a scenario to run on it. `upload`: its tiles take images over SMP. `sensor`: they have the sensor service. `power`: off and on. `power-cut`: at a flash operation. `flash-count`: counts flash operations.
 * `two-tiles`: joined by Serial2; `neighbor`: whose images carry the neighbor service. `watchdog`: a hung tile is reset. `bare`: boards without Genesis. `one-slot`: a board that is updated in one slot.
 */
export type Need = "upload" | "sensor" | "power" | "power-cut" | "flash-count" | "two-tiles" | "neighbor" | "watchdog" | "bare" | "one-slot";

export const NEEDS: Readonly<Record<Need, string>> = {
  sensor: "runs the small profile, which has no sensor service",
  upload: "runs the small profile, which is updated through the boot window",
  neighbor: "runs the small profile, which has no neighbor service",
  power: "can't switch a tile off and on",
  "power-cut": "can't cut the power at a flash operation",
  "flash-count": "can't count flash operations",
  "two-tiles": "has one tile",
  watchdog: "has no watchdog",
  bare: "has no bare board to install on",
  "one-slot": "has no board with one slot",
};

/** What the engine under a rig is, for the record of results. */
export interface Engine {
  name: string;
  version: string;
  /** Variables of a fixed heap, where the engine has one. */
  heapVariables?: number;
}

export interface Rig {
  readonly name: string;
  readonly can: ReadonlySet<Need>;
  /** Features that the images of its profile lack and that it can have built in where a scenario needs them: its tiles have the room. */
  readonly extraFeatures?: ReadonlySet<Feature>;
  /** What its tiles are; undefined when only the board on the port can say. */
  readonly board: Board | undefined;
  /** Boards with one slot, the dearest first: a stage takes the first whose slot holds the image. */
  readonly oneSlotBoards?: readonly Board[];
  /** A tile with empty flash (or whatever the board holds), named for its role; switched off where the rig has a switch. Closed by the stage. */
  tile(role: string, board?: Board): Promise<TileHost>;
  /** Storage of a tile that is off. Where a rig has no way to it, images are installed over the console. */
  withStorage?<T>(host: TileHost, use: (storage: EspruinoStorage, room: StorageRoom) => T): T;
  /** Memory that the rig itself takes on a tile, in the engine's blocks; 0 unless given. */
  readonly overheadBlocks?: number;
  /** Seconds of a tile's time per second of ours; 1 on anything real. */
  readonly timeFactor: number;
  /** Power cuts that a scenario may take the time for, unless all are asked for (GENESIS_ASSURE). */
  readonly cutsPerRun: number;
  /** Tiles among which a scenario may spread them. */
  readonly cutTiles: number;
  /** Is an armed power cut still to come? */
  isCutArmed?(host: TileHost): Promise<boolean>;
  engine(): Promise<Engine>;
  close(): Promise<void>;
}

/** The images a stage offers: `v1`, `v2` (same program, next version), `broken` (hangs a second after start), `loops` (a service of which can be asked to loop for ever, and any task to fail: {@link FailCommand}). */
export type StageImage = "v1" | "v2" | "broken" | "loops";

/** Commands of every service of the image `loops`: a read fills the memory or the stack, in the service itself or in the link's next run. */
export const FailCommand = { StackOfLink: 95, MemoryOfLink: 96, Stack: 97, Memory: 98 } as const;

export interface Stage {
  readonly rig: Rig;
  /** The project's folder. */
  readonly root: string;
  readonly variant: Variant;
  /** Seed for anything random; printed with a failure. */
  readonly seed: number;
  /** A tile with Genesis `v1` on it, ready (and restarted, in the variant `after-reboot`). */
  tile(options?: TileOptions): Promise<StageTile>;
  /** Two such tiles, joined by their Serial2. */
  wiredTiles(options?: TileOptions): Promise<[StageTile, StageTile]>;
  /** A tile as the rig gives it, nothing installed, switched on. */
  bareTile(): Promise<TileHost>;
  /** An image sealed under the key of this stage's tiles. */
  image(name: StageImage): Promise<Buffer>;
  /** Restarts a tile into its boot window and holds its console there. The tile's session is closed meanwhile. */
  hold(tile: StageTile): Promise<HeldConsole>;
  /** Installs `v1` over the console of a bare tile, as `genesis flash` does. Says how it went on. */
  install(host: TileHost, onProgress?: (phase: string, fraction: number) => void): Promise<StageTile>;
  /** Keeps a measured number for the record of results. */
  record(name: string, value: number | string): void;
  /** `ms` of our time in the tile's time: for timers and windows on the tile that have to leave a host time to act. */
  tileMs(ms: number): number;
  /** Time for anything that may have to start an engine, ms: generous, because rigs run on busy machines. */
  readonly patienceMs: number;
  log(text: string): void;
}

export interface TileOptions {
  /** Image that is on it; `v1` unless given. */
  image?: StageImage;
  /** Use the rig's board with one slot. */
  oneSlot?: boolean;
  /** Length of the boot window, ms of our time; as short as possible unless given. */
  windowMs?: number;
  /** UART that leads to a neighboring tile; none unless given. */
  peer?: "Serial2";
  /** Watchdog time, s; 8 unless given. */
  watchdogS?: number;
}

/** A tile that the stage installed. */
export interface StageTile {
  readonly host: TileHost;
  readonly config: TileConfig;
  /** The conversation with it; a new object after `reopen`. */
  session: TileSession;
  /** Closes the session and opens another; waits until the tile answers. */
  reopen(): Promise<TileSession>;
}

/** On a tile that was restarted just before, or on one as it is. */
export type Variant = "after-reboot" | "as-is";
export const VARIANTS: readonly Variant[] = ["after-reboot", "as-is"];

export interface Scenario {
  name: string;
  summary: string;
  needs: readonly Need[];
  run(stage: Stage): Promise<void>;
}

/** Thrown by a check; the message says what was expected and what was there. */
export class CheckFailure extends Error {
  override readonly name = "CheckFailure";
}

/** @throws CheckFailure unless `condition`. */
export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new CheckFailure(what);
}

/** @throws CheckFailure unless both have the same JSON. */
export function checkEqual(actual: unknown, expected: unknown, what: string): void {
  const a = JSON.stringify(actual);
  const b = JSON.stringify(expected);
  if (a !== b) throw new CheckFailure(`${what}: expected ${b}, got ${a}`);
}
