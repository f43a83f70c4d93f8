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
  // An emulator draws no current: charge is estimated from another board's table, or not at all.
  // QEMU draws nothing that could be measured: the currents of an nRF52832 stand in, as on the simulated boards.
  power: [
    { state: "run", currentUa: 3700, source: "model: nRF52832 PS v1.4, \"Current consumption\", CPU running from flash at 64 MHz with DC/DC: 3.7 mA" },
    { state: "radio rx", currentUa: 6500, isExtra: true, source: "model: nRF52832 PS v1.1, Power and clock management, \"Current consumption: Radio\", IRADIO_RX0: 1 Mb/s BLE, DC/DC, 3 V" },
    { state: "radio tx", currentUa: 7100, isExtra: true, source: "model: nRF52832 PS v1.1, the same table, IRADIO_TX0: 0 dBm, 1 Mb/s BLE" },
    { state: "sleep", currentUa: 1.9, wakeUs: 3, source: "model: nRF52832 PS v1.4, ION_RAMON_RTC (64 kB RAM kept, RTC from LFXO) and tIDLE2CPU" },
  ],
  source: "ARM DAI 0385 (AN385); boards/qemu-mps2-an385/runtime/flash.h",
};
