// Sleep states of a board, from its currents and wake-up times: when does a deeper one begin to pay?
//
// Leaving state s takes `wakeUs`, during which the chip draws `wakeNa` and does nothing useful. Sleeping for a gap of T then costs
// sleepNa × (T − wakeUs) + wakeNa × wakeUs. A deeper state pays when T is at least the largest crossing point with any shallower one: its break-even
// time (Benini et al., IEEE TVLSI 8(3), 2000). Computed once at start, so that choosing is two comparisons a state.

import { PolicyLimit, PolicyVersion, SleepFeature } from "./features.ts";

/** Words of one state in a table, shallowest state first. */
export const enum SleepState {
  CurrentNa = 0,
  /** µs from the interrupt to the first instruction of JavaScript. */
  WakeUs = 1,
  /** Current meanwhile, nA. */
  WakeNa = 2,
  Words = 3,
}

/** Charge of a gap of `gapUs` spent in state `state` of `table`, nA·µs (fC). */
export function gapFc(table: Int32Array, state: number, gapUs: number): number {
  const at = state * SleepState.Words;
  const wakeUs = table[at + SleepState.WakeUs]!;
  return (gapUs - wakeUs) * table[at + SleepState.CurrentNa]! + wakeUs * table[at + SleepState.WakeNa]!;
}

/** Least gap, µs, from which `state` costs no more than every shallower state; `Unlimited` when that does not come within `Far`. */
export function breakEvenUs(table: Int32Array, state: number): number {
  const at = state * SleepState.Words;
  let most = table[at + SleepState.WakeUs]!;
  for (let i = 0; i < state; i++) {
    const less = table[i * SleepState.Words + SleepState.CurrentNa]! - table[at + SleepState.CurrentNa]!;
    const more = gapFc(table, state, 0) - gapFc(table, i, 0);
    if (more > 0) {
      const gap = less > 0 ? Math.ceil(more / less) : PolicyLimit.Far;
      if (gap > most) most = gap;
    }
  }
  return most < PolicyLimit.Far ? most : PolicyLimit.Unlimited;
}

/** The constant part of the row for `pickSleep`; `Until` and `Deepest` are filled in before each question. At most four states are used. */
export function createSleepRow(table: Int32Array): Int32Array {
  const row = new Int32Array(SleepFeature.Words);
  const states = Math.floor(table.length / SleepState.Words);
  row[SleepFeature.Version] = PolicyVersion.Current;
  row[SleepFeature.States] = states > PolicyLimit.SleepStates ? PolicyLimit.SleepStates : states;
  row[SleepFeature.Deepest] = PolicyLimit.SleepStates - 1;
  for (let i = 1; i < PolicyLimit.SleepStates; i++) {
    const at = SleepFeature.Latency1 + (i - 1) * 2;
    row[at] = i < states ? table[i * SleepState.Words + SleepState.WakeUs]! : PolicyLimit.Unlimited;
    row[at + 1] = i < states ? breakEvenUs(table, i) : PolicyLimit.Unlimited;
  }
  return row;
}

/** What the kernel makes of an answer of `pickSleep`: a state that exists, is allowed, and is left in time, whether it pays or not. Row: `SleepFeature`. */
export function clampSleep(answer: number, row: Int32Array): number {
  let state = answer > 0 ? Math.min(Math.floor(answer), row[SleepFeature.Deepest]!, row[SleepFeature.States]! - 1) : 0;
  while (state > 0 && row[SleepFeature.Until]! < row[SleepFeature.Latency1 - 2 + state * 2]!) state--;
  return state;
}
