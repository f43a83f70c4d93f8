// A whole tile with one driver more: identity switches a radio on when it is asked who it is, and off when it is asked for the time. For tests of the ledger.
//
// As a driver does it: the pin, and with it the word to the power management what that draws. Between the two questions the radio is on, whoever sleeps.
// First: the order of an image is the tile's.
import { boot as bootTile } from "../../../firmware/images/tile.ts";
import type { Tile } from "../../../firmware/images/tile.ts";
import type { EspruinoApi } from "../../../hal/espruino.ts";
import type { TileConfig } from "../../../hal/tile-config.ts";
import { Event } from "../../../kernel/gate.ts";
import type { Handler } from "../../../kernel/gate.ts";
import { PowerDevice, powerSwitch } from "../../../kernel/power/power.ts";
import type { Power } from "../../../kernel/power/power.ts";
import { k } from "../../../kernel/state.ts";
import { IdentityCommand } from "../../../firmware/identity/api.ts";
import type { BootInfo } from "../../../firmware/update/boot-log.ts";

const enum Radio {
  Pin = 10,
  Na = 6500000,
  /** Number of the identity task. */
  Driver = 3,
}

function giveRadio(api: EspruinoApi): void {
  const own = k._handlers[Radio.Driver] as Handler;
  const p = k._power as Power;
  k._handlers[Radio.Driver] = function (event, badge, label, a, b, data) {
    const command = label >> 1;
    if (event === Event.Message && (command === IdentityCommand.Info || command === IdentityCommand.Clock)) {
      api.digitalWrite(Radio.Pin, command === IdentityCommand.Info ? 1 : 0);
      powerSwitch(p, PowerDevice.Free, Radio.Driver, command === IdentityCommand.Info ? Radio.Na : 0);
    }
    own(event, badge, label, a, b, data);
  };
}

/** Starts the tile, and gives its identity task the radio. */
export function boot(api: EspruinoApi, cfg: TileConfig, first?: BootInfo): Tile {
  const tile = bootTile(api, cfg, first);
  giveRadio(api);
  return tile;
}
