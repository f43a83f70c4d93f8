// The anomaly detector: is the recent level unlike what this sensor has learnt is normal?
//
// Idea: two slow exponentially weighted means (EWMA) learn the normal level and the normal deviation; the standardised residual is summed up
// over time in two one-sided CUSUMs, each with a drift to forgive small deviations. A sum over the threshold starts an alarm, below half of it
// the alarm ends. Residuals are clipped before they teach (Huber), and teach four times slower during an alarm, so that a failure does
// not soon pass for normal but a lasting change does in the end. Reference: Page, "Continuous Inspection Schemes" (1954); Montgomery, SQC, ch. 9.
//
// Constant memory, integers only, the same result on every engine: products stay below 2^53, quotients are floored or truncated.
// Time constants are in seconds, not samples, so one tuning serves sensors of any rate; no daily or weekly season is modelled: the month-long
// deviation contains it. Values are integers within ±32767 (temperatures: hundredths of a degree).
//
// The numbers in `Tuning` were chosen on one recording alone, machine_temperature_system_failure.csv of the Numenta Anomaly Benchmark
// (the middle of the region where all four labelled failures are found without a false alarm) and frozen before any other recording was looked at.
// What it finds, there and elsewhere, is pinned in host-tools/detect/detect.test.ts.

/** The tuning; fixed in the image. A z is a residual in 1/64 standard deviations; sums are z · seconds. */
export const enum Tuning {
  /** Memory of the normal level and of the normal deviation, s: 5 and 28 days. */
  LevelS = 432000,
  DeviationS = 2419200,
  /** Samples before the first verdict: the probationary period of NAB (15 % of at most 5000 samples). */
  LearnSamples = 750,
  /** Drift: one standard deviation is forgiven. */
  DriftZ = 64,
  /** Threshold: 26 standard-deviation hours; the sums stop at one and a half times that. */
  Threshold = 5990400,
  Ceiling = 8985600,
  /** A z counts no more than 6 deviations, and teaches no more than 3. */
  LargestZ = 384,
  TeachingZ = 192,
  /** Least standard deviation, 1/256 of a unit: half a degree. */
  LeastDeviation = 12800,
  /** An interruption longer than this makes what was summed up worthless. */
  GapS = 21600,
}

/** What a sample did. */
export const enum Verdict {
  Nothing = 0,
  AlarmStarts = 1,
  AlarmEnds = 2,
}

export interface Detector {
  /** Samples seen; time of the last one, s; seconds between samples and the EWMA weights that follow from it, 2^-20. */
  _count: number;
  _lastS: number;
  _intervalS: number;
  _levelWeight: number;
  _deviationWeight: number;
  /** Normal level and mean absolute deviation, 1/256 of a unit. */
  _level: number;
  _deviation: number;
  /** Sums for "too high" and "too low", and when each last was 0. */
  _high: number;
  _low: number;
  _highSinceS: number;
  _lowSinceS: number;
  /** Alarm: 0 none, 1 too high, -1 too low; when its sum left 0; largest sum in it; alarms so far. */
  _alarm: number;
  _sinceS: number;
  _peak: number;
  _alarms: number;
}

/** A detector that has seen nothing. */
export function createDetector(): Detector {
  return {
    _count: 0,
    _lastS: 0,
    _intervalS: 0,
    _levelWeight: 0,
    _deviationWeight: 0,
    _level: 0,
    _deviation: 0,
    _high: 0,
    _low: 0,
    _highSinceS: 0,
    _lowSinceS: 0,
    _alarm: 0,
    _sinceS: 0,
    _peak: 0,
    _alarms: 0,
  };
}

/** States the distance of the samples that follow, 1 … 86400 s, and the time of the first of them, so that a gap is noticed. */
export function detectorRate(d: Detector, intervalS: number, firstS: number): void {
  d._intervalS = intervalS;
  d._levelWeight = Math.floor((intervalS * 1048576) / Tuning.LevelS);
  d._deviationWeight = Math.floor((intervalS * 1048576) / Tuning.DeviationS);
  if (firstS - d._lastS > Tuning.GapS) d._high = d._low = 0;
}

/** Takes in one sample taken at `timeS` (any epoch). */
export function detect(d: Detector, value: number, timeS: number): Verdict {
  const floor = Math.floor;
  const max = Math.max;
  const count = ++d._count;
  if (count === 1) d._level = value * 256;
  const residual = value * 256 - d._level;
  const sigma = max((d._deviation * 5) >> 2, Tuning.LeastDeviation);
  let lesson = residual;
  let z = 0;
  let verdict = Verdict.Nothing;
  if (count > Tuning.LearnSamples) {
    z = ((residual * 64) / sigma) | 0;
    if (z > Tuning.TeachingZ) lesson = 3 * sigma;
    if (z < -Tuning.TeachingZ) lesson = -3 * sigma;
    z = max(-Tuning.LargestZ, Math.min(Tuning.LargestZ, z));
  }
  // Young means are plain averages: a weight of 1/count until that is less than the EWMA's own.
  const young = floor(1048576 / count);
  const slower = d._alarm ? 4 : 1;
  d._level += floor((lesson * floor(max(young, d._levelWeight) / slower) + 524288) / 1048576);
  d._deviation += floor(((Math.abs(lesson) - d._deviation) * floor(max(young, d._deviationWeight) / slower) + 524288) / 1048576);
  d._lastS = timeS;
  if (!d._high) d._highSinceS = timeS;
  if (!d._low) d._lowSinceS = timeS;
  d._high = max(0, Math.min(Tuning.Ceiling, d._high + (z - Tuning.DriftZ) * d._intervalS));
  d._low = max(0, Math.min(Tuning.Ceiling, d._low - (z + Tuning.DriftZ) * d._intervalS));
  const sum = max(d._high, d._low);
  if (!d._alarm && sum > Tuning.Threshold) {
    verdict = Verdict.AlarmStarts;
    d._alarm = d._high > d._low ? 1 : -1;
    d._sinceS = d._alarm > 0 ? d._highSinceS : d._lowSinceS;
    d._peak = 0;
    d._alarms++;
  } else if (d._alarm && sum * 2 < Tuning.Threshold) {
    verdict = Verdict.AlarmEnds;
    d._alarm = 0;
  }
  if (d._alarm && sum > d._peak) d._peak = sum;
  return verdict;
}

/** A sum as % of the threshold: 100 starts an alarm, 150 is the ceiling. */
export function percent(sum: number): number {
  return Math.floor((sum * 100) / Tuning.Threshold);
}
