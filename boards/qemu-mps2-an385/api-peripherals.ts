/**
 * The part of the board's API that has to do with flash and the outside world, for the reference page.
 * Semantics are Espruino's unless the summary says otherwise; `peripherals.test.ts` checks that each name exists.
 */
export interface ApiEntry {
  /** As a program writes it; `Storage.x` stands for `require("Storage").x`. */
  readonly name: string;
  readonly summary: string;
}

export const peripheralApi: readonly ApiEntry[] = [
  { name: "Storage.read", summary: "(name, offset?, length?) content of a file as a byte string, undefined when there is none; a copy, not a window on flash" },
  { name: "Storage.readArrayBuffer", summary: "(name) content as an ArrayBuffer" },
  { name: "Storage.readJSON", summary: "(name, noExceptions?) parsed content; accepts what writeJSON writes" },
  { name: "Storage.write", summary: "(name, data, offset?, size?) makes a file, or writes inside one that is still erased there; objects become JSON" },
  { name: "Storage.writeJSON", summary: "(name, value) in Espruino's compact form" },
  { name: "Storage.list", summary: "(regex?, {sf}?) names, in the order of flash" },
  { name: "Storage.hash", summary: "(regex?) number that changes when a matching file is written or moved; see FLASH.md for addresses" },
  { name: "Storage.erase", summary: "(name) erases a file; its space comes back with compact()" },
  { name: "Storage.eraseAll", summary: "() erases everything" },
  { name: "Storage.compact", summary: "() squeezes erased files out; a power cut meanwhile can lose files (FLASH.md)" },
  { name: "Storage.getFree", summary: "() bytes free at the end" },
  { name: "Storage.getStats", summary: "() totalBytes, freeBytes, fileBytes, fileCount, trashBytes, trashCount" },
  { name: "Storage.optimise", summary: "() does nothing here, as on every board without external flash" },
  { name: "Storage.open", summary: '(name, "r" | "w" | "a") a StorageFile: read, readLine, write, getLength, erase, pipe' },
  { name: "Flash.getPage", summary: "(addr) {addr, length} of the page, undefined outside of flash" },
  { name: "Flash.getFree", summary: "() flash outside of Storage" },
  { name: "Flash.erasePage", summary: "(addr) erases a page; throws outside of flash, where Espruino boards differ" },
  { name: "Flash.write", summary: "(data, addr) programs bytes: bits go from 1 to 0; any alignment" },
  { name: "Flash.read", summary: "(length, addr) Uint8Array" },
  { name: "crypto.SHA1", summary: "(data) ArrayBuffer of 20 bytes" },
  { name: "crypto.SHA224", summary: "(data) ArrayBuffer of 28 bytes" },
  { name: "crypto.SHA256", summary: "(data) ArrayBuffer of 32 bytes" },
  { name: "crypto.SHA384", summary: "(data) ArrayBuffer of 48 bytes" },
  { name: "crypto.SHA512", summary: "(data) ArrayBuffer of 64 bytes" },
  { name: "heatshrink.compress", summary: "(data) ArrayBuffer; window 8, lookahead 6, the same bytes as Espruino's" },
  { name: "heatshrink.decompress", summary: "(data) ArrayBuffer" },
  { name: "E.CRC32", summary: "(data) unsigned CRC-32" },
  { name: "Pin", summary: "D0…D31, A0…A7: read, write, set, reset, toggle, mode, getMode, analog, pwm, pulse, writeAtTime, getInfo. An object here, a number on Espruino" },
  { name: "D0", summary: "digital pins D0…D31" },
  { name: "A0", summary: "analog-capable pins A0…A7" },
  { name: "digitalRead", summary: "(pin | pins) level as the host drives it" },
  { name: "digitalWrite", summary: "(pin | pins, value)" },
  { name: "digitalPulse", summary: "(pin, value, ms | [ms]) pulses by timer" },
  { name: "pinMode", summary: "(pin, mode, automatic?)" },
  { name: "getPinMode", summary: "(pin) mode, undefined before first use" },
  { name: "analogRead", summary: "(pin) 0…1 on A0…A7, NaN on others" },
  { name: "analogWrite", summary: "(pin, 0…1) duty cycle, seen by the host" },
  { name: "setWatch", summary: "(function, pin, {repeat, edge, debounce, data}) calls with {state, time, lastTime, pin}" },
  { name: "clearWatch", summary: "(id?) one or all" },
  { name: "SPI1", summary: "and SPI2: setup, send, write; devices are modelled by the host, no software SPI" },
  { name: "I2C1", summary: "and I2C2: setup, writeTo, readFrom, readReg; devices are modelled by the host" },
];
