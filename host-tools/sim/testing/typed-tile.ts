/** A simulated tile with somebody at its console: what is typed, what is answered, in virtual time. For tests. */
import { board as simBoard } from "../../../boards/sim/board.ts";
import { SimTile } from "../sim-tile.ts";
import type { HardwareOptions } from "../sim-hardware.ts";
import { VirtualClock } from "../virtual-clock.ts";

export class TypedTile {
  readonly tile: SimTile;
  readonly clock: VirtualClock;
  #said = "";

  private constructor(tile: SimTile) {
    this.tile = tile;
    this.clock = tile.clock;
    tile.serial1.onSent = (bytes) => (this.#said += bytes);
  }

  /** A tile that is on and has shown its prompt. */
  static async start(options: Partial<HardwareOptions> = {}): Promise<TypedTile> {
    const tile = await SimTile.create({ board: simBoard, clock: new VirtualClock(), ...options });
    for (const uart of tile.hardware.serials) uart.setBaud(0);
    const typed = new TypedTile(tile);
    tile.powerOn();
    typed.wait(100);
    typed.said();
    return typed;
  }

  /** Lets time pass. */
  wait(ms: number): void {
    this.clock.run(ms * 1000);
  }

  /** What came out since the last call. */
  said(): string {
    const said = this.#said;
    this.#said = "";
    return said;
  }

  /** Types, waits, and gives back what came out. */
  type(text: string, waitMs = 50): string {
    this.tile.serial1.feed(text);
    this.wait(waitMs);
    return this.said();
  }

  /** What `print(expression)` prints, without echo and prompt. */
  print(expression: string): string {
    return this.type(`\x10print(${expression})\n`).replace(/^\r\x1b\[J/, "").replace(/\r\n>$/, "");
  }

  close(): void {
    this.tile.close();
  }
}

/** An Espruino packet. */
export function packet(type: number, data: string): string {
  const header = (type << 13) | data.length;
  return `\x10\x01${String.fromCharCode(header >> 8, header & 255)}${data}`;
}
