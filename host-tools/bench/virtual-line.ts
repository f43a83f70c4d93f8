// A line to a simulated tile whose time nobody else drives: each write lets the tile live for a while, so a client with real timers gets its answer
// within milliseconds of real time.
import { ByteStreamBase } from "../link/byte-stream.ts";
import { fromByteString, toByteString } from "../link/latin1.ts";
import type { SimTile } from "../sim/sim-tile.ts";

/** Virtual time that follows a write, µs: enough for an answer of a slow board. */
const AFTER_WRITE_US = 10_000_000;

export class VirtualLine extends ByteStreamBase {
  readonly name = "simulated line";
  private readonly tile: SimTile;

  constructor(tile: SimTile) {
    super();
    this.tile = tile;
    tile.serial1.onSent = (bytes) => this.received(fromByteString(bytes));
  }

  write(bytes: Uint8Array): Promise<void> {
    this.tile.serial1.feed(toByteString(bytes));
    setImmediate(() => this.tile.clock.run(AFTER_WRITE_US));
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.tile.serial1.onSent = undefined;
    this.closed(undefined);
    return Promise.resolve();
  }
}
