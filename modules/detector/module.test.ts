// detector on a fake tile, beside the tile's own on the same numbers.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createDetector, detect, detectorRate, Verdict } from "../../firmware/detector/ewma-cusum.ts";
import { moduleTests } from "genesis/module-test";

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

  test("goes on after restarts with what it has learnt: every 72nd sample is saved", () => {
    const some = values.slice(0, 72 * 60);
    const tile = start();
    some.forEach((value, index) => {
      tile.setPin("SENSOR", value);
      tile.advance(STEP);
      if (index % 720 === 719) tile.restart();
    });
    expect(tile.telemetry.map(({ kind, values: told }) => [kind, ...told])).toEqual(expected(some));
    expect(tile.saved?.data.length).toBe(48);
  });

  test("a sensor that is not connected teaches nothing", () => {
    const tile = start({ pins: { SENSOR: 0 } });
    tile.advance(STEP * 200);
    expect(tile.saved).toBeUndefined();
    expect(tile.send(1)).toMatchObject({ label: 0, a: 0, b: 0 });
    expect(tile.send(2)?.label).toBe(-1);
  });
});
