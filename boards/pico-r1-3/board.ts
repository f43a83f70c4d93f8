// Espruino Pico: Storage is three erase pages of 16 kB. The smallest layout needs five, so this board can't be a tile yet.
import type { Board } from "../../hal/board.ts";

export const board: Board = {
  id: "pico-r1-3",
  name: "Espruino Pico 1.3",
  engine: "espruino",
  tier: 3,
  mcu: "STM32F401, Cortex-M4F 84 MHz",
  ramBytes: 96 * 1024,
  variables: 5100,
  flashBytes: 384 * 1024,
  storageBytes: 48 * 1024,
  pageBytes: 16384,
  profile: "small",
  slots: 1,
  slotPages: 1,
  previousPages: 0,
  journalPages: 2,
  link: { device: "Serial1", baud: 9600 },
  nativeSha256: true,
  pins: { LED1: "B2", BTN1: "C13", TX: "B6", RX: "B7" },
  power: [
    { state: "run", currentUa: 32000, source: "espruino.com \"Power Consumption\", Pico/WiFi: 32 mA" },
    { state: "sleep", currentUa: 11000, wakeUs: 1, source: "espruino.com \"Power Consumption\", Pico/WiFi: about 11 mA asleep with peripherals on" },
    { state: "stop", currentUa: 20, wakeUs: 113, source: "espruino.com \"Power Consumption\", Pico/WiFi: 20 µA after setDeepSleep(1), where Serial does not wake it; wake-up: STM32F401xB/xC datasheet, \"Low-power mode wakeup timings\", Stop, low-power regulator, flash in deep power-down; without the restart of the PLL" },
  ],
  source: "Espruino 2v29 boards/PICO_R1_3.py",
};
