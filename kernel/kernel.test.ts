// The kernel's operations one by one: what each does, and what it refuses without a trace.
import { describe, expect, it } from "vitest";
import { CapType, Event, FaultKind, Op, Rights, Status } from "./gate.ts";
import { Count, Ep, Limit, TaskState, Tcb } from "./state.ts";
import { World } from "./host/world.ts";

describe("endpoint", () => {
  it("delivers messages in order with the capability's badge", () => {
    const w = new World();
    const e = w.endpoint(4);
    const server = w.task(9, 4, e);
    const client = w.task(5, 4, Limit.None);
    w.cap(server, 1, CapType.Endpoint, e);
    w.derive(client, 1, server, 1, Rights.Write, 42);
    w.boot();
    w.as(client, () => {
      expect(w.gate(Op.Send, 1, 7, 1, 2, "one")).toBe(Status.Ok);
      expect(w.gate(Op.Send, 1, 8, 3, 4, "two")).toBe(Status.Ok);
    });
    expect(w.events(server)).toEqual([
      { event: Event.Message, badge: 42, label: 7, a: 1, b: 2, data: "one" },
      { event: Event.Message, badge: 42, label: 8, a: 3, b: 4, data: "two" },
    ]);
  });

  it("refuses a full queue, a missing right, a wrong type, a foreign address, an object as data", () => {
    const w = new World();
    const e = w.endpoint(2);
    const n = w.notification();
    const client = w.task(9, 4, Limit.None);
    const server = w.task(5, 4, e);
    w.cap(server, 1, CapType.Endpoint, e);
    w.derive(client, 1, server, 1, Rights.Write, 0);
    w.derive(client, 2, server, 1, Rights.Read, 0);
    w.cap(client, 3, CapType.Notification, n);
    w.boot();
    w.as(client, () => {
      expect(w.gate(Op.Send, 1, 0, 0, 0, "")).toBe(Status.Ok);
      expect(w.gate(Op.Send, 1, 0, 0, 0, "")).toBe(Status.Ok);
      w.refuses(Op.Send, 1, 0, 0, 0, "", Status.NotReady);
      w.refuses(Op.Call, 1, 0, 0, 0, "", Status.IllegalOperation);
      w.refuses(Op.Send, 2, 0, 0, 0, "", Status.IllegalOperation);
      w.refuses(Op.Send, 3, 0, 0, 0, "", Status.InvalidCapability);
      w.refuses(Op.Send, 4, 0, 0, 0, "", Status.InvalidCapability);
      for (const at of [0, -1, 5, 1000, 2 ** 31, 2 ** 32, NaN]) w.refuses(Op.Send, at, 0, 0, 0, "", Status.InvalidCapability);
      w.refuses(Op.Send, 1, 0, 0, 0, { toString: () => "x" } as unknown as string, Status.InvalidArgument);
      w.refuses(Op.Send, 1, 0, 0, 0, "x".repeat(65), Status.Range);
      w.refuses(99 as Op, 1, 0, 0, 0, "", Status.InvalidArgument);
    });
    expect(w.gate(Op.Send, 1, 0, 0, 0, "")).toBe(Status.InvalidCapability);
  });

  it("NbSend only reaches a receiver that waits", () => {
    const w = new World();
    const e = w.endpoint(2);
    const client = w.task(9, 4, Limit.None);
    const server = w.task(5, 4, e);
    w.cap(server, 1, CapType.Endpoint, e);
    w.derive(client, 1, server, 1, Rights.All, 0);
    w.as(client, () => w.refuses(Op.NbSend, 1, 0, 0, 0, "", Status.NotReady));
    w.boot();
    w.as(client, () => {
      expect(w.gate(Op.NbSend, 1, 0, 0, 0, "")).toBe(Status.Ok);
      w.refuses(Op.NbSend, 1, 0, 0, 0, "", Status.NotReady);
    });
  });
});

describe("call and reply", () => {
  const pair = (): { w: World; server: number; client: number; e: number } => {
    const w = new World();
    const e = w.endpoint(4);
    const server = w.task(9, 4, e);
    const client = w.task(5, 4, Limit.None);
    w.cap(server, 1, CapType.Endpoint, e);
    w.derive(client, 1, server, 1, Rights.Write | Rights.GrantReply, 3);
    w.boot();
    return { w, server, client, e };
  };

  it("answers once, with what the server said", () => {
    const { w, server, client } = pair();
    w.onEvent = (t) => {
      if (t === server) expect(w.gate(Op.Reply, 0, 5, 6, 7, "pong")).toBe(Status.Ok);
    };
    w.as(client, () => {
      expect(w.gate(Op.Call, 1, 1, 2, 3, "ping")).toBe(Status.Ok);
      w.refuses(Op.Call, 1, 1, 2, 3, "again", Status.Busy);
    });
    expect(w.events(client)).toEqual([{ event: Event.Reply, badge: 0, label: 5, a: 6, b: 7, data: "pong" }]);
    w.as(server, () => w.refuses(Op.Reply, 0, 0, 0, 0, "", Status.InvalidCapability));
  });

  it("keeps the caller blocked and the server closed until the reply, which may come later", () => {
    const { w, server, client, e } = pair();
    w.as(client, () => w.gate(Op.Call, 1, 1, 0, 0, ""));
    w.k._deadline[client] = 1;
    w.k._dirty = 1;
    w.run(2);
    expect(w.events(server).length).toBe(1);
    w.as(server, () => {
      expect(w.gate(Op.Send, 1, 9, 0, 0, "")).toBe(Status.Ok);
    });
    expect(w.events(server)).toEqual([]);
    expect(w.events(client)).toEqual([]);
    w.as(server, () => w.gate(Op.Reply, 0, 0, 0, 0, ""));
    expect(w.events(client).map((x) => x.event)).toEqual([Event.Reply, Event.Timer]);
    expect(w.events(server).map((x) => x.label)).toEqual([9]);
    expect(w.k._ep[Ep.Head + e]).toBe(w.k._ep[Ep.Tail + e]);
  });

  it("tells a caller that the server died, and a later reply finds nobody", () => {
    const { w, server, client } = pair();
    w.as(client, () => w.gate(Op.Call, 1, 1, 0, 0, ""));
    w.events(server);
    w.as(server, () => {
      throw new Error("bang");
    });
    expect(w.k._tcb[Tcb.State + server]).toBe(TaskState.Faulted);
    expect(w.events(client).map((x) => x.event)).toEqual([Event.DeadReply]);
    w.as(client, () => w.refuses(Op.Call, 1, 1, 0, 0, "", Status.NotReady));
  });

  it("drops the request of a caller that died before it was served", () => {
    const { w, server, client } = pair();
    w.asHeld(client, () => w.gate(Op.Call, 1, 1, 0, 0, ""));
    w.k._running = client + 1;
    w.run();
    expect(w.k._tcb[Tcb.State + client]).toBe(TaskState.Faulted);
    expect(w.events(server)).toEqual([]);
  });

  it("refuses a call to itself and any circle of calls", () => {
    const w = new World();
    const ea = w.endpoint(2);
    const eb = w.endpoint(2);
    const a = w.task(9, 4, ea);
    const b = w.task(5, 4, eb);
    w.cap(a, 1, CapType.Endpoint, ea);
    w.cap(b, 1, CapType.Endpoint, eb);
    w.derive(a, 2, b, 1, Rights.All, 0);
    w.derive(b, 2, a, 1, Rights.All, 0);
    w.boot();
    w.as(a, () => w.refuses(Op.Call, 1, 0, 0, 0, "", Status.IllegalOperation));
    w.as(a, () => w.gate(Op.Call, 2, 0, 0, 0, ""));
    w.as(b, () => w.refuses(Op.Call, 2, 0, 0, 0, "", Status.IllegalOperation));
  });
});

describe("notification", () => {
  it("gathers bits and clears on delivery and on poll; badge 0 activates with word 0", () => {
    const w = new World();
    const n = w.notification();
    const free = w.notification();
    const t = w.task(9, 4, Limit.None, n);
    w.cap(t, 1, CapType.Notification, n);
    w.cap(t, 2, CapType.Notification, free);
    w.derive(t, 3, t, 2, Rights.Write, 6);
    w.boot();
    w.signal(n, 1);
    w.signal(n, 4);
    w.run();
    expect(w.events(t)).toEqual([{ event: Event.Notification, badge: 5, label: 0, a: 0, b: 0, data: "" }]);
    w.as(t, () => expect(w.gate(Op.Signal, 1, 0, 0, 0, "")).toBe(Status.Ok));
    expect(w.events(t).map((x) => x.badge)).toEqual([0]);
    w.as(t, () => {
      w.gate(Op.Signal, 3, 0, 0, 0, "");
      w.refuses(Op.Poll, 3, 0, 0, 0, "", Status.IllegalOperation);
      expect(w.gate(Op.Poll, 2, 0, 0, 0, "")).toBe(6);
      expect(w.gate(Op.Poll, 2, 0, 0, 0, "")).toBe(0);
    });
  });
});

describe("cnode", () => {
  it("mints with fewer rights and one badge; revoke takes everything derived, at any depth", () => {
    const w = new World();
    const e = w.endpoint(2);
    const t = w.task(9, 6, e);
    w.cap(t, 1, CapType.Endpoint, e);
    w.boot();
    w.as(t, () => {
      expect(w.gate(Op.Mint, 1, 5, 2, Rights.Write | Rights.Read, "")).toBe(Status.Ok);
      expect(w.gate(Op.Mint, 2, 0, 3, Rights.All, "")).toBe(Status.Ok);
      expect(w.gate(Op.Identify, 3, 0, 0, 0, "")).toBe((5 << 8) | (CapType.Endpoint << 4) | 3);
      w.refuses(Op.Mint, 2, 6, 4, 15, "", Status.IllegalOperation);
      w.refuses(Op.Mint, 1, 0, 2, 15, "", Status.DeleteFirst);
      w.refuses(Op.Mint, 1, 0, 7, 15, "", Status.Range);
      w.refuses(Op.Mint, 5, 0, 4, 15, "", Status.InvalidCapability);
      w.refuses(Op.Mint, 1, -1, 4, 15, "", Status.Range);
      w.refuses(Op.Mint, 1, 0x800000, 4, 15, "", Status.Range);
      expect(w.gate(Op.Mint, 3, 0, 4, 15, "")).toBe(Status.Ok);
      // The middle of the chain goes; the end stays within reach of the root.
      expect(w.gate(Op.Delete, 2, 0, 0, 0, "")).toBe(Status.Ok);
      expect(w.gate(Op.Revoke, 1, 0, 0, 0, "")).toBe(Status.Ok);
      expect([1, 2, 3, 4].map((at) => w.gate(Op.Identify, at, 0, 0, 0, ""))).toEqual([(CapType.Endpoint << 4) | 15, 0, 0, 0]);
      w.refuses(Op.Revoke, 2, 0, 0, 0, "", Status.InvalidCapability);
    });
  });
});

describe("tcb", () => {
  it("fires timers when due and names the next deadline", () => {
    const w = new World();
    const t = w.task(9, 2, Limit.None);
    w.boot();
    w.as(t, () => {
      w.refuses(Op.SetTimer, 0, 0, NaN, 0, "", Status.InvalidArgument);
      w.refuses(Op.SetTimer, 0, 0, -1, 0, "", Status.InvalidArgument);
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

  it("reports a throw and an interruption to the fault handler, which restarts the task", () => {
    const w = new World();
    const e = w.endpoint(4);
    const boss = w.task(9, 4, e);
    const worker = w.task(5, 4, Limit.None);
    w.cap(boss, 1, CapType.Endpoint, e);
    w.cap(boss, 2, CapType.Tcb, worker);
    w.derive(worker, 1, boss, 1, Rights.Write | Rights.GrantReply, 77);
    w.k._tcb[Tcb.FaultCap + worker] = 1;
    w.boot();
    w.as(worker, () => {
      throw new Error("bad day");
    });
    expect(w.events(boss)).toEqual([{ event: Event.Fault, badge: 77, label: FaultKind.Thrown, a: worker, b: 1, data: "Error: bad day" }]);
    w.as(boss, () => expect(w.gate(Op.Resume, 2, 0, 0, 0, "")).toBe(Status.Ok));
    expect(w.events(worker).map((x) => x.event)).toEqual([Event.Start]);
    w.as(boss, () => w.refuses(Op.Resume, 2, 0, 0, 0, "", Status.IllegalOperation));
    // A handler that never came back leaves only this mark.
    w.k._running = worker + 1;
    w.run();
    expect(w.events(boss)).toEqual([{ event: Event.Fault, badge: 77, label: FaultKind.Interrupted, a: worker, b: 2, data: "" }]);
    expect(w.k._count[Count.Generation + worker]).toBe(2);
  });

  it("gives the processor to the highest priority first and stops at the budget", () => {
    const w = new World();
    const order: number[] = [];
    const ends = [w.endpoint(4), w.endpoint(4), w.endpoint(4)];
    const tasks = [9, 5, 1].map((p, i) => w.task(p, 2, ends[i]!));
    expect(w.tryTask(6, 2)).toBe(Status.IllegalOperation);
    ends.forEach((e, i) => w.cap(tasks[i]!, 1, CapType.Endpoint, e));
    w.boot();
    w.onEvent = (t) => order.push(t);
    for (const t of [2, 1, 0]) w.asHeld(t, () => w.gate(Op.Send, 1, 0, 0, 0, ""));
    expect(w.stepOnce(2)).toBe(w.k._now);
    expect(order).toEqual([0, 1]);
    w.run();
    expect(order).toEqual([0, 1, 2]);
  });
});
