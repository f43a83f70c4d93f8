// The rig `espruino`: tiles on the real interpreter, Espruino for Linux (GENESIS_ESPRUINO=<binary>). Opt-in, because nobody publishes such a binary.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { ResetCause } from "../../firmware/update/boot-log.ts";
import type { Feature } from "../../host-tools/build/features.ts";
import { Failure } from "../../host-tools/cli/failure.ts";
import type { Board } from "../../hal/board.ts";
import type { StorageRoom } from "../../host-tools/install/storage-map.ts";
import { spawnEspruino } from "../../host-tools/espruino-process.ts";
import { EspruinoConsole } from "../../host-tools/link/espruino-console.ts";
import { childStream } from "../../host-tools/link/socket-stream.ts";
import { findProgram } from "../../host-tools/qemu/toolchain.ts";
import type { EspruinoStorage } from "../../host-tools/sim/espruino-storage.ts";
import type { TileHost } from "../../host-tools/tiles/tile-host.ts";
import type { Engine, Need, Rig } from "../scenario.ts";
import { espruinoLinuxBoard } from "./espruino-board.ts";
import { shimFiles, shimLoader, shimScript } from "./espruino-shim.ts";
import { EspruinoHost, linuxFlash } from "./espruino-host.ts";

export class EspruinoRig implements Rig {
  readonly name = "espruino";
  readonly can: ReadonlySet<Need>;
  readonly extraFeatures: ReadonlySet<Feature> = new Set<Feature>(["upload", "sensor", "neighbor"]);
  readonly board: Board;
  readonly oneSlotBoards: readonly Board[];
  // Its console sleeps 50 ms at a time: a boot window has to hold several questions.
  readonly timeFactor = 2;
  readonly cutsPerRun = 6;
  readonly cutTiles = 2;
  readonly overheadBlocks: number;
  private readonly binary: string;
  private readonly description: Engine;
  private readonly folder: string;
  private count = 0;

  private constructor(binary: string, engine: Engine, overheadBlocks: number, folder: string) {
    this.binary = binary;
    this.description = engine;
    this.overheadBlocks = overheadBlocks;
    this.folder = folder;
    this.board = espruinoLinuxBoard(engine.heapVariables ?? 1e6);
    const full: Need[] = this.board.profile === "full" ? ["upload", "sensor", "neighbor"] : [];
    this.can = new Set<Need>([...full, "power", "power-cut", "flash-count", "two-tiles", "watchdog", "bare", "one-slot"]);
    this.oneSlotBoards = [espruinoLinuxBoard(engine.heapVariables ?? 1e6, 1)];
  }

  /** @param binary absolute path. @throws Failure NO_SOCAT, NO_ESPRUINO; LinkError when it is no Espruino, or too old. */
  static async open(binary: string): Promise<EspruinoRig> {
    if (findProgram("socat") === undefined) throw new Failure("NO_SOCAT", 1, "socat is not installed; real Espruino on Linux needs it for the link", "apt-get install socat, or use the rigs sim and qemu");
    const folder = mkdtempSync(path.join(os.tmpdir(), "genesis-rig-"));
    try {
      const { engine, overheadBlocks } = await askEngine(binary, folder);
      return new EspruinoRig(binary, engine, overheadBlocks, folder);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  tile(role: string): Promise<EspruinoHost> {
    return EspruinoHost.create(`espruino:${role}`, this.binary, path.join(this.folder, String(++this.count)));
  }

  withStorage<T>(host: TileHost, use: (storage: EspruinoStorage, room: StorageRoom) => T): T {
    return (host as EspruinoHost).withStorage((storage) => use(storage, { start: linuxFlash.baseAddress, bytes: linuxFlash.flashBytes, pageBytes: linuxFlash.pageBytes }));
  }

  isCutArmed(host: TileHost): Promise<boolean> {
    return Promise.resolve((host as EspruinoHost).isCutArmed);
  }

  engine(): Promise<Engine> {
    return Promise.resolve(this.description);
  }

  close(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    return Promise.resolve();
  }
}

/** Version and heap of a binary, from its own mouth, and what the shim takes of that heap. */
async function askEngine(binary: string, folder: string): Promise<{ engine: Engine; overheadBlocks: number }> {
  const stream = childStream(spawnEspruino(binary, folder), binary);
  try {
    const console = await EspruinoConsole.open(stream, { interrupt: false, smp: false, answerMs: 3000 });
    const total = (await console.evalLine("process.memory().total")) as number;
    // The 64-bit build grows its heap, so its size says nothing.
    const isFixed = (await console.evalLine("process.memory().blocksize<20")) === true;
    writeFileSync(path.join(folder, shimFiles.script), shimScript(ResetCause.Power));
    const used = async (): Promise<number> => (await console.evalLine("process.memory().usage")) as number;
    const before = await used();
    await console.evalLine(`(${shimLoader.script},0)`);
    const overheadBlocks = (await used()) - before;
    console.close();
    return { engine: { name: "espruino", version: console.version, ...(isFixed ? { heapVariables: total } : {}) }, overheadBlocks };
  } finally {
    await stream.close();
  }
}
