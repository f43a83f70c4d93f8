// A simulated board with the limits of a small nRF52 board: 2,600 variables, one slot. Storage is 64 kB, not the 40 kB of a Puck.js:
// the small image does not fit 40 kB yet (docs/decisions/0006-small-profile.md).
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
  storageBytes: 64 * 1024,
  pageBytes: 4096,
  profile: "small",
  slots: 1,
  slotPages: 7,
  previousPages: 5,
  journalPages: 2,
  link: { device: "Serial1", baud: 9600 },
  nativeSha256: true,
  pins: { LED1: "D5", BTN1: "D0", SENSOR: "A0" },
  // The currents of an nRF52 board stand in for those of a chip.
  power: [
    { state: "run", currentUa: 4000, source: "Espruino's own model (E.getPowerUsage, 2v29, nRF5x: CPU 4 mA); espruino.com \"Power Consumption\" gives 4–8 mA" },
    { state: "uart", currentUa: 1000, isExtra: true, source: "espruino.com \"Power Consumption\": about 1 mA while Serial is set up, because the fast clock runs" },
    { state: "radio rx", currentUa: 6500, isExtra: true, source: "nRF52832 PS v1.1, Power and clock management, \"Current consumption: Radio\", IRADIO_RX0: 1 Mb/s BLE, DC/DC, 3 V" },
    { state: "radio tx", currentUa: 7100, isExtra: true, source: "nRF52832 PS v1.1, the same table, IRADIO_TX0: 0 dBm, 1 Mb/s BLE" },
    { state: "sleep", currentUa: 3, wakeUs: 3, source: "espruino.com \"Power Consumption\": 3 µA asleep with advertising off; 20–80 µA with it; 3 µs back to the CPU: nRF52832 PS v1.4, Power, tIDLE2CPU" },
  ],
  source: "host-tools/sim; limits as PUCKJS in Espruino's boards/PUCKJS.py (2v29)",
};
