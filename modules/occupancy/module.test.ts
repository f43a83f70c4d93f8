// occupancy on a fake tile: people in a door with two light barriers.
import { expect, test } from "vitest";
import { type FakeTile, int32s, moduleTests } from "genesis/module-test";

const MS = 1000;
const S = 1_000_000;
const [SET, TELL] = [1, 2];

moduleTests(import.meta.url, ({ start }) => {
  /** Breaks one beam after the other. */
  const walk = (tile: FakeTile, first: string, second: string, betweenMs: number = 300): void => {
    tile.setPin(first, 1);
    tile.advance(betweenMs * MS);
    tile.setPin(second, 1);
    tile.advance(200 * MS);
    tile.setPin(first, 0);
    tile.advance(200 * MS);
    tile.setPin(second, 0);
    tile.advance(3 * S);
  };
  const come = (tile: FakeTile): void => walk(tile, "D5", "D6");
  const go = (tile: FakeTile): void => walk(tile, "D6", "D5");
  const present = (tile: FakeTile): number | undefined => tile.send(TELL)?.a;

  test("counts who comes and who goes", () => {
    const tile = start();
    come(tile);
    come(tile);
    expect(present(tile)).toBe(2);
    go(tile);
    expect(present(tile)).toBe(1);
    go(tile);
    go(tile);
    expect(present(tile)).toBe(0);
  });

  test.each([0, 5, 40])("knows the direction however long the pins take to answer: %i ms", (answerMs) => {
    const tile = start({ answerUs: answerMs * MS });
    tile.advance(S);
    for (const betweenMs of [31, 60, 400, 1900]) walk(tile, "D5", "D6", betweenMs);
    walk(tile, "D6", "D5", 31);
    tile.advance(897 * S);
    expect(tile.telemetry).toMatchObject([{ kind: 1, values: [4, 1, 3, 0] }]);
  });

  test("a contact that bounces is no change; a beam broken for shorter than that is nobody", () => {
    const tile = start();
    for (let n = 0; n < 5; n++) {
      for (const level of [1, 0]) {
        tile.setPin("D5", level);
        tile.advance(7 * MS);
      }
    }
    come(tile);
    tile.setPin("D6", 1);
    tile.advance(20 * MS);
    tile.setPin("D6", 0);
    tile.advance(S);
    expect(tile.send(TELL)).toMatchObject({ a: 1, b: 1 });
    expect(tile.runs.filter((run) => run.event === 3).length).toBe(2);
  });

  test("who turns round in the door is nobody, and does not pair with the next one", () => {
    const tile = start();
    tile.setPin("D5", 1);
    tile.advance(400 * MS);
    tile.setPin("D5", 0);
    tile.advance(5 * S);
    go(tile);
    expect(tile.send(TELL)).toMatchObject({ a: 0, b: 1 });
    tile.advance(900 * S);
    expect(tile.telemetry[0]?.values).toEqual([0, 1, 0, 1]);
  });

  test("a record each quarter of an hour begins anew; the number stays, over restarts too", () => {
    const tile = start();
    come(tile);
    tile.advance(900 * S);
    go(tile);
    come(tile);
    tile.advance(900 * S);
    expect(tile.telemetry.map(({ values }) => values)).toEqual([[1, 0, 1, 0], [1, 1, 1, 0]]);
    tile.restart();
    expect(present(tile)).toBe(1);
    come(tile);
    expect(present(tile)).toBe(2);
  });

  test("can be put right", () => {
    const tile = start();
    expect(tile.send(SET, 25)).toMatchObject({ label: 0, a: 25 });
    expect(tile.saved).toEqual({ version: 1, data: int32s(25) });
    for (const wrong of [-1, 10_001]) expect(tile.send(SET, wrong)?.label).toBe(-1);
  });
});
