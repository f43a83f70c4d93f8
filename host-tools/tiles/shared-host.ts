// An emulated tile that several genesis processes may use at once: the first starts it, the others join over the port broker.
// When the process that runs it ends, one of the others starts it again from the same flash, as a board that lost power for a moment.
//
// A process that has opened the tile stays a member of the broker until it closes the host, so the tile keeps running between two streams;
// and the machine is off before the broker's lock is free, so that two machines never run on one flash.
import path from "node:path";
import type { ByteStream } from "../link/byte-stream.ts";
import { type LinkState, ReconnectingStream } from "../link/reconnecting-stream.ts";
import { tryLock } from "../link/port-lock.ts";
import { openShared } from "../link/shared-port.ts";
import { portKey, stateDir } from "../link/state-dir.ts";
import type { OpenOptions, TileHost } from "./tile-host.ts";

export interface SharedHostOptions {
  /** What this process is called to others. */
  command: string;
  onState?: (state: LinkState) => void;
}

/** Keeps everybody from starting the tile in `folder` until the returned function is called; undefined when it runs. */
export function lockMachine(folder: string): (() => void) | undefined {
  return tryLock(path.join(stateDir(), `${portKey(`tile:${folder}`)}.lock`));
}

export class SharedHost implements TileHost {
  readonly kind: TileHost["kind"];
  readonly name: string;
  readonly boardId: string | undefined;
  readonly portPath: string | undefined;
  /** The tile itself; on in this process only if this process was the first. */
  readonly inner: TileHost;
  private readonly key: string;
  private readonly options: SharedHostOptions;
  private membership: Promise<ByteStream> | undefined;
  /** The running tile's line; undefined while another process runs it. */
  private started: ByteStream | undefined;

  /** @param key names the tile, the same in every process (its folder). */
  constructor(inner: TileHost, key: string, options: SharedHostOptions) {
    this.inner = inner;
    this.kind = inner.kind;
    this.name = inner.name;
    this.boardId = inner.boardId;
    this.portPath = inner.portPath;
    this.key = key;
    this.options = options;
  }

  async open(how: OpenOptions = {}): Promise<ByteStream> {
    this.membership ??= ReconnectingStream.open(() => this.join(false));
    try {
      await this.membership;
    } catch (error) {
      this.membership = undefined;
      throw error;
    }
    const { onState } = this.options;
    return ReconnectingStream.open(() => this.join(how.raw ?? false), { name: this.name, ...(onState === undefined ? {} : { onState }) });
  }

  /** Takes the power away and gives it back, where this process runs the tile; false where another does. Open streams reconnect by themselves. */
  async powerCycle(): Promise<boolean> {
    if (this.started === undefined) return false;
    await this.started.close();
    return true;
  }

  async close(): Promise<void> {
    const membership = await this.membership?.catch(() => undefined);
    this.membership = undefined;
    await membership?.close();
    await this.inner.close();
  }

  private join(isRaw: boolean): Promise<ByteStream> {
    return openShared(`tile:${this.key}`, { command: this.options.command, raw: isRaw, open: () => this.start() });
  }

  /** Switches the tile on in this process; closing the stream switches it off. */
  private async start(): Promise<ByteStream> {
    const stream = await this.inner.open();
    stream.onClose(() => (this.started = undefined));
    this.started = {
      name: stream.name,
      get isOpen() {
        return stream.isOpen;
      },
      write: (bytes) => stream.write(bytes),
      onData: (listener) => stream.onData(listener),
      onClose: (listener) => stream.onClose(listener),
      close: async () => {
        await this.inner.powerOff?.();
        await stream.close();
      },
    };
    return this.started;
  }
}
