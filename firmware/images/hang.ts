// The deliberately broken image of the demonstration: a whole tile that stops dead a second after it has started.
//
// It boots and answers like any other, so an update of it is accepted and tried; then nothing kicks the watchdog any more, the board
// resets, and the first stage goes back to the image before it because this one was never confirmed.

import type { EspruinoApi } from "../../hal/espruino.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import type { BootInfo } from "../update/boot-log.ts";
import { boot as bootTile } from "./tile.ts";
import type { Tile } from "./tile.ts";

const enum Hang {
  AfterMs = 1000,
}

/** Starts the tile, and ends it. */
export function boot(api: EspruinoApi, cfg: TileConfig, first?: BootInfo): Tile {
  const tile = bootTile(api, cfg, first);
  api.setTimeout(function () {
    for (;;);
  }, Hang.AfterMs);
  return tile;
}
