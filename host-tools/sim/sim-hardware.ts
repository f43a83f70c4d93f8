/**
 * The hardware of a simulated tile without its engine: flash, Storage, UARTs, wires, watchdog, reset and its cause, error flags, power.
 *
 * The idea: everything that outlives a reset or acts without JavaScript is here, once, for both engines (QuickJS and plain Node). A tile that is reset
 * or loses power in the middle of a call is unwound by `TileStopped`; from then on every call throws it, so nothing can go on after its end.
 */
import { createHash } from "node:crypto";
import type { Board } from "../../hal/board.ts";
import { EspruinoStorage } from "./espruino-storage.ts";
import { NorFlash } from "./nor-flash.ts";
import type { FlashImage, FlashStore } from "./nor-flash.ts";
import { WAKE_US } from "../charge.ts";
import type { HardwareCharge } from "./hardware-charge.ts";
import { PowerMeter } from "./power-meter.ts";
import type { SimSupply } from "./sim-supply.ts";
import { SimUart } from "./sim-uart.ts";
import { SimWires } from "./sim-wires.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** Why a tile started; the numbers are those of `E.resetCause`. */
export const resetCauses = { unknown: 0, power: 1, watchdog: 2, software: 3, crash: 4 } as const;
export type ResetCause = keyof typeof resetCauses;

/** How fast the simulated chip is. */
export interface SimTiming {
  /** A wake-up with a short callback, µs. */
  wakeUs: number;
  /** 10,000 loop passes or calls of JavaScript, µs. */
  tickUs: number;
  erasePageUs: number;
  programWordUs: number;
}

/** A fast board of 1 million loop passes a second; flash times of the nRF52832 (PS 1.4 §13.3: word 41 µs … 338 µs, page 2 … 90 ms). */
export const defaultTiming: SimTiming = { wakeUs: WAKE_US, tickUs: 10_000, erasePageUs: 20_000, programWordUs: 41 };

/** Unwinds a tile that was reset or lost power; never caught by the tile for long, because the next call throws it again. */
export class TileStopped extends Error {
  override readonly name = "TileStopped";
}

export const errorFlagBits = { fifoFull: 1, bufferFull: 2, callback: 4, lowMemory: 8, memory: 16, uartOverflow: 32 } as const;
export const errorFlagNames = ["FIFO_FULL", "BUFFER_FULL", "CALLBACK", "LOW_MEMORY", "MEMORY", "UART_OVERFLOW"] as const;

/** Address of the first byte of flash: Storage begins there. */
export const flashBase = 0x10000000;

export interface HardwareOptions {
  board: Board;
  clock: VirtualClock;
  /** Pages the flash starts with (shared), or a store that keeps it. */
  image?: FlashImage | undefined;
  store?: FlashStore | undefined;
  /** Seed of `E.hwRand` and `Math.random`. */
  seed?: number | undefined;
  timing?: Partial<SimTiming> | undefined;
  /** 16 hexadecimal digits, as `process.env.SERIAL`. */
  serial?: string | undefined;
}

export class SimHardware {
  readonly board: Board;
  readonly clock: VirtualClock;
  readonly flash: NorFlash;
  readonly storage: EspruinoStorage;
  readonly serials: readonly [SimUart, SimUart];
  readonly wires = new SimWires();
  readonly timing: SimTiming;
  readonly seed: number;
  readonly serialNumber: string;
  meter: PowerMeter;
  /** An account of what the hardware draws, where somebody wants one. */
  charge: HardwareCharge | undefined;
  /** A battery with that account, where the board shall have one. */
  supply: SimSupply | undefined;
  cause: ResetCause = "power";
  resets = 0;
  /** Bits of `errorFlagBits`, until they are read. */
  errorFlags = 0;
  /** Wall clock minus time since start, µs. */
  wallOffsetUs = 0;
  bootedUs = 0;
  /** Time the running call has used so far, µs. */
  busyUs = 0;
  /** Set when the tile has to end: by whom it is started again. */
  stopping: ResetCause | undefined;
  #random: number;
  #watchdogUs = 0;
  #isAutoKicked = false;
  #kickedUs = 0;

  constructor(options: HardwareOptions) {
    const { board, clock } = options;
    this.board = board;
    this.clock = clock;
    this.timing = { ...defaultTiming, ...options.timing };
    this.seed = options.seed ?? 1;
    this.#random = (this.seed * 2654435761) >>> 0 || 1;
    this.serialNumber = options.serial ?? createHash("sha256").update(`${board.id} ${this.seed}`).digest("hex").slice(0, 16);
    this.flash = new NorFlash({ baseAddress: flashBase, flashBytes: board.storageBytes, pageBytes: board.pageBytes }, options.image, options.store);
    this.storage = new EspruinoStorage(this.flash, flashBase, board.storageBytes);
    const isSmall = (board.variables ?? Infinity) < 5000;
    const uart = (name: string): SimUart => new SimUart(name, clock, { baud: board.link.baud, bufferBytes: isSmall ? 512 : 1024, groupUs: 2000 });
    this.serials = [uart("Serial1"), uart("Serial2")];
    this.meter = new PowerMeter(board.power, this.timing.wakeUs, clock.nowUs);
  }

  /** µs since the tile started, with what the running call has used. */
  get upUs(): number {
    return this.clock.nowUs + this.busyUs - this.bootedUs;
  }

  /** As `getTime()`: seconds. */
  get wallS(): number {
    return (this.upUs + this.wallOffsetUs) / 1_000_000;
  }

  /** Begins a life: everything that a reset clears is cleared. */
  begin(cause: ResetCause): void {
    if (cause === "power") this.meter = new PowerMeter(this.board.power, this.timing.wakeUs, this.clock.nowUs);
    this.cause = cause;
    this.resets = cause === "power" ? 0 : this.resets + 1;
    this.stopping = undefined;
    this.errorFlags = 0;
    this.wallOffsetUs = 0;
    this.bootedUs = this.clock.nowUs;
    this.busyUs = 0;
    this.#watchdogUs = 0;
    this.silence();
    this.flash.powerOn();
  }

  /** A reset or the loss of power empties the UARTs: what was not sent is not sent. */
  silence(): void {
    for (const uart of this.serials) uart.reset();
  }

  /** Every call from the tile begins here. @throws TileStopped once it has ended. */
  assertRuns(): void {
    if (this.stopping !== undefined || !this.flash.isPowered) throw new TileStopped("the tile was reset or switched off");
  }

  /** `E.reboot()`. */
  reboot(): never {
    this.stopping = "software";
    throw new TileStopped("the tile reboots");
  }

  /** Erases a page and takes the time for it. @throws PowerCut */
  erasePage(address: number): void {
    this.busyUs += this.timing.erasePageUs;
    this.flash.erasePage(address);
  }

  /** Programs bytes and takes the time for it. @throws PowerCut */
  program(data: Uint8Array | string, address: number): void {
    this.busyUs += Math.ceil(data.length / 4) * this.timing.programWordUs;
    this.flash.program(address, data);
  }

  /** As `E.getBattery()`: whole per cent, NaN without a battery. */
  batteryPercent(): number {
    const { supply, charge, clock } = this;
    return supply === undefined || charge === undefined ? NaN : Math.floor((100 * supply.leftNc(clock.nowUs, charge.chargeNc(clock.nowUs))) / supply.capacityNc);
  }

  /** 32 random bits, from the seed. */
  random(): number {
    this.#random ^= this.#random << 13; // Marsaglia's xorshift32
    this.#random ^= this.#random >>> 17;
    this.#random ^= this.#random << 5;
    return this.#random | 0;
  }

  /** Starts the watchdog; like most chips' it can't be stopped. */
  enableWatchdog(timeoutS: number, isAuto: boolean): void {
    this.#watchdogUs = Math.round((timeoutS > 0 ? timeoutS : 1) * 1_000_000);
    this.#isAutoKicked = isAuto;
    this.kickWatchdog();
  }

  kickWatchdog(): void {
    this.#kickedUs = this.clock.nowUs + this.busyUs;
  }

  /** The event loop is idle: an automatic watchdog is kicked. */
  idle(): void {
    if (this.#isAutoKicked && this.#watchdogUs > 0) this.kickWatchdog();
  }

  /** When the watchdog bites, µs of the clock; undefined when it never does. */
  get watchdogDueUs(): number | undefined {
    return this.#watchdogUs > 0 && !(this.#isAutoKicked && this.busyUs === 0) ? this.#kickedUs + this.#watchdogUs : undefined;
  }

  /** Reads and clears the error flags. */
  takeErrorFlags(): number {
    for (const uart of this.serials) {
      if (uart.lost > 0) this.errorFlags |= errorFlagBits.fifoFull;
      uart.lost = 0;
    }
    const flags = this.errorFlags;
    this.errorFlags = 0;
    return flags;
  }
}
