/**
 * A stream that survives unplugging: when its carrier goes away it waits for it to come back and goes on.
 *
 * Idea: to those above the stream stays open and merely loses bytes for a while, which the SMP client repeats anyway.
 * Writes while the carrier is away are refused with PORT_LOST. The states are announced, so that a command can say
 * "waiting for the port to come back". A carrier that stays away longer than `giveUpMs` closes the stream for good.
 */
import { ByteStreamBase } from "./byte-stream.ts";
import type { ByteStream } from "./byte-stream.ts";
import { LinkError } from "./link-errors.ts";
import { sleep } from "./wait-for.ts";

export type LinkState = "open" | "waiting" | "closed";

export interface ReconnectOptions {
  /** Pause between attempts in ms; 250 unless given. */
  retryMs?: number;
  /** How long to wait for the carrier in ms; 120000 unless given. */
  giveUpMs?: number;
  onState?: (state: LinkState) => void;
  /** What to call it in messages; the carrier's name unless given. */
  name?: string;
}

export class ReconnectingStream extends ByteStreamBase {
  private inner: ByteStream;
  private readonly reopen: () => Promise<ByteStream>;
  private readonly options: ReconnectOptions;
  private state: LinkState = "open";
  private ended = false;

  private constructor(inner: ByteStream, reopen: () => Promise<ByteStream>, options: ReconnectOptions) {
    super();
    this.inner = inner;
    this.reopen = reopen;
    this.options = options;
    this.adopt(inner);
  }

  /** Opens for the first time (rejects as `open` does) and keeps open from then on by calling `open` again. */
  static async open(open: () => Promise<ByteStream>, options: ReconnectOptions = {}): Promise<ReconnectingStream> {
    return new ReconnectingStream(await open(), open, options);
  }

  get name(): string {
    return this.options.name ?? this.inner.name;
  }

  get linkState(): LinkState {
    return this.state;
  }

  get isAway(): boolean {
    return this.state === "waiting";
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.state === "open" ? this.inner.write(bytes) : Promise.reject(this.lost());
  }

  async close(): Promise<void> {
    this.ended = true;
    this.enter("closed");
    await this.inner.close();
    this.closed(undefined);
  }

  async setBaud(baud: number): Promise<void> {
    await this.inner.setBaud?.(baud);
  }

  async pulseReset(): Promise<boolean> {
    return (await this.inner.pulseReset?.()) ?? false;
  }

  private adopt(inner: ByteStream): void {
    this.inner = inner;
    inner.onData((bytes) => this.received(bytes));
    inner.onClose((reason) => void this.waitForReturn(reason));
  }

  private async waitForReturn(reason: LinkError | undefined): Promise<void> {
    if (this.ended) return;
    this.enter("waiting");
    const untilMs = performance.now() + (this.options.giveUpMs ?? 120_000);
    while (!this.ended && performance.now() < untilMs) {
      await sleep(this.options.retryMs ?? 250);
      try {
        const inner = await this.reopen();
        if (this.ended) return void (await inner.close());
        this.adopt(inner);
        this.enter("open");
        return;
      } catch {
        // Missing, busy or not yet readable just after plugging in: try again until the time is up.
      }
    }
    if (this.ended) return;
    this.ended = true;
    this.enter("closed");
    const waitedS = Math.round((this.options.giveUpMs ?? 120_000) / 1000);
    this.closed(new LinkError("PORT_LOST", `${this.name} went away and did not come back within ${waitedS} s`, "plug the board in again and run the command again: it goes on where it stopped", undefined, reason));
  }

  private enter(state: LinkState): void {
    if (this.state === state) return;
    this.state = state;
    this.options.onState?.(state);
  }
}
