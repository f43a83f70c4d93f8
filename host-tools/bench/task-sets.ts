// Random task sets for the scheduler's bench: utilisations by UUniFast (Bini and Buttazzo, Real-Time Systems 30(1–2), 2005), periods log-uniform.
import { admitTime, assignSlack, Admission, Job } from "../../kernel/power/admission.ts";
import { seededRandom } from "../sim/solar.ts";
import type { SimTask } from "./scheduler-engine.ts";

/** `count` utilisations that add up to `total`, uniform over all such. */
export function uuniFast(count: number, total: number, random: () => number): number[] {
  const shares: number[] = [];
  let left = total;
  for (let i = 1; i < count; i++) {
    const next = left * random() ** (1 / (count - i));
    shares.push(left - next);
    left = next;
  }
  return [...shares, left];
}

export interface SetOptions {
  seed: number;
  tasks: number;
  utilisation: number;
  shortestUs: number;
  longestUs: number;
}

/** Periods in whole ms, deadlines at the end of the period, any phase. */
export function randomSet({ seed, tasks, utilisation, shortestUs, longestUs }: SetOptions): SimTask[] {
  const random = seededRandom(seed);
  return uuniFast(tasks, utilisation, random).map((share) => {
    const periodUs = Math.round((shortestUs * (longestUs / shortestUs) ** random()) / 1000) * 1000;
    return { periodUs, deadlineUs: periodUs, runUs: Math.max(1, Math.floor(periodUs * share)), offsetUs: Math.floor(random() * periodUs) + 1, slackUs: 0, priority: 1, criticality: 1 };
  });
}

/** The same set with the slack that admission control grants of `share` of each period. `isAdmitted`: without slack it provably fits. */
export function withSlack(tasks: readonly SimTask[], share: number, wakeUs: number): { tasks: SimTask[]; granted: number; isAdmitted: boolean } {
  const set = Float64Array.from(tasks.flatMap(({ periodUs, deadlineUs, runUs }) => [periodUs, deadlineUs, runUs, 0, 0]));
  const isAdmitted = admitTime(set, wakeUs) === Admission.Fits;
  const granted = share > 0 ? assignSlack(set, Float64Array.from(tasks, ({ periodUs }) => Math.floor(periodUs * share)), wakeUs) / 16 : 0;
  return { tasks: tasks.map((task, i) => ({ ...task, slackUs: set[i * Job.Words + Job.SlackUs]! })), granted, isAdmitted };
}
