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

  test("breaks of one beam alone are counted, both beams' and those that another follows", () => {
    const tile = start();
    const wave = (pin: string, seconds: number): void => {
      tile.setPin(pin, 1);
      tile.advance(100 * MS);
      tile.setPin(pin, 0);
      tile.advance(seconds * S);
    };
    wave("D6", 5);
    wave("D6", 1);
    wave("D6", 5);
    wave("D5", 1);
    wave("D5", 5);
    come(tile);
    tile.advance(900 * S);
    expect(tile.telemetry[0]?.values).toEqual([1, 0, 1, 5]);
  });

  test("two breaks at the very same time have no direction, and two more than two seconds apart are no passage", () => {
    const tile = start();
    walk(tile, "D5", "D6", 0);
    walk(tile, "D5", "D6", 2001);
    walk(tile, "D6", "D5", 2000);
    tile.advance(900 * S);
    expect(tile.telemetry[0]?.values.slice(0, 3)).toEqual([0, 1, 0]);
  });

  test("a beam has to stay broken for 30 ms", () => {
    const tile = start();
    for (const ms of [29, 31]) {
      tile.setPin("D5", 1);
      tile.advance(ms * MS);
      tile.setPin("D5", 0);
      tile.advance(S);
    }
    expect(tile.runs.filter((run) => run.event === 3)).toHaveLength(1);
  });

  test("state that can't be loaded is none, and a record that is refused is told with the next", () => {
    expect(present(start({ state: { version: 1, data: int32s(7) }, script: (call) => (call.label === 768 ? { label: -11, a: 0, b: 0, data: int32s(9) } : undefined) }))).toBe(0);
    let isFull = true;
    const tile = start({ script: (call) => (call.label === 800 && isFull ? { label: -10, a: 0, b: 0, data: "" } : undefined) });
    come(tile);
    tile.advance(900 * S);
    isFull = false;
    tile.advance(900 * S);
    expect(tile.telemetry.map(({ values }) => values)).toEqual([[1, 0, 1, 0]]);
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
    for (const [a, is] of [[-1, -1], [0, 0], [10_000, 0], [10_001, -1]] as const) expect(tile.send(SET, a)?.label).toBe(is);
  });
});
