// Power management over the kernel's tables: which ready task by rank, and when the tile has to be awake again.
//
// A job's deadline is its task's relative deadline after it became ready (SetTimer's own time when a timer made it so). Timers have slack by task; those of
// tasks that are shed wake nobody, they fire when the tile is awake anyway. Reads the tables, writes none of them.

import { Limit, Reg, Sc, Tcb } from "../state.ts";
import type { KernelState } from "../state.ts";
import { PolicyLimit, SupplyFeature } from "./features.ts";
import { powerRank, powerReadyUs, powerSettle, powerSleep } from "./power.ts";
import type { Power } from "./power.ts";

/** What the scheduler keeps by task number, µs, beside `Power`. */
export interface Jobs {
  /** Deadline after becoming ready, 0 none; slack of its timers. Set by whoever composes the tile, after admission. */
  _relativeUs: Float64Array;
  _slackUs: Float64Array;
  /** Since when it is ready, and when that job is due. */
  _readyUs: Float64Array;
  _dueUs: Float64Array;
  /** Timers and slacks for `powerNextUs`; the last one is the kernel's own. */
  _at: Float64Array;
  _slack: Float64Array;
}

export function createJobs(): Jobs {
  return {
    _relativeUs: new Float64Array(Limit.Tasks),
    _slackUs: new Float64Array(Limit.Tasks),
    _readyUs: new Float64Array(Limit.Tasks),
    _dueUs: new Float64Array(Limit.Tasks),
    _at: new Float64Array(Limit.Tasks + 1),
    _slack: new Float64Array(Limit.Tasks + 1),
  };
}

/** Task number `n` has got an event at `sinceUs`: the time its timer was armed for, else now. */
export function jobReady(j: Jobs, n: number, sinceUs: number): void {
  j._readyUs[n] = sinceUs;
  j._dueUs[n] = j._relativeUs[n]! > 0 ? sinceUs + j._relativeUs[n]! : 0;
}

/** The ready task of highest rank that `mayRun`; equal ones in the order of the ready list; 0 none. */
export function powerPick(k: KernelState, p: Power, j: Jobs, mayRun: (k: KernelState, t: number) => boolean): number {
  const m = k._m;
  let best = 0;
  let most = 0;
  powerSettle(p, k._now);
  for (let t = m[Reg.Ready]!; t; t = m[t + Tcb.Next]!) {
    const n = m[t + Tcb.Number]!;
    const sc = m[t + Tcb.Sc]!;
    if (!mayRun(k, t)) continue;
    const fuel = m[sc + Sc.Budget] ? m[sc + Sc.Refill + 2]! : PolicyLimit.Unlimited;
    const rank = powerRank(p, n, m[t + Tcb.Priority]!, j._dueUs[n]!, fuel, 0, j._readyUs[n]!, k._now);
    if (rank > most) {
      most = rank;
      best = t;
    }
  }
  return best;
}

/**
 * Nothing can run: goes to sleep (`powerSleep`) and returns when to be awake, µs; −1: only an interrupt can bring work.
 * `kernelUs`: a time without slack that the kernel needs itself (a refill, a domain's end), −1 none. `deepest`: deepest sleep state allowed.
 */
export function powerNextUs(k: KernelState, p: Power, j: Jobs, kernelUs: number, deepest: number): number {
  const m = k._m;
  const shed = p._supplyRow[SupplyFeature.Shed]!;
  for (let n = 0; n < Limit.Tasks; n++) {
    const t = m[Reg.Tasks + n]!;
    const isShed = p._criticality[n]! < shed;
    const at = t && !isShed ? k._d[(t + Tcb.Deadline) >> 1]! : 0;
    j._slack[n] = j._slackUs[n]!;
    j._at[n] = at > k._now ? at : 0;
  }
  // A debt of charge that keeps a ready task waiting.
  for (let t = m[Reg.Ready]!; t; t = m[t + Tcb.Next]!) {
    const n = m[t + Tcb.Number]!;
    const paidUs = powerReadyUs(p, n, k._now);
    if (p._criticality[n]! < shed || paidUs <= k._now) continue;
    j._at[n] = paidUs;
    j._slack[n] = 0;
  }
  j._at[Limit.Tasks] = kernelUs > k._now ? kernelUs : 0;
  return powerSleep(p, j._at, j._slack, Limit.Tasks + 1, deepest, k._now);
}
