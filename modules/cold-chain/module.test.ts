// cold-chain on a fake tile: a box of goods on its way.
import { expect, test } from "vitest";
import { type FakeTile, moduleTests } from "genesis/module-test";

const MINUTE = 60_000_000;
const [INTERVAL, EXCURSION] = [1, 2];
const SET_LIMIT = 1;
const analog = (temperature: number): number => Math.ceil(((temperature + 4000) * 32767) / 12_000);

moduleTests(import.meta.url, ({ start }) => {
  const hold = (tile: FakeTile, temperature: number, minutes: number): void => {
    tile.setPin("SENSOR", analog(temperature));
    tile.advance(minutes * MINUTE);
  };
  const told = (tile: FakeTile, kind: number): number[][] => tile.telemetry.filter((record) => record.kind === kind).map(({ values }) => values);

  test("records least, greatest and mean of each quarter of an hour", () => {
    const tile = start();
    hold(tile, 400, 5);
    hold(tile, 600, 5);
    hold(tile, 500, 20);
    expect(told(tile, INTERVAL)).toEqual([[1, 15, 400, 600, 500, 0], [2, 15, 500, 500, 500, 0]]);
    expect(told(tile, EXCURSION)).toEqual([]);
  });

  test("tells how long and how warm it was above the limit, when it is over", () => {
    const tile = start();
    hold(tile, 700, 3);
    hold(tile, 900, 4);
    hold(tile, 1200, 2);
    hold(tile, 801, 1);
    expect(told(tile, EXCURSION)).toEqual([]);
    hold(tile, 800, 1);
    expect(told(tile, EXCURSION)).toEqual([[7, 1200, 800]]);
    expect(tile.send(9)).toMatchObject({ label: -1, a: 1 });
  });

  test("an excursion goes on over restarts, and intervals count on", () => {
    const tile = start();
    hold(tile, 400, 15);
    hold(tile, 1000, 15);
    tile.restart();
    hold(tile, 1100, 10);
    hold(tile, 400, 5);
    expect(told(tile, EXCURSION)).toEqual([[25, 1100, 800]]);
    expect(told(tile, INTERVAL).map(([number]) => number)).toEqual([1, 2, 3]);
  });

  test("its begin is saved at once, its greatest and the number of them are kept", () => {
    const tile = start();
    hold(tile, 900, 2);
    tile.restart();
    hold(tile, 400, 1);
    expect(told(tile, EXCURSION)).toEqual([[1, 900, 800]]);
    hold(tile, 1200, 14);
    tile.restart();
    hold(tile, 900, 5);
    hold(tile, 400, 1);
    expect(told(tile, EXCURSION)[1]).toEqual([19, 1200, 800]);
    hold(tile, 400, 15);
    tile.restart();
    expect(tile.send(9)?.a).toBe(2);
  });

  test("a restart loses at most an interval", () => {
    const tile = start();
    hold(tile, 400, 14);
    tile.restart();
    hold(tile, 400, 15);
    expect(told(tile, INTERVAL)).toEqual([[1, 15, 400, 400, 400, 0]]);
  });

  test("a sensor without a reading is counted, and no temperature", () => {
    const tile = start();
    hold(tile, 400, 10);
    tile.setPin("SENSOR", 0);
    tile.advance(10 * MINUTE);
    tile.setPin("SENSOR", 32_767);
    tile.advance(12 * MINUTE);
    hold(tile, 300, 2);
    hold(tile, 200, 11);
    expect(told(tile, INTERVAL)).toEqual([[1, 10, 400, 400, 400, 5], [2, 0, 0, 0, 0, 15], [3, 13, 200, 300, Math.floor((2 * 300 + 11 * 200) / 13), 2]]);
  });

  test("the limit can be set, and is kept", () => {
    const tile = start();
    expect(tile.send(SET_LIMIT, -1800)).toMatchObject({ label: 0 });
    for (const [limit, is] of [[-5001, -1], [-5000, 0], [3000, 0], [3001, -1], [-1800, 0]] as const) expect(tile.send(SET_LIMIT, limit)?.label).toBe(is);
    tile.restart();
    hold(tile, -1700, 2);
    hold(tile, -1900, 1);
    expect(told(tile, EXCURSION)).toEqual([[2, -1700, -1800]]);
  });

  test("a record that the tile refuses is told later", () => {
    let isFull = true;
    const tile = start({ script: (call) => (call.label === 800 && isFull ? { label: -10, a: 0, b: 0, data: "" } : undefined) });
    hold(tile, 400, 16);
    expect(tile.telemetry).toEqual([]);
    isFull = false;
    hold(tile, 400, 1);
    expect(told(tile, INTERVAL)).toEqual([[1, 15, 400, 400, 400, 0]]);
    hold(tile, 400, 13);
    expect(told(tile, INTERVAL)).toHaveLength(2);
  });
});
