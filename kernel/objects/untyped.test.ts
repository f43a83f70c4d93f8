// Untyped: how far sizes, places and counts go, what is used up, and that memory handed out again has forgotten everything.
import { describe, expect, it } from "vitest";
import { BootSlot } from "../boot.ts";
import { CapType, GateLimit, ObjectWords, Op, retypeWhat, Rights, slotRef, Status } from "../gate.ts";
import { World, type Task } from "../host/world.ts";
import { inspect } from "../model/inspect-state.ts";
import { violation } from "../model/invariants.ts";
import { Limit } from "../state.ts";

const SELF = 15;

interface Shop {
  w: World;
  t: Task;
  /** Retype by the task from its untyped at 1 into its own CNode from address `offset` on. */
  make(type: CapType, bits: number, count: number, offset: number, bytes?: number): number;
  /** Takes back all that was made. */
  revoke(): void;
}

/** A task with an untyped of 2^bits words and `bytes` bytes at address 1, and its own CNode of 16 slots at 15. */
function open(bits: number, bytes: number): Shop {
  const w = new World({ words: 30_000 });
  const untyped = w.make(CapType.Untyped, bits, bytes);
  const t = w.task(5);
  w.give(t, SELF, t.cnode);
  w.boot(Op.Move, t.cnode, 0, slotRef(0, 1, 0), slotRef(BootSlot.CNode, untyped, 0));
  w.start();
  const check = (): void => expect(violation(inspect(w.k))).toBeUndefined();
  return {
    w,
    t,
    make(type, radix, count, offset, size = 0) {
      let status = 1;
      w.as(t, () => (status = w.gate(Op.Retype, 1, retypeWhat(type, radix, count), slotRef(SELF, 0, 0), offset + size * 65_536, "")));
      check();
      return status;
    },
    revoke() {
      w.as(t, () => expect(w.gate(Op.Revoke, SELF, 0, slotRef(0, 1, 0), 0, "")).toBe(Status.Ok));
      w.events(t);
      check();
    },
  };
}

describe("Retype accepts", () => {
  it("untypeds of UntypedBitsMin … UntypedBitsMax", () => {
    const { make } = open(GateLimit.UntypedBitsMax, 0);
    expect(make(CapType.Untyped, GateLimit.UntypedBitsMin, 1, 2)).toBe(Status.Ok);
    // In range, and too large for what is left.
    expect(make(CapType.Untyped, GateLimit.UntypedBitsMax, 1, 3)).toBe(Status.NotEnoughMemory);
    for (const bits of [GateLimit.UntypedBitsMin - 1, GateLimit.UntypedBitsMax + 1]) expect(make(CapType.Untyped, bits, 1, 3)).toBe(Status.RangeError);
  });

  it("places 1 … 2^radix - 1, of which only those it fills must be empty", () => {
    const { w, t, make } = open(10, 0);
    for (const [offset, count] of [[0, 1], [16, 1], [14, 3], [2, 0], [2, GateLimit.RetypeMax + 1]] as const) expect(make(CapType.Endpoint, 0, count, offset)).toBe(Status.RangeError);
    // 15 is taken: by the task's own CNode.
    expect(make(CapType.Endpoint, 0, 2, 14)).toBe(Status.DeleteFirst);
    expect(make(CapType.Endpoint, 0, 2, 13)).toBe(Status.Ok);
    expect(make(CapType.Endpoint, 0, 1, 1)).toBe(Status.DeleteFirst);
    w.as(t, () => w.gate(Op.Delete, SELF, 0, slotRef(0, SELF, 0), 0, ""));
    // A CNode that is empty: its first place, its last.
    const box = w.make(CapType.CNode, 2);
    w.give(t, 5, box);
    for (const [offset, status] of [[1, Status.Ok], [3, Status.Ok], [4, Status.RangeError]] as const)
      w.as(t, () => expect(w.gate(Op.Retype, 1, retypeWhat(CapType.Endpoint, 0, 1), slotRef(5, 0, 0), offset, "")).toBe(status));
  });

  it("a depth of 0 … 16 to the CNode, and looks a depth up even where its index is 0", () => {
    const { w, t } = open(8, 0);
    const retype = (ref: number): number => w.gate(Op.Retype, 1, retypeWhat(CapType.Endpoint, 0, 1), ref, 2, "");
    w.as(t, () => {
      expect(retype(slotRef(SELF, SELF, 17))).toBe(Status.RangeError);
      expect(retype(slotRef(SELF, SELF, 4))).toBe(Status.Ok);
    });
    // The same with a guard: addresses are 65536 + index now, so that the lower 16 bits alone, which a ref has room for, lead nowhere.
    w.boot(Op.TcbSetSpace, t.tcb, (28 << 16) | 4096, t.cnode, 0);
    w.as(t, () => {
      expect(w.gate(Op.Identify, 65_536 + SELF, 0, 0, 0, "")).toBe(CapType.CNode * 16 + Rights.All);
      expect(w.gate(Op.Retype, 65_537, retypeWhat(CapType.Endpoint, 0, 1), slotRef(SELF, 0, 1), 3, "")).toBe(Status.FailedLookup);
    });
  });
});

describe("Retype is refused when there is not enough", () => {
  it("heap: each object takes its bytes, and nobody hands any back by asking for less than none", () => {
    const { make } = open(8, 100);
    expect(make(CapType.Tcb, 0, 2, 2, 51)).toBe(Status.NotEnoughMemory);
    expect(make(CapType.Tcb, 0, 2, 2, 50)).toBe(Status.Ok);
    for (const bytes of [1, -1]) expect(make(CapType.Endpoint, 0, 1, 4, bytes)).toBe(Status.NotEnoughMemory);
    expect(make(CapType.Endpoint, 0, 1, 4)).toBe(Status.Ok);
  });

  it("task numbers: the last one is given out, then only what needs none", () => {
    const { w, make } = open(11, 0);
    // The first row of the schedule stands right behind the table of tasks.
    w.boot(Op.DomainConfigure, BootSlot.Domain, 0, 0, 1000);
    const left = Limit.Tasks - 1;
    expect(make(CapType.Tcb, 0, 8, 2)).toBe(Status.Ok);
    expect(make(CapType.Tcb, 0, left - 7, 3)).toBe(Status.DeleteFirst);
    const box = w.make(CapType.CNode, 4);
    w.give(w.tasks[0]!, 14, box);
    const inBox = (type: CapType, count: number, offset: number): number => {
      let status = 1;
      w.as(w.tasks[0]!, () => (status = w.gate(Op.Retype, 1, retypeWhat(type, 1, count), slotRef(14, 0, 0), offset, "")));
      return status;
    };
    expect(inBox(CapType.Tcb, left - 7, 1)).toBe(Status.NotEnoughMemory);
    expect(inBox(CapType.Tcb, left - 8, 1)).toBe(Status.Ok);
    expect(inspect(w.k).tasks.map((one) => one.number)).toEqual([...Array(Limit.Tasks).keys()]);
    expect(inBox(CapType.Tcb, 1, 9)).toBe(Status.NotEnoughMemory);
    expect(inspect(w.k).domain.schedule[0]).toEqual({ domain: 0, durationUs: 1000 });
    expect(inBox(CapType.Endpoint, 1, 9)).toBe(Status.Ok);
    expect(inBox(CapType.CNode, 1, 10)).toBe(Status.Ok);
  });
});

describe("memory that is handed out again", () => {
  it("has forgotten what was made of it before", () => {
    const { w, t, make, revoke } = open(6, 0);
    expect(make(CapType.SchedContext, 0, 1, 2)).toBe(Status.Ok);
    const sc = (): ReturnType<typeof inspect>["schedContexts"][number] | undefined => inspect(w.k).schedContexts.find((one) => one.id !== w.object(t.sc));
    const fresh = sc()!;
    expect(fresh).toMatchObject({ tcb: 0, budget: 0, periodUs: 0, consumed: 0 });
    // It runs a task for a while, with a budget.
    const worker = w.task(3, { isPassive: true });
    w.give(t, 3, worker.tcb);
    w.give(t, 4, BootSlot.SchedControl);
    w.as(t, () => {
      expect(w.gate(Op.SchedConfigure, 4, 100, 2, 5000, "")).toBe(Status.Ok);
      expect(w.gate(Op.ScBind, 2, 0, 3, 0, "")).toBe(Status.Ok);
    });
    w.boot(Op.TcbResume, worker.tcb, 0, 0, 0);
    w.run();
    w.as(worker, () => w.gate(Op.Now, 0, 0, 0, 0, ""));
    expect(sc()).toMatchObject({ tcb: worker.id, budget: 100, periodUs: 5000, consumed: 1 });
    revoke();
    expect(make(CapType.SchedContext, 0, 1, 2)).toBe(Status.Ok);
    expect(sc()).toEqual(fresh);
    // Another type in the same place.
    revoke();
    expect(make(CapType.Endpoint, 0, 5, 5)).toBe(Status.Ok);
    const { endpoints } = inspect(w.k);
    expect(endpoints.map((e) => [e.queue, e.isSending, e.home])).toEqual(Array(5).fill([[], false, 0]));
    expect(endpoints[0]!.id).toBe(fresh.id);
  });

  it("as a frame has no bytes of a frame whose making was undone", () => {
    const { w, t } = open(5, 16);
    const make = (): void => expect(w.gate(Op.Retype, 1, retypeWhat(CapType.Frame, 0, 1), slotRef(SELF, 0, 0), 2 + 8 * 65_536, "")).toBe(Status.Ok);
    w.as(t, () => {
      make();
      expect(w.gate(Op.Write, 2, 0, 0, 0, "secret")).toBe(6);
      throw new Error("undo it");
    });
    w.boot(Op.TcbResume, t.tcb, 0, 0, 0);
    w.run();
    w.as(t, () => {
      make();
      expect(w.read(2, 0, 8)).toBe("\0".repeat(8));
    });
    expect(inspect(w.k).untypeds.find((u) => u.words === 32)).toMatchObject({ used: ObjectWords.UntypedHeader + ObjectWords.Frame, bytesUsed: 8 });
  });
});
