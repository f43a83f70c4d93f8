/**
 * The host's end of a QEMU tile's hardware channel: it plays pins, voltages, bus devices and the power supply.
 *
 * The idea: one line protocol (boards/qemu-mps2-an385/HARDWARE-CHANNEL.md) over any duplex stream. Inputs are
 * remembered and driven again when the board comes up from power-off; outputs are mirrored, so that a test can ask
 * for a pin at any time or wait for it. Bus devices are small objects with the transfer as a function.
 * To extend this: a new line is one row in the page, one `case` here and one in runtime/channel.c.
 */
import type { Duplex } from "node:stream";

/** A pin's name: D0…D31 or A0…A7. */
export type PinName = `D${number}` | `A${number}`;

/** What a pin shows: its mode, and 0/1, or the duty cycle 0…65535 in mode `af_output`. */
export interface PinState {
  readonly mode: string;
  readonly output: number;
}

export interface BoardStatus {
  /** Flash operations (page erases and program calls) since the chip was made. */
  readonly flashOperations: number;
  /** Operations left until the armed power cut; 0 = none is armed. */
  readonly armed: number;
  /** Resets since power-on. */
  readonly resets: number;
  readonly cause: string;
}

/** Where a power cut falls: before the operation, in the middle (after `words` words, half by default), or after it. */
export type CutPoint = "before" | "torn" | "after";

/** Devices on one SPI bus: gets the bytes out, returns as many bytes in. Look at chip-select pins with `pin()`. */
export type SpiBus = (out: Uint8Array) => Uint8Array;

/** A device on an I2C bus. Either function may return false: no acknowledge. */
export interface I2cDevice {
  write(data: Uint8Array): boolean | void;
  read(count: number): Uint8Array | false;
}

interface Waiter {
  readonly tag: string;
  readonly matches: (rest: string) => boolean;
  readonly done: (rest: string) => void;
}

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Rejects after a time; the caller's promise wins otherwise. */
function within<T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`hardware channel: ${what} did not come in ${timeoutMs} ms`)), timeoutMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export class HardwareChannel {
  readonly #stream: Duplex;
  readonly #pins = new Map<string, PinState>();
  readonly #levels = new Map<PinName, string>();
  readonly #voltages = new Map<PinName, number>();
  readonly #spi = new Map<number, SpiBus>();
  readonly #i2c = new Map<string, I2cDevice>();
  readonly #waiters = new Set<Waiter>();
  readonly #pinListeners = new Set<(pin: PinName, state: PinState) => void>();
  #partial = "";
  #boot: BoardStatus | undefined;
  /** Complaints of the board and of device models; empty in a healthy test. */
  readonly errors: string[] = [];

  /** @param stream the tile's third serial line; it is not closed by this class */
  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on("data", (chunk: Buffer | string) => this.#receive(chunk.toString("latin1")));
  }

  // ------------------------------------------------------------ pins

  /** Drives a digital level; "floating" lets go of the pin. */
  drive(pin: PinName, level: 0 | 1 | "floating"): void {
    const text = level === "floating" ? "z" : String(level);
    this.#levels.set(pin, text);
    this.#send(`P${pin} ${text}`);
  }

  /** Applies a voltage, as a fraction 0…1 of the reference. @throws RangeError outside of that */
  applyVoltage(pin: PinName, fraction: number): void {
    if (!(fraction >= 0 && fraction <= 1)) throw new RangeError(`voltage fraction ${fraction} is not between 0 and 1`);
    const value = Math.round(fraction * 65535);
    this.#voltages.set(pin, value);
    this.#send(`A${pin} ${value}`);
  }

  /** What the tile last made of a pin; undefined when it never used it. */
  pin(pin: PinName): PinState | undefined {
    return this.#pins.get(pin);
  }

  /** Calls the listener at every change of a pin. Returns the function that ends it. */
  onPin(listener: (pin: PinName, state: PinState) => void): () => void {
    this.#pinListeners.add(listener);
    return () => this.#pinListeners.delete(listener);
  }

  /** Waits until the pin shows this output (it may already). @throws Error after timeoutMs */
  async waitForPin(pin: PinName, output: number, timeoutMs = 5000): Promise<void> {
    if (this.#pins.get(pin)?.output === output) return;
    await this.#wait(`p${pin}`, (rest) => Number(rest.split(" ")[1]) === output, timeoutMs, `${pin} = ${output}`);
  }

  // ------------------------------------------------------------ buses

  /** Models what hangs on SPI1 or SPI2; undefined: nothing answers. */
  modelSpi(bus: 1 | 2, devices: SpiBus | undefined): void {
    if (devices) this.#spi.set(bus, devices);
    else this.#spi.delete(bus);
  }

  /** Models a device on I2C1 or I2C2 at a 7-bit address. Addresses without one do not acknowledge. */
  modelI2c(bus: 1 | 2, address: number, device: I2cDevice | undefined): void {
    if (device) this.#i2c.set(`${bus}/${address}`, device);
    else this.#i2c.delete(`${bus}/${address}`);
  }

  // ------------------------------------------------------------ power

  /**
   * Cuts the power at the n-th flash operation from now (1 = the next). Resolves when the board has taken it.
   * @param words for "torn": how many 32-bit words of the operation are done; half of them by default
   */
  async armPowerCut(n: number, point: CutPoint, words?: number): Promise<BoardStatus> {
    if (!Number.isInteger(n) || n < 1) throw new RangeError(`power cut at operation ${n}: must be 1 or more`);
    return this.#request(`F ${n} ${point}${words === undefined ? "" : ` ${words}`}`, "f");
  }

  async disarmPowerCut(): Promise<BoardStatus> {
    return this.#request("F 0", "f");
  }

  /** Asks for the state of the board and of every pin. */
  async status(timeoutMs = 5000): Promise<BoardStatus> {
    return this.#request("?", "!", timeoutMs);
  }

  /** The line the board sent at its last start, if one was seen. */
  get lastBoot(): BoardStatus | undefined {
    return this.#boot;
  }

  /** Waits for the board's next start. @throws Error after timeoutMs */
  async nextBoot(timeoutMs = 10_000): Promise<BoardStatus> {
    return parseStatus(await this.#wait("b", () => true, timeoutMs, "a start of the board"));
  }

  // ------------------------------------------------------------ the line protocol

  #send(line: string): void {
    this.#stream.write(`${line}\n`);
  }

  async #request(line: string, tag: string, timeoutMs = 5000): Promise<BoardStatus> {
    const answer = this.#wait(tag, () => true, timeoutMs, `the answer to "${line}"`);
    this.#send(line);
    return parseStatus(await answer);
  }

  #wait(tag: string, matches: (rest: string) => boolean, timeoutMs: number, what: string): Promise<string> {
    let waiter: Waiter | undefined;
    const promise = new Promise<string>((done) => {
      waiter = { tag, matches, done };
      this.#waiters.add(waiter);
    });
    return within(promise, timeoutMs, what).finally(() => this.#waiters.delete(waiter as Waiter));
  }

  #receive(text: string): void {
    const lines = (this.#partial + text).split("\n");
    this.#partial = lines.pop() ?? "";
    for (const line of lines) this.#line(line.replaceAll("\r", ""));
  }

  #line(line: string): void {
    const space = line.indexOf(" ");
    const tag = space < 0 ? line : line.slice(0, space);
    const rest = space < 0 ? "" : line.slice(space + 1);
    switch (tag[0]) {
      case "p":
        this.#pinChanged(tag.slice(1) as PinName, rest);
        break;
      case "s":
        this.#answerSpi(Number(tag.slice(1)), rest);
        break;
      case "w":
      case "r":
        this.#answerI2c(tag[0], Number(tag.slice(1)), rest.split(" "));
        break;
      case "b":
        this.#booted(parseStatus(rest));
        break;
      case "z":
        this.#pins.clear();
        break;
      case "e":
        this.errors.push(rest);
        break;
    }
    for (const waiter of this.#waiters) if (waiter.tag === tag && waiter.matches(rest)) waiter.done(rest);
  }

  #pinChanged(pin: PinName, rest: string): void {
    const [mode = "", output = "0"] = rest.split(" ");
    const state: PinState = { mode, output: Number(output) };
    this.#pins.set(pin, state);
    for (const listener of this.#pinListeners) listener(pin, state);
  }

  #booted(status: BoardStatus): void {
    this.#boot = status;
    this.#pins.clear();
    for (const [pin, level] of this.#levels) this.#send(`P${pin} ${level}`);
    for (const [pin, value] of this.#voltages) this.#send(`A${pin} ${value}`);
  }

  #answerSpi(bus: number, hex: string): void {
    const devices = this.#spi.get(bus);
    if (!devices) return; // the board's own timeout tells the program
    const out = bytesOf(hex);
    const back = this.#model(`SPI${bus}`, () => devices(out));
    if (!back) return;
    if (back.length !== out.length) this.errors.push(`SPI${bus} model returned ${back.length} bytes for ${out.length}`);
    this.#send(`S${bus} ${hexOf(back)}`);
  }

  #answerI2c(kind: "w" | "r", bus: number, [address = "", what = ""]: readonly string[]): void {
    const device = this.#i2c.get(`${bus}/${address}`);
    if (kind === "w") {
      const acknowledged = device && this.#model(`I2C${bus}`, () => device.write(bytesOf(what)) !== false);
      this.#send(`W${bus} ${acknowledged ? "ok" : "nak"}`);
    } else {
      const data = device && this.#model(`I2C${bus}`, () => device.read(Number(what)));
      this.#send(`R${bus} ${data ? hexOf(data) : "nak"}`);
    }
  }

  /** A model that throws is a finding of the test, not the end of the channel. */
  #model<T>(name: string, run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      this.errors.push(`${name} model: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }
}

function parseStatus(rest: string): BoardStatus {
  const [operations, armed, resets, ...cause] = rest.split(" ");
  return { flashOperations: Number(operations), armed: Number(armed), resets: Number(resets), cause: cause.join(" ") };
}
