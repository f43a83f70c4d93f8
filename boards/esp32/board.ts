// ESP32 modules with 4 MB of flash. Described, not yet run.
import type { Board } from "../../hal/board.ts";

export const board: Board = {
  id: "esp32",
  name: "ESP32",
  engine: "espruino",
  tier: 3,
  mcu: "ESP32, 2 × Xtensa LX6 240 MHz",
  ramBytes: 512 * 1024,
  variables: 16383,
  flashBytes: 4096 * 1024,
  storageBytes: 896 * 1024,
  pageBytes: 4096,
  profile: "full",
  slots: 2,
  slotPages: 16,
  previousPages: 0,
  journalPages: 8,
  link: { device: "Serial1", baud: 115200 },
  nativeSha256: true,
  pins: { LED1: "D2", BTN1: "D0" },
  power: [
    { state: "run", currentUa: 20000, source: "Espruino's own model (E.getPowerUsage, 2v29, ESP32: CPU 20 mA, radio off)" },
    { state: "sleep", currentUa: 20000, wakeUs: 1, source: "the same model, which knows one state only; light sleep is not used by it" },
    { state: "light sleep", currentUa: 800, source: "ESP-WROOM-32 datasheet §3.4, Table 5; not a state of this board: Espruino does not enter it by itself" },
    { state: "deep sleep", currentUa: 10, source: "ESP32 datasheet, power consumption by power modes: RTC timer and RTC memory; loses the heap" },
    { state: "radio rx", currentUa: 70000, isExtra: true, source: "ESP-WROOM-32 datasheet §3.4, Table 5: 80–90 mA in all, less 20 mA for the processor" },
    { state: "radio tx", currentUa: 100000, isExtra: true, source: "ESP-WROOM-32 datasheet §3.4, Table 5: 120 mA at 0 dBm in all, less 20 mA for the processor" },
  ],
  source: "Espruino 2v29 boards/ESP32.py and partitions_espruino.csv (4 MB modules)",
};
