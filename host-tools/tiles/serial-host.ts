// A tile on a real port (or a socket): nothing but its port can be reached. Other genesis processes may share the port through the broker.
import type { ByteStream } from "../link/byte-stream.ts";
import { openStream } from "../link/open-stream.ts";
import type { TileHost } from "./tile-host.ts";

export interface SerialHostOptions {
  port: string;
  /** Second port with the console, where the link has its own. */
  console?: string | undefined;
  baud: number;
  boardId?: string | undefined;
  /** How to open a port: straight, or shared with other processes. */
  openPort?: (port: string, baud: number) => Promise<ByteStream>;
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

  open(): Promise<ByteStream> {
    const { openPort, port, baud } = this.options;
    return openPort ? openPort(port, baud) : openStream(port, baud);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
