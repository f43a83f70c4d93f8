// detector on a fake tile, beside the tile's own on the same numbers.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createDetector, detect, detectorRate, Verdict } from "../../firmware/detector/ewma-cusum.ts";
import { int32s, moduleTests } from "genesis/module-test";

const STEP = 300_000_000;
const RECORDING = new URL("../../data/nab/machine_temperature_system_failure.csv", import.meta.url);
/** A machine's temperature, each 5 minutes, hundredths of a degree. */
const values = readFileSync(RECORDING, "utf8").trim().split("\n").slice(1).map((line) => Math.max(1, Math.round(Number(line.split(",")[1]) * 100)));

/** Records that the tile's own detector would make of them. */
function expected(samples: readonly number[]): number[][] {
  const own = createDetector();
  detectorRate(own, 300, 0);
  const records: number[][] = [];
  let direction = 0;
  samples.forEach((value, index) => {
    const timeS = (index + 1) * 300;
    const verdict = detect(own, value, timeS);
    if (verdict === Verdict.AlarmStarts) direction = own._alarm;
    if (verdict === Verdict.AlarmStarts) records.push([1, timeS, own._sinceS, direction, value]);
    if (verdict === Verdict.AlarmEnds) records.push([2, timeS, own._sinceS, direction, Math.floor((own._peak * 100) / 5990400)]);
  });
  return records;
}

moduleTests(import.meta.url, ({ start }) => {
  test("finds in a recording what the tile's own detector finds, at the same samples", () => {
    const tile = start();
    for (const value of values) {
      tile.setPin("SENSOR", value);
      tile.advance(STEP);
    }
    const alarms = tile.telemetry.map(({ kind, values: told }) => [kind, ...told]);
    expect(alarms).toEqual(expected(values));
    expect(alarms.filter(([kind]) => kind === 1)).toHaveLength(4);
  });

  test("goes on after restarts with what it has learnt: each 72nd sample is saved, and each alarm", () => {
    const tile = start();
    let records = 0;
    values.forEach((value, index) => {
      tile.setPin("SENSOR", value);
      tile.advance(STEP);
      if (index % 720 !== 719 && tile.telemetry.length === records) return;
      records = tile.telemetry.length;
      tile.restart();
    });
    expect(tile.telemetry.map(({ kind, values: told }) => [kind, ...told])).toEqual(expected(values));
    expect(tile.saved?.data.length).toBe(48);
    expect(tile.send(1)?.a).toBe(4);
  });

  test("tells how far a deviation has come", () => {
    const tile = start({ pins: { SENSOR: 5000 } });
    tile.advance(800 * STEP);
    const told = (): number => tile.send(1)?.b ?? -1;
    for (const [value, way] of [[9000, 1], [1000, -1]] as const) {
      expect(told()).toBe(0);
      tile.setPin("SENSOR", value);
      tile.advance(30 * STEP);
      expect(told() * way * way).toBeGreaterThan(40);
      tile.setPin("SENSOR", 5000);
      tile.advance(400 * STEP);
    }
  });

  test("a sensor that is not connected or shorted teaches nothing, and state that can't be loaded is none", () => {
    for (const value of [0, 32_767]) {
      const tile = start({ pins: { SENSOR: value } });
      tile.advance(STEP * 200);
      expect(tile.saved).toBeUndefined();
      expect(tile.send(1)).toMatchObject({ label: 0, a: 0, b: 0 });
      expect(tile.send(2)?.label).toBe(-1);
    }
    const state = { version: 1, data: int32s(...Array<number>(12).fill(9)) };
    expect(start({ state }).send(1)?.a).toBe(9);
    expect(start({ state, script: (call) => (call.label === 768 ? { label: -11, a: 0, b: 0, data: state.data } : undefined) }).send(1)?.a).toBe(0);
  });
});
