// Bangle.js 2: a watch with an nRF52840 and 8 MB of external flash. Described, not yet run: its console is Bluetooth, which needs a link that is not there yet.
import type { Board } from "../../hal/board.ts";

export const board: Board = {
  id: "bangle2",
  name: "Bangle.js 2",
  engine: "espruino",
  tier: 3,
  mcu: "nRF52840, Cortex-M4F 64 MHz",
  ramBytes: 256 * 1024,
  variables: 12000,
  flashBytes: 1024 * 1024,
  storageBytes: 8192 * 1024,
  pageBytes: 4096,
  profile: "full",
  slots: 2,
  slotPages: 16,
  previousPages: 0,
  journalPages: 8,
  link: { device: "Serial1", baud: 9600 },
  nativeSha256: true,
  pins: { BTN1: "D17", BACKLIGHT: "D8" },
  power: [
    { state: "run", currentUa: 4000, source: "Espruino's own model (E.getPowerUsage, 2v29, nRF5x: CPU 4 mA); espruino.com \"Power Consumption\" gives 4–8 mA" },
    { state: "uart", currentUa: 1000, isExtra: true, source: "espruino.com \"Power Consumption\": about 1 mA while Serial is set up, because the fast clock runs" },
    { state: "radio rx", currentUa: 4600, isExtra: true, source: "nRF52840 PS v1.1, key features: 4.6 mA peak in RX (1 Mb/s BLE, DC/DC, 3 V)" },
    { state: "radio tx", currentUa: 4800, isExtra: true, source: "nRF52840 PS v1.1, key features: 4.8 mA peak in TX at 0 dBm" },
    { state: "sleep", currentUa: 3, wakeUs: 3, source: "espruino.com \"Power Consumption\": 3 µA asleep with advertising off; 20–80 µA with it; nRF52840 PS v1.11, ION_RAMON_RTC: 3.16 µA; 3 µs back to the CPU: tIDLE2CPU" },
  ],
  source: "Espruino 2v29 boards/BANGLEJS2.py; Storage is the external 8 MB flash (pages of 4 kB)",
};
