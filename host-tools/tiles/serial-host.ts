// A tile on a real port (or a socket): nothing but its port can be reached. Other genesis processes may share the port, and a board that is
// unplugged is found again, by its USB serial number where the port's name changed.
import type { ByteStream } from "../link/byte-stream.ts";
import { boardOpener } from "../link/find-port.ts";
import { openStream } from "../link/open-stream.ts";
import { type LinkState, ReconnectingStream } from "../link/reconnecting-stream.ts";
import { openShared } from "../link/shared-port.ts";
import type { OpenOptions, TileHost } from "./tile-host.ts";

export interface SerialHostOptions {
  port: string;
  /** Second port with the console, where the link has its own. */
  console?: string | undefined;
  baud: number;
  boardId?: string | undefined;
  /** What this process is called to others that want the port ("genesis flash"). */
  command: string;
  onState?: (state: LinkState) => void;
}

export class SerialHost implements TileHost {
  readonly kind = "serial";
  readonly name: string;
  readonly boardId: string | undefined;
  readonly portPath: string;
  openConsole?: () => Promise<ByteStream>;
  private readonly options: SerialHostOptions;

  constructor(options: SerialHostOptions) {
    this.options = options;
    this.name = options.port;
    this.portPath = options.port;
    this.boardId = options.boardId;
    const { console: consolePort, baud } = options;
    if (consolePort !== undefined) this.openConsole = () => openStream(consolePort, baud);
  }

  open(how: OpenOptions = {}): Promise<ByteStream> {
    const { port, baud, command, onState } = this.options;
    const opener = boardOpener(port, (path) => openShared(path, { baud, command, raw: how.raw ?? false }));
    return ReconnectingStream.open(opener, onState === undefined ? {} : { onState });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
