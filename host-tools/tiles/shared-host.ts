// An emulated tile that several genesis processes may use at once: the first starts it, the others join over the port broker.
// When the process that runs it ends, one of the others starts it again from the same flash, as a board that lost power for a moment.
import type { ByteStream } from "../link/byte-stream.ts";
import { type LinkState, ReconnectingStream } from "../link/reconnecting-stream.ts";
import { openShared } from "../link/shared-port.ts";
import type { OpenOptions, TileHost } from "./tile-host.ts";

export interface SharedHostOptions {
  /** What this process is called to others. */
  command: string;
  onState?: (state: LinkState) => void;
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

  open(how: OpenOptions = {}): Promise<ByteStream> {
    const { command, onState } = this.options;
    const open = (): Promise<ByteStream> => openShared(`tile:${this.key}`, { command, raw: how.raw ?? false, open: () => this.inner.open() });
    return ReconnectingStream.open(open, onState === undefined ? {} : { onState });
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
