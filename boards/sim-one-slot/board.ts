// A simulated board with the memory of a Puck.js and 80 kB of Storage (as RAK5010): one slot and a compressed previous image, for images of any profile.
import type { Board } from "../../hal/board.ts";

export const board: Board = {
  id: "sim-one-slot",
  name: "Simulated board, one slot",
  engine: "quickjs",
  tier: 1,
  mcu: "none: QuickJS (WebAssembly) in the host's process",
  ramBytes: 64 * 1024,
  variables: 2600,
  flashBytes: 512 * 1024,
  storageBytes: 80 * 1024,
  pageBytes: 4096,
  profile: "small",
  slots: 1,
  slotPages: 8,
  previousPages: 6,
  journalPages: 2,
  link: { device: "Serial1", baud: 115_200 },
  nativeSha256: true,
  pins: { LED1: "D5", BTN1: "D0", SENSOR: "A0" },
  // The currents of an nRF52 board stand in for those of a chip.
  power: [
    { state: "run", currentUa: 4000, source: "Espruino's own model (E.getPowerUsage, 2v29, nRF5x: CPU 4 mA); espruino.com \"Power Consumption\" gives 4–8 mA" },
    { state: "uart", currentUa: 1000, source: "espruino.com \"Power Consumption\": about 1 mA while Serial is set up, because the fast clock runs" },
    { state: "sleep", currentUa: 3, source: "espruino.com \"Power Consumption\": 3 µA asleep with advertising off; 20–80 µA with it" },
  ],
  source: "host-tools/sim; limits as PUCKJS in Espruino's boards/PUCKJS.py (2v29)",
};
