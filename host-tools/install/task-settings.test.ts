import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InstallError } from "./install-error.ts";
import { parseTaskSettings } from "./task-settings.ts";

describe("settings of tasks", () => {
  it("become the integers of the configuration", () => {
    expect(parseTaskSettings("sensor:slack=30s,criticality=comfort; identity:energy=10mC/60s")).toEqual({ tasks: [7, 243, 30_000_000, 0, 0], energy: [3, 10_000, 60_000_000] });
    expect(parseTaskSettings("detector:priority=9,deadline=1.5ms,criticality=2,energy=1uAh/1h")).toEqual({ tasks: [6, 9, 0, 1500, 2], energy: [6, 3600, 3_600_000_000] });
    expect(parseTaskSettings("")).toEqual({});
  });
  it.each(["sensors:slack=1s", "sensor", "sensor:slack", "sensor:slack=1", "sensor:slack=0s", "sensor:slack=1e9s", "sensor:slack=2h", "sensor:criticality=4", "sensor:priority=0", "sensor:priority=251", "sensor:energy=5uC", "sensor:energy=5/5s", "sensor:__proto__=1", "sensor:slack=1constructor", "sensor:slack=1s;sensor:slack=1s"])("refuses %s, and says how to write it", (text) => {
    expect(() => parseTaskSettings(text)).toThrow(InstallError);
  });
  it("never ends otherwise", () => {
    fc.assert(fc.property(fc.string(), fc.constantFrom("", "sensor:", "sensor:slack=", "os:energy=", "os:energy=1uC/"), (text, head) => {
      try {
        for (const list of Object.values(parseTaskSettings(head + text))) for (const value of list as number[]) expect(Number.isSafeInteger(value)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(InstallError);
      }
    }));
  });
});
