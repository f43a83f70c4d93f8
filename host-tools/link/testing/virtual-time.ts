// Time for tests in which everything happens in this process: it stands still while anything is under way and jumps to the next timer when nothing is.
//
// So a computer that is held up for a while can't make an answer late: late is only what waits for a timer of its own.
import { afterEach, beforeEach, vi } from "vitest";

/** Turns of the event loop without anything to do after which nothing is under way: promises may need a few. */
const QUIET_TURNS = 3;

/** Lets everything arrive that is on its way between streams of this process (they deliver by setImmediate). */
async function settle(): Promise<void> {
  for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (process.getActiveResourcesInfo().includes("Immediate")) quiet = -1;
  }
}

/** Gives the tests of this file or this describe virtual time, which passes by itself. */
export function useVirtualTime(): void {
  let isOver = false;
  let passing: Promise<void> | undefined;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
    isOver = false;
    passing = (async () => {
      while (!isOver) {
        await settle();
        if (!isOver && vi.getTimerCount() > 0) await vi.advanceTimersToNextTimerAsync();
      }
    })();
  });
  afterEach(async () => {
    isOver = true;
    await passing;
    vi.useRealTimers();
  });
}
