/**
 * The world around a simulated tile: levels and voltages on its pins, devices on its buses. The host plays them and sees the outputs.
 *
 * Pins are D0…D31 and A0…A7 (numbers 0–31 and 32–39). What the host applies stays while the tile resets: a wire does not know about resets.
 */

export const pinCount = 40;
const firstAnalog = 32;

export interface PinState {
  readonly mode: string;
  /** 0 or 1; in mode `af_output` the duty cycle 0…65535. */
  readonly output: number;
}

/** Devices on one SPI bus: bytes out, as many bytes in. */
export type SpiBus = (out: Uint8Array) => Uint8Array;

/** A device on an I2C bus; `false`: no acknowledge. */
export interface I2cDevice {
  write(data: Uint8Array): boolean | void;
  read(count: number): Uint8Array | false;
}

/** Number of a pin's name. @throws RangeError for a pin that the board has not. */
export function pinNumber(name: string): number {
  const number = Number(name.slice(1)) + (name.startsWith("A") ? firstAnalog : 0);
  if (!/^[DA]\d+$/.test(name) || number >= pinCount || (name.startsWith("D") && number >= firstAnalog)) throw new RangeError(`there is no pin ${name}: D0 to D31 and A0 to A7`);
  return number;
}

export class SimWires {
  /** 0, 1, or -1: nothing drives the pin. */
  readonly #levels = new Int8Array(pinCount).fill(-1);
  readonly #voltages = new Map<number, number | ((timeUs: number) => number)>();
  readonly #outputs = new Map<string, PinState>();
  readonly #spi = new Map<number, SpiBus>();
  readonly #i2c = new Map<string, I2cDevice>();
  /** A driven level changed (for watches). */
  onEdge: ((pin: number, level: number) => void) | undefined;
  /** The tile changed a pin's mode or output. */
  onOutput: ((pin: string, state: PinState) => void) | undefined;

  /** Drives a pin; "floating" lets go of it. */
  drive(pin: string, level: 0 | 1 | "floating"): void {
    const number = pinNumber(pin);
    const next = level === "floating" ? -1 : level;
    if (this.#levels[number] === next) return;
    this.#levels[number] = next;
    this.onEdge?.(number, next);
  }

  /** Applies a voltage as a fraction 0…1 of the reference, or one that depends on the time (µs). */
  applyVoltage(pin: string, fraction: number | ((timeUs: number) => number)): void {
    this.#voltages.set(pinNumber(pin), fraction);
  }

  /** What the tile last made of a pin; undefined when it never used it. */
  pin(name: string): PinState | undefined {
    return this.#outputs.get(name);
  }

  modelSpi(bus: 1 | 2, devices: SpiBus): void {
    this.#spi.set(bus, devices);
  }

  /** @param address 7-bit address. */
  modelI2c(bus: 1 | 2, address: number, device: I2cDevice): void {
    this.#i2c.set(`${bus} ${address}`, device);
  }

  /** Tile side: level of a pin, -1 when nothing drives it. */
  level(pin: number): number {
    return this.#levels[pin] ?? -1;
  }

  /** Tile side: voltage as 0…65535. */
  voltage(pin: number, timeUs: number): number {
    const source = this.#voltages.get(pin) ?? 0;
    const fraction = typeof source === "number" ? source : source(timeUs);
    return Math.round(Math.min(1, Math.max(0, fraction)) * 65535);
  }

  /** Tile side: a pin's mode or output changed. */
  report(name: string, mode: string, output: number): void {
    const state = { mode, output };
    this.#outputs.set(name, state);
    this.onOutput?.(name, state);
  }

  /** Tile side: an SPI transfer; undefined when no device is there. */
  spi(bus: number, out: Uint8Array): Uint8Array | undefined {
    return this.#spi.get(bus)?.(out);
  }

  /** Tile side: an I2C write; false without acknowledge. */
  i2cWrite(bus: number, address: number, data: Uint8Array): boolean {
    const device = this.#i2c.get(`${bus} ${address}`);
    return device !== undefined && device.write(data) !== false;
  }

  /** Tile side: an I2C read; undefined without acknowledge. */
  i2cRead(bus: number, address: number, count: number): Uint8Array | undefined {
    return this.#i2c.get(`${bus} ${address}`)?.read(count) || undefined;
  }
}
