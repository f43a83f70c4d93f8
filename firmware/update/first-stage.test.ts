// The first stage on a bench of one flash chip: what it starts, when it keeps the console, what it tells the image.
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { BootBench } from "../../host-tools/image/boot-bench.ts";
import { checkDialect, formatFinding } from "../../host-tools/build/dialect/check.ts";
import { buildFirstStage, buildOneSlotScript, firstStageLimitBytes } from "../../host-tools/image/first-stage-script.ts";
import { markHealthy } from "./boot-log.ts";
import { slotOffset, trailerOffset } from "./layout.ts";

const root = resolve(import.meta.dirname, "../..");
const geometry = { page: 256, journal: 2, slot: 6, slots: 2 as const, prev: 0 };

function bench(options: ConstructorParameters<typeof BootBench>[1] = {}): BootBench {
  const made = new BootBench(geometry, options);
  made.install(made.image("1.0.0", 600));
  return made;
}

/** Uploads, sets to test, and resets into `image`. */
function tryImage(board: BootBench, image: Buffer): ReturnType<BootBench["reset"]> {
  const updater = board.updater(board.reset());
  expect(updater.upload(0, image.toString("latin1"), image.length, createHash("sha256").update(image).digest().toString("latin1"))).toBe(image.length);
  expect(updater.setState(image.toString("latin1", image.length - 76, image.length - 44), false)).toBe(0);
  return board.reset();
}

describe("the first stage", () => {
  it("fits its budget, as one line of printable ASCII in the tile dialect", () => {
    const script = buildFirstStage(root);
    console.log(`first stage: ${script.length} of ${firstStageLimitBytes} bytes`);
    expect(script.length).toBeLessThanOrEqual(firstStageLimitBytes);
    expect(script).toMatch(/^[\x20-\x7e]+$/);
    for (const shipped of [script, buildOneSlotScript(root)]) expect(checkDialect(shipped, { kind: "first-stage" }).filter((found) => found.severity === "error").map(formatFinding)).toEqual([]);
  });

  it("starts the confirmed image and tells it slot, kind and cause", () => {
    const board = bench();
    expect(board.reset(2)).toMatchObject({ version: "1.0.0", info: { slot: 0, kind: 0, cause: 2, log: 0, unhealthy: 0 } });
    expect(board.watchdogS).toBe(8);
    expect(board.reset(3).info).toMatchObject({ log: 4, unhealthy: 1, cause: 3 });
  });

  it("keeps the console for the window, longer or for good when the host says so", () => {
    const board = bench();
    const start = board.powerOn();
    expect(start.version).toBeUndefined();
    expect(board.port.genesis?.(-1)).toBe(1);
    board.runTimers(50);
    expect(start.version).toBeUndefined();
    expect(board.watchdogS).toBe(0);
    expect(board.kicks).toBeGreaterThan(50);
    board.port.genesis?.(0);
    board.runTimers(2);
    expect(start.version).toBe("1.0.0");
    expect(board.port.genesis).toBeUndefined();
  });

  it("tests a new image once and goes back when it is not confirmed", () => {
    const board = bench();
    expect(tryImage(board, board.image("2.0.0", 800))).toMatchObject({ version: "2.0.0", info: { slot: 1, kind: 1 } });
    expect(board.reset()).toMatchObject({ version: "1.0.0", info: { kind: 0 } });
  });

  it("keeps a confirmed image, and restarts at once when an image throws", () => {
    const board = bench();
    expect(board.updater(tryImage(board, board.image("2.0.0", 800))).setState("", true)).toBe(0);
    markHealthy(board.flash, board.reset().info!);
    expect(board.reset().version).toBe("2.0.0");
    const crash = tryImage(board, board.image("3.0.0", 700, 'throw "oops";'));
    expect(crash).toMatchObject({ version: "3.0.0", rebooted: true, output: ["oops"] });
    expect(board.reset().version).toBe("2.0.0");
  });

  it("falls back after three unhealthy starts, and takes turns after six, with a long boot window", () => {
    const board = bench();
    expect(board.updater(tryImage(board, board.image("2.0.0", 800))).setState("", true)).toBe(0);
    markHealthy(board.flash, board.reset().info!);
    const versions = Array.from({ length: 6 }, () => board.reset().version);
    expect(versions).toEqual(["2.0.0", "2.0.0", "2.0.0", "1.0.0", "1.0.0", "1.0.0"]);
    const long = board.powerOn();
    board.runTimers(60_000 / 250 - 1);
    expect(long.version).toBeUndefined();
    board.runTimers(2);
    expect(long.version).toBe("2.0.0");
    board.powerOn();
    board.port.genesis?.(0);
    expect(board.runTimers(2).version).toBe("2.0.0");
    expect([board.powerOn(), board.runTimers(300), board.powerOn(), board.runTimers(300)].map((start) => start.version)).toEqual(["2.0.0", "2.0.0", "1.0.0", "1.0.0"]);
    // A healthy fallback can be made the image to start.
    const other = bench();
    expect(other.updater(tryImage(other, other.image("2.0.0", 800))).setState("", true)).toBe(0);
    markHealthy(other.flash, other.reset().info!);
    for (let n = 0; n < 3; n++) other.reset();
    const fallback = other.reset();
    expect(fallback).toMatchObject({ version: "1.0.0", info: { kind: 2, slot: 0 } });
    expect(other.updater(fallback).setState("", true)).toBe(0);
    markHealthy(other.flash, fallback.info!);
    expect(other.reset()).toMatchObject({ version: "1.0.0", info: { kind: 0 } });
  });

  it("does not take a flapping supply for a boot loop", () => {
    const board = bench();
    for (let n = 0; n < 12; n++) expect(board.reset(1).version).toBe("1.0.0");
    expect(board.reset(1).info?.unhealthy).toBe(0);
  });

  it("is never given up by quick resets whose cause nobody knows", () => {
    const board = bench();
    for (let n = 0; n < 30; n++) {
      board.powerOn(0);
      expect(board.runTimers(300).version, `start ${n}`).toBe("1.0.0");
    }
    markHealthy(board.flash, board.runTimers(0).info!);
    expect(board.reset(0)).toMatchObject({ version: "1.0.0", info: { kind: 0, unhealthy: 0 } });
  });

  it("does not start a damaged image, also without a native SHA-256", () => {
    for (const hasNoSha256 of [false, true]) {
      const board = bench({ hasNoSha256 });
      expect(board.reset().version).toBe("1.0.0");
      board.flash.program(slotOffset(board.config, 0) + 100, "\0\0\0\0");
      expect(board.reset()).toMatchObject({ version: undefined, output: ["genesis: nothing to start"] });
    }
  });

  it("goes on when the boot log is full", () => {
    const board = bench();
    for (let n = 0; n < 300; n++) {
      const start = board.reset();
      expect(start.version).toBe("1.0.0");
      markHealthy(board.flash, start.info!);
    }
  });

  it("touches nothing when Storage has moved its file", () => {
    const board = bench({ movedBytes: 256 });
    const before = board.nor.bytes();
    expect(board.reset()).toMatchObject({ version: undefined, output: ["genesis: g.dat has moved"] });
    expect(board.nor.bytes()).toEqual(before);
    expect(trailerOffset(board.config, 0)).toBe(256 * 9 - 64);
  });
});
