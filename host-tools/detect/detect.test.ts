/** The reader, the judge, and what the detector finds in the two recordings: on one it was tuned, on the other nothing was. */
import { describe, expect, it } from "vitest";
import { evaluate, probationSamples } from "./evaluate.ts";
import type { Evaluation } from "./evaluate.ts";
import { batches, nominalInterval, packValues, parseNab, parseWindows, readRecording } from "./nab.ts";
import type { Recording } from "./nab.ts";
import { replay } from "./replay.ts";

const folder = `${import.meta.dirname}/../../data/nab`;
const minute = (timeS: number): string => new Date(timeS * 1000).toISOString().slice(0, 16);
const summary = (e: Evaluation) => ({
  caught: e.caught,
  delaysH: e.windows.map((w) => (w.delayS === undefined ? "missed" : Math.round(w.delayS / 360) / 10)),
  leadsH: e.windows.map((w) => (w.leadS === undefined ? "missed" : Math.round(w.leadS / 360) / 10)),
  falseAlarms: e.falseAlarms.map((a) => minute(a.startS)),
  probationAlarms: e.probationAlarms.length,
  quietDays: e.quietDays,
});

describe("what the detector finds", () => {
  // These are results, not wishes: a change of the detector that changes them must change this table and the README.
  it("machine_temperature_system_failure.csv, on which it was tuned", () => {
    const recording = readRecording(folder, "machine_temperature_system_failure.csv");
    expect([recording.samples.length, recording.intervalS, recording.windows.length]).toEqual([22695, 300, 4]);
    const alarms = replay(recording, 60);
    expect(alarms.map((a) => [minute(a.startS), a.endS && minute(a.endS), minute(a.sinceS), a.direction, a.peakPercent])).toEqual([
      ["2013-12-10T14:20", "2013-12-11T07:45", "2013-12-08T12:15", -1, 137],
      ["2013-12-16T16:15", "2013-12-17T10:35", "2013-12-15T22:30", -1, 128],
      ["2014-01-28T07:00", "2014-02-01T01:30", "2014-01-27T11:25", -1, 150],
      ["2014-02-07T21:40", "2014-02-10T02:20", "2014-02-07T07:40", -1, 150],
    ]);
    expect(summary(evaluate(recording, alarms))).toEqual({
      caught: 4,
      delaysH: [7.9, 22.4, 16.7, 6.8],
      leadsH: [39.3, 24.8, 30.5, 40.4],
      falseAlarms: [],
      probationAlarms: 0,
      quietDays: 68.3,
    });
    for (const size of [1, 7, 500]) expect(replay(recording, size)).toEqual(alarms);
  });

  it("ambient_temperature_system_failure.csv, on which nothing was tuned", () => {
    const recording = readRecording(folder, "ambient_temperature_system_failure.csv");
    expect([recording.samples.length, recording.intervalS, recording.windows.length]).toEqual([7267, 3600, 2]);
    const alarms = replay(recording, 60);
    expect(summary(evaluate(recording, alarms))).toEqual({
      caught: 2,
      delaysH: [161, 349],
      leadsH: [201, 186],
      falseAlarms: [
        "2014-01-26T17:00",
        "2014-02-16T05:00",
        "2014-03-01T20:00",
        "2014-03-07T04:00",
        "2014-03-17T01:00",
        "2014-03-23T19:00",
        "2014-04-21T06:00",
        "2014-05-18T19:00",
      ],
      probationAlarms: 0,
      quietDays: 258.7,
    });
  });
});

describe("the judge", () => {
  const recording: Recording = {
    name: "made up",
    intervalS: 60,
    samples: Array.from({ length: 1000 }, (_, i) => ({ timeS: i * 60, value: 0 })),
    windows: [
      { startS: 12000, endS: 15000 },
      { startS: 30000, endS: 33000 },
    ],
  };

  it("counts the first alarm in a window, alarms outside, and leaves the probationary period out", () => {
    expect([probationSamples(1000), probationSamples(22695), probationSamples(7267)]).toEqual([150, 750, 750]);
    const e = evaluate(recording, [{ startS: 8999, endS: 9100 }, { startS: 11999, endS: 12500 }, { startS: 12600 }, { startS: 14000 }, { startS: 15001 }]);
    expect(e.windows.map((w) => [w.isCaught, w.delayS, w.leadS])).toEqual([
      [true, 600, 2400],
      [false, undefined, undefined],
    ]);
    expect([e.caught, e.falseAlarms.map((a) => a.startS), e.probationAlarms.map((a) => a.startS)]).toEqual([1, [11999, 15001], [8999]]);
    expect(e.quietDays).toBe(0.5);
    expect(evaluate(recording, [{ startS: 12000 }, { startS: 33000 }]).caught).toBe(2);
    expect(evaluate(recording, []).caught).toBe(0);
  });
});

describe("the reader", () => {
  it("makes integers of a file, and says which line does not fit", () => {
    const samples = parseNab("timestamp,value\n2014-01-01 00:00:00,69.88083514\n2014-01-01 01:00:00,-0.125\n", "x.csv");
    expect(samples).toEqual([
      { timeS: 1388534400, value: 6988 },
      { timeS: 1388538000, value: -12 },
    ]);
    expect(() => parseNab("time,value\n", "x.csv")).toThrow('x.csv:1: expected the header "timestamp,value"');
    expect(() => parseNab("timestamp,value\n2014-01-01 00:00:00,1\n2014-01-01 00:00:00,x\n", "x.csv")).toThrow('x.csv:3: "x" is not a number');
    expect(() => parseNab("timestamp,value\n2014-01-01 00:00:00,400\n", "x.csv")).toThrow("x.csv:2");
    expect(() => parseNab("timestamp,value\nnever,1\n", "x.csv")).toThrow('x.csv:2: "never" is not a time');
    expect(() => parseNab("timestamp,value\n2014-01-01 00:00:00,1\n", "x.csv")).toThrow("fewer than two samples");
    expect(parseWindows('{"a":[["2014-01-01 00:00:00.000000","2014-01-01 00:00:10.000000"]]}').get("a")).toEqual([{ startS: 1388534400, endS: 1388534410 }]);
  });

  it("ends a batch at a gap and at a clock set back, and loses no sample", () => {
    const times = [0, 60, 120, 600, 660, 600, 660, 720, 780];
    const recording: Recording = { name: "gaps", intervalS: 60, samples: times.map((timeS, value) => ({ timeS, value })), windows: [] };
    expect(nominalInterval(recording.samples)).toBe(60);
    expect(batches(recording, 3).map((b) => [b.offset, b.startS, b.values])).toEqual([
      [0, 0, [0, 1, 2]],
      [3, 600, [3, 4]],
      [5, 600, [5, 6, 7]],
      [8, 780, [8]],
    ]);
    const machine = readRecording(folder, "machine_temperature_system_failure.csv");
    const all = batches(machine, 100).flatMap((b) => b.values.map((value, i) => ({ timeS: b.startS + i * b.intervalS, value })));
    expect(all).toEqual(machine.samples);
  });

  it("packs values big-endian", () => {
    expect([...packValues([1, -2, 32767, -32768])]).toEqual([0, 1, 255, 254, 127, 255, 128, 0]);
  });
});
