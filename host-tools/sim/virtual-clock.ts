/**
 * Virtual time: integer microseconds that pass only when something is due.
 *
 * The idea: one clock serves a whole world of tiles, lines and rigs. Events run in order of their time, and events of the same
 * microsecond in the order in which they were scheduled, so a run repeats exactly. Hours of a tile's life take milliseconds.
 * `pacer.ts` ties a clock to real time for interactive use.
 */

/** An event that was scheduled; give it to `cancel`. */
export interface Scheduled {
  readonly timeUs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

export class VirtualClock {
  #nowUs = 0;
  #order = 0;
  #cancelled = 0;
  /** Binary heap, earliest first. */
  readonly #heap: Scheduled[] = [];
  /** Told whenever an event becomes the earliest one (a pacer sleeps until then). */
  onEarlier: (() => void) | undefined;

  /** Microseconds since the world began. */
  get nowUs(): number {
    return this.#nowUs;
  }

  /** Runs `run` at `timeUs` (now, if that has passed). @throws RangeError unless it is a safe integer. */
  at(timeUs: number, run: () => void): Scheduled {
    if (!Number.isSafeInteger(timeUs)) throw new RangeError(`timeUs has to be an integer of microseconds, not ${timeUs}`);
    const event: Scheduled = { timeUs: Math.max(timeUs, this.#nowUs), order: this.#order++, run };
    this.#push(event);
    if (this.#heap[0] === event) this.onEarlier?.();
    return event;
  }

  /** Runs `run` `delayUs` from now. */
  after(delayUs: number, run: () => void): Scheduled {
    return this.at(this.#nowUs + Math.max(0, delayUs), run);
  }

  /** Forgets an event; harmless when it has run. */
  cancel(event: Scheduled | undefined): void {
    if (!event?.run) return;
    event.run = undefined;
    this.#cancelled++;
    if (this.#cancelled > 64 && this.#cancelled * 2 > this.#heap.length) this.#sweep();
  }

  /** When the next event is due; undefined when nothing is. */
  get nextUs(): number | undefined {
    while (this.#heap.length > 0 && !this.#heap[0]!.run) {
      this.#pop();
      this.#cancelled--;
    }
    return this.#heap[0]?.timeUs;
  }

  /** Runs the next event. False when there is none, or none until `limitUs`. */
  step(limitUs = Number.MAX_SAFE_INTEGER): boolean {
    const timeUs = this.nextUs;
    if (timeUs === undefined || timeUs > limitUs) return false;
    const event = this.#pop();
    this.#nowUs = event.timeUs;
    const run = event.run!;
    event.run = undefined;
    run();
    return true;
  }

  /** Runs everything due until `timeUs`, then it is `timeUs`. */
  runUntil(timeUs: number): void {
    while (this.step(timeUs));
    this.#nowUs = Math.max(this.#nowUs, timeUs);
  }

  /** Lets `durationUs` pass. */
  run(durationUs: number): void {
    this.runUntil(this.#nowUs + durationUs);
  }

  /**
   * Runs until `isDone()` or until `timeoutUs` have passed or nothing is left to happen.
   * @returns what `isDone()` says in the end.
   */
  runWhile(isDone: () => boolean, timeoutUs: number): boolean {
    const limitUs = this.#nowUs + timeoutUs;
    while (!isDone()) {
      if (this.step(limitUs)) continue;
      this.#nowUs = Math.max(this.#nowUs, limitUs);
      return isDone();
    }
    return true;
  }

  #push(event: Scheduled): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Scheduled {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) this.#sink(0, last);
    return first;
  }

  /** Places `event` at or below `at`. */
  #sink(at: number, event: Scheduled): void {
    const heap = this.#heap;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, event)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = event;
  }

  /** Drops cancelled events when they are the majority. */
  #sweep(): void {
    const live = this.#heap.filter((event) => event.run);
    this.#heap.length = 0;
    this.#cancelled = 0;
    for (const event of live) this.#push(event);
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.timeUs < b.timeUs || (a.timeUs === b.timeUs && a.order < b.order);
}
