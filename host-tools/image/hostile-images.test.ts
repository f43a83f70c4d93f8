// Images that are not what they say, and a hundred that are: whatever is uploaded, the tile starts a whole image sealed under its own key, and the next good update works.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { markHealthy } from "../../firmware/update/boot-log.ts";
import { slotOffset } from "../../firmware/update/layout.ts";
import { Refusal } from "../../firmware/update/refusal.ts";
import type { Updater } from "../../firmware/update/updater.ts";
import { BootBench } from "./boot-bench.ts";
import { sealImage } from "./mcuboot.ts";

const geometry = { page: 256, journal: 2, slot: 6, slots: 2 as const, prev: 0 };
/** Bytes of the TLV area that neither digest nor HMAC cover: the CRC for boards without SHA-256, and the head of the HMAC. */
const uncovered = (length: number, at: number): boolean => at >= length - 44 && at < length - 32;

function bench(): BootBench {
  const board = new BootBench(geometry);
  board.install(board.image("1.0.0", 600));
  return board;
}

function digestOf(file: Uint8Array): string {
  return Buffer.from(file).toString("latin1", file.length - 76, file.length - 44);
}

/** What the last piece is answered with; pieces of 128 bytes. */
function upload(updater: Updater, file: Uint8Array, sha = createHash("sha256").update(file).digest().toString("latin1")): number {
  const text = Buffer.from(file).toString("latin1");
  let offset = 0;
  for (let n = 0; n < 100; n++) {
    const next = updater.upload(offset, text.substring(offset, offset + 128), file.length, sha);
    if (next < 0 || next === file.length) return next;
    offset = next;
  }
  throw new Error("the upload does not end");
}

describe("hostile images", () => {
  it("refuses an image with any one bit wrong, and starts the old one", () => {
    const board = bench();
    const good = board.image("2.0.0", 500);
    const updater = board.updater(board.reset());
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at]! ^= 1 << at % 8;
      if (uncovered(good.length, at)) continue;
      expect(upload(updater, bad), `byte ${at}`).toBeLessThan(0);
      for (const digest of [digestOf(good), digestOf(bad)]) expect(updater.setState(digest, at % 2 === 0)).toBe(Refusal.NoEntry);
    }
    expect(board.reset().version).toBe("1.0.0");
    expect(upload(board.updater(board.reset()), good)).toBe(good.length);
  });

  it("refuses an image cut short at any length, too long, or sealed for another tile", () => {
    const board = bench();
    const good = board.image("2.0.0", 500);
    const updater = board.updater(board.reset());
    for (let length = 4; length < good.length; length += 4) expect(upload(updater, good.subarray(0, length)), `${length} bytes`).toBeLessThan(0);
    expect(upload(updater, Buffer.concat([good, Buffer.alloc(4)]))).toBe(Refusal.Corrupt);
    expect(upload(updater, Buffer.alloc(geometry.page * geometry.slot))).toBe(Refusal.NoMemory);
    expect(upload(updater, sealImage(good, Buffer.alloc(32, 7)))).toBe(Refusal.AccessDenied);
    expect(updater.setState(digestOf(good), false)).toBe(Refusal.NoEntry);
    // A sealed body is of no use under another body's length, and a hash that lies only names the upload.
    expect(upload(updater, good, "x".repeat(32))).toBe(good.length);
    expect(board.reset().version).toBe("1.0.0");
  });

  it("never touches the running slot, nor the way back while an image is on trial", () => {
    const board = bench();
    const slotA = (): string => board.flash.read(slotOffset(board.config, 0), slotOffset(board.config, 1) - slotOffset(board.config, 0));
    const before = slotA();
    const updater = board.updater(board.reset());
    expect(updater.erase(0)).toBe(Refusal.BadState);
    for (const slot of [-1, 2, 2 ** 53 - 1]) expect(updater.erase(slot)).toBe(Refusal.Invalid);
    const good = board.image("2.0.0", 500);
    // Another upload starts in the middle of one, offsets lie, pieces are empty.
    expect(updater.upload(0, "x".repeat(128), 800, "s".repeat(32))).toBe(128);
    expect(updater.upload(64, "x".repeat(128), 0, "")).toBe(128);
    expect(updater.upload(2 ** 53 - 1, "x", 0, "")).toBe(128);
    expect(updater.upload(-4, "x", 0, "")).toBe(128);
    expect(updater.upload(128, "", 0, "")).toBe(Refusal.Invalid);
    expect(updater.upload(128, "x".repeat(4000), 0, "")).toBe(Refusal.Invalid);
    expect(upload(updater, good)).toBe(good.length);
    expect(updater.setState(digestOf(good), false)).toBe(0);
    const trial = board.reset();
    expect(trial.version).toBe("2.0.0");
    const onTrial = board.updater(trial);
    expect(onTrial.erase(0)).toBe(Refusal.BadState);
    expect(onTrial.erase(1)).toBe(Refusal.BadState);
    expect(onTrial.upload(0, "x".repeat(128), 800, "s".repeat(32))).toBe(Refusal.BadState);
    expect(onTrial.setState(digestOf(board.image("1.0.0", 600)), true)).toBe(Refusal.BadState);
    expect(slotA()).toBe(before);
    expect(board.reset().version).toBe("1.0.0");
  });

  it("takes a hundred updates in a row", () => {
    const board = bench();
    for (let n = 2; n <= 101; n++) {
      const start = board.reset();
      markHealthy(board.flash, start.info!);
      const updater = board.updater(start);
      const next = board.image(`${n}.0.0`, 300 + ((n * 37) % 500));
      expect(upload(updater, next)).toBe(next.length);
      expect(updater.setState(digestOf(next), false)).toBe(0);
      const trial = board.reset();
      expect(trial).toMatchObject({ version: `${n}.0.0`, info: { kind: 1 } });
      expect(board.updater(trial).setState("", true)).toBe(0);
      markHealthy(board.flash, trial.info!);
      expect(board.reset().version).toBe(`${n}.0.0`);
    }
  });
});
