// Domains: which numbers are accepted, and turns one after the other, all eight rows and around.
import { describe, expect, it } from "vitest";
import { BootSlot } from "../boot.ts";
import { GateLimit, Op, Status } from "../gate.ts";
import { World, type Task } from "../host/world.ts";
import { inspect } from "../model/inspect-state.ts";

/** A task with the Domain capability at 1, its own TCB at 2, its context at 3. */
function build(): { w: World; t: Task } {
  const w = new World();
  const t = w.task(5);
  w.give(t, 1, BootSlot.Domain);
  w.give(t, 2, t.tcb);
  w.give(t, 3, t.sc);
  w.start();
  return { w, t };
}

describe("domains", () => {
  it("a task's is one of 0 … Domains - 1; no slot comes before no TCB, and that before no domain", () => {
    const { w, t } = build();
    w.as(t, () => {
      const set = (label: number, a: number): number => w.gate(Op.DomainSet, 1, label, a, 0, "");
      w.refuses(Op.DomainSet, 1, 99, 16, 0, "", Status.FailedLookup);
      w.refuses(Op.DomainSet, 1, 99, 3, 0, "", Status.InvalidCapability);
      w.refuses(Op.DomainSet, 1, 99, 9, 0, "", Status.InvalidCapability);
      for (const label of [-1, GateLimit.Domains]) w.refuses(Op.DomainSet, 1, label, 2, 0, "", Status.InvalidArgument);
      for (const label of [GateLimit.Domains - 1, 0]) expect(set(label, 2)).toBe(Status.Ok);
    });
  });

  it("a row of the schedule has a domain and a duration of 0 … PeriodMax, in this order", () => {
    const { w, t } = build();
    w.as(t, () => {
      for (const row of [-1, GateLimit.DomainRows]) w.refuses(Op.DomainConfigure, 1, row, -1, -1, "", Status.RangeError);
      for (const domain of [-1, 1.5, GateLimit.Domains, Number.NaN]) w.refuses(Op.DomainConfigure, 1, 0, domain, -1, "", Status.InvalidArgument);
      for (const us of [-1, 1.5, GateLimit.PeriodMax + 1, Number.NaN]) w.refuses(Op.DomainConfigure, 1, 0, 0, us, "", Status.RangeError);
      for (const [row, domain, us] of [[7, 15, GateLimit.PeriodMax], [7, 0, 1], [7, 0, 0]] as const) expect(w.gate(Op.DomainConfigure, 1, row, domain, us, "")).toBe(Status.Ok);
    });
  });

  it("have their turns in the order of the rows, from the last one to the first, and late ones are caught up with", () => {
    const { w } = build();
    // 10, 20, … 80 µs: 360 in all.
    for (let row = 0; row < GateLimit.DomainRows; row++) w.boot(Op.DomainConfigure, BootSlot.Domain, row, row, 10 * (row + 1));
    const turn = (nowUs: number): unknown => {
      w.run(nowUs);
      const { row, current, untilUs } = inspect(w.k).domain;
      return [row, current, untilUs];
    };
    expect(turn(1000)).toEqual([0, 0, 1010]);
    expect(turn(1009)).toEqual([0, 0, 1010]);
    expect(turn(1010)).toEqual([1, 1, 1030]);
    // Five rows later; the last row; around.
    expect(turn(1210)).toEqual([6, 6, 1280]);
    expect(turn(1359)).toEqual([7, 7, 1360]);
    expect(turn(1360)).toEqual([0, 0, 1370]);
    // Longer than all rows together: the turn begins now.
    const late = 1360 + 100_000;
    w.run(late);
    const { row, untilUs } = inspect(w.k).domain;
    expect(untilUs).toBe(late + 10 * (row + 1));
  });
});
