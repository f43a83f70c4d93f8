// The end of an object: when its last capability goes, nobody may go on using it, and nothing may remember it.
import { describe, expect, it } from "vitest";
import { BootSlot } from "./boot.ts";
import { World, type Task } from "./host/world.ts";
import { CapType, device, DeviceKind, Event, FaultKind, Op, Rights, slotRef, Status, TaskState } from "./gate.ts";
import { inspect } from "./model/inspect-state.ts";
import { violation } from "./model/invariants.ts";
import { interrupt } from "./scheduler.ts";
import { Irq, Reg, Tcb } from "./state.ts";

interface Scene {
  w: World;
  boss: Task;
  /** Revokes and deletes what stands at a boot address. */
  end(at: number): void;
  task(t: Task): ReturnType<typeof inspect>["tasks"][number];
}

/** A boss who holds the boot CNode and is above all others. */
function scene(): Scene {
  const w = new World({ words: 8000 });
  const boss = w.task(200);
  w.give(boss, 15, BootSlot.CNode);
  const order = (op: Op, at: number): void => {
    w.as(boss, () => expect(w.gate(op, 15, 0, slotRef(0, at, 0), 0, "")).toBe(Status.Ok));
    expect(w.events(boss).map((seen) => [seen.event, seen.label])).toEqual([[Event.Done, Status.Ok]]);
    expect(violation(inspect(w.k))).toBeUndefined();
  };
  return {
    w,
    boss,
    end: (at) => {
      order(Op.Revoke, at);
      order(Op.Delete, at);
    },
    task: (t) => {
      const found = inspect(w.k).tasks.find((one) => one.id === t.id);
      if (!found) throw new Error("the task is gone");
      return found;
    },
  };
}

const eventsOf = (w: World, t: Task): Event[] => w.events(t).map((seen) => seen.event);

describe("the end of", () => {
  it("an endpoint: senders, callers and receivers are told, a fault message is dropped", () => {
    for (const isReceiving of [false, true]) {
      const { w, end, task } = scene();
      const e = w.endpoint();
      const tasks = [w.task(9), w.task(8), w.task(7)];
      for (const t of tasks) w.give(t, 1, e);
      w.fault(tasks[2]!, e, 5);
      w.start();
      if (isReceiving) for (const t of tasks) w.as(t, () => w.gate(Op.Recv, 1, 0, 0, 0, ""));
      else {
        w.as(tasks[0]!, () => w.gate(Op.Send, 1, 0, 0, 0, ""));
        w.as(tasks[1]!, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
        w.as(tasks[2]!, () => {
          throw new Error("ouch");
        });
        expect(task(tasks[2]!)).toMatchObject({ state: TaskState.Faulted, object: w.object(e) });
      }
      end(e);
      if (isReceiving) for (const t of tasks) expect(eventsOf(w, t)).toEqual([Event.Cancelled]);
      else {
        expect(tasks.map((t) => eventsOf(w, t))).toEqual([[Event.Cancelled], [Event.DeadReply], []]);
        expect(task(tasks[2]!)).toMatchObject({ state: TaskState.Faulted, object: 0 });
        w.boot(Op.TcbResume, tasks[2]!.tcb, 0, 0, 0);
        w.run();
        expect(eventsOf(w, tasks[2]!)).toEqual([Event.Start]);
      }
    }
  });

  it("a notification: waiters are told, the bound task and the context that it lends are free", () => {
    const { w, end, task } = scene();
    const n = w.notification();
    const own = w.notification();
    const waiter = w.task(9);
    const bound = w.task(8, { notification: own });
    const sc = w.make(CapType.SchedContext);
    w.give(waiter, 1, n);
    w.boot(Op.ScBind, sc, 0, n, 0);
    w.start();
    w.as(waiter, () => w.gate(Op.Wait, 1, 0, 0, 0, ""));
    expect(inspect(w.k).schedContexts.find((one) => one.id === w.object(sc))?.notification).toBe(w.object(n));
    end(n);
    expect(eventsOf(w, waiter)).toEqual([Event.Cancelled]);
    expect(inspect(w.k).schedContexts.find((one) => one.id === w.object(sc))?.notification).toBe(0);
    // Bound to something else again, which a name left behind would not allow.
    w.boot(Op.ScBind, sc, 0, own, 0);
    end(own);
    expect(task(bound).notification).toBe(0);
    const other = w.notification();
    w.boot(Op.TcbBindNotification, bound.tcb, 0, other, 0);
    expect(task(bound).notification).toBe(w.object(other));
  });

  it("a reply object: its caller is told, and gets back the context that went along", () => {
    const { w, end, task } = scene();
    const e = w.endpoint();
    const server = w.task(9, { home: e, isPassive: true });
    const client = w.task(5);
    w.give(client, 1, e);
    const sc = w.make(CapType.SchedContext);
    w.boot(Op.ScBind, sc, 0, server.tcb, 0);
    w.start();
    w.boot(Op.ScUnbind, sc, 0, 0, 0);
    w.as(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    expect(task(client)).toMatchObject({ state: TaskState.BlockedOnReply, schedContext: 0 });
    // The copy in the server's home slot goes first, then the last one.
    end(server.reply);
    expect(eventsOf(w, client)).toEqual([Event.DeadReply]);
    expect(task(client).schedContext).toBe(w.object(client.sc));
    expect(task(server).schedContext).toBe(0);
  });

  it("a scheduling context: nobody runs on it, and no reply gives it back", () => {
    const { w, end, task } = scene();
    const e = w.endpoint();
    const server = w.task(9, { home: e, isPassive: true });
    const client = w.task(5);
    w.give(client, 1, e);
    const sc = w.make(CapType.SchedContext);
    w.boot(Op.ScBind, sc, 0, server.tcb, 0);
    w.start();
    w.boot(Op.ScUnbind, sc, 0, 0, 0);
    w.as(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    expect(inspect(w.k).replies.find((p) => p.caller === client.id)?.schedContext).toBe(w.object(client.sc));
    end(client.sc);
    expect(inspect(w.k).replies.find((p) => p.caller === client.id)?.schedContext).toBe(0);
    expect(task(server).schedContext).toBe(0);
    w.boot(Op.ScBind, sc, 0, server.tcb, 0);
    w.as(server, () => w.gate(Op.Reply, 0, 0, 0, 0, ""));
    // Answered, and not able to run.
    expect(task(client)).toMatchObject({ state: TaskState.Ready, event: Event.Reply, schedContext: 0 });
    expect(w.events(client)).toEqual([]);
  });

  it("a frame: leases of it end, and its bytes go", () => {
    const { w, end, task } = scene();
    const e = w.endpoint();
    const server = w.task(9, { home: e });
    const client = w.task(5);
    const other = w.task(4);
    const [frame, kept] = [w.make(CapType.Frame, 0, 16), w.make(CapType.Frame, 0, 16)];
    for (const [t, at] of [[client, frame], [other, kept]] as const) {
      w.give(t, 1, e);
      w.give(t, 2, at);
    }
    w.start();
    const objects = [w.object(frame), w.object(kept)];
    for (const t of [client, other])
      w.as(t, () => {
        expect(w.gate(Op.Write, 2, 0, 0, 0, "abc")).toBe(3);
        expect(w.gate(Op.Lend, 2, Rights.Read, 1, 2, "")).toBe(Status.Ok);
        w.gate(Op.Call, 1, 0, 0, 0, "");
      });
    expect(Object.keys(w.k._frames).sort()).toEqual(objects.map(String).sort());
    let seen = "";
    w.as(server, () => (seen = w.read(0, 0, 2)));
    expect(seen).toBe("bc");
    end(frame);
    expect(task(client).lease.frame).toBe(0);
    expect(task(other).lease.frame).toBe(objects[1]);
    expect(Object.keys(w.k._frames)).toEqual([String(objects[1])]);
    w.as(server, () => (seen = w.read(0, 0, 2)));
    expect(seen).toBe("");
  });

  it("a task: its number, code, context, notification and turn are free; who waits for its answer is told", () => {
    const { w, end, boss } = scene();
    const n = w.notification();
    const e = w.endpoint();
    const doomed = w.task(9, { home: e, notification: n });
    const client = w.task(5);
    w.give(client, 1, e);
    w.give(boss, 1, doomed.sc);
    w.start();
    w.as(client, () => w.gate(Op.Call, 1, 0, 0, 0, "hello"));
    // It is to run next, and never will.
    w.asHeld(boss, () => {
      expect(w.gate(Op.ScYieldTo, 1, 0, 0, 0, "")).toBeGreaterThanOrEqual(0);
      w.gate(Op.Delete, 15, 0, slotRef(0, doomed.tcb, 0), 0, "");
    });
    expect(w.k._m[Reg.YieldTo]).toBe(doomed.id);
    w.stepOnce(0);
    expect(w.k._m[Reg.YieldTo]).toBe(0);
    w.run();
    expect(inspect(w.k).slots.filter((cap) => cap.at > doomed.id && cap.at < doomed.id + Tcb.Words)).toEqual([]);
    expect(eventsOf(w, boss)).toEqual([Event.Done]);
    expect(inspect(w.k).tasks.map((t) => t.id)).not.toContain(doomed.id);
    expect([w.k._m[Reg.YieldTo], w.k._data[doomed.number], w.k._handlers[doomed.number]]).toEqual([0, "", undefined]);
    expect(eventsOf(w, client)).toEqual([Event.DeadReply]);
    expect(inspect(w.k).notifications.find((one) => one.id === w.object(n))?.bound).toBe(0);
    expect(inspect(w.k).schedContexts.find((one) => one.id === w.object(doomed.sc))?.tcb).toBe(0);
    expect(violation(inspect(w.k))).toBeUndefined();
    // All of it can be used again.
    const next = w.task(9, { home: e, notification: n });
    expect(next.number).toBe(doomed.number);
    end(next.tcb);
  });

  it("a task whose own CNode takes several slices: from the first one on nobody is at home, and the turn of another is his", () => {
    const { w, boss } = scene();
    const e = w.endpoint();
    const doomed = w.task(9, { home: e, radix: 5 });
    const other = w.task(8);
    for (let at = 1; at < 31; at++) w.give(doomed, at, e);
    w.give(boss, 1, other.sc);
    w.start();
    // All but the task's own capability to its CNode.
    w.as(boss, () => w.gate(Op.Delete, 15, 0, slotRef(0, doomed.cnode, 0), 0, ""));
    w.events(boss);
    w.asHeld(boss, () => {
      w.gate(Op.ScYieldTo, 1, 0, 0, 0, "");
      w.gate(Op.Delete, 15, 0, slotRef(0, doomed.tcb, 0), 0, "");
    });
    w.stepOnce(0);
    expect(inspect(w.k).work).toBeDefined();
    expect(inspect(w.k).endpoints.find((one) => one.id === w.object(e))?.home).toBe(0);
    expect(w.k._m[Reg.YieldTo]).toBe(other.id);
    w.run();
    expect(eventsOf(w, boss)).toEqual([Event.Done]);
    expect(violation(inspect(w.k))).toBeUndefined();
  });

  it("a task's address space under its feet: from the first slice on no address leads anywhere", () => {
    const { w, boss } = scene();
    const untyped = w.make(CapType.Untyped, 9);
    const victim = w.task(9);
    w.start();
    w.boot(Op.Retype, untyped, CapType.CNode + (5 << 8) + (1 << 16), slotRef(BootSlot.CNode, 0, 0), 100);
    for (let at = 1; at < 31; at++) w.boot(Op.Copy, 100, Rights.All, slotRef(0, at, 0), slotRef(BootSlot.CNode, victim.sc, 0));
    w.boot(Op.TcbSetSpace, victim.tcb, 0, 100, 0);
    w.as(boss, () => w.gate(Op.Delete, 15, 0, slotRef(0, 100, 0), 0, ""));
    w.events(boss);
    w.asHeld(victim, () => expect(w.gate(Op.Identify, 30, 0, 0, 0, "")).toBeGreaterThan(0));
    w.asHeld(boss, () => w.gate(Op.Revoke, 15, 0, slotRef(0, untyped, 0), 0, ""));
    w.stepOnce(0);
    expect(inspect(w.k).work).toBeDefined();
    w.asHeld(victim, () => {
      for (const op of [Op.Identify, Op.Signal, Op.ScConsumed]) expect(w.gate(op, 30, 0, 0, 0, "")).toBe(Status.FailedLookup);
    });
    w.run();
    expect(eventsOf(w, boss)).toEqual([Event.Done]);
    expect(inspect(w.k).slots.some((cap) => cap.at === victim.id + Tcb.CSpace)).toBe(false);
  });

  it("one of two contexts that went along with calls: the other still comes back", () => {
    const { w, end, task } = scene();
    const servers = [9, 8].map((priority) => {
      const e = w.endpoint();
      return { e, server: w.task(priority, { home: e, isPassive: true }), client: w.task(priority - 4) };
    });
    for (const { e, client } of servers) w.give(client, 1, e);
    const start = w.make(CapType.SchedContext);
    w.start();
    for (const { server } of servers) {
      w.boot(Op.ScBind, start, 0, server.tcb, 0);
      w.run();
      w.boot(Op.ScUnbind, start, 0, 0, 0);
    }
    for (const { client } of servers) w.as(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    const [first, second] = servers;
    end(first!.client.sc);
    expect(servers.map(({ client }) => inspect(w.k).replies.find((p) => p.caller === client.id)?.schedContext)).toEqual([0, w.object(second!.client.sc)]);
    w.as(second!.server, () => w.gate(Op.Reply, 0, 0, 0, 0, ""));
    expect(task(second!.client).schedContext).toBe(w.object(second!.client.sc));
  });

  it("a CNode: what is inside goes with it, one slice after the other; the number of steps of a slice is 8", () => {
    const { w, boss } = scene();
    const box = w.make(CapType.CNode, 4);
    const e = w.endpoint();
    w.start();
    // Seven copies and the empty end of the list are one slice; eight are more.
    for (const [copies, slices] of [[7, 1], [8, 2], [15, 2]] as const) {
      for (let at = 1; at <= copies; at++) w.boot(Op.Copy, box, Rights.All, slotRef(0, at, 0), slotRef(BootSlot.CNode, e, 0));
      w.asHeld(boss, () => expect(w.gate(Op.Revoke, 15, 0, slotRef(0, e, 0), 0, "")).toBe(Status.Ok));
      let count = 0;
      while (w.events(boss).length === 0 && count < 9) {
        w.stepOnce(0);
        count++;
        if (inspect(w.k).tasks.find((t) => t.id === boss.id)?.state !== TaskState.BlockedOnWork) w.run();
      }
      expect([copies, count]).toEqual([copies, slices]);
    }
  });

  it("an IRQ handler: its notification slot first, then the device can be claimed again, unmasked", () => {
    const { w, end } = scene();
    const n = w.notification();
    const listener = w.task(9, { notification: n });
    w.start();
    const claim = device(DeviceKind.Pin, 3, 2);
    for (let round = 0; round < 2; round++) {
      const at = 100 + round;
      w.boot(Op.IrqGet, BootSlot.IrqControl, claim, slotRef(BootSlot.CNode, at, 0), 0);
      w.boot(Op.IrqSetNotification, at, 0, n, 0);
      const row = w.object(at);
      interrupt(w.k, DeviceKind.Pin, 4);
      interrupt(w.k, DeviceKind.Pin, 4);
      w.run();
      expect(eventsOf(w, listener)).toEqual([Event.Notification]);
      expect(w.k._m[row + Irq.State]).toBe(3);
      end(at);
      expect([w.k._m[row], w.k._m[row + Irq.State], w.k._m[row + Irq.Slot]]).toEqual([0, 0, 0]);
      interrupt(w.k, DeviceKind.Pin, 4);
      w.run();
      expect(eventsOf(w, listener)).toEqual([]);
    }
  });

  it("the CNode around a slot: requests about the slot end, others are carried out", () => {
    const { w, boss } = scene();
    const second = w.task(199);
    w.give(second, 15, BootSlot.CNode);
    const [before, doomed, kept] = [w.make(CapType.CNode, 3), w.make(CapType.CNode, 3), w.make(CapType.CNode, 3)];
    const e = w.endpoint();
    for (const box of [before, doomed, kept]) for (const at of [1, 7]) w.boot(Op.Copy, box, Rights.All, slotRef(0, at, 0), slotRef(BootSlot.CNode, e, 0));
    const clerks = [doomed, doomed, kept, before].map((box, i) => {
      const clerk = w.task(9 - i);
      w.give(clerk, 1, box);
      return clerk;
    });
    w.start();
    const keptObject = w.object(kept);
    // The clerks' capabilities to the CNode go first, then the CNode, then it is their turn.
    w.asHeld(boss, () => w.gate(Op.Revoke, 15, 0, slotRef(0, doomed, 0), 0, ""));
    w.asHeld(second, () => w.gate(Op.Delete, 15, 0, slotRef(0, doomed, 0), 0, ""));
    for (const [i, at] of [1, 7, 7, 7].entries()) w.asHeld(clerks[i]!, () => expect(w.gate(Op.Delete, 1, 0, slotRef(0, at, 0), 0, "")).toBe(Status.Ok));
    w.run();
    expect(clerks.map((clerk) => w.events(clerk).map((seen) => [seen.event, seen.label]))).toEqual([[[Event.Done, Status.FailedLookup]], [[Event.Done, Status.FailedLookup]], [[Event.Done, Status.Ok]], [[Event.Done, Status.Ok]]]);
    expect(inspect(w.k).slots.filter((cap) => cap.at > keptObject && cap.at < keptObject + 32).map((cap) => cap.at)).toEqual([keptObject + 4]);
    expect(violation(inspect(w.k))).toBeUndefined();
  });
});

describe("the fault of a task", () => {
  it("waits at the fault endpoint until it is received, and only Resume answers it", () => {
    const { w, boss, task } = scene();
    const fault = w.endpoint();
    const n = w.notification();
    const t = w.task(5, { notification: n });
    const other = w.task(4);
    w.fault(t, fault, 7);
    w.give(boss, 1, fault);
    w.give(boss, 2, n);
    w.give(boss, 3, t.tcb);
    w.give(other, 1, fault);
    w.start();
    w.as(t, () => {
      w.gate(Op.SetTimer, 0, 0, w.k._now + 1, 0, "");
      throw new Error("ouch");
    });
    const down = { state: TaskState.Faulted, object: w.object(fault), generation: 1, faults: 1 };
    expect(task(t)).toMatchObject(down);
    // Neither time, nor a signal, nor CancelBadgedSends with its badge.
    w.run(w.k._now + 10);
    const badged = 110;
    w.boot(Op.Mint, BootSlot.CNode, 7 * 16 + Rights.All, slotRef(0, badged, 0), slotRef(BootSlot.CNode, fault, 0));
    w.as(boss, () => {
      expect(w.gate(Op.Signal, 2, 0, 0, 0, "")).toBe(Status.Ok);
      expect(w.gate(Op.CancelBadgedSends, 15, 0, slotRef(0, badged, 0), 0, "")).toBe(Status.Ok);
    });
    expect(task(t)).toMatchObject(down);
    // Received, and replied to: it is still down.
    w.as(boss, () => w.gate(Op.Recv, 1, 0, 0, 0, ""));
    expect(w.events(boss)).toEqual([{ event: Event.Fault, badge: 7, label: FaultKind.Thrown, a: 1, b: 1, data: "Error: ouch" }]);
    w.as(boss, () => w.gate(Op.Reply, 0, 0, 0, 0, ""));
    expect(task(t)).toMatchObject({ ...down, object: 0 });
    expect(w.events(t)).toEqual([]);
    w.as(boss, () => expect(w.gate(Op.TcbResume, 3, 0, 0, 0, "")).toBe(Status.Ok));
    expect(eventsOf(w, t)).toEqual([Event.Start, Event.Notification]);
    expect(task(t).generation).toBe(2);
    // The queue is as it was before: a sender still finds its place.
    w.as(other, () => w.gate(Op.Send, 1, 0, 0, 0, "x"));
    w.as(boss, () => w.gate(Op.Recv, 1, 0, 0, 0, ""));
    expect(w.events(boss).map((seen) => [seen.event, seen.data])).toEqual([[Event.Message, "x"]]);
  });
});
