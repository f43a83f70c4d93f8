// The boot log: one page of words, a word per start, that tells a tile how its last starts went.
//
// Idea: the first stage appends a start word before it runs an image, the image programs that word to 0 once it has been healthy for a while. Starts at the end of the log that never became
// healthy are a boot loop. Trials of an update are logged too but don't count: their outcome is in the slot's trailer. Words are written in
// order, so the end is found by bisection. The page is erased when it is full, which forgets at most one unfinished count.
import type { Flash } from "../../hal/flash.ts";

/** Why a tile was reset, as far as the port knows. */
export const enum ResetCause {
  Unknown = 0,
  Power = 1,
  Watchdog = 2,
  Software = 3,
  Crash = 4,
}

/** How the first stage came to start this image. */
export const enum BootKind {
  Normal = 0,
  /** First start of an update: confirm it, or the next reset goes back. */
  Test = 1,
  /** The starts before would not get healthy: this is the other image, or one more try. */
  Fallback = 2,
}

/** What the first stage tells the image: third argument of the image's function. */
export interface BootInfo {
  /** Slot that runs: 0 or 1. */
  slot: number;
  kind: BootKind;
  cause: ResetCause;
  /** Offset of this start's word in the boot log, for `markHealthy`. */
  log: number;
  /** Earlier starts in a row that did not become healthy. */
  unhealthy: number;
}

/** Ends the start that `info` tells of well: it no longer counts towards a boot loop. Call it once the image has been healthy for a while. */
export function markHealthy(flash: Flash, info: BootInfo): void {
  flash.program(info.log, "\0\0\0\0");
}

/** What follows from starts in a row without health. */
export const enum BootLimit {
  /** Another confirmed image gets its turn, and after as many the first one again. */
  Unhealthy = 3,
  /** Recovery: the boot window is long from here on, so that somebody can come in. Nobody has to: a tile that may run something always tries again. */
  Recovery = 6,
  RecoveryMs = 60000,
}

/** Index of the first unused word of a log page. */
export function logEnd(page: string): number {
  let low = 0;
  let high = page.length >> 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (page.substr(middle * 4, 4) === "\xff\xff\xff\xff") high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Starts in a row, back from word `end`, that did not become healthy. `cause` is why the last of them ended: a start that ended because the power
 * went away is not counted (a flapping supply is no boot loop). Where the port can't tell the cause, power cuts count like the rest.
 */
export function unhealthyStarts(page: string, end: number, cause: number): number {
  let count = 0;
  let at = end * 4;
  while (at) {
    at -= 4;
    if (page.substr(at, 4) === "\0\0\0\0") return count;
    if (cause !== ResetCause.Power && page.charCodeAt(at + 1) !== BootKind.Test) count++;
    cause = page.charCodeAt(at);
  }
  return count;
}
