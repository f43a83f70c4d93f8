// The QEMU board: an ARM MPS2 with the AN385 image (Cortex-M3), our own runtime around the XS engine, and the host's files as flash.
import type { Board } from "../../hal/board.ts";

export const board: Board = {
  id: "qemu-mps2-an385",
  name: "QEMU MPS2 AN385",
  engine: "xs",
  tier: 1,
  mcu: "Cortex-M3, 25 MHz nominal, in qemu-system-arm -M mps2-an385",
  ramBytes: 4 * 1024 * 1024,
  flashBytes: 1024 * 1024,
  storageBytes: 512 * 1024,
  pageBytes: 4096,
  profile: "full",
  slots: 2,
  slotPages: 16,
  previousPages: 0,
  journalPages: 8,
  link: { device: "Serial1", baud: 115_200 },
  nativeSha256: true,
  pins: { LED1: "D10", BTN1: "D11", SENSOR: "A0" },
  // QEMU draws nothing that could be measured: the currents of an nRF52 board stand in, the same as on the simulated board.
  power: [
    { state: "run", currentUa: 4000, source: "model: Espruino's own (E.getPowerUsage, 2v29, nRF5x: CPU 4 mA); espruino.com \"Power Consumption\" gives 4–8 mA" },
    { state: "uart", currentUa: 1000, isExtra: true, source: "model: espruino.com \"Power Consumption\": about 1 mA while Serial is set up, because the fast clock runs" },
    { state: "radio rx", currentUa: 6500, isExtra: true, source: "model: nRF52832 PS v1.1, Power and clock management, \"Current consumption: Radio\", IRADIO_RX0: 1 Mb/s BLE, DC/DC, 3 V" },
    { state: "radio tx", currentUa: 7100, isExtra: true, source: "model: nRF52832 PS v1.1, the same table, IRADIO_TX0: 0 dBm, 1 Mb/s BLE" },
    { state: "sleep", currentUa: 3, wakeUs: 3, source: "model: espruino.com \"Power Consumption\": 3 µA asleep with advertising off; 3 µs back to the CPU: nRF52832 PS v1.4, Power, tIDLE2CPU" },
  ],
  source: "ARM DAI 0385 (AN385); boards/qemu-mps2-an385/runtime/flash.h",
};
