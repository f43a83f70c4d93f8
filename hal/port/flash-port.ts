// The tile's flash range over Espruino's Storage (reads) and Flash module (erase, program).
//
// Reads go through Storage.read, which gives a string that stays in flash instead of a copy in RAM. Writes go past Storage, into pages that
// were preallocated: Storage itself may erase and rewrite pages with the data only in RAM (docs/DESIGN.md, "Flash").

import type { EspruinoApi, EspruinoFlash, EspruinoStorage } from "../espruino.ts";
import type { Flash } from "../flash.ts";
import type { TileConfig } from "../tile-config.ts";

/** Opens the range that `cfg` describes. */
export function openFlash(api: EspruinoApi, cfg: TileConfig): Flash {
  const storage = api.require("Storage") as EspruinoStorage;
  const flash = api.require("Flash") as EspruinoFlash;
  return {
    pageBytes: cfg.page,
    read: function (offset, length) {
      // Storage.read takes length 0 for "to the end of the file".
      const data = length ? storage.read(cfg.file, cfg.off + offset, length) : "";
      return data === undefined ? "" : data;
    },
    program: function (offset, data) {
      flash.write(data, cfg.base + offset);
    },
    erase: function (offset) {
      flash.erasePage(cfg.base + offset);
    },
  };
}
