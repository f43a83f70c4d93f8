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
    { state: "sleep", currentUa: 20000, source: "the same model, which knows one state only; light sleep is not used by it" },
  ],
  source: "Espruino 2v29 boards/ESP32.py and partitions_espruino.csv (4 MB modules)",
};
