// Where a scenario cuts the power: at which flash operations of an update, and in which of the three ways.
//
// Idea: all points are (operation, phase) pairs in order. A rig with the time takes them all, half in each variant; any other takes as many as it has time for,
// spread over the whole update with a seeded offset and the phases in turn. GENESIS_ASSURE takes every operation in all three ways on any rig.
import type { CutPhase } from "../host-tools/tiles/tile-host.ts";

export interface CutPoint {
  /** 1 is the first flash operation after the cut is armed. */
  operation: number;
  phase: CutPhase;
}

export const CUT_PHASES: readonly CutPhase[] = ["torn", "before", "after"];

/** Is every point asked for, however long it takes? */
export function wantsEveryCut(): boolean {
  return Boolean(process.env.GENESIS_ASSURE);
}

/**
 * Up to `count` points of an update of `total` operations; all of them under GENESIS_ASSURE.
 * `isOdd`: the other variant of a scenario, which takes the other half, or points in between.
 */
export function chooseCutPoints(total: number, count: number, seed: number, isOdd: boolean, isEvery: boolean = wantsEveryCut()): CutPoint[] {
  const point = (operation: number, phase: number): CutPoint => ({ operation, phase: CUT_PHASES[phase % CUT_PHASES.length] as CutPhase });
  const all = Array.from({ length: total * CUT_PHASES.length }, (_, index) => point(1 + Math.floor(index / CUT_PHASES.length), index));
  if (isEvery) return all;
  if (count >= all.length) return all.filter((_, index) => index % 2 === (isOdd ? 1 : 0));
  const shift = ((seed + (isOdd ? 0.5 : 0)) * 0.618_034) % 1;
  // At most three in a row share an operation, and those differ in phase.
  return Array.from({ length: count }, (_, index) => point(1 + Math.floor(((index + shift) / count) * total), index));
}
