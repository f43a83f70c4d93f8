// CNode and untyped: slots, the derivation tree, deletion and revocation in slices, quotas; what is refused without a trace.
import { describe, expect, it } from "vitest";
import { BootSlot } from "../boot.ts";
import { World, type Task } from "../host/world.ts";
import { CapType, Event, GateLimit, ObjectWords, Op, retypeWhat, Rights, slotRef, Status, TaskState } from "../gate.ts";
import { inspect } from "../model/inspect-state.ts";
import { CNode, Reg, Tcb } from "../state.ts";

/** A task that holds its own CNode at 15, an endpoint at 1. */
function holder(): { w: World; t: Task; e: number } {
  const w = new World();
  const e = w.endpoint();
  const t = w.task(5);
  w.give(t, 15, t.cnode);
  w.give(t, 1, e);
  w.start();
  return { w, t, e };
}

const own = (index: number): number => slotRef(15, index, 0);
const here = (index: number): number => slotRef(0, index, 0);

function types(w: World, t: Task, from = 1, to = 8): number[] {
  const c = w.object(t.cnode);
  const slots = inspect(w.k).slots;
  return Array.from({ length: to - from + 1 }, (_, i) => slots.find((s) => s.at === c + 4 * (from + i))?.type ?? 0);
}

/** Runs a blocking operation; the status its Done brings. */
function done(w: World, t: Task, op: Op, index: number): number {
  w.as(t, () => expect(w.gate(op, 15, 0, here(index), 0, "")).toBe(Status.Ok));
  const events = w.events(t);
  expect(events.map((s) => s.event)).toEqual([Event.Done]);
  return events[0]!.label;
}

describe("copy, mint, move", () => {
  it("rights only shrink, a badge is set once; destination is checked before source", () => {
    const { w, t } = holder();
    w.as(t, () => {
      expect(w.gate(Op.Mint, 15, 5 * 16 + 3, here(2), own(1), "")).toBe(Status.Ok);
      expect(w.gate(Op.Identify, 2, 0, 0, 0, "")).toBe(5 * 256 + CapType.Endpoint * 16 + 3);
      expect(w.gate(Op.Copy, 15, Rights.All, here(3), own(2), "")).toBe(Status.Ok);
      expect(w.gate(Op.Identify, 3, 0, 0, 0, "")).toBe(5 * 256 + CapType.Endpoint * 16 + 3);
      w.refuses(Op.Mint, 15, 6 * 16 + 15, here(4), own(2), "", Status.IllegalOperation);
      w.refuses(Op.Mint, 15, 15, here(4), own(2), "", Status.IllegalOperation);
      w.refuses(Op.Copy, 15, 15, here(3), own(9), "", Status.DeleteFirst);
      w.refuses(Op.Copy, 15, 15, here(16), own(9), "", Status.FailedLookup);
      w.refuses(Op.Copy, 15, 15, here(0), own(1), "", Status.FailedLookup);
      w.refuses(Op.Copy, 15, 15, here(4), own(9), "", Status.FailedLookup);
      w.refuses(Op.Copy, 15, 15, here(4), slotRef(1, 1, 0), "", Status.FailedLookup);
      w.refuses(Op.Copy, 15, 15, slotRef(0, 4, 17), own(1), "", Status.RangeError);
      w.refuses(Op.Copy, 1, 15, here(4), own(1), "", Status.InvalidCapability);
      w.refuses(Op.Copy, 16, 15, here(4), own(1), "", Status.FailedLookup);
      expect(w.gate(Op.Move, 15, 0, here(4), own(2), "")).toBe(Status.Ok);
      expect(w.gate(Op.Identify, 2, 0, 0, 0, "")).toBe(0);
    });
    for (let mask = 0; mask < 16; mask++)
      for (let given = 0; given < 16; given++) {
        const x = holder();
        x.w.as(x.t, () => {
          x.w.gate(Op.Copy, 15, mask, here(2), own(1), "");
          x.w.gate(Op.Copy, 15, given, here(3), own(2), "");
          expect(x.w.gate(Op.Identify, 3, 0, 0, 0, "") & 15).toBe(mask & given);
        });
      }
  });

  it("mutates and rotates what is no endpoint", () => {
    const { w, t } = holder();
    w.give(t, 5, t.tcb);
    w.give(t, 6, t.reply);
    w.as(t, () => {
      w.refuses(Op.Mutate, 15, 0, here(2), own(1), "", Status.IllegalOperation);
      w.refuses(Op.Rotate, 15, own(5), here(1), own(6), "", Status.DeleteFirst);
      w.refuses(Op.Rotate, 15, own(1), here(7), own(6), "", Status.IllegalOperation);
      w.refuses(Op.Rotate, 15, own(6), here(7), own(6), "", Status.IllegalOperation);
      expect(w.gate(Op.Rotate, 15, own(5), here(7), own(6), "")).toBe(Status.Ok);
    });
    expect(types(w, t)).toEqual([CapType.Endpoint, 0, 0, 0, 0, CapType.Tcb, CapType.Reply, 0]);
    w.as(t, () => expect(w.gate(Op.Rotate, 15, own(6), here(6), own(7), "")).toBe(Status.Ok));
    expect(types(w, t)).toEqual([CapType.Endpoint, 0, 0, 0, 0, CapType.Reply, CapType.Tcb, 0]);
  });

  it("a run that faults leaves no capability behind", () => {
    const { w, t } = holder();
    w.as(t, () => {
      w.gate(Op.Copy, 15, 15, here(2), own(1), "");
      w.gate(Op.Move, 15, 0, here(3), own(1), "");
      throw new Error("no");
    });
    expect(types(w, t, 1, 3)).toEqual([CapType.Endpoint, 0, 0]);
  });
});

describe("derivation", () => {
  it("has one level for copies, two with badges, and revoke takes exactly the descendants", () => {
    const { w, t, e } = holder();
    w.as(t, () => {
      w.gate(Op.Mint, 15, 7 * 16 + 15, here(2), own(1), "");
      w.gate(Op.Copy, 15, 15, here(3), own(2), "");
      w.gate(Op.Copy, 15, 15, here(4), own(3), "");
      w.gate(Op.Mint, 15, 8 * 16 + 15, here(5), own(1), "");
    });
    const state = inspect(w.k);
    const at = (i: number): number => w.object(t.cnode) + 4 * i;
    const parent = (i: number): number => state.slots.find((s) => s.at === at(i))!.parent;
    const root = w.object(BootSlot.CNode) + 4 * e;
    expect([1, 2, 3, 4, 5].map(parent)).toEqual([root, root, at(2), at(2), root]);
    expect(done(w, t, Op.Revoke, 2)).toBe(Status.Ok);
    expect(types(w, t, 1, 5)).toEqual([2, 2, 0, 0, 2]);
    expect(done(w, t, Op.Delete, 2)).toBe(Status.Ok);
    expect(done(w, t, Op.Delete, 2)).toBe(Status.Ok);
    expect(types(w, t, 1, 5)).toEqual([2, 0, 0, 0, 2]);
  });

  it("revokes deep trees of untypeds and gives all their words back", () => {
    const w = new World();
    const t = w.task(5, { radix: 6 });
    const u = w.make(CapType.Untyped, 9, 500);
    w.give(t, 63, t.cnode);
    w.give(t, 1, u);
    w.start();
    const into = (type: CapType, bits: number, count: number, offset: number, from: number, bytes = 0): number => w.gate(Op.Retype, from, retypeWhat(type, bits, count), slotRef(63, 0, 0), offset + bytes * 65536, "");
    w.as(t, () => expect(into(CapType.Untyped, 7, 2, 2, 1, 200)).toBe(Status.Ok));
    w.as(t, () => expect(into(CapType.Endpoint, 0, 8, 10, 2)).toBe(Status.Ok));
    w.as(t, () => expect(into(CapType.Tcb, 0, 1, 20, 3, 100)).toBe(Status.Ok));
    w.as(t, () => expect(into(CapType.CNode, 3, 1, 21, 3)).toBe(Status.Ok));
    expect(inspect(w.k).tasks.length).toBe(2);
    w.as(t, () => w.refuses(Op.Retype, 1, retypeWhat(CapType.Untyped, 9, 1), slotRef(63, 0, 0), 30, "", Status.NotEnoughMemory));
    w.as(t, () => expect(w.gate(Op.Revoke, 63, 0, here(1), 0, "")).toBe(Status.Ok));
    expect(w.events(t).map((s) => [s.event, s.label])).toEqual([[Event.Done, Status.Ok]]);
    const state = inspect(w.k);
    expect([state.tasks.length, state.endpoints.length]).toEqual([1, 0]);
    w.as(t, () => expect(into(CapType.Untyped, 8, 1, 40, 1, 500)).toBe(Status.Ok));
    expect(inspect(w.k).untypeds.find((x) => x.id === w.object(u))).toMatchObject({ used: ObjectWords.UntypedHeader + 256, bytesUsed: 500 });
  });

  it("works in slices: others run in between", () => {
    const w = new World();
    const e = w.endpoint();
    const t = w.task(9, { radix: 6 });
    const other = w.task(1);
    w.give(t, 63, t.cnode);
    w.give(t, 62, BootSlot.CNode);
    w.give(t, 1, e);
    w.start();
    for (let i = 0; i < 5; i++) w.as(t, () => { for (let n = 0; n < 8; n++) expect(w.gate(Op.Mint, 63, (8 * i + n + 1) * 16 + 15, here(2 + 8 * i + n), slotRef(63, 1, 0), "")).toBe(Status.Ok); });
    w.asHeld(t, () => w.gate(Op.Revoke, 62, 0, here(e), 0, ""));
    w.k._d[(other.id + Tcb.Deadline) >> 1] = 1;
    w.k._m[Reg.Dirty] = 1;
    w.k._now = 1;
    w.stepOnce(1);
    expect(w.events(other).map((s) => s.event)).toEqual([Event.Timer]);
    const left = types(w, t, 2, 41).filter((x) => x > 0).length;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(40);
    w.run();
    expect(types(w, t, 2, 41).filter((x) => x > 0)).toEqual([]);
    expect(w.events(t).map((s) => s.event)).toEqual([Event.Done]);
  });

  it("may delete the caller, its CNode, and circles of CNodes", () => {
    const w = new World();
    const u = w.make(CapType.Untyped, 9, 64);
    const boss = w.task(9, { radix: 5 });
    w.give(boss, 31, boss.cnode);
    w.give(boss, 1, u);
    w.start();
    w.as(boss, () => {
      expect(w.gate(Op.Retype, 1, retypeWhat(CapType.CNode, 2, 2), slotRef(31, 0, 0), 2, "")).toBe(Status.Ok);
      // 2 holds 3, 3 holds 2, and the boss gives up his own.
      expect(w.gate(Op.Copy, 2, 15, here(1), slotRef(31, 3, 0), "")).toBe(Status.Ok);
      expect(w.gate(Op.Copy, 3, 15, here(1), slotRef(31, 2, 0), "")).toBe(Status.Ok);
    });
    for (const index of [2, 3]) w.as(boss, () => w.gate(Op.Delete, 31, 0, here(index), 0, ""));
    w.as(boss, () => w.gate(Op.Revoke, 31, 0, here(1), 0, ""));
    expect(w.events(boss).map((s) => s.event)).toEqual([Event.Done, Event.Done, Event.Done]);
    w.as(boss, () => expect(w.gate(Op.Retype, 1, retypeWhat(CapType.CNode, 6, 1), slotRef(31, 0, 0), 2, "")).toBe(Status.Ok));

    // A task that deletes itself: no Done, and nothing is left of it.
    const x = new World();
    const self = x.task(5);
    x.give(self, 15, self.cnode);
    x.give(self, 1, BootSlot.CNode);
    x.start();
    x.as(self, () => x.gate(Op.Revoke, 1, 0, here(BootSlot.Untyped), 0, ""));
    const state = inspect(x.k);
    expect([state.tasks, state.untypeds.length, state.work]).toEqual([[], 1, undefined]);
    expect(x.events(self)).toEqual([]);
  });

  it("a CNode that goes takes its addresses with it, and requests about its slots end", () => {
    const w = new World();
    const boss = w.task(9);
    const t = w.task(5);
    w.give(boss, 1, BootSlot.CNode);
    w.give(t, 1, t.cnode);
    w.start();
    w.boot(Op.TcbSetSpace, boss.tcb, 0, boss.cnode, 0);
    w.asHeld(boss, () => w.gate(Op.Revoke, 1, 0, here(t.cnode), 0, ""));
    w.run();
    w.asHeld(boss, () => w.gate(Op.Delete, 1, 0, here(t.cnode), 0, ""));
    w.run();
    w.as(t, () => expect(w.gate(Op.Identify, 1, 0, 0, 0, "")).toBe(Status.FailedLookup));
    expect(w.k._m[w.object(boss.cnode) + CNode.Size]).toBe(16);
  });

  it("CancelBadgedSends takes only the senders with that badge", () => {
    const w = new World();
    const e = w.endpoint();
    const boss = w.task(9);
    const clients = [w.task(5), w.task(5), w.task(5)];
    w.give(boss, 15, boss.cnode);
    w.give(boss, 1, e);
    w.give(boss, 2, e, Rights.All, 7);
    w.give(boss, 3, e, Rights.Write | Rights.Read | Rights.Grant, 7);
    clients.forEach((c, i) => w.give(c, 1, e, Rights.Write | Rights.GrantReply, i === 1 ? 8 : 7));
    w.start();
    w.as(clients[0]!, () => w.gate(Op.Send, 1, 0, 0, 0, ""));
    w.as(clients[1]!, () => w.gate(Op.Send, 1, 0, 0, 0, ""));
    w.as(clients[2]!, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    w.as(boss, () => {
      w.refuses(Op.CancelBadgedSends, 15, 0, here(3), 0, "", Status.IllegalOperation);
      w.refuses(Op.CancelBadgedSends, 15, 0, here(1), 0, "", Status.Ok);
      expect(w.gate(Op.CancelBadgedSends, 15, 0, here(2), 0, "")).toBe(Status.Ok);
    });
    expect(clients.map((c) => w.events(c).map((s) => s.event))).toEqual([[Event.Cancelled], [], [Event.DeadReply]]);
    expect(inspect(w.k).endpoints[0]!.queue).toEqual([clients[1]!.id]);
  });
});

describe("retype", () => {
  it("checks in seL4's order", () => {
    const w = new World();
    const t = w.task(5);
    const u = w.make(CapType.Untyped, 6, 10);
    w.give(t, 15, t.cnode);
    w.give(t, 1, u);
    w.start();
    const root = slotRef(15, 0, 0);
    w.as(t, () => {
      const bad = (what: number, a: number, b: number, status: Status): void => w.refuses(Op.Retype, 1, what, a, b, "", status);
      bad(retypeWhat(CapType.IrqHandler, 0, 0), 0, 0, Status.InvalidArgument);
      bad(retypeWhat(CapType.Null, 0, 1), root, 2, Status.InvalidArgument);
      bad(retypeWhat(CapType.CNode, 0, 0), 0, 0, Status.RangeError);
      bad(retypeWhat(CapType.CNode, GateLimit.RadixMax + 1, 0), 0, 0, Status.RangeError);
      bad(retypeWhat(CapType.Untyped, 2, 0), 0, 0, Status.RangeError);
      bad(retypeWhat(CapType.Frame, 0, 0), 0, 0, Status.InvalidArgument);
      bad(retypeWhat(CapType.Endpoint, 0, 0), slotRef(9, 0, 0), 0, Status.FailedLookup);
      bad(retypeWhat(CapType.Endpoint, 0, 0), slotRef(1, 0, 0), 0, Status.FailedLookup);
      bad(retypeWhat(CapType.Endpoint, 0, 0), slotRef(15, 1, 0), 0, Status.FailedLookup);
      bad(retypeWhat(CapType.Endpoint, 0, 0), root, 0, Status.RangeError);
      bad(retypeWhat(CapType.Endpoint, 0, 0), root, 16, Status.RangeError);
      bad(retypeWhat(CapType.Endpoint, 0, 0), root, 2, Status.RangeError);
      bad(retypeWhat(CapType.Endpoint, 0, 9), root, 2, Status.RangeError);
      bad(retypeWhat(CapType.Endpoint, 0, 3), root, 14, Status.RangeError);
      bad(retypeWhat(CapType.Tcb, 0, 2), root, 14, Status.DeleteFirst);
      bad(retypeWhat(CapType.Tcb, 0, 2), root, 2, Status.NotEnoughMemory);
      bad(retypeWhat(CapType.Tcb, 0, 1), root, 2 + 11 * 65536, Status.NotEnoughMemory);
      expect(w.gate(Op.Retype, 1, retypeWhat(CapType.Tcb, 0, 1), root, 2 + 10 * 65536, "")).toBe(Status.Ok);
      w.refuses(Op.Copy, 15, 15, here(3), own(1), "", Status.RevokeFirst);
    });
    expect(inspect(w.k).tasks.map((x) => x.state)).toEqual([TaskState.BlockedOnNotification, TaskState.Inactive]);
  });
});
