// The boot and update state machine as a table: what people read, generated into the docs.
//
// Every row is one state of the slots and the boot log, the condition that tells it, what the first stage does and what follows. boot-states.test.ts walks
// all combinations of slot states and boot counts and checks that chooseSlot() does what the first row that matches says, so table and code can't drift apart.
// Host-only data: nothing on the tile imports this. Words are MCUboot's: test, confirm, revert, slot.

/** Condition on one slot, or a set of them: "other" is the slot that is not `newer`. */
export interface BootState {
  /** Name of the state. */
  state: string;
  /** State of the slot that was set last, and of the other one ("any" where it doesn't matter). */
  newer: "pending" | "tried" | "confirmed" | "any";
  other: "confirmed" | "any";
  /** Starts in a row without health, from … to. */
  unhealthy: [number, number];
  /** Which image starts. */
  starts: "newer" | "other" | "nothing";
  /** The condition in words. */
  condition: string;
  action: string;
  next: string;
}

const never = 1000;

/** In order: the first row that matches decides. A slot whose image is not whole counts as "none". */
export const bootStates: readonly BootState[] = [
  {
    state: "test",
    newer: "pending",
    other: "any",
    unhealthy: [0, never],
    starts: "newer",
    condition: "the newer slot is set to be tested and its image is whole",
    action: "mark it tried, note the start, watchdog on, start it",
    next: "confirmed by the host → normal; any reset before that → revert",
  },
  {
    state: "fallback",
    newer: "confirmed",
    other: "confirmed",
    unhealthy: [3, 5],
    starts: "other",
    condition: "three starts of the newer confirmed image never became healthy, the other slot is confirmed too",
    action: "note the start, watchdog on, start the other one",
    next: "healthy → normal (confirm it to keep it); three more failures → recovery",
  },
  {
    state: "boot loop, one image",
    newer: "confirmed",
    other: "any",
    unhealthy: [3, 5],
    starts: "newer",
    condition: "three starts never became healthy and there is no other confirmed image",
    action: "one slot with a stash: unpack the previous image and start it. Else start the same one again",
    next: "healthy → normal; three more failures → recovery",
  },
  {
    state: "recovery",
    newer: "confirmed",
    other: "any",
    unhealthy: [6, 8],
    starts: "newer",
    condition: "six starts in a row never became healthy",
    action: "leave the console to whoever comes for a minute instead of the boot window, then start it",
    next: "healthy → normal; somebody holds the console: genesis flash; else on and on, two confirmed images in turn, three starts each",
  },
  {
    state: "normal",
    newer: "confirmed",
    other: "any",
    unhealthy: [0, 2],
    starts: "newer",
    condition: "the newer slot is confirmed; the other may be empty, half uploaded or damaged",
    action: "note the start, watchdog on, start it",
    next: "healthy → the start is struck off the boot log; reset → normal, after three → fallback or boot loop",
  },
  {
    state: "revert",
    newer: "tried",
    other: "confirmed",
    unhealthy: [0, never],
    starts: "other",
    condition: "the newer image was tried and is not confirmed: it crashed, hung, was reset or lost power",
    action: "note the start, watchdog on, start the other slot, which is confirmed",
    next: "normal on the old image; the host may test the new one again, twice",
  },
  {
    state: "nothing to start",
    newer: "any",
    other: "any",
    unhealthy: [0, never],
    starts: "nothing",
    condition: "no slot holds a whole confirmed image",
    action: "one slot with a stash: unpack the previous image and start it. Else stay in the console",
    next: "revert (one slot), or the console for good: genesis flash",
  },
];
