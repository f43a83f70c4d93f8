/**
 * A UART of a simulated tile and the line behind it, in virtual time: every byte takes ten bit times.
 *
 * The idea: bytes from the other end arrive one after the other at the line rate and reach JavaScript in groups, as they do when an interpreter
 * looks at its buffer now and then; what does not fit the receive buffer is lost and counted, as on a board. Bytes that the tile sends come out when
 * the line has clocked them out; a reset loses those that it has not.
 */
import type { VirtualClock } from "./virtual-clock.ts";

export interface UartOptions {
  /** Line rate; 0: bytes take no time. */
  baud: number;
  /** Bytes that wait for JavaScript; more are lost (Espruino: 1024, 512 on small boards). */
  bufferBytes: number;
  /** How long bytes wait for their group after the first one has arrived, µs. */
  groupUs: number;
}

const bitsPerByte = 10;
/** Sent bytes come out in pieces of at most this many. */
const pieceBytes = 32;

export class SimUart {
  readonly name: string;
  /** Received bytes that had no room. */
  lost = 0;
  /** Tile side: bytes wait to be taken. */
  onReceived: (() => void) | undefined;
  /** Far side: bytes that came out of the tile. */
  onSent: ((bytes: string) => void) | undefined;
  readonly #clock: VirtualClock;
  readonly #options: UartOptions;
  /** On the line: bytes, and when the last of them arrives. */
  #arriving: { bytes: string; fromUs: number }[] = [];
  #receiveFreeUs = 0;
  #sendFreeUs = 0;
  #isPolling = false;
  #isFixed = false;
  #received = "";
  #generation = 0;

  constructor(name: string, clock: VirtualClock, options: UartOptions) {
    this.name = name;
    this.#clock = clock;
    this.#options = options;
  }

  /** Sets the rate for what is sent and received from now on. Both ends always agree: a wrong rate is not simulated. */
  setBaud(baud: number): void {
    if (!this.#isFixed) this.#options.baud = baud;
  }

  /** Sets the rate for good, whatever the tile asks for. */
  fixBaud(baud: number): void {
    this.#options.baud = baud;
    this.#isFixed = true;
  }

  get byteUs(): number {
    return this.#options.baud > 0 ? (bitsPerByte * 1_000_000) / this.#options.baud : 0;
  }

  /** Far side: puts bytes on the line behind those that are on it. */
  feed(bytes: string): void {
    if (bytes === "") return;
    const fromUs = Math.max(this.#clock.nowUs, this.#receiveFreeUs);
    this.#receiveFreeUs = fromUs + bytes.length * this.byteUs;
    this.#arriving.push({ bytes, fromUs });
    this.#poll();
  }

  /** Tile side: sends bytes, not before `delayUs` from now (the program got there only then). */
  send(bytes: string, delayUs = 0): void {
    const generation = this.#generation;
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const piece = bytes.slice(at, at + pieceBytes);
      this.#sendFreeUs = Math.max(this.#clock.nowUs + delayUs, this.#sendFreeUs) + piece.length * this.byteUs;
      this.#clock.at(Math.ceil(this.#sendFreeUs), () => {
        if (generation === this.#generation) this.onSent?.(piece);
      });
    }
  }

  /** Tile side: everything that has arrived. */
  take(): string {
    this.#collect();
    const bytes = this.#received;
    this.#received = "";
    return bytes;
  }

  /** When the line has clocked out what was sent, µs. */
  get sentAtUs(): number {
    return Math.ceil(this.#sendFreeUs);
  }

  /** The tile was reset or lost power: its buffers are empty, the bytes on the line to it go on arriving. */
  reset(): void {
    this.#generation++;
    this.#sendFreeUs = this.#clock.nowUs;
    this.#collect();
    this.#received = "";
  }

  /** Moves arrived bytes into the buffer. */
  #collect(): void {
    const { byteUs } = this;
    while (this.#arriving.length > 0) {
      const first = this.#arriving[0]!;
      const elapsed = this.#clock.nowUs - first.fromUs;
      const count = byteUs > 0 ? Math.min(first.bytes.length, Math.floor((elapsed + 0.001) / byteUs)) : elapsed >= 0 ? first.bytes.length : 0;
      if (count <= 0) return;
      const room = Math.max(0, this.#options.bufferBytes - this.#received.length);
      this.#received += first.bytes.slice(0, Math.min(count, room));
      this.lost += Math.max(0, count - room);
      if (count < first.bytes.length) {
        this.#arriving[0] = { bytes: first.bytes.slice(count), fromUs: first.fromUs + count * byteUs };
        return;
      }
      this.#arriving.shift();
    }
  }

  /** Tells the tile once a group of bytes has arrived. */
  #poll(): void {
    const first = this.#arriving[0];
    if (this.#isPolling || !first) return;
    this.#isPolling = true;
    // A short message is told when its last byte is in.
    const whole = first.fromUs + first.bytes.length * this.byteUs;
    const dueUs = Math.ceil(Math.min(whole, first.fromUs + this.byteUs + this.#options.groupUs));
    this.#clock.at(dueUs, () => {
      this.#isPolling = false;
      this.#collect();
      if (this.#received !== "") this.onReceived?.();
      this.#poll();
    });
  }
}

/** Joins two tiles: what one sends the other receives, one byte time later at most. */
export function joinUarts(a: SimUart, b: SimUart): void {
  a.onSent = (bytes) => b.feed(bytes);
  b.onSent = (bytes) => a.feed(bytes);
}
