/**
 * Lets a virtual clock follow real time, for a person or a program that talks to a simulated tile.
 *
 * The idea: sleep until the next event is due, run what is due, sleep again. A factor speeds the world up (60: a minute a second).
 */
import type { VirtualClock } from "./virtual-clock.ts";

export interface Pacer {
  /** Brings the clock to the present; call it before something from outside enters the world. */
  catchUp(): void;
  /** Stops following; the clock stands still. */
  stop(): void;
}

/** @param factor virtual seconds per real second, > 0. */
export function pace(clock: VirtualClock, factor = 1): Pacer {
  if (!(factor > 0)) throw new RangeError(`factor has to be positive, not ${factor}`);
  const startUs = clock.nowUs;
  const startMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;
  clock.onEarlier = (): void => {
    if (!isRunning) sleep();
  };
  sleep();
  return {
    catchUp: run,
    stop(): void {
      clock.onEarlier = undefined;
      clearTimeout(timer);
    },
  };

  function presentUs(): number {
    return startUs + Math.floor((performance.now() - startMs) * 1000 * factor);
  }

  function run(): void {
    if (isRunning) return;
    isRunning = true;
    try {
      clock.runUntil(Math.max(clock.nowUs, presentUs()));
    } finally {
      isRunning = false;
    }
    if (clock.onEarlier) sleep();
  }

  function sleep(): void {
    clearTimeout(timer);
    const nextUs = clock.nextUs;
    if (nextUs === undefined) return;
    timer = setTimeout(run, Math.min(Math.max(0, (nextUs - presentUs()) / 1000 / factor), 0x7fffffff));
  }
}
