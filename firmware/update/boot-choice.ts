// Which image starts: the decision of the first stage, as a pure function of two trailers and the boot log.
//
// Test, then confirm; anything else goes back. boot-states.ts is the same decision as a table for people; a test holds the two together.
// Standard: MCUboot "boot swap types" (none, test, revert) without the swap, because both slots run in place.
import { BootLimit } from "./boot-log.ts";
import { SlotState } from "./slot-trailer.ts";

export const enum Choice {
  /** Nothing here may run. */
  None = -1,
}

/**
 * The slot to start, or Choice.None. `rankA` and `rankB` are slot ranks (0 where the slot is absent or its image is not whole).
 * The answer is a trial when that slot's state is Pending; a fallback when it is not the best confirmed slot.
 */
export function chooseSlot(rankA: number, rankB: number, unhealthy: number): number {
  const newer = rankB > rankA ? 1 : 0;
  if (((newer ? rankB : rankA) & 3) === SlotState.Pending) return newer;
  const isGoodA = (rankA & 3) === SlotState.Confirmed;
  const isGoodB = (rankB & 3) === SlotState.Confirmed;
  // Two good ones take turns while neither gets healthy.
  if (isGoodA && isGoodB) return Math.floor(unhealthy / BootLimit.Unhealthy) & 1 ? 1 - newer : newer;
  return isGoodA ? 0 : isGoodB ? 1 : Choice.None;
}
