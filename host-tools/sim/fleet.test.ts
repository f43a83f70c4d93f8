/** The real first stage and image on both engines: fleets boot, engines agree to the last flash bit, power cuts at every operation of a start leave a tile that starts. */
import { beforeAll, describe, expect, it } from "vitest";
import { board } from "../../boards/sim/board.ts";
import { buildTileImage } from "../build/tile-image.ts";
import { buildFirstStage } from "../image/first-stage-script.ts";
import { SmpClient } from "../link/smp-client.ts";
import { echo } from "../link/smp-os.ts";
import { ByteStreamBase } from "../link/byte-stream.ts";
import { projectRoot } from "./espruino-prelude.ts";
import { installedImage } from "./installed-image.ts";
import type { InstalledImage } from "./installed-image.ts";
import { FleetProgram, NodeTile } from "./node-tile.ts";
import { NorFlash } from "./nor-flash.ts";
import { flashBase } from "./sim-hardware.ts";
import { SimTile } from "./sim-tile.ts";
import type { TileLife } from "./tile-life.ts";
import { VirtualClock } from "./virtual-clock.ts";

const identity = { id: "0123456789abcdef", name: "fleet", key: "5a".repeat(32) };
let installed: InstalledImage;

beforeAll(async () => {
  const root = projectRoot();
  const image = await buildTileImage(root, { name: "tile", version: "1.0.0", profile: board.profile, frozen: true });
  const firstStage = buildFirstStage(root);
  installed = installedImage(board, identity, image.file, firstStage, { windowMs: 500, watchdogS: 8 });
}, 120_000);

/** A tile's Serial1 as a stream whose time is the tile's: every write lets it live on until it has answered. */
class VirtualStream extends ByteStreamBase {
  readonly name = "virtual";
  readonly #tile: TileLife;

  constructor(tile: TileLife) {
    super();
    this.#tile = tile;
    tile.serial1.onSent = (bytes) => this.received(Buffer.from(bytes, "latin1"));
  }

  write(bytes: Uint8Array): Promise<void> {
    this.#tile.serial1.feed(Buffer.from(bytes).toString("latin1"));
    this.#tile.clock.run(500_000);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closed(undefined);
    return Promise.resolve();
  }
}

describe("fleet in plain Node", () => {
  it("boots 300 tiles from shared flash, each alone", () => {
    const clock = new VirtualClock();
    const program = new FleetProgram();
    const starts: number[] = [];
    const tiles = Array.from({ length: 300 }, (_, i) => {
      const tile = new NodeTile({ board, clock, image: installed.pages, seed: i + 1, program });
      tile.onStart = () => starts.push(i);
      tile.powerOn();
      return tile;
    });
    clock.run(2_000_000);
    expect(tiles.map((tile) => [tile.state, tile.consolePort, tile.output])).toEqual(tiles.map(() => ["running", -1, []]));
    expect(program.size).toBe(3);
    expect(starts).toHaveLength(300);
    for (const tile of tiles) expect(tile.flash.ownedPages).toBeLessThan(5);
    // One is cut off and one is reset: the others don't notice.
    tiles[7]!.powerOff();
    tiles[8]!.reset();
    clock.run(30_000_000);
    expect(starts).toHaveLength(301);
    expect(tiles[7]!.state).toBe("off");
    expect(tiles[6]!.hardware.resets).toBe(0);
  });

  it("answers over its link", async () => {
    const tile = new NodeTile({ board, clock: new VirtualClock(), image: installed.pages, program: new FleetProgram() });
    tile.powerOn();
    tile.clock.run(2_000_000);
    const client = new SmpClient(new VirtualStream(tile));
    expect(await echo(client, "hello")).toBe("hello");
    client.close();
  });

  it("is reset by the watchdog when its timers are gone, prints what nobody caught, and survives a cut", () => {
    const clock = new VirtualClock();
    const flash = new NorFlash({ baseAddress: flashBase, flashBytes: board.storageBytes, pageBytes: board.pageBytes });
    const tile = new NodeTile({ board, clock, program: new FleetProgram(), image: flash.image() });
    const bootCode = (script: string): void => {
      tile.powerOff();
      tile.flash.powerOn();
      tile.hardware.storage.write(".bootcde", script);
      tile.powerOn();
    };
    bootCode("global.E.enableWatchdog(2,false);global.setTimeout(function(){throw new Error('oops')},10)");
    clock.run(2_500_000);
    expect(tile.output).toContain("Uncaught Error: oops");
    expect([tile.hardware.cause, tile.hardware.resets]).toEqual(["watchdog", 1]);
    bootCode("if(global.E.resetCause!=3)global.E.reboot();global.print('software')");
    clock.run(1_000_000);
    expect(tile.output).toContain("software");
    bootCode("global.n=0;global.require('Storage').write('x','1',0,0);global.print('went on')");
    tile.flash.armCut({ operation: 1, mode: "torn" });
    let cuts = 0;
    tile.onPowerCut = () => cuts++;
    clock.run(1_000_000);
    expect([cuts, tile.state]).toEqual([1, "off"]);
    expect(tile.output).not.toContain("went on");
  });
});

describe("QuickJS and Node", () => {
  it("leave the same flash after the same life", async () => {
    const lives = [
      await SimTile.create({ board, clock: new VirtualClock(), image: installed.pages }),
      new NodeTile({ board, clock: new VirtualClock(), image: installed.pages, program: new FleetProgram() }),
    ];
    const ends = lives.map((tile) => {
      tile.powerOn();
      tile.clock.run(15_000_000);
      tile.reset();
      tile.clock.run(15_000_000);
      tile.powerOff();
      return { operations: tile.flash.operations, lostBits: tile.flash.lostBits, bytes: tile.flash.bytes().toString("base64") };
    });
    expect(ends[0]!.operations).toBeGreaterThan(2);
    expect(ends[0]!.lostBits).toBe(0);
    expect(ends[1]).toEqual(ends[0]);
  });
});

describe("power cuts", () => {
  it("at every flash operation of a start, in four ways, leave a tile that starts", () => {
    const program = new FleetProgram();
    const make = (): NodeTile => {
      const tile = new NodeTile({ board, clock: new VirtualClock(), image: installed.pages, program });
      tile.powerOn();
      return tile;
    };
    const whole = make();
    whole.clock.run(15_000_000);
    expect(whole.flash.operations).toBeGreaterThan(2);
    for (let operation = 1; operation <= whole.flash.operations; operation++) {
      for (const mode of ["before", "torn", "noise", "after"] as const) {
        const tile = make();
        let cuts = 0;
        tile.onPowerCut = () => {
          cuts++;
          tile.powerOn();
        };
        tile.flash.armCut({ operation, mode, seed: operation });
        tile.clock.run(30_000_000);
        expect([cuts, tile.state, tile.consolePort, tile.output], `operation ${operation} ${mode}`).toEqual([1, "running", -1, []]);
      }
    }
  });
});
