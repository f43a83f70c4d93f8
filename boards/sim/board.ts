// The simulated board: Espruino's API over QuickJS in this process, in virtual time. As large as the larger Espruino boards.
import type { Board } from "../../hal/board.ts";

export const board: Board = {
  id: "sim",
  name: "Simulated board",
  engine: "quickjs",
  tier: 1,
  mcu: "none: QuickJS (WebAssembly) in the host's process",
  ramBytes: 256 * 1024,
  variables: 12_000,
  flashBytes: 1024 * 1024,
  storageBytes: 256 * 1024,
  pageBytes: 4096,
  profile: "full",
  slots: 2,
  slotPages: 16,
  previousPages: 0,
  journalPages: 8,
  link: { device: "Serial1", baud: 115_200 },
  nativeSha256: true,
  pins: { LED1: "D10", BTN1: "D11", SENSOR: "A0" },
  power: [
    { state: "run", currentUa: 3300, source: "nRF52840 PS 1.7 §5.2.1.1 (CPU running from flash, cache on, DC/DC, 64 MHz): stands for a 256 kB board" },
    { state: "sleep", currentUa: 3, source: "nRF52840 PS 1.7 §5.2.1.1 (System ON, full RAM, RTC): 3.16 µA typical" },
  ],
  source: "host-tools/sim; limits as BANGLEJS2/NRF52840DK in Espruino's boards (12,000 variables)",
};
