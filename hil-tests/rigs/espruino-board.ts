// Espruino for Linux as a board: 256 kB of flash, all of it Storage, in pages of 1 kB. Which heap the binary was built with decides the profile.
import { board as sim } from "../../boards/sim/board.ts";
import type { Board } from "../../hal/board.ts";

/** @param variables size of a fixed heap; a resizable one (the 64-bit build) reports what it has at the moment. */
export function espruinoLinuxBoard(variables: number, slots: 1 | 2 = 2): Board {
  const isSmall = variables < 5000;
  return {
    id: "espruino-linux",
    name: "Espruino for Linux",
    engine: "espruino",
    tier: 2,
    mcu: "a process",
    ramBytes: variables * 13,
    variables,
    flashBytes: 256 * 1024,
    storageBytes: 256 * 1024,
    pageBytes: 1024,
    profile: isSmall ? "small" : "full",
    slots,
    slotPages: isSmall ? 36 : 52,
    previousPages: slots === 1 ? (isSmall ? 36 : 40) : 0,
    journalPages: 16,
    link: { device: "Serial1", baud: 115_200 },
    nativeSha256: true,
    pins: {},
    // A process draws no current of its own: those of the simulated board stand in, so that a large tile keeps a ledger.
    power: isSmall ? [] : sim.power,
    source: "measured on 2v29.277; targets/linux of the Espruino sources",
  };
}
