// What outlives what: objects that end while somebody still has something to do with them, contexts whose lender is gone, heap of runs that were undone.
import { describe, expect, it } from "vitest";
import { BootSlot } from "./boot.ts";
import { CapType, Event, FaultKind, Op, retypeWhat, Rights, slotRef, Status, TaskState } from "./gate.ts";
import { World, type Task } from "./host/world.ts";
import { inspect } from "./model/inspect-state.ts";
import { violation } from "./model/invariants.ts";
import { recover } from "./scheduler.ts";
import { Reg, Sc, Tcb, use } from "./state.ts";

const ref = (index: number): number => slotRef(BootSlot.CNode, index, 0);
const fine = (w: World): void => expect(violation(inspect(w.k))).toBeUndefined();

describe("a reply object that ends while its owner receives", () => {
  it("is forgotten: the next caller is told at once, and what is made in its place stays whole", () => {
    const w = new World();
    const e = w.endpoint();
    const u = w.make(CapType.Untyped, 5);
    w.boot(Op.Retype, u, retypeWhat(CapType.Reply, 0, 1), ref(0), 100);
    const server = w.task(5, { isMute: true });
    w.boot(Op.TcbSetReceive, server.tcb, 0, e, 100);
    const [client, boss] = [w.task(3), w.task(9, { radix: 5 })];
    w.give(client, 1, e, Rights.Write | Rights.GrantReply);
    w.give(boss, 15, BootSlot.CNode);
    w.start();
    w.as(boss, () => expect(w.gate(Op.Revoke, 15, 0, slotRef(0, u, 0), 0, "")).toBe(Status.Ok));
    fine(w);
    w.boot(Op.Retype, u, retypeWhat(CapType.CNode, 1, 1), ref(0), 101);
    const at = w.object(101);
    const before = Array.from(w.k._m.slice(at, at + 8));
    w.events(client);
    w.as(client, () => expect(w.gate(Op.Call, 1, 8, 0, 0, "")).toBe(Status.Ok));
    expect(Array.from(w.k._m.slice(at, at + 8))).toEqual(before);
    expect(w.events(client).map(({ event }) => event)).toEqual([Event.DeadReply]);
    expect(w.events(server).map(({ label }) => label)).toContain(8);
    fine(w);
  });
});

describe("a circle of CNodes from two untypeds", () => {
  it("leaves nothing in memory that may be used anew while it is deleted", () => {
    const w = new World();
    // The second one has room for B, or for seven notifications, but not for both.
    const [u1, u2] = [w.make(CapType.Untyped, 8), w.make(CapType.Untyped, 5)];
    const [a, b] = [100, 101];
    const [boss, other] = [w.task(9, { radix: 5 }), w.task(8, { radix: 5 })];
    w.give(other, 2, u2);
    w.boot(Op.Retype, u1, retypeWhat(CapType.CNode, 4, 1), ref(0), a);
    w.boot(Op.Retype, u2, retypeWhat(CapType.CNode, 1, 1), ref(0), b);
    // A holds seven endpoints and B, B holds the only capability to A.
    for (let i = 1; i <= 7; i++) w.boot(Op.Copy, a, 15, slotRef(0, i, 0), ref(w.endpoint()));
    w.boot(Op.Copy, a, 15, slotRef(0, 9, 0), ref(b));
    w.boot(Op.Move, b, 0, slotRef(0, 1, 0), ref(a));
    for (const task of [boss, other]) w.give(task, 15, BootSlot.CNode);
    w.start();
    w.as(boss, () => expect(w.gate(Op.Delete, 15, 0, slotRef(0, b, 0), 0, "")).toBe(Status.Ok));
    w.events(boss);
    w.asHeld(boss, () => expect(w.gate(Op.Revoke, 15, 0, slotRef(0, u1, 0), 0, "")).toBe(Status.Ok));
    // Between two slices somebody takes B's memory as soon as it is free.
    const answers: number[] = [];
    w.onEvent = (task) => {
      if (task !== other) return;
      answers.push(w.gate(Op.Retype, 2, retypeWhat(CapType.Notification, 0, 7), slotRef(15, 0, 0), 110, ""));
      fine(w);
    };
    for (let i = 0; i < 4; i++) {
      w.boot(Op.TcbSuspend, other.tcb, 0, 0, 0);
      w.boot(Op.TcbResume, other.tcb, 0, 0, 0);
      w.stepOnce(1);
      fine(w);
    }
    w.run();
    fine(w);
    expect(answers[0]).toBe(Status.Ok);
    expect(w.events(boss).map(({ event, label }) => [event, label])).toEqual([[Event.Done, Status.Ok]]);
    w.boot(Op.Retype, u1, retypeWhat(CapType.Untyped, 7, 1), ref(0), 120);
    expect(inspect(w.k).slots.some(({ type }) => type === CapType.Zombie)).toBe(false);
  });
});

describe("a context whose lender does not wait any more", () => {
  /** A passive server with two clients; `boss` holds the first one's TCB. */
  function passive(): { w: World; server: Task; clients: [Task, Task]; boss: Task } {
    const w = new World();
    const e = w.endpoint();
    const server = w.task(5, { home: e });
    const clients: [Task, Task] = [w.task(3), w.task(3)];
    const boss = w.task(9);
    for (const c of clients) w.give(c, 1, e, Rights.Write | Rights.GrantReply);
    w.give(boss, 1, clients[0].tcb);
    w.start();
    w.boot(Op.ScUnbind, server.sc, 0, 0, 0);
    w.onEvent = (task, seen) => {
      if (task === server && seen.event === Event.Message) w.gate(Op.Reply, 0, 1, 0, 0, "");
    };
    return { w, server, clients, boss };
  }
  it.each([Op.TcbResume, Op.TcbSuspend])("lets the server handle what it was given, then goes home (%i)", (op) => {
    const { w, server, clients, boss } = passive();
    w.asHeld(clients[0], () => expect(w.gate(Op.Call, 1, 8, 0, 0, "")).toBe(Status.Ok));
    w.asHeld(boss, () => expect(w.gate(op, 1, 0, 0, 0, "")).toBe(Status.Ok));
    fine(w);
    w.run();
    fine(w);
    expect(w.events(server).map(({ label }) => label)).toContain(8);
    expect(w.k._m[server.id]).toBe(TaskState.BlockedOnReceive);
    expect(w.k._m[clients[0].id + Tcb.Sc]).toBe(w.object(clients[0].sc));
    w.events(clients[1]);
    w.as(clients[1], () => expect(w.gate(Op.Call, 1, 9, 0, 0, "")).toBe(Status.Ok));
    expect(w.events(clients[1]).map(({ event }) => event)).toEqual([Event.Reply]);
  });
  it("comes back through two servers", () => {
    const w = new World();
    const [e1, e2] = [w.endpoint(), w.endpoint()];
    const [s1, s2, client, boss] = [w.task(5, { home: e1 }), w.task(6, { home: e2 }), w.task(3), w.task(8)];
    w.give(client, 1, e1, Rights.Write | Rights.GrantReply);
    w.give(s1, 1, e2, Rights.Write | Rights.GrantReply);
    w.give(boss, 1, client.tcb);
    w.start();
    for (const s of [s1, s2]) w.boot(Op.ScUnbind, s.sc, 0, 0, 0);
    w.onEvent = (task, { event }) => {
      if (task === s1 && event === Event.Message) w.gate(Op.Call, 1, 0, 0, 0, "");
      if (task === s1 && event === Event.Reply) w.gate(Op.Reply, 0, 0, 0, 0, "");
      if (task === s2 && event === Event.Message) w.gate(Op.SetTimer, 0, 0, 100, 0, "");
      if (task === s2 && event === Event.Timer) w.gate(Op.Reply, 0, 0, 0, 0, "");
    };
    w.as(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    w.as(boss, () => expect(w.gate(Op.TcbResume, 1, 0, 0, 0, "")).toBe(Status.Ok));
    fine(w);
    w.events(client);
    w.run(1000);
    fine(w);
    expect(w.k._m[client.id + Tcb.Sc]).toBe(w.object(client.sc));
    expect(w.events(client).map(({ event }) => event)).toEqual([Event.Cancelled]);
    expect([w.k._m[s1.id], w.k._m[s2.id]]).toEqual([TaskState.BlockedOnReceive, TaskState.BlockedOnReceive]);
  });
  it("stays with the server when the lender is deleted", () => {
    const { w, server, clients, boss } = passive();
    w.give(boss, 2, BootSlot.CNode);
    w.asHeld(clients[0], () => expect(w.gate(Op.Call, 1, 8, 0, 0, "")).toBe(Status.Ok));
    w.asHeld(boss, () => expect(w.gate(Op.Revoke, 2, 0, slotRef(0, clients[0].tcb, 0), 0, "")).toBe(Status.Ok));
    w.run();
    w.as(boss, () => w.gate(Op.Delete, 2, 0, slotRef(0, clients[0].tcb, 0), 0, ""));
    fine(w);
    expect(w.events(server).map(({ label }) => label)).toContain(8);
  });
});

describe("heap of frames", () => {
  it("that a run made is given back when the run is undone", () => {
    const w = new World({ bytes: 100_000, words: 8000 });
    const t = w.task(5, { radix: 6, bytes: 64 });
    w.boot(Op.Retype, BootSlot.Untyped, retypeWhat(CapType.Untyped, 8, 1), ref(0), 90 + 1000 * 65536);
    w.give(t, 1, 90);
    w.give(t, 2, t.cnode);
    w.start();
    for (let i = 0; i < 10; i++) {
      w.as(t, () => {
        expect(w.gate(Op.Retype, 1, retypeWhat(CapType.Frame, 0, 1), slotRef(2, 0, 0), 40 + 1000 * 65536, "")).toBe(Status.Ok);
        expect(w.gate(Op.Write, 40, 0, 0, 0, "x")).toBe(1);
        throw new Error("no");
      });
      expect(Object.keys(w.k._frames)).toEqual([]);
      w.boot(Op.TcbResume, t.tcb, 0, 0, 0);
      w.run();
      w.as(t, () => expect(w.gate(Op.Retype, 1, retypeWhat(CapType.Endpoint, 0, 1), slotRef(2, 0, 0), 10 + i, "")).toBe(Status.Ok));
    }
  });
  it("of a frame that stands stays, with what other runs wrote", () => {
    const w = new World({ bytes: 100_000 });
    const f = w.make(CapType.Frame, 0, 16);
    const t = w.task(5);
    w.give(t, 1, f);
    w.start();
    w.as(t, () => w.gate(Op.Write, 1, 0, 0, 0, "kept"));
    w.as(t, () => {
      w.gate(Op.Write, 1, 0, 8, 0, "also");
      throw new Error("no");
    });
    expect(Object.keys(w.k._frames)).toHaveLength(1);
  });
});

describe("a task that stops and restarts itself", () => {
  it("is queued once, where its priority says", () => {
    const w = new World();
    const [t, o] = [w.task(5), w.task(6)];
    w.give(t, 1, t.tcb);
    w.start();
    w.boot(Op.TcbSuspend, o.tcb, 0, 0, 0);
    w.boot(Op.TcbResume, o.tcb, 0, 0, 0);
    w.asHeld(t, () => {
      for (const op of [Op.TcbSuspend, Op.TcbResume]) expect(w.gate(op, 1, 0, 0, 0, "")).toBe(Status.Ok);
      expect(w.gate(Op.TcbSetPriority, 1, 9, 1, 0, "")).toBe(Status.Ok);
    });
    fine(w);
  });
  it("has its turn on a context that it binds to itself", () => {
    const w = new World();
    const e = w.endpoint();
    const spare = w.make(CapType.SchedContext);
    const [server, client] = [w.task(5, { home: e }), w.task(3)];
    w.give(client, 1, e);
    w.give(server, 1, server.tcb);
    w.give(server, 2, spare);
    w.start();
    w.boot(Op.ScUnbind, server.sc, 0, 0, 0);
    w.events(server);
    w.onEvent = (task, { event }) => {
      if (task !== server || event !== Event.Message) return;
      for (const [op, at, a] of [[Op.Reply, 0, 0], [Op.TcbSuspend, 1, 0], [Op.TcbResume, 1, 0], [Op.ScBind, 2, 1]] as const) expect(w.gate(op, at, 0, a, 0, "")).toBe(Status.Ok);
    };
    w.as(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    fine(w);
    expect(w.events(server).map(({ event }) => event)).toEqual([Event.Message, Event.Start]);
  });
  it("has neither timer nor receive slot from before", () => {
    const w = new World();
    const t = w.task(5);
    w.give(t, 1, t.tcb);
    w.start();
    w.as(t, () => {
      w.gate(Op.TcbSuspend, 1, 0, 0, 0, "");
      w.gate(Op.SetTimer, 0, 0, 5000, 0, "");
      w.gate(Op.SetReceiveSlot, 0, 0, slotRef(1, 5, 0), 0, "");
    });
    w.boot(Op.TcbResume, t.tcb, 0, 0, 0);
    w.run();
    w.events(t);
    w.run(10_000);
    expect(w.events(t)).toEqual([]);
    expect(w.k._d[(t.id + Tcb.ReceiveRef) >> 1]).toBe(0);
  });
});

describe("a run that is found stopped", () => {
  it("before its handler began has burnt nothing", () => {
    const w = new World();
    const s = w.task(5);
    w.start();
    w.boot(Op.SchedConfigure, BootSlot.SchedControl, 1000, s.sc, 1_000_000);
    use(w.k);
    // As `run` begins.
    w.k._n = 0;
    w.k._m[Reg.Fuel] = 1000;
    w.k._m[Reg.Running] = s.id;
    recover();
    expect(w.k._d[(w.object(s.sc) + Sc.Consumed) >> 1]).toBe(0);
  });
  it("because what it threw has no words is a fault like any other", () => {
    const w = new World();
    const fault = w.endpoint();
    const [boss, t] = [w.task(9, { home: fault }), w.task(5)];
    w.fault(t, fault, 7);
    w.start();
    w.events(boss);
    w.as(t, () => {
      throw Object.create(null);
    });
    expect(w.events(boss).map(({ event, label, data }) => [event, label, data])).toEqual([[Event.Fault, FaultKind.Thrown, ""]]);
  });
});

it("no kernel is made whose addresses don't fit", () => {
  expect(() => new World({ words: 70_000 })).toThrow("boot words");
});
