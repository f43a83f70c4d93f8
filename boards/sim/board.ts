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
  // The currents of an nRF52 board stand in for those of a chip.
  power: [
    { state: "run", currentUa: 4000, source: "Espruino's own model (E.getPowerUsage, 2v29, nRF5x: CPU 4 mA); espruino.com \"Power Consumption\" gives 4–8 mA" },
    { state: "uart", currentUa: 1000, isExtra: true, source: "espruino.com \"Power Consumption\": about 1 mA while Serial is set up, because the fast clock runs" },
    { state: "radio rx", currentUa: 6500, isExtra: true, source: "nRF52832 PS v1.1, Power and clock management, \"Current consumption: Radio\", IRADIO_RX0: 1 Mb/s BLE, DC/DC, 3 V" },
    { state: "radio tx", currentUa: 7100, isExtra: true, source: "nRF52832 PS v1.1, the same table, IRADIO_TX0: 0 dBm, 1 Mb/s BLE" },
    { state: "sleep", currentUa: 3, wakeUs: 3, source: "espruino.com \"Power Consumption\": 3 µA asleep with advertising off; 20–80 µA with it; 3 µs back to the CPU: nRF52832 PS v1.4, Power, tIDLE2CPU" },
  ],
  source: "host-tools/sim; limits as BANGLEJS2/NRF52840DK in Espruino's boards (12,000 variables)",
};
