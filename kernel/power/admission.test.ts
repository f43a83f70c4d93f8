// What is admitted meets its deadlines in a simulation that tries to break it; what is refused for load can't fit.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Admission, admitCharge, admitTime, assignSlack, Job } from "./admission.ts";

const job = (periodUs: number, deadlineUs: number, runUs: number, slackUs = 0, chargeNc = 0): number[] => [periodUs, deadlineUs, runUs, slackUs, chargeNc];
const set = (...jobs: number[][]): Float64Array => Float64Array.from(jobs.flat());

/** Non-preemptive EDF; releases come late by what `jitter` says; true when a deadline is missed before `endUs`. */
function misses(tasks: Float64Array, wakeUs: number, endUs: number, jitter: (task: number, release: number) => number, offsets: readonly number[]): boolean {
  const jobs: { comes: number; due: number; run: number }[] = [];
  for (let i = 0; i < tasks.length; i += Job.Words) {
    let n = 0;
    for (let at = offsets[i / Job.Words] ?? 0; at < endUs; at += tasks[i + Job.PeriodUs]!) jobs.push({ comes: at + Math.min(tasks[i + Job.SlackUs]!, jitter(i / Job.Words, n++)), due: at + tasks[i + Job.DeadlineUs]!, run: tasks[i + Job.RunUs]! });
  }
  let now = 0;
  while (jobs.length > 0) {
    let ready = jobs.filter(({ comes }) => comes <= now);
    if (ready.length === 0) {
      now = Math.min(...jobs.map(({ comes }) => comes)) + wakeUs;
      ready = jobs.filter(({ comes }) => comes <= now);
    }
    const next = ready.reduce((a, b) => (b.due < a.due ? b : a));
    jobs.splice(jobs.indexOf(next), 1);
    now += next.run;
    if (now > next.due) return true;
  }
  return false;
}

const tasks = fc.array(fc.tuple(fc.integer({ min: 5, max: 40 }), fc.integer({ min: 40, max: 100 }), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 60 })), { minLength: 1, maxLength: 4 }).map((list) =>
  set(...list.map(([period, share, run, slackShare]) => {
    const deadline = Math.max(1, Math.floor((period * share) / 100));
    return job(period, deadline, Math.min(run, period), Math.floor((deadline * slackShare) / 100));
  })),
);

describe("admitTime", () => {
  it("an admitted set misses nothing, whatever the phases and the jitter within slack", () => {
    let admitted = 0;
    fc.assert(
      fc.property(tasks, fc.integer({ min: 0, max: 3 }), fc.array(fc.nat(200), { minLength: 8, maxLength: 8 }), fc.array(fc.nat(40), { minLength: 4, maxLength: 4 }), (made, wakeUs, late, offsets) => {
        if (admitTime(made, wakeUs) !== Admission.Fits) return;
        admitted++;
        expect(misses(made, wakeUs, 300, (task, n) => late[(task * 3 + n) % 8]!, offsets)).toBe(false);
        expect(misses(made, wakeUs, 300, () => 0, [0, 0, 0, 0])).toBe(false);
      }),
      { numRuns: 3000 },
    );
    expect(admitted).toBeGreaterThan(300);
  });
  it("knows the textbook cases", () => {
    expect(admitTime(set(job(10, 10, 5), job(20, 20, 5)), 0)).toBe(Admission.Fits);
    expect(admitTime(set(job(10, 10, 6), job(20, 20, 9)), 0)).toBe(Admission.Overload);
    // Half loaded, but the long job blocks the short deadline.
    expect(admitTime(set(job(10, 5, 2), job(100, 100, 6)), 0)).toBe(Admission.Deadline);
    expect(admitTime(set(job(10, 5, 2), job(100, 100, 3)), 0)).toBe(Admission.Fits);
    // A wake-up takes time as well.
    expect(admitTime(set(job(10, 5, 2), job(100, 100, 3)), 1)).toBe(Admission.Deadline);
    // Slack is taken from the deadline.
    expect(admitTime(set(job(100, 50, 2, 48)), 0)).toBe(Admission.Fits);
    expect(admitTime(set(job(100, 50, 2, 49)), 0)).toBe(Admission.Deadline);
    expect(admitTime(new Float64Array(0), 5)).toBe(Admission.Fits);
  });
  it("says when it can't tell instead of running for ever", () => {
    expect(admitTime(set(job(2, 1_000_000, 1), job(1_000_001, 1_000_001, 499_000)), 0)).toBe(Admission.Undecided);
  });
});

describe("assignSlack", () => {
  it("gives only what is safe", () => {
    fc.assert(
      fc.property(tasks, fc.integer({ min: 0, max: 3 }), (made, wakeUs) => {
        const most = new Float64Array(made.length / Job.Words);
        for (let i = 0; i < most.length; i++) most[i] = made[i * Job.Words + Job.DeadlineUs]!;
        const step = assignSlack(made, most, wakeUs);
        if (step > 0) expect(admitTime(made, wakeUs)).toBe(Admission.Fits);
        else for (let i = 0; i < most.length; i++) expect(made[i * Job.Words + Job.SlackUs]).toBe(0);
      }),
    );
  });
});

describe("admitCharge", () => {
  it("compares average currents", () => {
    // 10 µC every second is 10 µA, on top of 3 µA.
    const one = set(job(1_000_000, 1_000_000, 100, 0, 10_000));
    expect(admitCharge(one, 3000, 13_000)).toBe(Admission.Fits);
    expect(admitCharge(one, 3000, 12_999)).toBe(Admission.Charge);
  });
});
