// A tile on the simulated board, in this process: QuickJS in virtual time that follows real time, its flash in a file.
//
// Tiles that shall be wired to each other live in one world (one clock). `factor` lets a world run faster than real time, for tests.
import { mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { loadBoard } from "../boards.ts";
import { Failure } from "../cli/failure.ts";
import { ByteStreamBase } from "../link/byte-stream.ts";
import type { ByteStream } from "../link/byte-stream.ts";
import { fromByteString, toByteString } from "../link/latin1.ts";
import { flashFile } from "../sim/flash-file.ts";
import { type Pacer, pace } from "../sim/pacer.ts";
import { SimTile } from "../sim/sim-tile.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";
import type { CutPhase, TileHost } from "./tile-host.ts";

/** A clock that follows real time, shared by the tiles in it. */
export class SimWorld {
  readonly clock = new VirtualClock();
  private readonly factor: number;
  private pacer: Pacer | undefined;
  private users = 0;

  /** @param factor virtual seconds per real second. */
  constructor(factor: number = 1) {
    this.factor = factor;
  }

  enter(): void {
    if (this.users++ === 0) this.pacer = pace(this.clock, this.factor);
  }

  leave(): void {
    if (--this.users > 0) return;
    this.pacer?.stop();
    this.pacer = undefined;
  }

  /** Brings the clock to the present before something from outside comes in. */
  catchUp(): void {
    this.pacer?.catchUp();
  }
}

export interface SimHostOptions {
  name: string;
  boardId: string;
  /** Checkout, for the boards. */
  root: string;
  /** Folder of this tile; its flash file is made when missing. Without one the flash is lost with the host. */
  folder?: string;
  world?: SimWorld;
  seed?: number;
  /** Rate of Serial1's line, whatever the tile sets it to; the board's unless given. */
  lineBaud?: number;
}

/** The far end of the tile's Serial1. */
class SimPort extends ByteStreamBase {
  readonly name: string;
  private readonly host: SimHost;

  constructor(host: SimHost) {
    super();
    this.host = host;
    this.name = host.name;
  }

  write(bytes: Uint8Array): Promise<void> {
    if (!this.isOpen) return Promise.reject(this.lost());
    this.host.feed(toByteString(bytes));
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.host.detach(this);
    this.closed(undefined);
    return Promise.resolve();
  }

  deliver(bytes: string): void {
    this.received(fromByteString(bytes));
  }
}

export class SimHost implements TileHost {
  readonly kind = "sim";
  readonly name: string;
  readonly boardId: string;
  private readonly options: SimHostOptions;
  private readonly world: SimWorld;
  private simulated: SimTile | undefined;
  private readonly ports = new Set<SimPort>();

  constructor(options: SimHostOptions) {
    this.options = options;
    this.name = options.name;
    this.boardId = options.boardId;
    this.world = options.world ?? new SimWorld();
  }

  get isOn(): boolean {
    return this.simulated !== undefined && this.simulated.state !== "off";
  }

  /** The flash file. @throws TypeError when this tile has no folder. */
  get flashPath(): string {
    if (this.options.folder === undefined) throw new TypeError(`${this.name} keeps its flash in memory`);
    return path.join(this.options.folder, "flash.bin");
  }

  /** The tile itself; undefined before it was first switched on. */
  get tile(): SimTile | undefined {
    return this.simulated;
  }

  async powerOn(): Promise<void> {
    const tile = await this.make();
    if (tile.state !== "off") return;
    this.world.enter();
    this.world.catchUp();
    tile.powerOn();
  }

  powerOff(): Promise<void> {
    const tile = this.simulated;
    if (tile !== undefined && tile.state !== "off") {
      this.world.catchUp();
      tile.powerOff();
      this.world.leave();
    }
    return Promise.resolve();
  }

  async open(): Promise<ByteStream> {
    await this.powerOn();
    const port = new SimPort(this);
    this.ports.add(port);
    return port;
  }

  async cutPowerAt(operation: number, phase: CutPhase): Promise<void> {
    (await this.make()).flash.armCut({ operation, mode: phase });
  }

  async flashOperations(): Promise<number> {
    return (await this.make()).flash.operations;
  }

  async connectSerial2(other: TileHost): Promise<void> {
    if (!(other instanceof SimHost)) throw new TypeError("Serial2 of a simulated tile joins that of another simulated tile");
    const near = (await this.make()).serial2;
    const far = (await other.make()).serial2;
    near.onSent = (bytes) => {
      other.world.catchUp();
      far.feed(bytes);
    };
    far.onSent = (bytes) => {
      this.world.catchUp();
      near.feed(bytes);
    };
  }

  async close(): Promise<void> {
    await this.powerOff();
    for (const port of [...this.ports]) await port.close();
    this.simulated?.flash.close();
    this.simulated = undefined;
  }

  /** Bytes from outside. */
  feed(bytes: string): void {
    this.world.catchUp();
    this.simulated?.serial1.feed(bytes);
  }

  detach(port: SimPort): void {
    this.ports.delete(port);
  }

  private async make(): Promise<SimTile> {
    if (this.simulated !== undefined) return this.simulated;
    const { folder, root, seed, lineBaud } = this.options;
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
    const board = await loadBoard(root, this.boardId);
    const flashBytes = folder === undefined ? undefined : statSync(this.flashPath, { throwIfNoEntry: false })?.size;
    if (flashBytes !== undefined && flashBytes !== board.storageBytes) {
      throw new Failure("FLASH_FILE", 1, `${this.flashPath} is not the flash of a ${board.id}: it has ${flashBytes} bytes, not ${board.storageBytes}`, "move it away, then the tile starts empty, or choose another name for the tile");
    }
    const tile = await SimTile.create({
      board,
      clock: this.world.clock,
      ...(folder === undefined ? {} : { store: flashFile(this.flashPath) }),
      ...(seed === undefined ? {} : { seed }),
    });
    if (lineBaud !== undefined) tile.serial1.fixBaud(lineBaud);
    tile.serial1.onSent = (bytes) => {
      for (const port of this.ports) port.deliver(bytes);
    };
    this.simulated = tile;
    return tile;
  }
}
