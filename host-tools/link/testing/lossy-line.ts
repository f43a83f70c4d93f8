/**
 * A bad cable for tests and demonstrations: loses, repeats, flips and inserts bytes, from a seed.
 *
 * Idea: the same seed gives the same faults, so a failure can be run again. Wraps one direction of a stream pair.
 */
import { ByteStreamBase } from "../byte-stream.ts";
import type { ByteStream } from "../byte-stream.ts";

export interface LineFaults {
  seed: number;
  /** One byte in this many is lost; 0 = none. */
  loseOneIn?: number;
  /** One byte in this many arrives twice. */
  doubleOneIn?: number;
  /** One byte in this many has a bit flipped. */
  flipOneIn?: number;
  /** Before one byte in this many, 1 to 8 bytes of noise arrive. */
  noiseOneIn?: number;
  /** Bytes per second; 0 = as fast as it goes. */
  bytesPerSecond?: number;
}

/** mulberry32: small, seeded, good enough for faults. Returns 0..2^32-1. */
export function seededRandom(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** Wraps `stream` so that what is written to it and what comes from it suffers `faults`. */
export class LossyStream extends ByteStreamBase {
  readonly name: string;
  /** Bytes that were hit by a fault, both directions. */
  faultCount = 0;
  private readonly inner: ByteStream;
  private readonly faults: LineFaults;
  private readonly random: () => number;
  private readonly freeAtMs = { out: 0, in: 0 };
  private readonly queue = { out: Promise.resolve(), in: Promise.resolve() };

  constructor(inner: ByteStream, faults: LineFaults) {
    super();
    this.inner = inner;
    this.name = `${inner.name} (lossy)`;
    this.faults = faults;
    this.random = seededRandom(faults.seed);
    inner.onData((bytes) => this.later("in", this.damage(bytes), (out) => this.received(out)));
    inner.onClose((reason) => this.closed(reason));
  }

  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      this.later("out", this.damage(bytes), (out) => (this.inner.isOpen ? this.inner.write(out).then(resolve, reject) : reject(this.lost()))),
    );
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  /** Puts bytes on the line towards our side, as a second sender would. */
  inject(bytes: Uint8Array): void {
    this.received(bytes);
  }

  private later(direction: "in" | "out", bytes: Uint8Array, then: (bytes: Uint8Array) => void): void {
    const rate = this.faults.bytesPerSecond ?? 0;
    if (rate === 0) return then(bytes);
    const free = Math.max(performance.now(), this.freeAtMs[direction]) + (bytes.length * 1000) / rate;
    this.freeAtMs[direction] = free;
    this.queue[direction] = this.queue[direction].then(async () => {
      const waitMs = free - performance.now();
      if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
      then(bytes);
    });
  }

  private hit(oneIn: number | undefined): boolean {
    const yes = oneIn !== undefined && oneIn > 0 && this.random() % oneIn === 0;
    if (yes) this.faultCount++;
    return yes;
  }

  private damage(bytes: Uint8Array): Uint8Array {
    const f = this.faults;
    const out: number[] = [];
    for (const byte of bytes) {
      if (this.hit(f.noiseOneIn)) for (let n = this.random() % 8; n >= 0; n--) out.push(this.random() & 255);
      if (this.hit(f.loseOneIn)) continue;
      if (this.hit(f.flipOneIn)) out.push(byte ^ (1 << (this.random() & 7)));
      else out.push(byte);
      if (this.hit(f.doubleOneIn)) out.push(byte);
    }
    return Uint8Array.from(out);
  }
}
