/** NOR semantics, sharing, cuts at every point, and the file behind a chip. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flashFile } from "./flash-file.ts";
import { NorFlash, PowerCut, toImage } from "./nor-flash.ts";
import type { CutMode, FlashGeometry } from "./nor-flash.ts";

const geometry: FlashGeometry = { baseAddress: 0x1000, flashBytes: 4096, pageBytes: 1024 };

describe("NOR flash", () => {
  it("starts erased, only clears bits, and erases whole pages", () => {
    const flash = new NorFlash(geometry);
    expect(flash.isErased(0x1000, 4096)).toBe(true);
    flash.program(0x1404, "\x0f\xf0");
    flash.program(0x1404, "\xaa\xaa");
    expect(flash.readString(0x1403, 4)).toBe("\xff\x0a\xa0\xff");
    expect(flash.lostBits).toBe(2);
    flash.program(0x13ff, "\x00\x00");
    flash.erasePage(0x17ff);
    expect(flash.read(0x13ff, 6)).toEqual(Buffer.from("00ffffffffff", "hex"));
    expect([flash.wearOf(0x1400), flash.wearOf(0x1000), flash.operations]).toEqual([1, 0, 4]);
  });

  it("refuses what is outside, with the address", () => {
    const flash = new NorFlash(geometry);
    expect(() => flash.program(0x1fff, "ab")).toThrow(/2 bytes at 0x1fff are outside/);
    expect(() => flash.erasePage(0xfff)).toThrow(RangeError);
    expect(() => flash.read(0x2000, 1)).toThrow(RangeError);
    expect(() => new NorFlash({ ...geometry, flashBytes: 1000 })).toThrow(/whole number of pages/);
  });

  it("shares the pages it does not change", () => {
    const first = new NorFlash(geometry);
    first.program(0x1000, "image");
    first.program(0x1400, "code");
    const image = first.image();
    const tiles = Array.from({ length: 3 }, () => new NorFlash(geometry, image));
    tiles[1]!.program(0x1404, "own");
    tiles[2]!.erasePage(0x1000);
    first.program(0x1008, "later");
    expect(tiles[0]!.readString(0x1400, 7)).toBe("code\xff\xff\xff");
    expect(tiles[1]!.readString(0x1400, 7)).toBe("codeown");
    expect(tiles[2]!.readString(0x1000, 2)).toBe("\xff\xff");
    expect(tiles[0]!.readString(0x1000, 10)).toBe("image\xff\xff\xff\xff\xff");
    expect(tiles.map((t) => t.ownedPages)).toEqual([0, 1, 0]);
    expect(toImage(tiles[2]!.bytes(), 1024).map((p) => p !== undefined)).toEqual([false, true, false, false]);
  });

  it.each<[CutMode, number | undefined, string]>([
    ["before", undefined, "\xff\xff\xff\xff\xff\xff\xff\xff"],
    ["torn", 1, "abcd\xff\xff\xff\xff"],
    ["torn", undefined, "abcd\xff\xff\xff\xff"],
    ["torn", 9, "abcdefgh"],
    ["after", undefined, "abcdefgh"],
  ])("cuts a program: %s %s", (mode, tornWords, left) => {
    const flash = new NorFlash(geometry);
    let cuts = 0;
    flash.onCut = () => cuts++;
    flash.armCut({ operation: 2, mode, ...(tornWords === undefined ? {} : { tornWords }) });
    flash.program(0x1000, "first");
    expect(flash.armedIn).toBe(1);
    expect(() => flash.program(0x1100, "abcdefgh")).toThrow(PowerCut);
    expect(cuts).toBe(1);
    expect(() => flash.read(0x1000, 1)).toThrow(PowerCut);
    expect(() => flash.erasePage(0x1000)).toThrow(PowerCut);
    flash.powerOn();
    expect(flash.readString(0x1100, 8)).toBe(left);
    flash.program(0x1200, "no more cuts");
  });

  it("tears an erase, and noise changes only what the operation was changing", () => {
    const flash = new NorFlash(geometry);
    flash.program(0x1000, Buffer.alloc(2048, 0));
    flash.armCut({ operation: 1, mode: "torn", tornWords: 2 });
    expect(() => flash.erasePage(0x1000)).toThrow(PowerCut);
    flash.powerOn();
    expect(flash.read(0x1004, 8)).toEqual(Buffer.from("ffffffff00000000", "hex"));
    flash.armCut({ operation: 1, mode: "noise", seed: 7 });
    expect(() => flash.program(0x1000, "\xf0\xf0\xf0\xf0")).toThrow(PowerCut);
    flash.powerOn();
    for (const byte of flash.read(0x1000, 4)) expect(byte & 0xf0).toBe(0xf0);
    flash.armCut({ operation: 1, mode: "noise", seed: 8 });
    expect(() => flash.erasePage(0x1400)).toThrow(PowerCut);
    flash.powerOn();
    expect(new Set(flash.read(0x1400, 1024)).size).toBeGreaterThan(100);
    expect(flash.read(0x1800, 1024).every((b) => b === 0xff)).toBe(true);
  });
});

describe("flash file", () => {
  it("survives kill -9 after every operation", () => {
    const directory = mkdtempSync(join(tmpdir(), "genesis-flash-"));
    try {
      const path = join(directory, "deep", "flash.bin");
      const script = `
        import { NorFlash } from ${JSON.stringify(join(import.meta.dirname, "nor-flash.ts"))};
        import { flashFile } from ${JSON.stringify(join(import.meta.dirname, "flash-file.ts"))};
        const flash = new NorFlash(${JSON.stringify(geometry)}, undefined, flashFile(${JSON.stringify(path)}));
        flash.program(0x1000, "kept"); flash.program(0x1400, "gone"); flash.erasePage(0x1400); flash.program(0x13fe, "abcd");
        process.kill(process.pid, "SIGKILL");`;
      const build = spawnSync(process.execPath, [join(import.meta.dirname, "../../node_modules/esbuild/bin/esbuild"), "--bundle", "--platform=node", "--format=cjs", "--loader=ts"], { input: script, encoding: "utf8" });
      expect(build.stderr).toBe("");
      const run = spawnSync(process.execPath, ["-"], { input: build.stdout });
      expect(run.signal).toBe("SIGKILL");
      const flash = new NorFlash(geometry, undefined, flashFile(path));
      expect(flash.readString(0x1000, 4)).toBe("kept");
      expect(flash.readString(0x13fe, 6)).toBe("abcd\xff\xff");
      flash.close();
      expect(() => new NorFlash({ ...geometry, flashBytes: 8192 }, undefined, flashFile(path))).toThrow(/another board's file/);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
