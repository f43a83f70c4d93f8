/** A whole tile's ledger beside the account of the hardware it runs on: within 2 % over runs, sleep, requests, and a radio that somebody left on. */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { board } from "../../boards/sim/board.ts";
import { identityApi } from "../../firmware/identity/api.ts";
import { bundleTile } from "../build/bundle.ts";
import { mangleCachePath } from "../build/tile-image.ts";
import { buildFirstStage } from "../image/first-stage-script.ts";
import { buildImage, parseVersion } from "../image/mcuboot.ts";
import { callRead } from "../link/service-client.ts";
import { SmpClient } from "../link/smp-client.ts";
import { readTaskNames, readTasks } from "../view/kernel-tables.ts";
import { projectRoot } from "./espruino-prelude.ts";
import { HardwareCharge } from "./hardware-charge.ts";
import { installedImage, type InstalledImage } from "./installed-image.ts";
import { FleetProgram, NodeTile } from "./node-tile.ts";
import { SimTile } from "./sim-tile.ts";
import { VirtualStream } from "./testing/virtual-stream.ts";
import type { TileLife } from "./tile-life.ts";
import { VirtualClock } from "./virtual-clock.ts";

const RADIO_NA = 6_500_000;
const second = 1_000_000;
/** Espruino at 62.5 MIPS: 128 µs a loop pass, counted in ten thousands. */
const slowTickUs = 1_280_000;
const identity = { id: "0123456789abcdef", name: "ledger", key: "5a".repeat(32) };
const root = projectRoot();
const folder = mkdtempSync(path.join(os.tmpdir(), "genesis-ledger-"));
let install: (watchdogS: number, energy?: number[]) => InstalledImage;

beforeAll(async () => {
  const cache = path.join(folder, "names.json");
  copyFileSync(mangleCachePath(root), cache);
  const { code } = await bundleTile({ entry: "host-tools/sim/testing/radio-tile.ts", root, profile: "full", mangleCachePath: cache, define: { VERSION: '"1.0.0"' } });
  const firstStage = buildFirstStage(root);
  install = (watchdogS, energy) => installedImage(board, identity, buildImage(code, parseVersion("1.0.0")), firstStage, { windowMs: 500, watchdogS, ...(energy === undefined ? {} : { energy }) });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What both accounts say, nC. */
interface Both {
  ledger: number;
  hardware: number;
  /** Of it the UART, which draws the same all the time. */
  uart: number;
  tasks: Record<string, number>;
}

/** How long it takes to start, and to answer; its watchdog; the step in which its processor's time passes. */
interface Speed {
  tickUs: number;
  startS: number;
  answerS: number;
  watchdogS: number;
}

class Rig {
  readonly tile: TileLife;
  readonly client: SmpClient;
  readonly #charge: HardwareCharge;
  #names: Map<number, string> | undefined;

  constructor(tile: TileLife, { startS, answerS }: Speed) {
    this.tile = tile;
    const { hardware } = tile;
    hardware.charge = this.#charge = new HardwareCharge(board, hardware.timing.wakeUs);
    this.#charge.watchPins(tile.wires, { D10: RADIO_NA }, () => tile.clock.nowUs + hardware.busyUs);
    tile.powerOn();
    tile.clock.run(startS * second);
    this.client = new SmpClient(new VirtualStream(tile, answerS * second));
  }
  async read(): Promise<Both> {
    this.#names ??= await readTaskNames(this.client);
    const { tasks, systemNc } = await readTasks(this.client, this.#names);
    const rows = tasks.map(({ name, chargeNc }) => [name, chargeNc ?? NaN] as const);
    return { ledger: rows.reduce((sum, [, nc]) => sum + nc, systemNc ?? NaN), hardware: this.#charge.chargeNc(this.tile.clock.nowUs), uart: this.#charge.chargeNc(this.tile.clock.nowUs, "uart"), tasks: Object.fromEntries(rows) };
  }
  pinNc(): number {
    return this.#charge.chargeNc(this.tile.clock.nowUs, "D10");
  }
  /** Lives on for `seconds`, and is asked for who it is now and then. */
  async live(seconds: number, asks: number): Promise<void> {
    for (let i = 0; i < asks; i++) {
      this.tile.clock.run((seconds * second) / asks);
      await readTaskNames(this.client);
    }
  }
  close(): void {
    this.client.close();
    this.tile.close();
  }
}

/** Difference of two readings. */
function between(before: Both, after: Both): { ledger: number; hardware: number; error: number; processorError: number; task(name: string): number } {
  const ledger = after.ledger - before.ledger;
  const hardware = after.hardware - before.hardware;
  const uart = after.uart - before.uart;
  return { ledger, hardware, error: Math.abs(ledger - hardware) / hardware, processorError: Math.abs(ledger - hardware) / (hardware - uart), task: (name) => (after.tasks[name] ?? NaN) - (before.tasks[name] ?? NaN) };
}

describe.each<[string, Speed, (image: InstalledImage) => Promise<TileLife>]>([
  ["plain Node", { tickUs: 0, startS: 3, answerS: 0.5, watchdogS: 8 }, ({ pages }) => Promise.resolve(new NodeTile({ board, clock: new VirtualClock(), image: pages, program: new FleetProgram() }))],
  ["QuickJS at the speed of Espruino on a microcontroller", { tickUs: slowTickUs, startS: 60, answerS: 10, watchdogS: 60 }, ({ pages }) => SimTile.create({ board, clock: new VirtualClock(), image: pages, timing: { tickUs: slowTickUs } })],
])("the ledger of a full tile, %s", (_, speed, make) => {
  it("agrees with the hardware within 2 %, asleep and at work", async () => {
    const rig = new Rig(await make(install(speed.watchdogS)), speed);
    try {
      const start = await rig.read();
      await rig.live(3600, 12);
      const idle = await rig.read();
      await rig.live(120, 120);
      const busy = await rig.read();
      for (const [from, to] of [[start, idle], [idle, busy], [start, busy]] as const) {
        const { ledger, hardware, error, processorError } = between(from, to);
        expect(error, `ledger ${ledger}, hardware ${hardware} nC`).toBeLessThan(0.02);
        // Runs, wake-ups and sleep by themselves. QuickJS counts time in steps of 1.28 s, and a step that falls between two looks at the clock is nobody's.
        expect(processorError).toBeLessThan(speed.tickUs ? 0.15 : 0.02);
      }
      // The UART is the link's, and most of what a quiet tile draws.
      expect(between(start, idle).task("link") / (3600 * second)).toBeGreaterThan(0.95);
    } finally {
      rig.close();
    }
  }, 120_000);

  it("shows a radio left on, on the row of its driver", async () => {
    const rig = new Rig(await make(install(speed.watchdogS)), speed);
    try {
      const cycle = async (onS: number): Promise<ReturnType<typeof between>> => {
        const before = await rig.read();
        const pinBefore = rig.pinNc();
        await callRead(rig.client, identityApi, "info", {});
        await rig.live(onS, 1);
        await callRead(rig.client, identityApi, "clock", {});
        await rig.live(700 - onS, 1);
        const got = between(before, await rig.read());
        expect(got.error, `ledger ${got.ledger}, hardware ${got.hardware} nC`).toBeLessThan(0.02);
        // Its own two runs come on top: a tick each at most.
        const radioNc = rig.pinNc() - pinBefore;
        expect(got.task("identity")).toBeGreaterThan(0.98 * radioNc);
        expect(got.task("identity")).toBeLessThan(1.02 * radioNc + 2 * speed.tickUs * 4);
        return got;
      };
      const tidy = await cycle(1);
      const untidy = await cycle(600);
      expect(untidy.task("identity")).toBeGreaterThan(10 * tidy.task("identity"));
      expect(untidy.task("identity")).toBeGreaterThan(0.8 * untidy.ledger);
    } finally {
      rig.close();
    }
  }, 120_000);

  it("runs a driver no more whose radio is on beyond its budget; who waits for it brings the watchdog", async () => {
    // Identity: 10 mC a minute, less than two seconds of radio.
    const rig = new Rig(await make(install(speed.watchdogS, [3, 10_000, 60 * second])), speed);
    try {
      const starts: string[] = [];
      rig.tile.onStart = (cause) => starts.push(cause);
      await callRead(rig.client, identityApi, "info", {});
      rig.tile.clock.run(10 * second);
      // Health and os go on.
      expect((await rig.read()).tasks["identity"]).toBeGreaterThan(10 * RADIO_NA);
      await expect(callRead(rig.client, identityApi, "clock", {}, { timeoutMs: 300, tries: 1 })).rejects.toMatchObject({ code: "TIMEOUT" });
      rig.tile.clock.run(4 * speed.watchdogS * second);
      expect(starts).toEqual(["watchdog"]);
      await callRead(rig.client, identityApi, "clock", {});
    } finally {
      rig.close();
    }
  }, 120_000);
});
