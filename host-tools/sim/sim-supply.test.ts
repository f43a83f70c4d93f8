// A self-powered tile, whole: the battery falls, the sensor's own work is shed and requests are answered; the sun fills it, and the sensor works again.
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { board } from "../../boards/sim/board.ts";
import { sensorApi } from "../../firmware/sensor/api.ts";
import { bundleTile } from "../build/bundle.ts";
import { mangleCachePath } from "../build/tile-image.ts";
import { buildFirstStage } from "../image/first-stage-script.ts";
import { buildImage, parseVersion } from "../image/mcuboot.ts";
import { parseTaskSettings } from "../install/task-settings.ts";
import { callRead, callWrite } from "../link/service-client.ts";
import { SmpClient } from "../link/smp-client.ts";
import { projectRoot } from "./espruino-prelude.ts";
import { HardwareCharge } from "./hardware-charge.ts";
import { installedImage, type InstalledImage } from "./installed-image.ts";
import { FleetProgram, NodeTile } from "./node-tile.ts";
import { SimSupply } from "./sim-supply.ts";
import { SimTile } from "./sim-tile.ts";
import { VirtualStream } from "./testing/virtual-stream.ts";
import type { TileLife } from "./tile-life.ts";
import { VirtualClock } from "./virtual-clock.ts";

const second = 1_000_000;
const nanoPerMah = 3.6e9;
const root = projectRoot();
const folder = mkdtempSync(path.join(os.tmpdir(), "genesis-supply-"));
let image: InstalledImage;

beforeAll(async () => {
  const cache = path.join(folder, "names.json");
  copyFileSync(mangleCachePath(root), cache);
  const { code } = await bundleTile({ entry: "firmware/images/tile.ts", root, profile: "full", mangleCachePath: cache, define: { VERSION: '"1.0.0"' } });
  const identity = { id: "0123456789abcdef", name: "supply", key: "5a".repeat(32) };
  image = installedImage(board, identity, buildImage(code, parseVersion("1.0.0")), buildFirstStage(root), { windowMs: 100, watchdogS: 15, ...parseTaskSettings("sensor:criticality=comfort") });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("holds what was put in, less what was drawn, never more than it can and never less than nothing", () => {
  // One nC a second for two minutes, then none.
  const trace = Float64Array.from([0, 60, 120, 120, 120]);
  const supply = new SimSupply(100, 50, trace);
  expect(supply.leftNc(0, 0)).toBe(50);
  expect(supply.leftNc(30 * second, 10)).toBe(70);
  expect(supply.leftNc(120 * second, 10)).toBe(100);
  expect(supply.leftNc(180 * second, 40)).toBe(70);
  expect(supply.leftNc(180 * second, 200)).toBe(0);
  expect(supply.leftNc(240 * second, 200)).toBe(0);
});

describe.each<[string, () => Promise<TileLife>]>([
  ["plain Node", () => Promise.resolve(new NodeTile({ board, clock: new VirtualClock(), image: image.pages, program: new FleetProgram() }))],
  ["QuickJS", () => SimTile.create({ board, clock: new VirtualClock(), image: image.pages })],
])("a full tile on a battery, %s", (_, make) => {
  it("sheds the sensor's work below half, answers for it, and takes it up again", async () => {
    const tile = await make();
    const { hardware, clock } = tile;
    hardware.charge = new HardwareCharge(board, hardware.timing.wakeUs);
    tile.wires.applyVoltage("A0", 0.25);
    tile.powerOn();
    clock.run(3 * second);
    const client = new SmpClient(new VirtualStream(tile, second / 2));
    try {
      expect((await callWrite(client, sensorApi, "pin", { pin: "A0", s: 1 })).source).toBe(2);
      const taken = async (): Promise<number> => (await callRead(client, sensorApi, "status", {})).taken;
      /** Samples taken in two minutes with `startPercent` in the battery, and a panel that gives `panelPercent` a minute. */
      const over = async (startPercent: number, panelPercent: number): Promise<number> => {
        const trace = Float64Array.from({ length: 60 }, (_one, minute) => (minute * nanoPerMah * panelPercent) / 100);
        hardware.supply = new SimSupply(nanoPerMah, (startPercent / 100) * nanoPerMah, trace);
        // A look of health's, which reads it.
        clock.run(10 * second);
        const before = await taken();
        clock.run(120 * second);
        return (await taken()) - before;
      };
      expect(await over(90, 0)).toBeGreaterThan(100);
      expect(await over(45, 0)).toBe(0);
      // Not at 55 %, where a cloud could bring it down again.
      expect(await over(55, 0)).toBe(0);
      expect(await over(70, 0)).toBeGreaterThan(100);
      expect(await over(45, 0)).toBe(0);
      // The UART draws 1.7 % a minute: under the sun it takes some time to 60 %.
      const sunny = await over(58, 4);
      expect(sunny).toBeGreaterThan(20);
      expect(sunny).toBeLessThan(100);
    } finally {
      client.close();
      tile.close();
    }
  }, 120_000);
});
