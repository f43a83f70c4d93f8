// A simulated board with the limits of a Puck.js: 2,600 variables, 40 kB of Storage, one slot. What runs here has a chance on a 64 kB board.
import type { Board } from "../../hal/board.ts";

export const board: Board = {
  id: "sim-small",
  name: "Simulated 64 kB board",
  engine: "quickjs",
  tier: 1,
  mcu: "none: QuickJS (WebAssembly) in the host's process",
  ramBytes: 64 * 1024,
  variables: 2600,
  flashBytes: 512 * 1024,
  storageBytes: 40 * 1024,
  pageBytes: 4096,
  profile: "small",
  slots: 1,
  slotPages: 4,
  previousPages: 2,
  journalPages: 2,
  link: { device: "Serial1", baud: 9600 },
  nativeSha256: true,
  pins: { LED1: "D5", BTN1: "D0", SENSOR: "A0" },
  power: [
    { state: "run", currentUa: 3700, source: "nRF52832 PS 1.4 §5.2.1.1 (CPU running from flash, cache on, DC/DC, 64 MHz)" },
    { state: "sleep", currentUa: 2, source: "nRF52832 PS 1.4 §5.2.1.1 (System ON, full RAM, RTC: 1.9 µA)" },
  ],
  source: "host-tools/sim; limits as PUCKJS in Espruino's boards/PUCKJS.py (2v29)",
};
