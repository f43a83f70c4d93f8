/**
 * Entry point of a test image: the real update service on the real port, reachable from the console as `up`.
 *
 * Used with the version and a last line of its own appended by the test; see espruino.test.ts.
 */
import { openFlash } from "../../../hal/port/flash-port.ts";
import type { EspruinoApi } from "../../../hal/espruino.ts";
import type { TileConfig } from "../../../hal/tile-config.ts";
import { markHealthy, type BootInfo } from "../../../firmware/update/boot-log.ts";
import { createUpdater, type Updater } from "../../../firmware/update/updater.ts";

declare const global: EspruinoApi & { up?: Updater; startImage?: (port: EspruinoApi, config: TileConfig, info: BootInfo) => void; healthy?: () => void };

global.startImage = function (port: EspruinoApi, config: TileConfig, info: BootInfo): void {
  const flash = openFlash(port, config);
  global.up = createUpdater(port, config, flash, info);
  global.healthy = function (): void {
    markHealthy(flash, info);
  };
};
