// The rig `qemu`: tiles on the bare-metal board in QEMU, each with its own flash file.
import { mkdtempSync, openSync, closeSync, readSync, writeSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { board } from "../../boards/qemu-mps2-an385/board.ts";
import type { Board } from "../../hal/board.ts";
import type { StorageRoom } from "../../host-tools/install/storage-map.ts";
import { createFlashFile, FLASH_BYTES } from "../../host-tools/qemu/flash-file.ts";
import { buildRuntime } from "../../host-tools/qemu/runtime-build.ts";
import { findProgram } from "../../host-tools/qemu/toolchain.ts";
import { EspruinoStorage } from "../../host-tools/sim/espruino-storage.ts";
import { type FlashStore, NorFlash } from "../../host-tools/sim/nor-flash.ts";
import { QemuHost } from "../../host-tools/tiles/qemu-host.ts";
import type { TileHost } from "../../host-tools/tiles/tile-host.ts";
import type { Engine, Need, Rig } from "../scenario.ts";

/** Address of the flash, and of Storage in it (boards/qemu-mps2-an385/FLASH.md). */
const FLASH_BASE = 0x2100_0000;
const STORAGE_BASE = FLASH_BASE + FLASH_BYTES - board.storageBytes;

/** Why this computer can't run the rig, or undefined when it can. */
export function whyNoQemu(): string | undefined {
  const missing = ["qemu-system-arm", "arm-none-eabi-gcc"].filter((program) => findProgram(program) === undefined);
  return missing.length === 0 ? undefined : `${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not installed (node bin/setup.cjs installs them on Debian and Ubuntu)`;
}

export class QemuRig implements Rig {
  readonly name = "qemu";
  readonly can: ReadonlySet<Need> = new Set<Need>(["upload", "sensor", "neighbor", "power", "power-cut", "flash-count", "two-tiles", "watchdog", "bare", "one-slot"]);
  readonly board = board;
  readonly oneSlotBoards: readonly Board[] = [{ ...board, slots: 1, previousPages: board.slotPages }];
  readonly timeFactor = 1;
  readonly cutsPerRun = 6;
  readonly cutTiles = 2;
  private readonly elfPath: string;
  private readonly folder: string;
  private count = 0;

  private constructor(elfPath: string, folder: string) {
    this.elfPath = elfPath;
    this.folder = folder;
  }

  /** @param cacheDir where the runtime is built. @throws ToolError when QEMU or the compiler is missing. */
  static async open(cacheDir: string, onProgress?: (note: string, fraction?: number) => void): Promise<QemuRig> {
    const { elfPath } = await buildRuntime({ cacheDir, ...(onProgress === undefined ? {} : { onProgress }) });
    return new QemuRig(elfPath, mkdtempSync(path.join(os.tmpdir(), "genesis-rig-")));
  }

  tile(role: string): Promise<QemuHost> {
    return Promise.resolve(new QemuHost({ name: `qemu:${role}`, elfPath: this.elfPath, folder: path.join(this.folder, String(++this.count)) }));
  }

  withStorage<T>(host: TileHost, use: (storage: EspruinoStorage, room: StorageRoom) => T): T {
    if (!(host instanceof QemuHost)) throw new TypeError("not a tile of this rig");
    if (host.isOn) throw new Error(`${host.name} is on: its flash belongs to it`);
    createFlashFile(host.flashPath);
    const flash = new NorFlash({ baseAddress: FLASH_BASE, flashBytes: FLASH_BYTES, pageBytes: board.pageBytes }, undefined, firstMegabyte(host.flashPath));
    try {
      return use(new EspruinoStorage(flash, STORAGE_BASE, board.storageBytes), { start: STORAGE_BASE, bytes: board.storageBytes, pageBytes: board.pageBytes });
    } finally {
      flash.close();
    }
  }

  async isCutArmed(host: TileHost): Promise<boolean> {
    return (await (host as QemuHost).status()).armed > 0;
  }

  engine(): Promise<Engine> {
    return Promise.resolve({ name: "xs", version: "@agoric/xsnap 0.15.0" });
  }

  close(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    return Promise.resolve();
  }
}

/** The flash at the start of QEMU's memory file. */
function firstMegabyte(file: string): FlashStore {
  const descriptor = openSync(file, "r+");
  return {
    load() {
      const bytes = new Uint8Array(FLASH_BYTES);
      readSync(descriptor, bytes, 0, FLASH_BYTES, 0);
      return bytes;
    },
    save(offset, bytes) {
      writeSync(descriptor, bytes, 0, bytes.length, offset);
    },
    close: () => closeSync(descriptor),
  };
}
