// The one port: the part of the Espruino API that a tile uses.
//
// On Espruino boards the firmware provides it (the port is `global` itself), on QEMU our C runtime does, in simulation the host does.
// Byte strings are JavaScript strings of codes 0–255. Source: the Espruino reference (espruino.com/Reference), checked on 2v29.

/** A pin: a number or an Espruino Pin object; tile code only passes it on. */
export type Pin = number | object;

/** Event object given to a `setWatch` callback; times are seconds as a float. */
export interface WatchEvent {
  state: boolean;
  time: number;
  lastTime: number;
}

/** UART. `data` events carry one byte string of whatever arrived since the last event. */
export interface EspruinoSerial {
  setup(baud: number, options: object): void;
  write(data: string): void;
  on(event: "data", callback: (data: string) => void): void;
  removeAllListeners(event: string): void;
}

/** Raw flash. Addresses and lengths are multiples of 4 for `write`; `erasePage` sets the page that holds `address` to 0xff. */
export interface EspruinoFlash {
  erasePage(address: number): void;
  write(data: Uint8Array | string, address: number): void;
  read(length: number, address: number): Uint8Array;
}

/** Named files. `read` with offset and length gives a string that stays in flash where the board can. */
export interface EspruinoStorage {
  read(name: string, offset: number, length: number): string | undefined;
  write(name: string, data: string, offset: number, size: number): boolean;
  list(): string[];
  getFree(): number;
}

export interface EspruinoSha {
  SHA256(data: string | Uint8Array): ArrayBuffer;
}

export interface EspruinoHeatshrink {
  compress(data: string | Uint8Array): ArrayBuffer;
  decompress(data: string | Uint8Array): ArrayBuffer;
}

/** `E`: the Espruino utility object. */
export interface EspruinoE {
  CRC32(data: string | Uint8Array): number;
  enableWatchdog(timeoutS: number, isAuto: boolean): void;
  kickWatchdog(): void;
  reboot(): void;
  getErrorFlags(): string[];
  setConsole(device: string | null): void;
  toString(data: object): string | undefined;
  toUint8Array(data: string): Uint8Array;
  hwRand(): number;
  /** Charge left, whole per cent; NaN without a battery. On boards that can tell (Puck.js, Pixl.js, Bangle.js …). */
  getBattery?(): number;
  on(event: "kill" | "init", callback: () => void): void;
  /** Not on Espruino: where an engine ends when memory is full, word `at` of `words` is kept then, outside of the heap. What was kept the last time, once; 0 nothing. */
  lastWord?(words: Int32Array, at: number): number;
}

export interface EspruinoMemory {
  free: number;
  usage: number;
  total: number;
  stackFree?: number;
  blocksize?: number;
}

/** What `boot(port, config)` gets as its port. */
export interface EspruinoApi {
  E: EspruinoE;
  process: { memory(): EspruinoMemory; version: string; env: { BOARD: string; SERIAL?: string } };
  Serial1: EspruinoSerial;
  Serial2?: EspruinoSerial;
  getTime(): number;
  /** A string is evaluated as a program, outside every function. */
  setTimeout(callback: (() => void) | string, delayMs: number): number;
  clearTimeout(id: number): void;
  setWatch(callback: (event: WatchEvent) => void, pin: Pin, options: { repeat: boolean; edge: string }): number;
  clearWatch(id: number): void;
  digitalRead(pin: Pin): number;
  digitalWrite(pin: Pin, value: number): void;
  analogRead(pin: Pin): number;
  atob(text: string): string;
  btoa(bytes: string): string;
  require(name: string): object;
  eval(code: string): unknown;
  print(text: string): void;
}
