// The flash file of a QEMU board, opened from the host while the board is off: files for its Storage, or a whole tile.
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { board } from "../../boards/qemu-mps2-an385/board.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import { sealImage } from "../image/mcuboot.ts";
import { provisionStorage } from "../install/provision.ts";
import { boardGeometry, planStorage } from "../install/storage-map.ts";
import { type LinkSettings, makeTileConfig, newIdentity } from "../install/tile-config.ts";
import { createFlashFile, FLASH_BYTES } from "../qemu/flash-file.ts";
import { EspruinoStorage } from "../sim/espruino-storage.ts";
import { type FlashStore, NorFlash } from "../sim/nor-flash.ts";

/** Address of the flash, and of Storage in it (boards/qemu-mps2-an385/FLASH.md). */
const FLASH_BASE = 0x2100_0000;
const STORAGE_BASE = FLASH_BASE + FLASH_BYTES - board.storageBytes;

/** Lets `use` work on the Storage in a flash file, which is made when missing. The board has to be off. */
export function qemuStorage<T>(flashPath: string, use: (storage: EspruinoStorage) => T): T {
  createFlashFile(flashPath);
  const flash = new NorFlash({ baseAddress: FLASH_BASE, flashBytes: FLASH_BYTES, pageBytes: board.pageBytes }, undefined, firstMegabyte(flashPath));
  try {
    return use(new EspruinoStorage(flash, STORAGE_BASE, board.storageBytes));
  } finally {
    flash.close();
  }
}

/** Makes the flash file of a board with Genesis on it, as `genesis flash` leaves it. @param image unsealed. */
export function installOnQemu(flashPath: string, image: Buffer, firstStage: string, link: LinkSettings = {}): TileConfig {
  const map = planStorage({ start: STORAGE_BASE, bytes: board.storageBytes, pageBytes: board.pageBytes }, boardGeometry(board), firstStage.length);
  const config = makeTileConfig(board, map, newIdentity("bench"), link);
  qemuStorage(flashPath, (storage) => provisionStorage(storage, map, config, firstStage, sealImage(image, Buffer.from(config.key, "hex"))));
  return config;
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
