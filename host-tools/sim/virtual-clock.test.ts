/** Order, cancellation, and pacing of virtual time. */
import { describe, expect, it } from "vitest";
import { pace } from "./pacer.ts";
import { VirtualClock } from "./virtual-clock.ts";

describe("virtual clock", () => {
  it("runs events by time, and those of one microsecond in the order they were scheduled", () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    clock.at(5, () => seen.push("b"));
    clock.at(1, () => {
      seen.push("a");
      clock.after(4, () => seen.push("c"));
      clock.at(0, () => seen.push("late is now"));
    });
    clock.at(9, () => seen.push("not yet"));
    clock.runUntil(8);
    expect(seen).toEqual(["a", "late is now", "b", "c"]);
    expect(clock.nowUs).toBe(8);
    expect(clock.nextUs).toBe(9);
  });

  it("keeps the order of 20,000 events while half of them are cancelled", () => {
    const clock = new VirtualClock();
    let state = 12345;
    const random = (): number => (state = (state * 1103515245 + 12345) & 0x7fffffff);
    const expected: { time: number; order: number }[] = [];
    const seen: number[] = [];
    const events = Array.from({ length: 20_000 }, (_, order) => {
      const time = random() % 500;
      expected.push({ time, order });
      return clock.at(time, () => seen.push(order));
    });
    const kept = new Set(expected.map((e) => e.order));
    for (let i = 0; i < 10_000; i++) {
      const order = random() % events.length;
      clock.cancel(events[order]);
      clock.cancel(events[order]);
      kept.delete(order);
    }
    clock.run(500);
    const want = expected.filter((e) => kept.has(e.order)).sort((a, b) => a.time - b.time || a.order - b.order);
    expect(seen).toEqual(want.map((e) => e.order));
    expect(clock.nextUs).toBeUndefined();
  });

  it("waits for a condition, and says when it did not come", () => {
    const clock = new VirtualClock();
    let ticks = 0;
    const tick = (): void => void (ticks++, clock.after(1000, tick));
    tick();
    expect(clock.runWhile(() => ticks === 5, 1_000_000)).toBe(true);
    expect(clock.nowUs).toBe(4000);
    expect(clock.runWhile(() => ticks === 1000, 10_500)).toBe(false);
    expect(clock.nowUs).toBe(14_500);
    expect(() => clock.at(0.5, tick)).toThrow(/integer of microseconds/);
  });

  it("follows real time with a factor, and stops", async () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    const pacer = pace(clock, 100);
    await new Promise<void>((done) => {
      clock.at(2_000_000, () => (seen.push(2), done()));
      clock.at(1_000_000, () => seen.push(1));
    });
    pacer.stop();
    clock.after(1, () => seen.push(3));
    await new Promise((done) => setTimeout(done, 20));
    expect(seen).toEqual([1, 2]);
  });
});
