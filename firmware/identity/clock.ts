// The wall clock: a time that was set once, plus what the tile's own clock has counted since, plus the doubt that grows meanwhile.
//
// Integers: µs since boot in a double, wall time in ms since 1970. Reference: the time model of CCSDS 301.0-B-4 §1 (correlated, free-running clocks).

import { IdentityLimit } from "./api.ts";

export interface WallClock {
  /** Wall time when it was set, ms; -1 not set. µs since boot at that moment; uncertainty then, ms. */
  _wallMs: number;
  _setUs: number;
  _doubtMs: number;
}

/** Wall time at `nowUs`, ms, rounded down; the clock must be set. */
export function wallMs(clock: WallClock, nowUs: number): number {
  return clock._wallMs + Math.floor((nowUs - clock._setUs) / 1000);
}

/** How far off it may be by then, ms, rounded up: what it was set with, one ms of rounding, and the drift since. */
export function doubtMs(clock: WallClock, nowUs: number): number {
  return clock._doubtMs + 1 + Math.ceil(((nowUs - clock._setUs) / 1000000000) * IdentityLimit.DriftPpm);
}
