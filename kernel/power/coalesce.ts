// Timers with slack: one wake-up for many.
//
// A timer may fire anywhere in [at, at + slack]. No timer may be late, so the tile must be awake at the first `at + slack`, the limit; every timer whose
// `at` has come by then can share that wake-up. Among the times that serve this largest set the earliest is best: the last `at` not after the limit.
// Repeating it gives the fewest wake-ups possible (stabbing intervals with the fewest points, greedy by right end; Cormen et al., ch. "Greedy
// Algorithms"). Linux does the same for ranges of hrtimers; here it is one pass over the few timers of a tile.

/**
 * When to wake up, µs; −1 when no timer is armed.
 * @param at earliest time of each timer, µs; 0: not armed. @param slack how much later is fine, µs. @param count timers.
 */
export function nextWakeUs(at: Float64Array, slack: Float64Array, count: number): number {
  let limit = -1;
  for (let i = 0; i < count; i++) {
    const last = at[i]! + slack[i]!;
    if (at[i]! > 0 && (limit < 0 || last < limit)) limit = last;
  }
  let wake = limit < 0 ? -1 : 0;
  for (let i = 0; i < count; i++) {
    if (at[i]! > wake && at[i]! <= limit) wake = at[i]!;
  }
  return wake;
}
