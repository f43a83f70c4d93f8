/**
 * Flash pages of a tile as `genesis flash` leaves them, for simulated tiles to start from: provisioned once, shared by as many as wanted.
 */
import type { Board } from "../../hal/board.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import { sealImage } from "../image/mcuboot.ts";
import { provisionStorage } from "../install/provision.ts";
import { boardGeometry, planStorage } from "../install/storage-map.ts";
import { makeTileConfig } from "../install/tile-config.ts";
import type { LinkSettings, TileIdentity } from "../install/tile-config.ts";
import { EspruinoStorage } from "./espruino-storage.ts";
import { NorFlash } from "./nor-flash.ts";
import type { FlashImage } from "./nor-flash.ts";
import { flashBase } from "./sim-hardware.ts";

export interface InstalledImage {
  pages: FlashImage;
  config: TileConfig;
}

/**
 * @param image unsealed image file. @param firstStage script of `.bootcde`.
 * @throws InstallError when it does not fit the board.
 */
export function installedImage(board: Board, identity: TileIdentity, image: Uint8Array, firstStage: string, link: LinkSettings = {}): InstalledImage {
  const { storageBytes, pageBytes } = board;
  const map = planStorage({ start: flashBase, bytes: storageBytes, pageBytes }, boardGeometry(board), firstStage.length);
  const config = makeTileConfig(board, map, identity, link);
  const flash = new NorFlash({ baseAddress: flashBase, flashBytes: storageBytes, pageBytes });
  provisionStorage(new EspruinoStorage(flash, flashBase, storageBytes), map, config, firstStage, sealImage(Buffer.from(image), Buffer.from(identity.key, "hex")));
  return { pages: flash.image(), config };
}
