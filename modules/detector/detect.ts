// The tile's own anomaly detector (firmware/detector/ewma-cusum.ts) in the guest language, where functions are no values: `const floor = Math.floor` is not
// possible there. Everything else is imported from it; the module's test holds the two together, sample by sample.

import { type Detector, Tuning, Verdict } from "../../firmware/detector/ewma-cusum.ts";

/** Takes in one sample taken at `timeS`. */
export function detect(d: Detector, value: number, timeS: number): Verdict {
  d._count++;
  if (d._count === 1) d._level = value * 256;
  const residual = value * 256 - d._level;
  const sigma = Math.max((d._deviation * 5) >> 2, Tuning.LeastDeviation);
  let lesson = residual;
  let z = 0;
  if (d._count > Tuning.LearnSamples) {
    z = ((residual * 64) / sigma) | 0;
    if (z > Tuning.TeachingZ) lesson = 3 * sigma;
    if (z < -Tuning.TeachingZ) lesson = -3 * sigma;
    z = Math.max(-Tuning.LargestZ, Math.min(Tuning.LargestZ, z));
  }
  // Young means are plain averages: a weight of 1/count until that is less than the EWMA's own.
  const young = Math.floor(1048576 / d._count);
  const slower = d._alarm !== 0 ? 4 : 1;
  d._level += Math.floor((lesson * Math.floor(Math.max(young, d._levelWeight) / slower) + 524288) / 1048576);
  d._deviation += Math.floor(((Math.abs(lesson) - d._deviation) * Math.floor(Math.max(young, d._deviationWeight) / slower) + 524288) / 1048576);
  d._lastS = timeS;
  if (d._high === 0) d._highSinceS = timeS;
  if (d._low === 0) d._lowSinceS = timeS;
  d._high = Math.max(0, Math.min(Tuning.Ceiling, d._high + (z - Tuning.DriftZ) * d._intervalS));
  d._low = Math.max(0, Math.min(Tuning.Ceiling, d._low - (z + Tuning.DriftZ) * d._intervalS));
  return judge(d, Math.max(d._high, d._low));
}

/** Begins or ends an alarm. */
function judge(d: Detector, sum: number): Verdict {
  let verdict = Verdict.Nothing;
  if (d._alarm === 0 && sum > Tuning.Threshold) {
    verdict = Verdict.AlarmStarts;
    d._alarm = d._high > d._low ? 1 : -1;
    d._sinceS = d._alarm > 0 ? d._highSinceS : d._lowSinceS;
    d._peak = 0;
    d._alarms++;
  } else if (d._alarm !== 0 && sum * 2 < Tuning.Threshold) {
    verdict = Verdict.AlarmEnds;
    d._alarm = 0;
  }
  if (d._alarm !== 0 && sum > d._peak) d._peak = sum;
  return verdict;
}
