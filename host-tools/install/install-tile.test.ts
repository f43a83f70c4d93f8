// Installing over a console: from bare board to a tile that boots, interrupted everywhere, repeated, undone.
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { slotRank } from "../../firmware/update/slot-trailer.ts";
import { journalOffset, slotOffset, trailerOffset } from "../../firmware/update/layout.ts";
import type { Board } from "../../hal/board.ts";
import { buildFirstStage } from "../image/first-stage-script.ts";
import { buildImage, isSealedWith, parseImage, parseVersion } from "../image/mcuboot.ts";
import { PowerCut } from "../sim/nor-flash.ts";
import { parseBackup, restoreBackup, takeBackup, type Backup } from "./backup.ts";
import { installTile, type InstallRequest, type InstallResult } from "./install-tile.ts";
import { provisionStorage } from "./provision.ts";
import { explainSlots, planStorage } from "./storage-map.ts";
import { encodeTileConfig, makeTileConfig, newIdentity } from "./tile-config.ts";
import { CableOut, FakeBoard, type FakeBoardOptions } from "./testing/fake-board.ts";

const firstStage = buildFirstStage(resolve(import.meta.dirname, "../.."));
const filler = Array.from({ length: 500 }, (_, n) => createHash("sha256").update(`${n}`).digest("hex")).join("");
const imageOf = (version: string, bytes: number): Buffer => buildImage(`(function(){return "${version}"})//${filler.slice(0, bytes)}`, parseVersion(version));
const v1 = imageOf("1.0.0", 2600);
const v2 = imageOf("2.0.0", 1500);

const board = {
  id: "fake", name: "Fake", engine: "espruino", tier: 3, mcu: "none", ramBytes: 0, flashBytes: 65536, storageBytes: 20480, pageBytes: 1024, profile: "small",
  slots: 2, slotPages: 4, previousPages: 3, journalPages: 2, link: { device: "Serial1", baud: 9600 }, nativeSha256: true, pins: {}, power: [], source: "test",
} satisfies Board;
const size: FakeBoardOptions = { pageBytes: 1024, pages: 20 };
const identity = newIdentity("bench");

function bare(options: Partial<FakeBoardOptions> = {}): FakeBoard {
  const made = new FakeBoard({ ...size, ...options });
  made.storage.write("app.js", "print('mine')");
  made.storage.write(".bootcde", "load('app.js')");
  return made;
}

function request(console: FakeBoard, changes: Partial<InstallRequest> = {}): InstallRequest {
  return { console, board, image: v1, firstStage, identity, saveBackup: async () => undefined, ...changes };
}

/** What has to hold of an installed tile. */
function expectInstalled(console: FakeBoard, result: InstallResult, image = v1): void {
  const { config } = result;
  expect(console.storage.read(".bootcde")!.trimEnd()).toBe(firstStage);
  expect(JSON.parse(console.storage.read("g.cfg")!)).toEqual(config);
  expect(config.base % config.page).toBe(0);
  const slot = console.storage.read("g.dat", config.off + slotOffset(config, 0), result.image.length)!;
  expect(parseImage(Buffer.from(slot, "latin1")).hash).toBe(parseImage(image).hash);
  expect(isSealedWith(Buffer.from(slot, "latin1"), Buffer.from(config.key, "hex"))).toBe(true);
  expect(slotRank(console.nor.readString(config.base + trailerOffset(config, 0), 64)) & 3).toBe(3);
  expect(slotRank(console.nor.readString(config.base + trailerOffset(config, 1), 64))).toBe(0);
}

describe("the installer", () => {
  it("turns a bare board into a tile and hands over what was on it first", async () => {
    for (const options of [{}, { isMemoryMapped: true }, { hasNoSha256: true }]) {
      const console = bare(options);
      let saved: Backup | undefined;
      const result = await installTile(request(console, { saveBackup: async (backup) => void (saved = backup) }));
      expectInstalled(console, result);
      expect(result.wasDone).toBe(false);
      expect(saved?.files.map((file) => file.name)).toEqual(["app.js", ".bootcde"]);
    }
  });

  it("lays out the same bytes as provisionStorage", async () => {
    const console = new FakeBoard(size);
    const result = await installTile(request(console));
    const other = new FakeBoard(size);
    provisionStorage(other.storage, result.map, result.config, firstStage, result.image);
    expect(console.nor.bytes()).toEqual(other.nor.bytes());
  });

  it("changes nothing the second time", async () => {
    const console = bare();
    await installTile(request(console));
    const { operations } = console.nor;
    const again = await installTile(request(console, { saveBackup: async () => expect.unreachable("a tile that stays as it is needs no backup") }));
    expect(again.wasDone).toBe(true);
    expect(console.nor.operations).toBe(operations);
  });

  it("replaces the image of a tile, which keeps its identity and its journal", async () => {
    const console = bare();
    const first = await installTile(request(console));
    console.nor.program(first.config.base + journalOffset(first.config), "kept");
    const second = await installTile(request(console, { image: v2, identity: newIdentity("other") }));
    expectInstalled(console, second, v2);
    expect(second.config).toEqual(first.config);
    expect(console.nor.readString(first.config.base + journalOffset(first.config), 4)).toBe("kept");
    const fresh = await installTile(request(console, { image: v2, isFresh: true, identity: newIdentity("other") }));
    expect(fresh.config.name).toBe("other");
    expectInstalled(console, fresh, v2);
  });

  it("continues after the cable fell out at any evaluation", async () => {
    for (const isLostAfter of [false, true])
      for (let at = 1; ; at++) {
        const console = bare();
        console.cableOutAt = at;
        console.isLostAfter = isLostAfter;
        let result: InstallResult;
        try {
          await installTile(request(console));
          expect(at).toBeGreaterThan(20);
          break;
        } catch (error) {
          expect(error).toBeInstanceOf(CableOut);
          result = await installTile(request(console));
        }
        expectInstalled(console, result);
        expect(result.config.id).toBe(identity.id);
      }
  });

  it("continues after a power cut at any flash operation", async () => {
    let cuts = 0;
    for (const mode of ["before", "torn", "after"] as const)
      for (let operation = 1; ; operation++) {
        const console = bare();
        console.nor.armCut({ operation, mode });
        try {
          await installTile(request(console));
          break;
        } catch (error) {
          expect(error).toBeInstanceOf(PowerCut);
        }
        cuts++;
        console.nor.powerOn();
        expectInstalled(console, await installTile(request(console)));
      }
    globalThis.console.log(`power cuts during installation: ${cuts}`);
    expect(cuts).toBeGreaterThan(100);
  });

  it("refuses boards it can't make a tile of, before it changes anything", async () => {
    const refusals: [Partial<FakeBoardOptions>, Partial<InstallRequest>, RegExp][] = [
      [{ version: "2v24.11" }, {}, /2v24.11, tiles need 2v25/],
      [{ hasNoFlashModule: true }, {}, /no Flash module/],
      [{ hasNoHeatshrink: true }, { board: { ...board, slots: 1 } }, /can't compress/],
      [{}, { image: v1.subarray(1) }, /not a tile image/],
    ];
    for (const [options, changes, message] of refusals) {
      const console = bare(options);
      const before = console.nor.bytes();
      await expect(installTile(request(console, changes))).rejects.toThrow(message);
      expect(console.nor.bytes()).toEqual(before);
    }
    await expect(installTile(request(bare({ pages: 12 })))).rejects.toThrow(/two slots do not fit/);
    await expect(installTile(request(bare(), { image: imageOf("1.0.0", 5000) }))).rejects.toThrow(/a slot of this board takes/);
    await expect(installTile(request(bare(), { board: { ...board, pageBytes: 4096 } }))).rejects.toThrow(/pages of 1024 bytes/);
  });

  it("writes nothing by address when the two views of the flash disagree", async () => {
    const console = new FakeBoard({ ...size, isMemoryMapped: true, addressError: 1024 });
    await expect(installTile(request(console))).rejects.toThrow(/which address its Storage lies/);
  });
});

describe("a backup", () => {
  it("puts everything back, also a whole tile at the same addresses", async () => {
    const console = bare();
    const original = await takeBackup(console);
    const installed = await installTile(request(console));
    const tile = await takeBackup(console);
    const flash = console.nor.bytes();
    await restoreBackup(console, parseBackup(JSON.stringify(original)));
    expect(console.storage.list()).toEqual(["app.js", ".bootcde"]);
    expect(console.storage.read("app.js")).toBe("print('mine')");
    await restoreBackup(console, parseBackup(JSON.stringify(tile)));
    expect(console.nor.bytes()).toEqual(flash);
    expectInstalled(console, installed);
  });

  it("is refused when it is damaged, not one, or of another board", async () => {
    const backup = await takeBackup(bare());
    expect(() => parseBackup("{")).toThrow(/not JSON/);
    expect(() => parseBackup("{}")).toThrow(/format/);
    expect(() => parseBackup(JSON.stringify({ ...backup, files: backup.files.map((file) => ({ ...file, base64: "AAAA" })) }))).toThrow(/damaged/);
    expect(() => parseBackup(JSON.stringify({ ...backup, files: backup.files.slice(1) }))).toThrow(/SHA-256/);
    await expect(restoreBackup(bare(), { ...backup, board: "PUCKJS" })).rejects.toThrow(/backup is of a PUCKJS/);
  });
});

describe("the storage map", () => {
  const puck = { ...board, pageBytes: 4096, storageBytes: 40960, slotPages: 4, previousPages: 3, journalPages: 2 } satisfies Board;
  it("says what fits a 40 kB board", () => {
    expect(explainSlots(puck, firstStage.length, 16000)).toMatch(/two slots do not fit/);
    expect(explainSlots({ ...puck, storageBytes: 65536 }, firstStage.length, 16000)).toMatch(/two slots of 4 pages fit/);
    const room = { start: 0x73000, bytes: 40960, pageBytes: 4096 };
    expect(() => planStorage(room, { page: 4096, journal: 2, slot: 4, slots: 1, prev: 3 }, firstStage.length)).toThrow(/4096 too few/);
    const map = planStorage(room, { page: 4096, journal: 2, slot: 4, slots: 1, prev: 2 }, firstStage.length);
    expect(map.dataAddress).toBe(0x74000);
    expect(map.freeBytes).toBe(0);
    expect(map.rows.map((row) => row.name)).toEqual([".bootcde", "g.cfg", "boot log", "journal", "slot A", "previous"]);
  });
  it("has no overlaps, and the configuration fits its file", () => {
    const map = planStorage({ start: 0x10000000, bytes: 20480, pageBytes: 1024 }, { page: 1024, journal: 2, slot: 4, slots: 2, prev: 0 }, firstStage.length);
    map.rows.reduce((end, row) => (expect(row.address).toBeGreaterThanOrEqual(end), row.address + row.bytes), 0);
    const longest = makeTileConfig(board, map, { ...identity, name: "n".repeat(32) }, { path: "/dev/pts/12345", consoleApart: true });
    expect(encodeTileConfig(longest)).toHaveLength(480);
    expect(() => newIdentity("two words")).toThrow(/is not a tile name/);
    expect(() => encodeTileConfig({ ...longest, path: "p".repeat(200) })).toThrow(/480 fit/);
  });
});
