// Admission: does a set of tasks fit, in time and in charge? Integers only; in doubt the answer is no.
//
// Handlers run to completion, so this is non-preemptive EDF: for every t, the demand of jobs released and due within t, plus the longest job that is due
// later and may just have begun, plus one wake-up, must fit into t. Demand bound: Baruah, Rosier and Howell, Real-Time Systems 2(4), 1990; blocking:
// Jeffay, Stanat and Martel, RTSS 1991, and George, Rivierre and Spuri, INRIA RR-2966, 1996. Timer slack is release jitter: a job may come `slack` late
// while its deadline stays. Only the deadlines within the first busy period need a look; when that is too long to look at, the set is refused.

/** Words of a task in a set; times in µs. */
export const enum Job {
  PeriodUs = 0,
  /** From the release it was meant to have. */
  DeadlineUs = 1,
  /** Longest run. */
  RunUs = 2,
  SlackUs = 3,
  /** Charge of one job with the devices it uses, nC. */
  ChargeNc = 4,
  Words = 5,
}

export const enum Admission {
  Fits = 0,
  /** More than all of the processor. */
  Overload = 1,
  /** A deadline may be missed. */
  Deadline = 2,
  /** More than the supply gives. */
  Charge = 3,
  /** Too close to full load to tell within `Points` deadlines. */
  Undecided = 4,
}

const enum AdmissionLimit {
  Points = 20000,
  /** Slack is tried in steps of 1/16 of what a job has to spare. */
  Steps = 16,
  UsPerS = 1000000,
}

/** Work released in a busy period of `length`, µs, every release as early as jitter lets it be. */
function work(set: Float64Array, length: number): number {
  let sum = 0;
  for (let i = 0; i < set.length; i += Job.Words) sum += Math.ceil((length + set[i + Job.SlackUs]!) / set[i + Job.PeriodUs]!) * set[i + Job.RunUs]!;
  return sum;
}

/** Work due within `t` of the start of a busy period, plus the longest job due later. A task that is due counts no less than if it blocked. */
function demand(set: Float64Array, t: number): number {
  let sum = 0;
  let longest = 0;
  for (let i = 0; i < set.length; i += Job.Words) {
    const spare = t + set[i + Job.SlackUs]! - set[i + Job.DeadlineUs]!;
    const run = set[i + Job.RunUs]!;
    if (spare >= 0) sum += (Math.floor(spare / set[i + Job.PeriodUs]!) + 1) * run;
    else if (run > longest) longest = run;
  }
  return sum + longest;
}

/** Does `set` (rows of `Job`) meet every deadline? `wakeUs`: the longest wake-up. */
export function admitTime(set: Float64Array, wakeUs: number): Admission {
  let load = 0;
  let longest = 0;
  for (let i = 0; i < set.length; i += Job.Words) {
    load += Math.ceil((set[i + Job.RunUs]! * AdmissionLimit.UsPerS) / set[i + Job.PeriodUs]!);
    if (set[i + Job.RunUs]! > longest) longest = set[i + Job.RunUs]!;
  }
  if (load > AdmissionLimit.UsPerS) return Admission.Overload;
  let busy = wakeUs + longest + work(set, 0);
  let left: number = AdmissionLimit.Points;
  for (let next = wakeUs + longest + work(set, busy); next > busy; next = wakeUs + longest + work(set, busy)) {
    if (left-- <= 0) return Admission.Undecided;
    busy = next;
  }
  for (let i = 0; i < set.length; i += Job.Words) {
    const period = set[i + Job.PeriodUs]!;
    let t = set[i + Job.DeadlineUs]! - set[i + Job.SlackUs]!;
    // A first deadline before the wake-up is over is looked at like any other.
    do {
      if (left-- <= 0) return Admission.Undecided;
      if (t < 0 || wakeUs + demand(set, t) > t) return Admission.Deadline;
      t += period;
    } while (t <= busy);
  }
  return Admission.Fits;
}

/** Does what `set` uses on average, on top of `floorNa` for sleep, stay within `supplyNa`? */
export function admitCharge(set: Float64Array, floorNa: number, supplyNa: number): Admission {
  let sum = floorNa;
  for (let i = 0; i < set.length; i += Job.Words) sum += Math.ceil((set[i + Job.ChargeNc]! * AdmissionLimit.UsPerS) / set[i + Job.PeriodUs]!);
  return sum > supplyNa ? Admission.Charge : Admission.Fits;
}

/**
 * Gives every task of `set` the largest slack, in sixteenths of `mostUs` (by task), with which all deadlines still hold, and writes it into the set.
 * Returns the sixteenths; 0: no slack is safe, or the set does not fit at all.
 */
export function assignSlack(set: Float64Array, mostUs: Float64Array, wakeUs: number): number {
  for (let step: number = AdmissionLimit.Steps; step > 0; step--) {
    for (let i = 0; i < mostUs.length; i++) set[i * Job.Words + Job.SlackUs] = Math.floor((mostUs[i]! * step) / AdmissionLimit.Steps);
    if (admitTime(set, wakeUs) === Admission.Fits) return step;
  }
  for (let i = 0; i < mostUs.length; i++) set[i * Job.Words + Job.SlackUs] = 0;
  return 0;
}
