// A simulated tile's Serial1 as a stream whose time is the tile's: what is written runs the tile until it has had time to answer.
import { ByteStreamBase } from "../../link/byte-stream.ts";
import type { TileLife } from "../tile-life.ts";

export class VirtualStream extends ByteStreamBase {
  readonly name = "virtual";
  readonly #tile: TileLife;
  readonly #answerUs: number;

  constructor(tile: TileLife, answerUs: number) {
    super();
    this.#tile = tile;
    this.#answerUs = answerUs;
    tile.serial1.onSent = (bytes) => this.received(Buffer.from(bytes, "latin1"));
  }
  write(bytes: Uint8Array): Promise<void> {
    this.#tile.serial1.feed(Buffer.from(bytes).toString("latin1"));
    this.#tile.clock.run(this.#answerUs);
    return Promise.resolve();
  }
  close(): Promise<void> {
    this.closed(undefined);
    return Promise.resolve();
  }
}
