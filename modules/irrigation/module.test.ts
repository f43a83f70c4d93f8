// irrigation on a fake tile: days in a garden.
import { expect, test } from "vitest";
import { type FakeOptions, type FakeTile, int32s, moduleTests } from "genesis/module-test";

const MINUTE = 60_000_000;
const HOUR = 60 * MINUTE;
const [SET_WINDOW, TELL] = [1, 2];
const [WET, WINDOW, DAY_USED_UP, NO_CLOCK, NO_READING] = [1, 2, 3, 4, 5];
/** A midnight, UTC. */
const MIDNIGHT_MS = 20_000 * 86_400_000;
const analog = (moisture: number): number => Math.ceil((moisture * 32767) / 1000);

moduleTests(import.meta.url, ({ start }) => {
  /** Starts at an hour of the day. */
  const at = (hour: number, moisture: number, more: FakeOptions = {}): FakeTile => {
    const tile = start({ wallMs: MIDNIGHT_MS + hour * 3_600_000, pins: { A1: analog(moisture) }, ...more });
    tile.advance(MINUTE / 60);
    return tile;
  };
  const isOpen = (tile: FakeTile): boolean => tile.pin("D7") === 1;
  const records = (tile: FakeTile): readonly number[][] => tile.telemetry.map(({ values }) => values);

  test("opens when the soil is dry and the hour is right, and closes when it is wet", () => {
    expect([at(5, 200), at(5, 400), at(8, 200), at(3, 200)].map(isOpen)).toEqual([true, false, false, false]);
    const tile = at(5, 200);
    tile.setPin("A1", analog(440));
    tile.advance(5 * MINUTE);
    expect(isOpen(tile)).toBe(true);
    tile.setPin("A1", analog(460));
    tile.advance(MINUTE);
    expect(isOpen(tile)).toBe(false);
    expect(records(tile)).toEqual([[330, WET, 460, 330]]);
  });

  test("the window ends it to half a minute, and opens it the next day", () => {
    const tile = at(6.9, 200);
    tile.advance(10 * MINUTE);
    expect(records(tile)).toEqual([[360, WINDOW, 200, 360]]);
    tile.advance(20 * HOUR);
    expect(isOpen(tile)).toBe(false);
    tile.advance(HOUR + 10 * MINUTE);
    expect(isOpen(tile)).toBe(true);
  });

  test("the limits of moisture and window are exact, and a dry soil is seen within ten minutes", () => {
    expect([at(5, 300), at(5, 301), at(4, 200), at(7, 200), start({ wallMs: MIDNIGHT_MS + 5 * 3_600_000, pins: { A1: 20 } })].map((tile) => (tile.advance(MINUTE / 60), isOpen(tile)))).toEqual([true, false, true, false, true]);
    const tile = at(5, 400);
    tile.advance(2 * MINUTE);
    tile.setPin("A1", analog(200));
    tile.advance(7 * MINUTE);
    expect(isOpen(tile)).toBe(false);
    tile.advance(1.1 * MINUTE);
    expect(isOpen(tile)).toBe(true);
    expect(tile.runs.some((run) => run.uses.some((use) => use.label === 769))).toBe(false);
  });

  test("the last seconds of the day's time are not slept over", () => {
    const today = MIDNIGHT_MS / 86_400_000;
    const tile = at(5, 200, { state: { version: 1, data: int32s(240, 420, today, 1790) } });
    tile.advance(MINUTE / 6);
    expect(tile.telemetry).toMatchObject([{ kind: 1, values: [10, DAY_USED_UP, 200, 1800] }]);
    expect(isOpen(at(5, 200, { state: { version: 1, data: int32s(240, 420, today, 1800) } }))).toBe(false);
    expect(isOpen(at(5, 200, { state: { version: 1, data: int32s(240, 420, today - 1, 1800) } }))).toBe(true);
  });

  test("never more than half an hour a day, over restarts too", () => {
    const tile = at(4, 200);
    let openS = 0;
    for (let second = 0; second < 3 * 3600; second++) {
      if (second % 700 === 699) tile.restart();
      openS += tile.pin("D7");
      tile.advance(MINUTE / 60);
    }
    // A restart forgets what was not saved yet: less than 30 s each.
    expect(openS).toBeGreaterThan(1700);
    expect(openS).toBeLessThanOrEqual(1800 + 3 * 30);
    const whole = at(4, 200);
    whole.advance(3 * HOUR);
    expect(records(whole)).toEqual([[1800, DAY_USED_UP, 200, 1800]]);
    whole.advance(24 * HOUR);
    expect(records(whole)).toEqual([[1800, DAY_USED_UP, 200, 1800], [1800, DAY_USED_UP, 200, 1800]]);
  });

  test.each([
    ["the sensor is not connected", NO_READING, (tile: FakeTile) => tile.setPin("A1", 0)],
    ["the sensor is shorted", NO_READING, (tile: FakeTile) => tile.setPin("A1", 32767)],
    ["the clock is gone", NO_CLOCK, (tile: FakeTile) => (tile.services.wallMs = undefined)],
    ["the clock is no longer sure", NO_CLOCK, (tile: FakeTile) => (tile.services.uncertaintyMs = 900_000)],
  ])("closes when %s", (_what, why, breaks) => {
    const tile = at(5, 200);
    expect(isOpen(tile)).toBe(true);
    breaks(tile);
    tile.advance(MINUTE);
    expect(isOpen(tile)).toBe(false);
    expect(records(tile)[0]?.[1]).toBe(why);
  });

  test("without a clock it never opens; when the module stops, the tile closes the valve", () => {
    const none = start({ pins: { A1: analog(200) } });
    none.advance(24 * HOUR);
    expect(none.runs.some((run) => run.uses.some((use) => use.label === 785))).toBe(false);
    const tile = at(5, 200);
    tile.stop();
    expect(isOpen(tile)).toBe(false);
  });

  test("a valve that does not turn is tried again in a second", () => {
    let isStuck = false;
    const tile = at(5, 200, { script: (call) => (call.label === 785 && isStuck ? { label: -11, a: 0, b: 0, data: "" } : undefined) });
    isStuck = true;
    tile.setPin("A1", analog(500));
    tile.advance(2 * MINUTE);
    expect(isOpen(tile)).toBe(true);
    isStuck = false;
    tile.advance(MINUTE / 30);
    expect(isOpen(tile)).toBe(false);
  });

  test("a window is taken within a day, and counts from its first minute to the one before its last, over midnight too", () => {
    for (const [from, to, is] of [[0, 1439, 0], [1439, 0, 0], [1440, 0, -1], [0, 1440, -1], [-1, 5, -1], [5, -1, -1]] as const) expect(at(5, 200).send(SET_WINDOW, from, to)?.label).toBe(is);
    const openAt = (from: number, to: number, minute: number): boolean => {
      const tile = at(minute / 60, 200, { state: { version: 1, data: int32s(300, 301, 0, 0) } });
      tile.send(SET_WINDOW, from, to);
      tile.restart();
      tile.advance(1);
      return isOpen(tile);
    };
    expect([599, 600, 659, 660].map((minute) => openAt(600, 660, minute))).toEqual([false, true, true, false]);
    expect([1379, 1380, 0, 59, 60].map((minute) => openAt(1380, 60, minute))).toEqual([false, true, true, true, false]);
    expect(openAt(600, 600, 600)).toBe(false);
  });

  test("a window that was set is kept", () => {
    const tile = at(23.5, 200);
    expect(isOpen(tile)).toBe(false);
    expect(tile.send(SET_WINDOW, 23 * 60, 60)).toMatchObject({ label: 0 });
    expect(tile.send(SET_WINDOW, 1440, 0)?.label).toBe(-1);
    tile.restart();
    tile.advance(20 * MINUTE);
    expect(tile.send(TELL)).toMatchObject({ b: 200, data: "1" });
  });
});
