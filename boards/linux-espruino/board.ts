// The Espruino interpreter built for Linux: the real engine and the real Storage, without a chip. What is said about Espruino in this project was recorded on it.
import type { Board } from "../../hal/board.ts";

export const board: Board = {
  id: "linux-espruino",
  name: "Espruino for Linux",
  engine: "espruino",
  tier: 2,
  mcu: "none: the Espruino interpreter as a Linux program",
  ramBytes: 0 * 1024,
  variables: 2500,
  flashBytes: 256 * 1024,
  storageBytes: 256 * 1024,
  pageBytes: 1024,
  profile: "small",
  slots: 2,
  slotPages: 52,
  previousPages: 0,
  journalPages: 16,
  link: { device: "Serial1", baud: 115200 },
  nativeSha256: true,
  pins: {},
  power: [],
  source: "Espruino 2v29 boards/LINUX.py; measured on 2v29.277",
};
