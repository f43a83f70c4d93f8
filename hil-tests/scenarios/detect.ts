// The same alarms on every engine: a real recording goes into the tile's sensor, and its telemetry must tell the alarms that the detector finds in Node.
//
// The stretch is the first 4,600 samples, 2013-12-02 to 12-18: all of the time in which the detector learns, and the first two labelled windows with their alarms from
// start to end. They take the real interpreter 20 s; all 22,695, which `genesis demo` replays, would take it a minute and a half. Data: Numenta Anomaly Benchmark, data/nab.
import { detectorApi } from "../../firmware/detector/api.ts";
import { replayOnTile } from "../../host-tools/demo/replay-tile.ts";
import { evaluate } from "../../host-tools/detect/evaluate.ts";
import { readRecording, type Recording } from "../../host-tools/detect/nab.ts";
import { type DetectedAlarm, replay } from "../../host-tools/detect/replay.ts";
import { callRead } from "../../host-tools/link/service-client.ts";
import type { TelemetryRecord } from "../../host-tools/tiles/telemetry-reader.ts";
import { check, checkEqual, type Scenario } from "../scenario.ts";

const SAMPLES = 4600;

/** The stretch, with the labelled windows that lie in it. */
function stretch(root: string): Recording {
  const whole = readRecording(`${root}/data/nab`, "machine_temperature_system_failure.csv");
  const samples = whole.samples.slice(0, SAMPLES);
  const endS = samples.at(-1)?.timeS ?? 0;
  return { ...whole, samples, windows: whole.windows.filter((window) => window.endS <= endS) };
}

/** An alarm of the detector as the tile's telemetry has to tell it: kinds and values of two records. */
function asTold(recording: Recording, { startS, sinceS, direction, endS, peakPercent }: DetectedAlarm): unknown[] {
  const value = recording.samples.find((sample) => sample.timeS === startS)?.value;
  return [["alarm", { timeS: startS, sinceS, direction, value }], ["alarm-end", { timeS: endS, sinceS, direction, peakPercent }]];
}

export const scenario: Scenario = {
  name: "detect",
  summary: `${SAMPLES} samples of a real recording with two labelled windows are replayed into the tile: its alarms are those of the detector in Node, to the second`,
  needs: ["sensor"],
  async run(stage) {
    const recording = stretch(stage.root);
    const expected = replay(recording, 60);
    check(recording.windows.length === 2 && expected.length >= 2 && expected.every((alarm) => alarm.endS !== undefined), "the stretch holds two windows and whole alarms");

    const tile = await stage.tile();
    const told: TelemetryRecord[] = [];
    const result = await replayOnTile(tile.session, recording, AbortSignal.timeout(stage.patienceMs * 15), ({ records }) => {
      told.push(...records.filter((record) => record.kind.startsWith("alarm")));
    });
    checkEqual([result.samples, result.lostRecords], [SAMPLES, 0], "samples taken, telemetry records lost");
    checkEqual(told.map((record) => [record.kind, record.values]), expected.flatMap((alarm) => asTold(recording, alarm)), "alarms in the telemetry");
    const status = await callRead(tile.session.client, detectorApi, "status", {});
    checkEqual([status.count, status.alarm, status.alarms], [SAMPLES, 0, expected.length], "samples, alarm and alarms in the detector's status");

    const { caught, falseAlarms } = evaluate(recording, result.alarms);
    checkEqual([caught, falseAlarms.length], [2, 0], "labelled windows caught, false alarms");
    stage.record("samples/s", Math.round((SAMPLES * 1000) / result.wallMs));
    stage.record("alarms", result.alarms.length);
    stage.log(`${SAMPLES} samples in ${(result.wallMs / 1000).toFixed(1)} s, ${caught} windows caught, no false alarm`);
  },
};
