/**
 * A two-way stream of bytes to a tile: the one thing every tool above needs, whatever carries it.
 *
 * Idea: four verbs (write, onData, onClose, close). A serial port, a socket, a child process, an in-process pair and
 * the reconnecting wrapper all look alike, so every tool runs over each of them. To add a carrier: extend
 * ByteStreamBase, call `received` and `closed`, implement `write` and `close`.
 */
import { LinkError } from "./link-errors.ts";

export type Unsubscribe = () => void;

export interface ByteStream {
  /** What to call it in messages: a path, an address. */
  readonly name: string;
  readonly isOpen: boolean;
  /** True while a stream that survives unplugging waits for its carrier. */
  readonly isAway?: boolean;
  /** Sends bytes, in order; resolves when the carrier has taken them. Rejects with PORT_LOST when closed. */
  write(bytes: Uint8Array): Promise<void>;
  onData(listener: (bytes: Uint8Array) => void): Unsubscribe;
  /** Called once, soon after when the stream is closed already; `reason` is undefined when we closed it ourselves. */
  onClose(listener: (reason: LinkError | undefined) => void): Unsubscribe;
  close(): Promise<void>;
  /** Changes the line rate (serial only). */
  setBaud?(baud: number): Promise<void>;
  /** Pulses reset by DTR/RTS where the carrier has such lines; false where it has not. */
  pulseReset?(): Promise<boolean>;
}

/** Listener bookkeeping that all carriers share. */
export abstract class ByteStreamBase implements ByteStream {
  abstract readonly name: string;
  private open = true;
  private reason: LinkError | undefined;
  private readonly dataListeners = new Set<(bytes: Uint8Array) => void>();
  private readonly closeListeners = new Set<(reason: LinkError | undefined) => void>();

  get isOpen(): boolean {
    return this.open;
  }

  abstract write(bytes: Uint8Array): Promise<void>;
  abstract close(): Promise<void>;

  onData(listener: (bytes: Uint8Array) => void): Unsubscribe {
    this.dataListeners.add(listener);
    return () => this.dataListeners.delete(listener);
  }

  onClose(listener: (reason: LinkError | undefined) => void): Unsubscribe {
    this.closeListeners.add(listener);
    // A peer may hang up between the opening of a stream and the first look at it.
    if (!this.open) queueMicrotask(() => this.closeListeners.has(listener) && listener(this.reason));
    return () => this.closeListeners.delete(listener);
  }

  /** The carrier got bytes. */
  protected received(bytes: Uint8Array): void {
    for (const listener of this.dataListeners) listener(bytes);
  }

  /** The carrier ended; only the first call counts. */
  protected closed(reason: LinkError | undefined): void {
    if (!this.open) return;
    this.open = false;
    this.reason = reason;
    for (const listener of this.closeListeners) listener(reason);
  }

  /** The error for writing to a closed stream. */
  protected lost(cause?: unknown): LinkError {
    return new LinkError("PORT_LOST", `${this.name} is closed`, "check the cable and the power, then run the command again", undefined, cause);
  }
}

class PairEnd extends ByteStreamBase {
  readonly name: string;
  peer: PairEnd | undefined;

  constructor(name: string) {
    super();
    this.name = name;
  }

  write(bytes: Uint8Array): Promise<void> {
    if (!this.isOpen) return Promise.reject(this.lost());
    const copy = bytes.slice();
    setImmediate(() => {
      if (this.peer?.isOpen) this.peer.received(copy);
    });
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closed(undefined);
    this.peer?.closed(new LinkError("PORT_LOST", `the other end of ${this.name} closed`));
    return Promise.resolve();
  }
}

/** Two streams joined back to back inside this process: what one writes the other receives, later. */
export function streamPair(name = "pair"): [ByteStream, ByteStream] {
  const a = new PairEnd(`${name}:a`);
  const b = new PairEnd(`${name}:b`);
  a.peer = b;
  b.peer = a;
  return [a, b];
}
