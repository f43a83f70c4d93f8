// blink on a fake tile.
import { expect, test } from "vitest";
import { moduleTests } from "genesis/module-test";

const MS = 1000;
const SET_PERIOD = 1;

moduleTests(import.meta.url, ({ start }) => {
  test("is on for 100 ms of each second", () => {
    const tile = start();
    expect(tile.pin("LED1")).toBe(1);
    const levels: number[] = [];
    for (let at = 0; at < 40; at++) {
      tile.advance(50 * MS);
      levels.push(tile.pin("LED1"));
    }
    expect(levels.filter((level) => level === 1)).toHaveLength(4);
    expect(levels.slice(18, 22)).toEqual([0, 1, 1, 0]);
  });

  test("late answers don't add up", () => {
    const tile = start({ answerUs: 20 * MS });
    tile.advance(3600_000 * MS);
    const writes = tile.runs.filter((run) => run.event === 4).map((run) => run.a % (1000 * MS));
    expect(new Set(writes)).toEqual(new Set([20 * MS, 120 * MS]));
  });

  test("takes another period, and says no to one that makes no sense", () => {
    const tile = start();
    expect(tile.send(SET_PERIOD, 200)).toMatchObject({ label: 0 });
    tile.advance(950 * MS);
    expect([tile.pin("LED1"), tile.runs.filter((run) => run.event === 4).length]).toEqual([0, 9]);
    for (const [label, ms] of [[SET_PERIOD, 199], [SET_PERIOD, 60_001], [2, 1000]] as const) expect(tile.send(label, ms)?.label).toBe(-1);
    expect(tile.send(SET_PERIOD, 60_000)?.label).toBe(0);
  });

  test("after a pause of more than a period it goes on from there, and makes up for nothing", () => {
    const tile = start();
    tile.advance(500 * MS);
    // The tile was busy with something else.
    tile.nowUs += 10_000 * MS;
    const before = tile.runs.length;
    tile.advance(1000 * MS);
    expect(tile.runs.slice(before).filter((run) => run.event === 4)).toHaveLength(3);
  });

  test("leaves the light off when it stops", () => {
    const tile = start();
    tile.stop();
    expect(tile.pin("LED1")).toBe(0);
  });
});
