// thermostat on a fake tile, in a room that warms up and cools down.
import { expect, test } from "vitest";
import { type FakeTile, moduleTests, int32s } from "genesis/module-test";

const S = 1_000_000;
const [SET_POINT, CALIBRATE, TELL] = [1, 2, 3];
/** Analog value of a temperature, hundredths of a degree, with the module's first calibration. */
const analog = (temperature: number): number => Math.round(((temperature + 2000) * 32767) / 10_000);

moduleTests(import.meta.url, ({ start }) => {
  const at = (temperature: number, options: Parameters<typeof start>[0] = {}): FakeTile => {
    const tile = start({ pins: { SENSOR: analog(temperature) }, ...options });
    tile.advance(1);
    return tile;
  };
  const hold = (tile: FakeTile, temperature: number, seconds: number): number => {
    tile.setPin("SENSOR", analog(temperature));
    tile.advance(seconds * S);
    return tile.pin("D4");
  };

  test("heats below the setpoint, not above it, and nothing changes between", () => {
    expect(hold(at(1900), 1900, 1)).toBe(1);
    expect(hold(at(1960), 1960, 1)).toBe(0);
    const tile = at(1900);
    expect(hold(tile, 2040, 600)).toBe(1);
    expect(hold(tile, 2060, 10)).toBe(0);
    expect(hold(tile, 1960, 600)).toBe(0);
    expect(hold(tile, 1940, 10)).toBe(1);
  });

  test("on lasts two minutes at least, off three", () => {
    const tile = at(1900);
    expect(hold(tile, 2500, 110)).toBe(1);
    expect(hold(tile, 2500, 20)).toBe(0);
    expect(hold(tile, 1500, 160)).toBe(0);
    expect(hold(tile, 1500, 30)).toBe(1);
  });

  test("a sensor that is broken turns the heater off at once", () => {
    for (const value of [0, 32767]) {
      const tile = at(1900);
      expect(tile.pin("D4")).toBe(1);
      tile.setPin("SENSOR", value);
      tile.advance(10 * S);
      expect(tile.pin("D4")).toBe(0);
      expect(tile.send(TELL)?.label).toBe(-11);
    }
  });

  test("a room settles around the setpoint", () => {
    const tile = at(1500);
    let temperature = 1500;
    const seen: number[] = [];
    for (let minute = 0; minute < 600; minute++) {
      temperature += tile.pin("D4") === 1 ? 15 : -10;
      hold(tile, temperature, 60);
      if (minute > 120) seen.push(temperature);
    }
    expect(Math.min(...seen)).toBeGreaterThan(1900);
    expect(Math.max(...seen)).toBeLessThan(2100);
  });

  test("keeps setpoint and calibration over a restart", () => {
    const tile = at(1900);
    expect(tile.send(SET_POINT, 1500)).toMatchObject({ label: 0 });
    expect(tile.send(CALIBRATE, 0, 10_000)).toMatchObject({ label: 0 });
    tile.restart();
    tile.setPin("SENSOR", 6000);
    tile.advance(20 * S);
    expect(tile.send(TELL)).toMatchObject({ label: 0, a: Math.floor((6000 * 10_000) / 32767), b: 1500, data: "0" });
  });

  test("commands are taken up to their limits and not beyond", () => {
    const tile = at(1900);
    for (const [a, is] of [[499, -1], [500, 0], [3500, 0], [3501, -1]] as const) expect(tile.send(SET_POINT, a, 0)?.label).toBe(is);
    for (const [a, b, is] of [[-10_001, 0, -1], [-10_000, 0, 0], [0, 20_000, 0], [0, 20_001, -1], [5, 5, -1], [5, 6, 0]] as const) expect(tile.send(CALIBRATE, a, b)?.label).toBe(is);
    for (const label of [0, 4]) expect(tile.send(label, 1000, 2000)?.label).toBe(-1);
  });

  test("the band is half a degree to each side, its edges included", () => {
    const exact = (temperature: number): FakeTile => {
      const tile = start({ pins: { SENSOR: temperature - 1000 }, state: { version: 2, data: int32s(2000, 1000, 33_767) } });
      tile.advance(1);
      return tile;
    };
    expect([exact(1949), exact(1950)].map((tile) => tile.pin("D4"))).toEqual([1, 0]);
    const tile = exact(1949);
    for (const [temperature, isOn] of [[2050, 1], [2051, 0]] as const) {
      tile.setPin("SENSOR", temperature - 1000);
      tile.advance(130 * S);
      expect(tile.pin("D4")).toBe(isOn);
    }
  });

  test("takes over the state of version 1, which had tenths, and saves it as its own", () => {
    const tile = at(1900, { state: { version: 1, data: int32s(185) } });
    tile.advance(S);
    expect(tile.send(TELL)).toMatchObject({ a: 1899, b: 1850 });
    expect(tile.saved).toEqual({ version: 2, data: int32s(1850, -2000, 8000) });
  });

  test("a service that dies in the middle costs one reading", () => {
    let calls = 0;
    const tile = at(1900, { script: (call) => (call.label === 785 && ++calls === 1 ? "dead" : undefined) });
    tile.advance(S);
    expect(tile.pin("D4")).toBe(0);
    tile.advance(10 * S);
    expect(tile.pin("D4")).toBe(1);
  });
});
