/**
 * A tile's Storage as an installation leaves it, as bytes: for simulated boards, QEMU's flash file and Linux Espruino's, without a console.
 *
 * The idea: one list of files and flash writes says what "installed" means; the console installer does the same list step by step.
 */
import type { TileConfig } from "../../hal/tile-config.ts";
import { slotOffset, trailerOffset } from "../../firmware/update/layout.ts";
import { sequenceWord, Trailer, zeroWord } from "../../firmware/update/slot-trailer.ts";
import type { EspruinoStorage } from "../sim/espruino-storage.ts";
import { InstallError } from "./install-error.ts";
import { fileNames, type StorageMap } from "./storage-map.ts";
import { encodeTileConfig } from "./tile-config.ts";

/** A write into the regions: offset from the first region, bytes as a byte string. */
export interface RegionWrite {
  offset: number;
  bytes: string;
}

/**
 * What slot A gets: the image, then its trailer as "confirmed", in this order.
 * @param image a sealed image file. @throws InstallError IMAGE_TOO_LARGE
 */
export function slotWrites(config: TileConfig, map: StorageMap, image: Uint8Array): [RegionWrite, RegionWrite] {
  if (image.length > map.imageLimitBytes)
    throw new InstallError("IMAGE_TOO_LARGE", 2, `the image has ${image.length} bytes, a slot of this board takes ${map.imageLimitBytes}`, "build a smaller profile (genesis build --profile small), or give the slots more pages in board.ts");
  return [
    { offset: slotOffset(config, 0), bytes: Buffer.from(image).toString("latin1") },
    { offset: trailerOffset(config, 0) + Trailer.Rounds, bytes: sequenceWord(1) + zeroWord + zeroWord },
  ];
}

/** First stage, padded to the length the map counts with. */
export function firstStageFile(map: StorageMap, script: string): string {
  return script.padEnd(map.firstStageBytes, " ");
}

/** Erases a Storage and installs a tile in it. */
export function provisionStorage(storage: EspruinoStorage, map: StorageMap, config: TileConfig, firstStage: string, image: Uint8Array): void {
  storage.eraseAll();
  storage.write(fileNames.firstStage, firstStageFile(map, firstStage));
  storage.write(fileNames.config, encodeTileConfig(config));
  storage.write(fileNames.data, "", 0, map.dataBytes);
  for (const { offset, bytes } of slotWrites(config, map, image)) storage.flash.program(config.base + offset, bytes);
}
