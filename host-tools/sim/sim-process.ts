/**
 * A simulated tile in real time: its clock follows the computer's, its flash lives in a folder, its Serial1 is a ByteStream.
 *
 * The idea: the tile runs inside this process between the host's own events. Flash is written through to `flash.bin`, so killing the process at any
 * moment is no worse for the tile than pulling its plug. `run-sim-tile.ts` offers the same tile as a process of its own behind a socket.
 */
import path from "node:path";
import type { Board } from "../../hal/board.ts";
import { ByteStreamBase } from "../link/byte-stream.ts";
import type { ByteStream } from "../link/byte-stream.ts";
import { LinkError } from "../link/link-errors.ts";
import { readPrelude } from "./espruino-prelude.ts";
import { flashFile } from "./flash-file.ts";
import { pace } from "./pacer.ts";
import type { Pacer } from "./pacer.ts";
import { SimTile } from "./sim-tile.ts";
import { VirtualClock } from "./virtual-clock.ts";

export interface SimProcessOptions {
  name: string;
  board: Board;
  /** Folder of this tile; `flash.bin` in it is made when missing. */
  folder: string;
  /** The project's folder, where the API's sources are. */
  root?: string | undefined;
  /** Virtual seconds per real second; 1 unless given. Programs that compare the tile's clock with theirs need 1. */
  factor?: number | undefined;
  /** Rate at which the line carries bytes, baud, where it is not the board's; 0: bytes take no time. */
  lineBaud?: number | undefined;
  seed?: number | undefined;
}

/** Name of the flash file in a tile's folder. */
export const flashFileName = "flash.bin";

export class SimProcess {
  readonly tile: SimTile;
  readonly #name: string;
  readonly #pacer: Pacer;
  #stream: UartStream | undefined;

  private constructor(name: string, tile: SimTile, factor: number) {
    this.#name = name;
    this.tile = tile;
    this.#pacer = pace(tile.clock, factor);
    tile.serial1.onSent = (bytes) => this.#stream?.push(bytes);
  }

  /** Switches a tile on. @throws RangeError when the flash file belongs to another board. */
  static async start(options: SimProcessOptions): Promise<SimProcess> {
    const store = flashFile(path.join(options.folder, flashFileName));
    const tile = await SimTile.create({ board: options.board, clock: new VirtualClock(), store, seed: options.seed }, options.root === undefined ? undefined : readPrelude(options.root));
    if (options.lineBaud !== undefined) for (const uart of tile.hardware.serials) uart.setBaud(options.lineBaud);
    const process = new SimProcess(options.name, tile, options.factor ?? 1);
    tile.powerOn();
    return process;
  }

  /** Opens Serial1; a stream that was open before closes, as a port that somebody else takes. */
  open(): ByteStream {
    this.#stream?.end(new LinkError("PORT_LOST", `${this.#name} was opened again`, "use one stream, or share the port"));
    const stream = new UartStream(this.#name, (bytes) => this.enter(() => this.tile.serial1.feed(bytes)));
    this.#stream = stream;
    return stream;
  }

  /** Lets the tile come to the present, then does something to it from outside. */
  enter(run: () => void): void {
    this.#pacer.catchUp();
    run();
  }

  /** Joins Serial2 of two tiles. */
  joinSerial2(other: SimProcess): void {
    this.tile.serial2.onSent = (bytes) => other.enter(() => other.tile.serial2.feed(bytes));
    other.tile.serial2.onSent = (bytes) => this.enter(() => this.tile.serial2.feed(bytes));
  }

  /** Pulls the plug for good: the stream closes, the flash file stays. */
  stop(): void {
    this.#pacer.stop();
    this.tile.close();
    this.#stream?.end(new LinkError("PORT_LOST", `${this.#name} was switched off`, "switch it on again"));
    this.#stream = undefined;
  }
}

/** Serial1 as a stream. */
class UartStream extends ByteStreamBase {
  readonly name: string;
  readonly #feed: (bytes: string) => void;

  constructor(name: string, feed: (bytes: string) => void) {
    super();
    this.name = name;
    this.#feed = feed;
  }

  push(bytes: string): void {
    // Whoever listens may write: not in the middle of the tile's own turn.
    setImmediate(() => {
      if (this.isOpen) this.received(Buffer.from(bytes, "latin1"));
    });
  }

  end(reason: LinkError | undefined): void {
    this.closed(reason);
  }

  write(bytes: Uint8Array): Promise<void> {
    if (!this.isOpen) return Promise.reject(this.lost());
    this.#feed(Buffer.from(bytes).toString("latin1"));
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closed(undefined);
    return Promise.resolve();
  }
}
