/**
 * Runs the tile's own detector over a recording in this process: the reference that a tile's alarms must equal.
 */
import { createDetector, detect, detectorRate, Tuning, Verdict } from "../../firmware/detector/ewma-cusum.ts";
import type { Alarm } from "./evaluate.ts";
import { batches } from "./nab.ts";
import type { Recording } from "./nab.ts";

/** An alarm as the tile's telemetry tells it. */
export interface DetectedAlarm extends Alarm {
  /** When the deviation began (the sum last left 0), s. */
  readonly sinceS: number;
  /** 1 too high, -1 too low. */
  readonly direction: number;
  /** Largest sum, % of the threshold; known when the alarm has ended. */
  readonly peakPercent: number;
}

/** Alarms of the detector on `recording`, in order of time. `batchSize` must not change them (a test holds that). */
export function replay(recording: Recording, batchSize: number): DetectedAlarm[] {
  const detector = createDetector();
  const alarms: DetectedAlarm[] = [];
  const peak = (): number => Math.floor((detector._peak * 100) / Tuning.Threshold);
  for (const batch of batches(recording, batchSize)) {
    detectorRate(detector, batch.intervalS, batch.startS);
    batch.values.forEach((value, i) => {
      const timeS = batch.startS + i * batch.intervalS;
      const verdict = detect(detector, value, timeS);
      if (verdict === Verdict.AlarmStarts) alarms.push({ startS: timeS, sinceS: detector._sinceS, direction: detector._alarm, peakPercent: peak() });
      const last = alarms[alarms.length - 1];
      if (verdict === Verdict.AlarmEnds && last) alarms[alarms.length - 1] = { ...last, endS: timeS, peakPercent: peak() };
    });
  }
  const last = alarms[alarms.length - 1];
  if (last && last.endS === undefined) alarms[alarms.length - 1] = { ...last, peakPercent: peak() };
  return alarms;
}
