// Espruino WiFi: Storage is ONE erase page of 64 kB. Nothing that must survive a power cut fits beside the first stage, so this board can't be a tile yet.
import type { Board } from "../../hal/board.ts";

export const board: Board = {
  id: "espruino-wifi",
  name: "Espruino WiFi",
  engine: "espruino",
  tier: 3,
  mcu: "STM32F411, Cortex-M4F 100 MHz",
  ramBytes: 128 * 1024,
  variables: 8190,
  flashBytes: 512 * 1024,
  storageBytes: 64 * 1024,
  pageBytes: 65536,
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
    { state: "stop", currentUa: 20, wakeUs: 113, source: "espruino.com \"Power Consumption\", Pico/WiFi: 20 µA after setDeepSleep(1), where Serial does not wake it; wake-up: STM32F411xC/xE datasheet, \"Low-power mode wakeup timings\", Stop, low-power regulator, flash in deep power-down; without the restart of the PLL" },
    { state: "radio rx", currentUa: 50000, isExtra: true, source: "ESP8266EX datasheet, RF power consumption (Table 5-2): 802.11b receive" },
    { state: "radio tx", currentUa: 170000, isExtra: true, source: "ESP8266EX datasheet, the same table: 802.11b, 11 Mb/s, 17 dBm" },
  ],
  source: "Espruino 2v29 boards/ESPRUINOWIFI.py",
};
