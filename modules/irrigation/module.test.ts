// irrigation on a fake tile: days in a garden.
import { expect, test } from "vitest";
import { type FakeOptions, type FakeTile, moduleTests } from "genesis/module-test";

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

  test("the window can be set, over midnight too, and is kept", () => {
    const tile = at(23.5, 200);
    expect(isOpen(tile)).toBe(false);
    expect(tile.send(SET_WINDOW, 23 * 60, 60)).toMatchObject({ label: 0 });
    expect(tile.send(SET_WINDOW, 1440, 0)?.label).toBe(-1);
    tile.restart();
    tile.advance(20 * MINUTE);
    expect(tile.send(TELL)).toMatchObject({ b: 200, data: "1" });
  });
});
