// Entry point of the script that a host evaluates in the boot window of a one-slot board: leaves `genesisSlot` behind (one-slot.ts).
import type { EspruinoApi, EspruinoStorage } from "../../hal/espruino.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import { openOneSlot, type OneSlot } from "./one-slot.ts";

declare const global: EspruinoApi & { genesisSlot?: OneSlot };

global.genesisSlot = openOneSlot(global, JSON.parse((global.require("Storage") as EspruinoStorage).read("g.cfg", 0, 0) as string) as TileConfig);
