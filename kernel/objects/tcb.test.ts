// TCB, notification, scheduling context, interrupts, frames, domains: one by one, and what is refused without a trace.
import { describe, expect, it } from "vitest";
import { BootSlot } from "../boot.ts";
import { World, type Task } from "../host/world.ts";
import { CapType, device, DeviceKind, Event, FaultKind, GateLimit, Op, Rights, slotRef, Status, TaskState } from "../gate.ts";
import { inspect } from "../model/inspect-state.ts";
import { interrupt } from "../scheduler.ts";
import { Reg, Tcb } from "../state.ts";

function stateOf(w: World, task: Task): TaskState {
  return inspect(w.k).tasks.find((t) => t.id === task.id)!.state;
}

describe("notification", () => {
  it("gathers bits for its bound task, clears on delivery and on poll; badge 0 activates with word 0", () => {
    const w = new World();
    const n = w.notification();
    const free = w.notification();
    const t = w.task(9, { notification: n });
    w.give(t, 1, n);
    w.give(t, 2, free);
    w.give(t, 3, free, Rights.Write, 6);
    w.give(t, 4, n, Rights.Write, 4);
    w.give(t, 5, n, Rights.Write, 1);
    w.start();
    w.as(t, () => {
      expect(w.gate(Op.Signal, 4, 0, 0, 0, "")).toBe(Status.Ok);
      expect(w.gate(Op.Signal, 5, 0, 0, 0, "")).toBe(Status.Ok);
    });
    expect(w.events(t)).toEqual([{ event: Event.Notification, badge: 5, label: 0, a: 0, b: 0, data: "" }]);
    w.as(t, () => w.gate(Op.Signal, 1, 0, 0, 0, ""));
    expect(w.events(t).map((s) => s.badge)).toEqual([0]);
    w.as(t, () => {
      w.gate(Op.Signal, 3, 0, 0, 0, "");
      w.refuses(Op.Poll, 3, 0, 0, 0, "", Status.InvalidCapability);
      expect(w.gate(Op.Poll, 2, 0, 0, 0, "")).toBe(6);
      expect(w.gate(Op.Poll, 2, 0, 0, 0, "")).toBe(0);
    });
  });

  it("wakes the first of several waiters, and a task that waits elsewhere when it is bound", () => {
    const w = new World();
    const n = w.notification();
    const own = w.notification();
    const e = w.endpoint();
    const a = w.task(3);
    const b = w.task(7);
    const c = w.task(9, { notification: own, home: e });
    for (const t of [a, b, c]) w.give(t, 1, n);
    w.give(c, 2, own, Rights.Write | Rights.Read, 8);
    w.start();
    w.as(a, () => expect(w.gate(Op.Wait, 1, 0, 0, 0, "")).toBe(Status.Ok));
    w.as(b, () => w.gate(Op.Wait, 1, 0, 0, 0, ""));
    w.as(c, () => w.gate(Op.Signal, 1, 0, 0, 0, ""));
    expect([w.events(a).length, w.events(b).map((s) => s.event)]).toEqual([0, [Event.Notification]]);
    w.as(c, () => w.gate(Op.Signal, 2, 0, 0, 0, ""));
    expect(w.events(c).map((s) => s.badge)).toEqual([8]);
    w.as(c, () => {
      w.gate(Op.Signal, 1, 0, 0, 0, "");
      w.gate(Op.Signal, 1, 0, 0, 0, "");
    });
    expect(w.events(a).length).toBe(1);
    w.as(a, () => w.gate(Op.Wait, 1, 0, 0, 0, ""));
    expect(w.events(a).length).toBe(1);
  });

  it("is bound and unbound through a TCB", () => {
    const w = new World();
    const n = w.notification();
    const t = w.task(9);
    w.give(t, 1, t.tcb);
    w.give(t, 2, n);
    w.give(t, 3, n, Rights.Write);
    w.start();
    w.as(t, () => {
      w.refuses(Op.TcbUnbindNotification, 1, 0, 0, 0, "", Status.IllegalOperation);
      w.refuses(Op.TcbBindNotification, 1, 0, 3, 0, "", Status.IllegalOperation);
      w.refuses(Op.TcbBindNotification, 1, 0, 1, 0, "", Status.IllegalOperation);
      w.refuses(Op.TcbBindNotification, 1, 0, 9, 0, "", Status.IllegalOperation);
      w.refuses(Op.TcbBindNotification, 1, 0, 99, 0, "", Status.FailedLookup);
      expect(w.gate(Op.TcbBindNotification, 1, 0, 2, 0, "")).toBe(Status.Ok);
      w.refuses(Op.TcbBindNotification, 1, 0, 2, 0, "", Status.IllegalOperation);
      expect(w.gate(Op.TcbUnbindNotification, 1, 0, 0, 0, "")).toBe(Status.Ok);
    });
  });
});

describe("tcb", () => {
  it("fires timers when due and names the next deadline", () => {
    const w = new World();
    const t = w.task(9);
    w.start();
    w.as(t, () => {
      for (const bad of [NaN, -1, 1.5, 2 ** 53]) w.refuses(Op.SetTimer, 0, 0, bad, 0, "", Status.InvalidArgument);
      expect(w.gate(Op.SetTimer, 0, 0, 5000, 0, "")).toBe(Status.Ok);
    });
    expect(w.run(4999)).toBe(5000);
    expect(w.events(t)).toEqual([]);
    expect(w.run(5001)).toBe(-1);
    expect(w.events(t)).toEqual([{ event: Event.Timer, badge: 0, label: 0, a: 5000, b: 0, data: "" }]);
    w.as(t, () => w.gate(Op.SetTimer, 0, 0, 9000, 0, ""));
    w.as(t, () => w.gate(Op.SetTimer, 0, 0, 0, 0, ""));
    expect(w.run(6000)).toBe(-1);
  });

  it("reports a throw and an interruption, undone, to the fault handler, which restarts the task", () => {
    const w = new World();
    const e = w.endpoint();
    const n = w.notification();
    const boss = w.task(9, { home: e });
    const worker = w.task(5);
    w.give(boss, 2, worker.tcb);
    w.give(worker, 1, n);
    w.fault(worker, e, 77);
    w.start();
    w.as(worker, () => {
      w.gate(Op.Signal, 1, 0, 0, 0, "");
      throw new Error("bad day");
    });
    expect(w.events(boss)).toEqual([{ event: Event.Fault, badge: 77, label: FaultKind.Thrown, a: 1, b: 1, data: "Error: bad day" }]);
    expect(stateOf(w, worker)).toBe(TaskState.Faulted);
    w.as(boss, () => expect(w.gate(Op.TcbResume, 2, 0, 0, 0, "")).toBe(Status.Ok));
    expect(w.events(worker)).toEqual([{ event: Event.Start, badge: 0, label: 0, a: 2, b: 0, data: "" }]);
    w.asLost(worker, () => w.gate(Op.Signal, 1, 0, 0, 0, ""));
    w.run();
    expect(w.events(boss)).toEqual([{ event: Event.Fault, badge: 77, label: FaultKind.Interrupted, a: 2, b: 2, data: "" }]);
    expect(inspect(w.k).notifications.map((x) => x.isActive)).toEqual([false]);
    // An interrupt is an entry too: it must not be undone with the run that was lost.
    w.as(boss, () => w.gate(Op.TcbResume, 2, 0, 0, 0, ""));
  });

  it("queues fault messages, and forgets one when the task is resumed first", () => {
    const w = new World();
    const e = w.endpoint();
    const boss = w.task(9);
    const worker = w.task(5);
    w.give(boss, 1, e);
    w.give(boss, 2, worker.tcb);
    w.fault(worker, e, 77);
    w.start();
    for (let i = 0; i < 2; i++) {
      w.as(worker, () => {
        throw new Error("x");
      });
      expect(inspect(w.k).endpoints[0]!.queue).toEqual([worker.id]);
      w.as(boss, () => expect(w.gate(Op.TcbResume, 2, 0, 0, 0, "")).toBe(Status.Ok));
      expect(inspect(w.k).endpoints[0]!).toMatchObject({ queue: [], isSending: false });
    }
  });

  it("resume cancels what a task is blocked on; suspend stops it for good", () => {
    const w = new World();
    const e = w.endpoint();
    const boss = w.task(9);
    const worker = w.task(5);
    w.give(boss, 1, worker.tcb);
    w.give(boss, 2, worker.tcb, Rights.Read);
    w.give(worker, 1, e);
    w.start();
    w.as(worker, () => w.gate(Op.Recv, 1, 0, 0, 0, ""));
    w.as(boss, () => {
      w.refuses(Op.TcbSuspend, 2, 0, 0, 0, "", Status.InvalidCapability);
      expect(w.gate(Op.TcbResume, 1, 0, 0, 0, "")).toBe(Status.Ok);
    });
    expect(w.events(worker).map((s) => s.event)).toEqual([Event.Cancelled]);
    w.as(boss, () => w.gate(Op.TcbSuspend, 1, 0, 0, 0, ""));
    expect(stateOf(w, worker)).toBe(TaskState.Inactive);
    // Suspending oneself ends with this run, and what was pending is forgotten.
    w.give(worker, 2, worker.tcb);
    w.boot(Op.TcbResume, worker.tcb, 0, 0, 0);
    w.run();
    w.as(worker, () => {
      w.gate(Op.Recv, 1, 0, 0, 0, "");
      w.gate(Op.TcbSuspend, 2, 0, 0, 0, "");
    });
    expect(stateOf(w, worker)).toBe(TaskState.Inactive);
  });

  it("priorities are bounded by the authority's maximum, and the highest runs first", () => {
    const w = new World();
    const order: number[] = [];
    const boss = w.task(9);
    const low = w.task(5);
    const mid = w.task(6);
    w.give(boss, 1, low.tcb);
    w.give(boss, 2, boss.tcb);
    w.start();
    w.as(boss, () => {
      w.refuses(Op.TcbSetPriority, 1, 7, 0, 0, "", Status.FailedLookup);
      w.refuses(Op.TcbSetPriority, 1, 7, 3, 0, "", Status.InvalidCapability);
      w.refuses(Op.TcbSetPriority, 1, -1, 2, 0, "", Status.RangeError);
      expect(w.gate(Op.TcbSetMcp, 2, 20, 2, 0, "")).toBe(Status.Ok);
      w.refuses(Op.TcbSetPriority, 1, 21, 2, 0, "", Status.RangeError);
      expect(w.gate(Op.TcbSetPriority, 1, 20, 2, 0, "")).toBe(Status.Ok);
    });
    w.onEvent = (t) => order.push(t.number);
    for (const t of [mid, low, boss]) w.k._d[(t.id + Tcb.Deadline) >> 1] = 10;
    w.k._m[Reg.Dirty] = 1;
    w.k._now = 10;
    expect(w.stepOnce(2)).toBe(10);
    w.run();
    expect(order).toEqual([low.number, boss.number, mid.number]);
  });
});

describe("scheduling context", () => {
  it("limits fuel per period, and a run that burns more is undone and reported", () => {
    const w = new World();
    const e = w.endpoint();
    const n = w.notification();
    const boss = w.task(9, { home: e });
    const t = w.task(5);
    w.give(t, 1, n);
    w.give(boss, 1, BootSlot.SchedControl);
    w.give(boss, 2, t.sc);
    w.fault(t, e, 3);
    w.start();
    w.as(boss, () => {
      w.refuses(Op.SchedConfigure, 1, GateLimit.BudgetMin - 1, 2, 1000, "", Status.RangeError);
      w.refuses(Op.SchedConfigure, 1, 100, 2, 0, "", Status.RangeError);
      w.refuses(Op.SchedConfigure, 1, 100, 1, 1000, "", Status.InvalidCapability);
      expect(w.gate(Op.SchedConfigure, 1, 100, 2, 1000, "")).toBe(Status.Ok);
      expect(w.gate(Op.ScConsumed, 2, 0, 0, 0, "")).toBeGreaterThanOrEqual(0);
      expect(w.gate(Op.ScConsumed, 2, 0, 0, 0, "")).toBe(0);
    });
    w.as(t, () => { for (let i = 0; i < 40; i++) w.gate(Op.Now, 0, 0, 0, 0, ""); });
    expect(inspect(w.k).schedContexts.find((s) => s.id === w.object(t.sc))!.refills).toEqual([{ atUs: 1000, fuel: 100 }]);
    w.as(boss, () => expect(w.gate(Op.ScConsumed, 2, 0, 0, 0, "")).toBe(40));
    // Nothing before the refill is due.
    w.k._d[(t.id + Tcb.Deadline) >> 1] = 500;
    w.k._m[Reg.Dirty] = 1;
    expect(w.run(500)).toBe(1000);
    expect(w.events(t)).toEqual([]);
    w.run(1000);
    expect(w.events(t).map((s) => s.event)).toEqual([Event.Timer]);
    w.as(t, () => {
      w.gate(Op.Signal, 1, 0, 0, 0, "");
      for (let i = 0; i < 120; i++) w.gate(Op.Now, 0, 0, 0, 0, "");
    });
    expect(w.events(boss).map((s) => [s.event, s.badge, s.label])).toEqual([[Event.Fault, 3, FaultKind.Timeout]]);
    expect(inspect(w.k).notifications.map((x) => x.isActive)).toEqual([false]);
  });

  it("refills always add up to the budget", () => {
    const w = new World();
    const t = w.task(5);
    w.start();
    w.boot(Op.SchedConfigure, BootSlot.SchedControl, 1000, t.sc, 10000);
    let total = 0;
    for (let i = 1; i < 60; i++) {
      w.k._now = i * 700;
      w.k._d[(t.id + Tcb.Deadline) >> 1] = w.k._now;
      w.k._m[Reg.Dirty] = 1;
      w.onEvent = () => { for (let n = 0; n < i; n++) w.gate(Op.Now, 0, 0, 0, 0, ""); };
      w.run();
      const sc = inspect(w.k).schedContexts.find((s) => s.id === w.object(t.sc))!;
      expect(sc.refills.reduce((sum, r) => sum + r.fuel, 0)).toBe(1000);
      for (let r = 1; r < sc.refills.length; r++) expect(sc.refills[r]!.atUs).toBeGreaterThan(sc.refills[r - 1]!.atUs);
      total = sc.consumed;
    }
    expect(total).toBeGreaterThan(1000);
  });

  it("goes to a passive server with the call and comes back with the reply, over two servers", () => {
    const w = new World();
    const e1 = w.endpoint();
    const e2 = w.endpoint();
    const one = w.task(9, { home: e1 });
    const two = w.task(9, { home: e2 });
    const client = w.task(5);
    w.give(one, 1, e2, Rights.Write | Rights.GrantReply);
    w.give(client, 1, e1, Rights.Write | Rights.GrantReply);
    w.start();
    for (const t of [one, two]) w.boot(Op.ScUnbind, t.sc, 0, 0, 0);
    const sc = w.object(client.sc);
    const holder = (): number => inspect(w.k).schedContexts.find((s) => s.id === sc)!.tcb;
    const held: number[] = [];
    w.onEvent = (t, seen) => {
      held.push(holder());
      if (t === one && seen.event === Event.Message) w.gate(Op.Call, 1, 0, 0, 0, "");
      else if (t !== client) w.gate(Op.Reply, 0, 4, 0, 0, "");
    };
    w.as(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    expect(held).toEqual([one.id, two.id, one.id, client.id]);
    expect(w.events(client).map((s) => s.label)).toEqual([4]);
    expect(holder()).toBe(client.id);
    // A passive server that dies gives it back too.
    w.onEvent = (t) => {
      if (t === one) throw new Error("x");
    };
    w.as(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    expect(holder()).toBe(client.id);
    expect(w.events(client).map((s) => s.event)).toEqual([Event.DeadReply]);
  });

  it("a notification lends its context to whom it wakes, until that waits again", () => {
    const w = new World();
    const n = w.notification();
    const t = w.task(5, { notification: n, isPassive: true });
    const other = w.task(3);
    const sc = w.make(CapType.SchedContext);
    w.give(other, 1, n);
    w.boot(Op.ScBind, sc, 0, t.tcb, 0);
    w.start();
    w.boot(Op.ScUnbind, sc, 0, 0, 0);
    w.boot(Op.ScBind, sc, 0, n, 0);
    w.as(other, () => w.gate(Op.Signal, 1, 0, 0, 0, ""));
    expect(w.events(t).map((s) => s.event)).toEqual([Event.Notification]);
    expect(inspect(w.k).schedContexts.find((s) => s.id === w.object(sc))).toMatchObject({ tcb: 0, notification: w.object(n) });
    expect(() => w.boot(Op.ScBind, sc, 0, other.tcb, 0)).toThrow();
  });

  it("YieldTo lets a lower task run next", () => {
    const w = new World();
    const order: number[] = [];
    const boss = w.task(9);
    const mid = w.task(5);
    const low = w.task(1);
    w.give(boss, 1, low.sc);
    w.give(boss, 2, boss.sc);
    w.start();
    for (const t of [mid, low]) w.k._d[(t.id + Tcb.Deadline) >> 1] = 5;
    w.k._m[Reg.Dirty] = 1;
    w.k._now = 5;
    w.onEvent = (t) => order.push(t.number);
    w.as(boss, () => {
      w.refuses(Op.ScYieldTo, 2, 0, 0, 0, "", Status.IllegalOperation);
      // The timers are looked at when this run has ended; then both are ready.
      expect(w.gate(Op.ScYieldTo, 1, 0, 0, 0, "")).toBeGreaterThanOrEqual(0);
    });
    expect(order).toEqual([low.number, mid.number]);
  });
});

describe("interrupts", () => {
  it("are claimed by one, masked until acknowledged, and freed with the capability; IrqControl is not copied", () => {
    const w = new World();
    const n = w.notification();
    const t = w.task(5, { notification: n });
    expect(() => w.give(t, 1, BootSlot.IrqControl)).toThrow();
    w.boot(Op.Move, t.cnode, 0, slotRef(0, 1, 0), slotRef(BootSlot.CNode, BootSlot.IrqControl, 0));
    w.give(t, 2, n, Rights.Write, 4);
    w.give(t, 15, t.cnode);
    w.start();
    const get = (kind: DeviceKind, first: number, count: number, at: number): number => w.gate(Op.IrqGet, 1, device(kind, first, count), slotRef(15, at, 0), 0, "");
    w.as(t, () => {
      expect(get(DeviceKind.Pin, 4, 4, 3)).toBe(Status.Ok);
      for (const [first, count] of [[4, 1], [7, 3], [0, 5], [0, 10]] as const) expect(get(DeviceKind.Pin, first, count, 9)).toBe(Status.RevokeFirst);
      expect(get(DeviceKind.Pin, 8, 0, 9)).toBe(Status.RangeError);
      expect(get(9 as DeviceKind, 8, 1, 9)).toBe(Status.RangeError);
      expect(get(DeviceKind.Pin, 8, 1, 3)).toBe(Status.DeleteFirst);
      expect(get(DeviceKind.Pin, 8, 1, 4)).toBe(Status.Ok);
      expect(get(DeviceKind.Watch, 4, 1, 5)).toBe(Status.Ok);
      expect(get(DeviceKind.Flash, 0, 4, 6)).toBe(Status.Ok);
      expect(get(DeviceKind.Spi, 0, 1, 7)).toBe(Status.NotEnoughMemory);
      w.refuses(Op.IrqSetNotification, 5, 0, 1, 0, "", Status.InvalidCapability);
      expect(w.gate(Op.IrqSetNotification, 5, 0, 2, 0, "")).toBe(Status.Ok);
    });
    interrupt(w.k, DeviceKind.Watch, 3);
    interrupt(w.k, DeviceKind.Watch, 4);
    interrupt(w.k, DeviceKind.Watch, 4);
    w.run();
    interrupt(w.k, DeviceKind.Watch, 4);
    w.run();
    expect(w.events(t).map((s) => [s.event, s.badge])).toEqual([[Event.Notification, 4]]);
    w.as(t, () => expect(w.gate(Op.IrqAck, 5, 0, 0, 0, "")).toBe(Status.Ok));
    expect(w.events(t).map((s) => s.badge)).toEqual([4]);
    w.as(t, () => w.gate(Op.IrqAck, 5, 0, 0, 0, ""));
    w.as(t, () => w.gate(Op.Delete, 15, 0, slotRef(0, 5, 0), 0, ""));
    w.as(t, () => expect(get(DeviceKind.Watch, 0, 100, 5)).toBe(Status.Ok));
    w.as(t, () => w.gate(Op.Revoke, 15, 0, slotRef(0, 1, 0), 0, ""));
    expect(inspect(w.k).irqHandlers.filter((h) => h.isActive)).toEqual([]);
  });
});

describe("frames", () => {
  it("are read and written in their range, and lent for one call", () => {
    const w = new World();
    const e = w.endpoint();
    const f = w.make(CapType.Frame, 0, 100);
    const server = w.task(9, { home: e });
    const client = w.task(5);
    w.give(client, 1, e, Rights.Write | Rights.GrantReply);
    w.give(client, 2, f);
    w.give(client, 3, f, Rights.Read);
    w.start();
    let inServer = "";
    w.onEvent = (t) => {
      if (t !== server) return;
      inServer = w.read(0, 2, 4);
      expect(w.read(0, 8, 3)).toBe("");
      expect(w.gate(Op.Write, 0, 0, 0, 0, "XY")).toBe(2);
      expect(w.gate(Op.Write, 0, 0, 9, 0, "XY")).toBe(Status.RangeError);
      w.gate(Op.Reply, 0, 0, 0, 0, "");
      expect(w.gate(Op.Write, 0, 0, 0, 0, "late")).toBe(Status.InvalidCapability);
      expect(w.read(0, 0, 1)).toBe("");
    };
    w.as(client, () => {
      expect(w.read(2, 0, 3)).toBe("\0\0\0");
      expect(w.gate(Op.Write, 2, 0, 10, 0, "hello world")).toBe(11);
      w.refuses(Op.Write, 3, 0, 0, 0, "x", Status.InvalidCapability);
      w.refuses(Op.Write, 2, 0, 99, 0, "xx", Status.RangeError);
      w.refuses(Op.Write, 2, 0, -1, 0, "xx", Status.RangeError);
      w.refuses(Op.Lend, 2, 0, 0, 1, "", Status.InvalidArgument);
      w.refuses(Op.Lend, 3, 3, 0, 1, "", Status.InvalidCapability);
      w.refuses(Op.Lend, 2, 3, 91, 10, "", Status.RangeError);
      expect(w.gate(Op.Lend, 2, Rights.Read | Rights.Write, 10, 10, "")).toBe(Status.Ok);
      expect(w.gate(Op.Call, 1, 0, 0, 0, "")).toBe(Status.Ok);
    });
    expect(inServer).toBe("llo ");
    w.as(client, () => expect(w.read(2, 10, 11)).toBe("XYllo world"));
    // Not lent this time.
    w.onEvent = () => undefined;
    w.as(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    w.as(server, () => {
      expect(w.read(0, 0, 1)).toBe("");
      w.gate(Op.Reply, 0, 0, 0, 0, "");
    });
  });
});

describe("domains", () => {
  it("give each group of tasks its turns", () => {
    const w = new World();
    const a = w.task(9);
    const b = w.task(5);
    w.start();
    w.boot(Op.DomainConfigure, BootSlot.Domain, 0, 1, 100);
    w.boot(Op.DomainConfigure, BootSlot.Domain, 1, 2, 50);
    w.boot(Op.DomainSet, BootSlot.Domain, 1, a.tcb, 0);
    w.boot(Op.DomainSet, BootSlot.Domain, 2, b.tcb, 0);
    expect(() => w.boot(Op.DomainSet, BootSlot.Domain, 16, b.tcb, 0)).toThrow();
    expect(() => w.boot(Op.DomainConfigure, BootSlot.Domain, 8, 0, 50)).toThrow();
    const due = (t: Task): void => {
      w.k._d[(t.id + Tcb.Deadline) >> 1] = 1;
      w.k._m[Reg.Dirty] = 1;
    };
    due(a);
    due(b);
    expect(w.run(1000)).toBe(1100);
    expect([w.events(a).length, w.events(b).length]).toEqual([1, 0]);
    w.run(1100);
    expect(w.events(b).length).toBe(1);
    due(a);
    expect(w.run(1149)).toBe(1150);
    expect(w.events(a).length).toBe(0);
    w.run(1150);
    expect(w.events(a).length).toBe(1);
  });
});
