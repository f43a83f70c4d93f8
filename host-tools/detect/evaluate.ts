/**
 * Compares a detector's alarms with labelled windows.
 *
 * The idea, as in the Numenta Anomaly Benchmark: an alarm that starts inside a window is a detection, the first one counts; an alarm that
 * starts outside of every window is a false alarm; what happens in the probationary period (the first 15 % of at most 5000 samples) does
 * not count at all. One alarm is one episode from start to end, however many samples it covers. No NAB score is computed: counts and times are
 * easier to argue about. Reference: Lavin & Ahmad, "Evaluating Real-time Anomaly Detection Algorithms" (2015), §II.
 */
import type { Recording, Window } from "./nab.ts";

/** One episode a detector has flagged. */
export interface Alarm {
  /** When the alarm was raised: the verdict, not what it says about the past. */
  readonly startS: number;
  /** When it ended; undefined while it lasts. */
  readonly endS?: number;
}

export interface WindowResult extends Window {
  readonly isCaught: boolean;
  /** Time of the first alarm in the window. */
  readonly alarmS?: number;
  /** From the start of the window to the alarm, s. */
  readonly delayS?: number;
  /** From the alarm to the end of the window, s. */
  readonly leadS?: number;
}

export interface Evaluation {
  readonly windows: readonly WindowResult[];
  readonly caught: number;
  readonly falseAlarms: readonly Alarm[];
  /** Alarms in the probationary period, not counted. */
  readonly probationAlarms: readonly Alarm[];
  /** Days outside of windows and after the probationary period: what the false alarms are spread over. */
  readonly quietDays: number;
}

/** Samples in NAB's probationary period. */
export function probationSamples(sampleCount: number): number {
  return Math.floor(0.15 * Math.min(sampleCount, 5000));
}

/** Judges `alarms` (in order of time) against the windows of a recording. */
export function evaluate(recording: Recording, alarms: readonly Alarm[]): Evaluation {
  const { samples, windows } = recording;
  const fromS = samples[Math.min(probationSamples(samples.length), samples.length - 1)]!.timeS;
  const isIn = (window: Window, timeS: number): boolean => timeS >= window.startS && timeS <= window.endS;
  const counted = alarms.filter((alarm) => alarm.startS >= fromS);
  const results = windows.map((window): WindowResult => {
    const first = counted.find((alarm) => isIn(window, alarm.startS));
    if (!first) return { ...window, isCaught: false };
    return { ...window, isCaught: true, alarmS: first.startS, delayS: first.startS - window.startS, leadS: window.endS - first.startS };
  });
  const totalS = samples[samples.length - 1]!.timeS - fromS;
  const windowS = windows.reduce((sum, window) => sum + Math.max(0, window.endS - Math.max(window.startS, fromS)), 0);
  return {
    windows: results,
    caught: results.filter((result) => result.isCaught).length,
    falseAlarms: counted.filter((alarm) => !windows.some((window) => isIn(window, alarm.startS))),
    probationAlarms: alarms.filter((alarm) => alarm.startS < fromS),
    quietDays: Math.round(Math.max(0, totalS - windowS) / 8640) / 10,
  };
}
