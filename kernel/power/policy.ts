// The three decisions that may be replaced: which ready task first, how deep to sleep, which work to shed. These are the defaults.
//
// Fixed priority, then earliest deadline first among equals (Liu and Layland, JACM 20(1), 1973): priorities stay what seL4 says they are. Sleep: the
// deepest state that pays and that is left in time (Benini, Bogliolo and De Micheli, IEEE TVLSI 8(3), 2000, break-even time). Shedding: thresholds
// with hysteresis, so that a cloud does not make tasks flicker.

import { PolicyLimit, SleepFeature, SupplyFeature, TaskFeature } from "./features.ts";

/** Ranks one ready task. Highest first, equal ones in the order they became ready; 0: not now. */
export type RankPolicy = (row: Int32Array) => number;
/** Picks a sleep state, or a shed level. */
export type LevelPolicy = (row: Int32Array) => number;

export const enum Rank {
  /** Bits below the priority. */
  Bits = 22,
  /** Deadlines nearer than this are told apart to the µs, 2.1 s; others to 512 µs. */
  Near = 0x200000,
  FarShift = 9,
  Last = 0x3fffff,
  Max = 0x3fffffff,
}

/** Per mille of the battery. A level is entered below `Enter`, left above `Leave`. */
export const enum ShedAt {
  Enter1 = 500,
  Leave1 = 600,
  Enter2 = 300,
  Leave2 = 400,
  Enter3 = 150,
  Leave3 = 220,
}

/** Default: priority, then earliest deadline; nothing for tasks without fuel or charge. Row: `TaskFeature`. */
export function rankReady(row: Int32Array): number {
  if (row[TaskFeature.FuelLeft]! <= 0 || row[TaskFeature.ChargeLeft]! <= 0) return 0;
  const due = row[TaskFeature.ToDeadline]!;
  const late = due < 0 ? 0 : due < Rank.Near ? due : Rank.Near + ((due - Rank.Near) >> Rank.FarShift);
  return (row[TaskFeature.Priority]! << Rank.Bits) + Rank.Last - (late > Rank.Last - 1 ? Rank.Last - 1 : late);
}

/** Default: the deepest state that pays and can be left in time. Row: `SleepFeature`. */
export function pickSleep(row: Int32Array): number {
  const until = row[SleepFeature.Until]!;
  let state = 0;
  if (until >= row[SleepFeature.BreakEven1]! && until >= row[SleepFeature.Latency1]!) state = 1;
  if (until >= row[SleepFeature.BreakEven2]! && until >= row[SleepFeature.Latency2]!) state = 2;
  if (until >= row[SleepFeature.BreakEven3]! && until >= row[SleepFeature.Latency3]!) state = 3;
  return state;
}

/** Default: sheds comfort, normal, then important work as the battery falls; a level is left only well above where it was entered. Row: `SupplyFeature`. */
export function shedLevel(row: Int32Array): number {
  const battery = row[SupplyFeature.Battery]!;
  const now = row[SupplyFeature.Shed]!;
  if (battery < ShedAt.Enter3 || (now > 2 && battery < ShedAt.Leave3)) return 3;
  if (battery < ShedAt.Enter2 || (now > 1 && battery < ShedAt.Leave2)) return 2;
  return battery < ShedAt.Enter1 || (now > 0 && battery < ShedAt.Leave1) ? 1 : 0;
}

/** What the kernel makes of an answer of a rank policy: an integer 0 … 2³¹ − 1. Anything that is no number counts as 0. */
export function clampRank(answer: number): number {
  return answer > 0x7fffffff ? 0x7fffffff : answer > 0 ? Math.floor(answer) : 0;
}

/** What the kernel makes of an answer of `shedLevel`: vital tasks always run. */
export function clampShed(answer: number): number {
  return answer > PolicyLimit.CriticalityMax ? PolicyLimit.CriticalityMax : answer > 0 ? Math.floor(answer) : 0;
}
