// The edges of operations: the last argument that is accepted and the first that is not, what is left over from an earlier event, and what happens to
// a run that has asked for something already. Each of these was a change to the kernel that no other test noticed (model/mutation).
import { describe, expect, it } from "vitest";
import { BootSlot, setHandler } from "./boot.ts";
import { World, type Task } from "./host/world.ts";
import { CapType, Event, FaultKind, GateLimit, Op, retypeWhat, Rights, slotRef, Status, TaskState } from "./gate.ts";
import { inspect } from "./model/inspect-state.ts";
import { violation } from "./model/invariants.ts";
import { Limit, Reg } from "./state.ts";

const taskOf = (w: World, t: Task): ReturnType<typeof inspect>["tasks"][number] | undefined => inspect(w.k).tasks.find((one) => one.id === t.id);

describe("the gate", () => {
  it("does nothing for anybody while no handler runs", () => {
    const w = new World();
    for (const running of [0, Limit.Kernel]) {
      w.k._m[Reg.Running] = running;
      for (const op of [Op.Now, Op.SetTimer, Op.Identify, Op.Retype]) expect(w.gate(op, 0, 0, 0, 0, "")).toBe(Status.InvalidCapability);
    }
    w.k._m[Reg.Running] = 0;
  });

  it("takes a receive slot of 0 … 2^38 - 1, a deadline of 0 … 2^53 - 1", () => {
    const w = new World();
    const t = w.task(5);
    w.start();
    w.as(t, () => {
      for (const a of [0, 1, 2 ** 38 - 1]) expect(w.gate(Op.SetReceiveSlot, 0, 0, a, 0, "")).toBe(Status.Ok);
      for (const a of [-1, 2 ** 38, 0.5, Number.NaN]) expect(w.gate(Op.SetReceiveSlot, 0, 0, a, 0, "")).toBe(Status.InvalidArgument);
      for (const a of [0, 2 ** 53 - 1]) expect(w.gate(Op.SetTimer, 0, 0, a, 0, "")).toBe(Status.Ok);
      for (const a of [-1, 2 ** 53, 0.5, Number.NaN]) expect(w.gate(Op.SetTimer, 0, 0, a, 0, "")).toBe(Status.InvalidArgument);
    });
  });

  it("wants a byte string only where there is a message", () => {
    const w = new World();
    const e = w.endpoint();
    const n = w.notification();
    const t = w.task(5);
    w.give(t, 1, e);
    w.give(t, 2, n);
    w.start();
    const none = 5 as unknown as string;
    for (const [op, address, status] of [[Op.Identify, 99, Status.FailedLookup], [Op.Signal, 2, Status.Ok], [Op.Poll, 2, 0], [Op.Recv, 1, Status.Ok]] as const) {
      w.asHeld(t, () => {
        expect(w.gate(op, address, 0, 0, 0, none)).toBe(status);
        expect(inspect(w.k).doom).toBe(0);
      });
      expect(taskOf(w, t)?.faults).toBe(0);
    }
  });

  it("NbRecv becomes a Recv for the bound notification alone", () => {
    const w = new World();
    const e = w.endpoint();
    const n = w.notification();
    const t = w.task(5, { notification: n });
    w.give(t, 1, e);
    w.give(t, 2, n, Rights.All, 6);
    w.start();
    w.as(t, () => {
      expect(w.gate(Op.NbRecv, 1, 0, 0, 0, "")).toBe(0);
      expect(w.gate(Op.Signal, 2, 0, 0, 0, "")).toBe(Status.Ok);
      expect(w.gate(Op.NbRecv, 1, 0, 0, 0, "")).toBe(1);
      // That was the one blocking operation of this run.
      expect(w.gate(Op.NbRecv, 1, 0, 0, 0, "")).toBe(Status.IllegalOperation);
    });
    expect(taskOf(w, t)?.faults).toBe(1);
  });

  it("a context that changes hands does not change what is pending", () => {
    const w = new World();
    const e = w.endpoint();
    const t = w.task(5);
    const other = w.task(4, { isPassive: true });
    const receiver = w.task(9, { home: e });
    const sc = w.make(CapType.SchedContext);
    w.give(t, 1, e);
    w.give(t, 2, sc);
    w.give(t, 3, other.tcb);
    w.start();
    w.as(t, () => {
      expect(w.gate(Op.Send, 1, 7, 0, 0, "x")).toBe(Status.Ok);
      expect(w.gate(Op.ScBind, 2, 0, 3, 0, "")).toBe(Status.Ok);
      expect(w.gate(Op.ScUnbind, 2, 0, 0, 0, "")).toBe(Status.Ok);
    });
    expect(w.events(receiver).map((seen) => [seen.label, seen.data])).toEqual([[7, "x"]]);
  });

  it("a task on a lent context that receives a call goes on with the caller's, once", () => {
    const w = new World();
    const e = w.endpoint();
    const n = w.notification();
    const server = w.task(9, { isPassive: true, notification: n });
    const clients = [w.task(5), w.task(4)];
    const lent = w.make(CapType.SchedContext);
    w.give(server, 1, e);
    for (const client of clients) {
      w.give(client, 1, e);
      w.give(client, 2, n, Rights.Write, 1);
    }
    w.boot(Op.ScBind, lent, 0, server.tcb, 0);
    w.start();
    w.boot(Op.ScUnbind, lent, 0, 0, 0);
    w.boot(Op.ScBind, lent, 0, n, 0);
    w.as(clients[0]!, () => w.gate(Op.Call, 1, 3, 0, 0, ""));
    w.onEvent = (task, seen) => {
      if (task === server && seen.event === Event.Notification) expect(w.gate(Op.Recv, 1, 0, 0, 0, "")).toBe(Status.Ok);
    };
    w.as(clients[1]!, () => w.gate(Op.Signal, 2, 0, 0, 0, ""));
    expect(w.events(server).map((seen) => [seen.event, seen.label])).toEqual([[Event.Notification, 0], [Event.Message, 3]]);
    expect(taskOf(w, server)?.schedContext).toBe(w.object(clients[0]!.sc));
    expect(inspect(w.k).schedContexts.find((one) => one.id === w.object(lent))?.tcb).toBe(0);
    expect(violation(inspect(w.k))).toBeUndefined();
  });
});

describe("a capability with a message", () => {
  interface Post {
    w: World;
    e: number;
    client: Task;
    server: Task;
    /** Sends what stands at an address of the client's; what Received says, and what is in the receive slot then. */
    send(address: number): { received: number; found: number };
  }

  function post(): Post {
    const w = new World({ words: 8000 });
    const e = w.endpoint();
    const server = w.task(9, { home: e });
    const client = w.task(5, { radix: 5 });
    w.give(server, 2, server.cnode);
    w.give(client, 1, e);
    w.start();
    w.as(server, () => w.gate(Op.SetReceiveSlot, 0, 0, slotRef(2, 5, 0), 0, ""));
    return {
      w,
      e,
      client,
      server,
      send: (address) => {
        w.as(client, () => {
          expect(w.gate(Op.Attach, address, 0, 0, 0, "")).toBe(Status.Ok);
          expect(w.gate(Op.Send, 1, 0, 0, 0, "")).toBe(Status.Ok);
        });
        let received = -1;
        let found = -1;
        w.as(server, () => {
          received = w.gate(Op.Received, 0, 0, 0, 0, "");
          found = w.gate(Op.Identify, 5, 0, 0, 0, "");
        });
        return { received, found };
      },
    };
  }

  it("to another endpoint is handed over, and not unwrapped", () => {
    const { w, client, send } = post();
    const other = w.endpoint();
    w.give(client, 2, other, Rights.Write, 3);
    expect(send(2)).toEqual({ received: 1, found: 3 * 256 + CapType.Endpoint * 16 + Rights.Write });
  });

  it("is not handed over when it cannot be copied: IrqControl, an untyped with children", () => {
    const { w, client, send } = post();
    w.boot(Op.Move, client.cnode, 0, slotRef(0, 2, 0), slotRef(BootSlot.CNode, BootSlot.IrqControl, 0));
    expect(send(2)).toEqual({ received: 0, found: 0 });
    const untyped = w.make(CapType.Untyped, 6);
    w.boot(Op.Move, client.cnode, 0, slotRef(0, 3, 0), slotRef(BootSlot.CNode, untyped, 0));
    w.give(client, 4, client.cnode);
    w.as(client, () => expect(w.gate(Op.Retype, 3, retypeWhat(CapType.Endpoint, 0, 1), slotRef(4, 0, 0), 10, "")).toBe(Status.Ok));
    expect(send(3)).toEqual({ received: 0, found: 0 });
    // Empty again, it can.
    w.as(client, () => w.gate(Op.Delete, 4, 0, slotRef(0, 10, 0), 0, ""));
    expect(send(3)).toEqual({ received: 1, found: CapType.Untyped * 16 + Rights.All });
  });

  it("is not handed over while it is being deleted", () => {
    const { w, client, server } = post();
    const boss = w.task(200);
    w.boot(Op.TcbResume, boss.tcb, 0, 0, 0);
    w.run();
    const box = w.make(CapType.CNode, 5);
    for (let at = 1; at < 31; at++) w.boot(Op.Copy, box, Rights.All, slotRef(0, at, 0), slotRef(BootSlot.CNode, client.sc, 0));
    w.give(boss, 1, client.cnode);
    w.boot(Op.Move, client.cnode, 0, slotRef(0, 2, 0), slotRef(BootSlot.CNode, box, 0));
    w.asHeld(boss, () => expect(w.gate(Op.Delete, 1, 0, slotRef(0, 2, 0), 0, "")).toBe(Status.Ok));
    w.stepOnce(0);
    expect(inspect(w.k).slots.filter((cap) => cap.type === CapType.Zombie).length).toBe(1);
    w.asHeld(client, () => {
      w.gate(Op.Attach, 2, 0, 0, 0, "");
      w.gate(Op.Send, 1, 0, 0, 0, "");
    });
    expect(taskOf(w, server)).toMatchObject({ event: Event.Message, received: 0 });
    w.run();
    expect(violation(inspect(w.k))).toBeUndefined();
  });

  it("is forgotten with the next message, and with the next answer", () => {
    const { w, e, client, server, send } = post();
    const n = w.notification();
    w.give(client, 2, n);
    expect(send(2).received).toBe(1);
    w.as(client, () => w.gate(Op.Send, 1, 0, 0, 0, ""));
    expect(taskOf(w, server)?.received).toBe(0);
    // The same for who calls: a capability came with an earlier answer.
    w.give(client, 6, client.cnode);
    w.as(client, () => w.gate(Op.SetReceiveSlot, 0, 0, slotRef(6, 7, 0), 0, ""));
    w.give(server, 3, n);
    w.give(server, 1, e);
    for (const isWith of [true, false]) {
      w.as(client, () => expect(w.gate(Op.Call, 1, 0, 0, 0, "")).toBe(Status.Ok));
      w.as(server, () => {
        if (isWith) w.gate(Op.Attach, 3, 0, 0, 0, "");
        expect(w.gate(Op.Reply, 0, 0, 0, 0, "")).toBe(Status.Ok);
      });
      expect(taskOf(w, client)?.received).toBe(isWith ? 1 : 0);
    }
  });
});

describe("what is left over", () => {
  it("a task that was suspended while it waited for its fault to be heard starts anew when it is resumed", () => {
    const w = new World();
    const fault = w.endpoint();
    const t = w.task(5);
    w.fault(t, fault, 7);
    w.start();
    w.as(t, () => {
      throw new Error("ouch");
    });
    w.boot(Op.TcbSuspend, t.tcb, 0, 0, 0);
    expect(inspect(w.k).endpoints.find((e) => e.id === w.object(fault))).toMatchObject({ queue: [], isSending: false });
    w.boot(Op.TcbResume, t.tcb, 0, 0, 0);
    w.run();
    expect(w.events(t).map((seen) => [seen.event, seen.a])).toEqual([[Event.Start, 2]]);
    w.as(t, () => w.gate(Op.Recv, 99, 0, 0, 0, ""));
    expect(taskOf(w, t)).toMatchObject({ state: TaskState.Faulted, faults: 2, message: { label: FaultKind.CapFault } });
  });
});

describe("a new priority", () => {
  /** A boss who may give any priority to `who`. */
  function build(): { w: World; boss: Task; who: Task; set(priority: number): void } {
    const w = new World();
    const boss = w.task(200);
    const who = w.task(5);
    w.give(boss, 1, who.tcb);
    w.give(boss, 2, boss.tcb);
    w.give(boss, 15, BootSlot.CNode);
    return {
      w,
      boss,
      who,
      set: (priority) => {
        let status = 1;
        w.asHeld(boss, () => (status = w.gate(Op.TcbSetPriority, 1, priority, 2, 0, "")));
        expect(status).toBe(Status.Ok);
        expect(violation(inspect(w.k))).toBeUndefined();
        expect(w.k._m[0]).toBe(0);
      },
    };
  }

  it("of the running task itself: it runs no second time", () => {
    const { w, boss } = build();
    w.start();
    w.as(boss, () => expect(w.gate(Op.TcbSetPriority, 2, 7, 2, 0, "")).toBe(Status.Ok));
    expect(w.events(boss)).toEqual([]);
    expect(taskOf(w, boss)).toMatchObject({ priority: 7, state: TaskState.BlockedOnNotification });
    expect(inspect(w.k).ready).toEqual([]);
  });

  it("of a task that is blocked on nothing, on a reply, or down, moves no queue", () => {
    const { w, who, set } = build();
    const e = w.endpoint();
    const server = w.task(100, { home: e });
    w.give(who, 1, e);
    w.start();
    set(6);
    w.as(who, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    set(7);
    expect(inspect(w.k).replies.filter((p) => p.caller).map((p) => [p.caller, p.server])).toEqual([[who.id, server.id]]);
    w.as(server, () => w.gate(Op.Reply, 0, 0, 0, 0, ""));
    expect(w.events(who).map((seen) => seen.event)).toEqual([Event.Reply]);
    w.boot(Op.TcbSuspend, who.tcb, 0, 0, 0);
    set(8);
    expect(taskOf(w, who)).toMatchObject({ priority: 8, state: TaskState.Inactive });
  });

  it("of a task whose Delete waits: its turn comes by the new one", () => {
    const { w, who, set } = build();
    const other = w.task(6);
    const [a, b] = [w.endpoint(), w.endpoint()];
    for (const t of [who, other]) w.give(t, 15, BootSlot.CNode);
    w.start();
    w.asHeld(other, () => w.gate(Op.Delete, 15, 0, slotRef(0, a, 0), 0, ""));
    w.asHeld(who, () => w.gate(Op.Delete, 15, 0, slotRef(0, b, 0), 0, ""));
    set(9);
    const order: Task[] = [];
    w.onEvent = (t, seen) => {
      if (seen.event === Event.Done) order.push(t);
    };
    w.run();
    expect(order).toEqual([who, other]);
  });
});

describe("a task starts", () => {
  it("only with code and a CSpace", () => {
    const w = new World();
    const t = w.task(5);
    w.start();
    const bare = w.make(CapType.Tcb, 0, 8);
    const resume = (at: number): void => w.boot(Op.TcbResume, at, 0, 0, 0);
    expect(() => resume(bare)).toThrow(`boot ${Op.TcbResume}:${Status.IllegalOperation}`);
    w.boot(Op.TcbSetSpace, bare, 0, t.cnode, 0);
    // A CSpace and no code.
    expect(() => resume(bare)).toThrow(`boot ${Op.TcbResume}:${Status.IllegalOperation}`);
    const naked = w.make(CapType.Tcb, 0, 8);
    setHandler(w.k, naked, () => undefined);
    // Code and no CSpace.
    expect(() => resume(naked)).toThrow(`boot ${Op.TcbResume}:${Status.IllegalOperation}`);
    setHandler(w.k, bare, () => undefined);
    resume(bare);
    expect(inspect(w.k).tasks.find((one) => one.id === w.object(bare))?.state).toBe(TaskState.Ready);
  });
});

describe("two capabilities to one untyped", () => {
  function build(): { w: World; t: Task; make(through: number, at: number): number; revoke(at: number): void } {
    const w = new World();
    const untyped = w.make(CapType.Untyped, 6);
    const t = w.task(5);
    w.give(t, 15, t.cnode);
    w.boot(Op.Move, t.cnode, 0, slotRef(0, 1, 0), slotRef(BootSlot.CNode, untyped, 0));
    w.start();
    w.as(t, () => expect(w.gate(Op.Copy, 15, Rights.All, slotRef(0, 2, 0), slotRef(15, 1, 0), "")).toBe(Status.Ok));
    return {
      w,
      t,
      make: (through, at) => {
        let status = 1;
        w.as(t, () => (status = w.gate(Op.Retype, through, retypeWhat(CapType.Endpoint, 0, 1), slotRef(15, 0, 0), at, "")));
        expect(violation(inspect(w.k))).toBeUndefined();
        return status;
      },
      revoke: (at) => {
        w.as(t, () => expect(w.gate(Op.Revoke, 15, 0, slotRef(0, at, 0), 0, "")).toBe(Status.Ok));
        w.events(t);
        expect(violation(inspect(w.k))).toBeUndefined();
      },
    };
  }
  const has = (w: World, t: Task, at: number): boolean => inspect(w.k).slots.some((cap) => cap.at === w.object(t.cnode) + 4 * at);

  it("both can revoke what was made through either", () => {
    for (const through of [1, 2]) {
      const { w, t, make, revoke } = build();
      expect(make(through, 3)).toBe(Status.Ok);
      expect(make(3 - through, 4)).toBe(Status.Ok);
      revoke(2);
      expect([1, 2, 3, 4].map((at) => has(w, t, at))).toEqual([true, true, false, false]);
    }
  });

  it("when the one through which something was made is gone, the other still can, and does not hand it out again", () => {
    const { w, t, make, revoke } = build();
    expect(make(1, 3)).toBe(Status.Ok);
    const first = w.k._m[w.object(t.cnode) + 4 * 3 + 1];
    w.as(t, () => w.gate(Op.Delete, 15, 0, slotRef(0, 1, 0), 0, ""));
    expect(make(2, 4)).toBe(Status.Ok);
    expect(w.k._m[w.object(t.cnode) + 4 * 4 + 1]).not.toBe(first);
    revoke(2);
    expect([2, 3, 4].map((at) => has(w, t, at))).toEqual([true, false, false]);
    // All of it is there again.
    expect(make(2, 3)).toBe(Status.Ok);
    expect(w.k._m[w.object(t.cnode) + 4 * 3 + 1]).toBe(first);
  });

  it("cannot be copied again while something is made of it", () => {
    const { w, t, make } = build();
    make(2, 3);
    for (const from of [1, 2]) w.as(t, () => expect(w.gate(Op.Copy, 15, Rights.All, slotRef(0, 5, 0), slotRef(15, from, 0), "")).toBe(Status.RevokeFirst));
  });
});

describe("a context that went along with a call", () => {
  /** A passive server that has taken a client's call, and runs on the client's context. */
  function build(): { w: World; server: Task; client: Task; other: Task } {
    const w = new World();
    const e = w.endpoint();
    const server = w.task(9, { home: e, isPassive: true });
    const client = w.task(5);
    const other = w.task(4, { isPassive: true });
    w.give(client, 1, e);
    const start = w.make(CapType.SchedContext);
    w.boot(Op.ScBind, start, 0, server.tcb, 0);
    w.start();
    w.boot(Op.ScUnbind, start, 0, 0, 0);
    w.as(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    expect(taskOf(w, server)?.schedContext).toBe(w.object(client.sc));
    return { w, server, client, other };
  }

  it("does not come back when the server has lost it", () => {
    const { w, server, client, other } = build();
    w.boot(Op.ScUnbind, client.sc, 0, 0, 0);
    w.boot(Op.ScBind, client.sc, 0, other.tcb, 0);
    w.as(server, () => expect(w.gate(Op.Reply, 0, 0, 0, 0, "")).toBe(Status.Ok));
    expect([taskOf(w, client)?.schedContext, taskOf(w, other)?.schedContext]).toEqual([0, w.object(client.sc)]);
    expect(violation(inspect(w.k))).toBeUndefined();
  });

  it("does not come back when the client has got another one", () => {
    const { w, server, client } = build();
    const second = w.make(CapType.SchedContext);
    w.boot(Op.ScBind, second, 0, client.tcb, 0);
    w.as(server, () => expect(w.gate(Op.Reply, 0, 0, 0, 0, "")).toBe(Status.Ok));
    expect([taskOf(w, client)?.schedContext, taskOf(w, server)?.schedContext]).toEqual([w.object(second), w.object(client.sc)]);
    expect(violation(inspect(w.k))).toBeUndefined();
  });

  it("comes back once: the reply object remembers nothing for the next call", () => {
    const { w, server, client } = build();
    w.as(server, () => w.gate(Op.Reply, 0, 0, 0, 0, ""));
    expect(taskOf(w, client)?.schedContext).toBe(w.object(client.sc));
    const own = w.make(CapType.SchedContext);
    w.boot(Op.ScBind, own, 0, server.tcb, 0);
    w.as(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    expect(inspect(w.k).replies.find((p) => p.caller === client.id)?.schedContext).toBe(0);
    w.as(server, () => w.gate(Op.Reply, 0, 0, 0, 0, ""));
    expect([taskOf(w, client)?.schedContext, taskOf(w, server)?.schedContext]).toEqual([w.object(client.sc), w.object(own)]);
  });
});

describe("who waits for Delete", () => {
  it("and is resumed or suspended: a request in progress goes on without him, one that waits is dropped", () => {
    for (const op of [Op.TcbResume, Op.TcbSuspend]) {
      const w = new World({ words: 8000 });
      const box = w.make(CapType.CNode, 5);
      const e = w.endpoint();
      const clerks = [w.task(9), w.task(8)];
      for (const clerk of clerks) w.give(clerk, 15, BootSlot.CNode);
      w.start();
      for (let at = 1; at < 31; at++) w.boot(Op.Copy, box, Rights.All, slotRef(0, at, 0), slotRef(BootSlot.CNode, e, 0));
      const spare = w.endpoint();
      w.asHeld(clerks[0]!, () => w.gate(Op.Delete, 15, 0, slotRef(0, box, 0), 0, ""));
      w.asHeld(clerks[1]!, () => w.gate(Op.Delete, 15, 0, slotRef(0, spare, 0), 0, ""));
      w.stepOnce(0);
      expect(inspect(w.k).work?.task).toBe(clerks[0]!.id);
      // First the one whose turn has not come, then the one whose has.
      w.boot(op, clerks[1]!.tcb, 0, 0, 0);
      expect(inspect(w.k).work?.task).toBe(clerks[0]!.id);
      w.boot(op, clerks[0]!.tcb, 0, 0, 0);
      expect(inspect(w.k).work?.task).toBe(0);
      w.run();
      for (const clerk of clerks) expect(w.events(clerk).map((seen) => seen.event)).toEqual(op === Op.TcbResume ? [Event.Cancelled] : []);
      const boot = w.object(BootSlot.CNode);
      expect([box, spare].map((at) => inspect(w.k).slots.some((cap) => cap.at === boot + 4 * at))).toEqual([false, true]);
      expect(inspect(w.k).work).toBeUndefined();
    }
  });
});

describe("the last that is accepted, the first that is not", () => {
  it("a period of 1 … PeriodMax, a budget of at least BudgetMin", () => {
    const w = new World();
    const t = w.task(5);
    const sc = w.make(CapType.SchedContext);
    w.give(t, 1, BootSlot.SchedControl);
    w.give(t, 2, sc);
    w.start();
    w.as(t, () => {
      for (const b of [1, GateLimit.PeriodMax]) expect(w.gate(Op.SchedConfigure, 1, GateLimit.BudgetMin, 2, b, "")).toBe(Status.Ok);
      for (const b of [0, 0.5, GateLimit.PeriodMax + 1, Number.NaN]) expect(w.gate(Op.SchedConfigure, 1, GateLimit.BudgetMin, 2, b, "")).toBe(Status.RangeError);
      expect(w.gate(Op.SchedConfigure, 1, GateLimit.BudgetMin - 1, 2, 5, "")).toBe(Status.RangeError);
      expect(w.gate(Op.SchedConfigure, 1, 0, 2, -1, "")).toBe(Status.Ok);
    });
  });

  it("YieldTo a task of up to the own maximum priority", () => {
    const w = new World();
    const [t, high] = [w.task(5), w.task(7)];
    w.give(t, 1, high.sc);
    w.give(t, 2, t.tcb);
    w.start();
    w.as(t, () => {
      expect(w.gate(Op.TcbSetMcp, 2, 7, 2, 0, "")).toBe(Status.Ok);
      expect(w.gate(Op.ScYieldTo, 1, 0, 0, 0, "")).toBeGreaterThanOrEqual(0);
      expect(w.gate(Op.TcbSetMcp, 2, 6, 2, 0, "")).toBe(Status.Ok);
      expect(w.gate(Op.ScYieldTo, 1, 0, 0, 0, "")).toBe(Status.IllegalOperation);
    });
  });

  it("Copy, Mint and Rotate say what is wrong first", () => {
    const w = new World({ words: 8000 });
    const t = w.task(5, { radix: 5 });
    const boss = w.task(200);
    const box = w.make(CapType.CNode, 5);
    for (let at = 1; at < 31; at++) w.boot(Op.Copy, box, Rights.All, slotRef(0, at, 0), slotRef(BootSlot.CNode, t.sc, 0));
    w.give(t, 15, t.cnode);
    w.give(t, 1, t.sc);
    w.boot(Op.Move, t.cnode, 0, slotRef(0, 2, 0), slotRef(BootSlot.CNode, BootSlot.IrqControl, 0));
    w.boot(Op.Move, t.cnode, 0, slotRef(0, 3, 0), slotRef(BootSlot.CNode, box, 0));
    w.give(boss, 1, t.cnode);
    w.start();
    w.asHeld(boss, () => w.gate(Op.Delete, 1, 0, slotRef(0, 3, 0), 0, ""));
    w.stepOnce(0);
    w.asHeld(t, () => {
      const to = slotRef(0, 9, 0);
      for (const op of [Op.Copy, Op.Mint]) expect(w.gate(op, 15, Rights.All, to, slotRef(15, 2, 0), "")).toBe(Status.IllegalOperation);
      // A Zombie: what is being deleted.
      for (const op of [Op.Copy, Op.Mint, Op.Move]) expect(w.gate(op, 15, Rights.All, to, slotRef(15, 3, 0), "")).toBe(Status.IllegalOperation);
      for (const op of [Op.Copy, Op.Mint, Op.Move]) expect(w.gate(op, 15, Rights.All, to, slotRef(15, 1, 17), "")).toBe(Status.RangeError);
      // The pivot is the destination, or the source; only then is the destination looked at.
      expect(w.gate(Op.Rotate, 15, slotRef(15, 1, 0), slotRef(0, 2, 0), slotRef(15, 2, 0), "")).toBe(Status.IllegalOperation);
      expect(w.gate(Op.Rotate, 15, slotRef(15, 2, 0), to, slotRef(15, 2, 0), "")).toBe(Status.IllegalOperation);
      expect(w.gate(Op.Rotate, 15, slotRef(15, 1, 0), slotRef(0, 15, 0), slotRef(15, 2, 0), "")).toBe(Status.DeleteFirst);
    });
    w.run();
  });
});

describe("a task that restarts itself", () => {
  it("begins anew: what it had asked for, lent and attached in that run is gone", () => {
    for (const isCall of [false, true]) {
      const w = new World();
      const e = w.endpoint();
      const t = w.task(5);
      const server = w.task(9, { home: e });
      const frame = w.make(CapType.Frame, 0, 8);
      w.give(t, 1, e);
      w.give(t, 2, frame);
      w.give(t, 3, t.tcb);
      w.start();
      w.asHeld(t, () => {
        expect(w.gate(Op.TcbSuspend, 3, 0, 0, 0, "")).toBe(Status.Ok);
        expect(w.gate(Op.TcbResume, 3, 0, 0, 0, "")).toBe(Status.Ok);
        expect(w.gate(Op.Lend, 2, Rights.Read, 0, 4, "")).toBe(Status.Ok);
        expect(w.gate(Op.Attach, 2, 0, 0, 0, "")).toBe(Status.Ok);
        if (isCall) w.gate(Op.Call, 1, 0, 0, 0, "");
      });
      expect(taskOf(w, t)).toMatchObject({ state: TaskState.Ready, event: Event.Start, attached: 0, lease: { frame: 0 }, generation: 2 });
      expect(violation(inspect(w.k))).toBeUndefined();
      w.run();
      expect([w.events(t).map((seen) => seen.event), w.events(server)]).toEqual([[Event.Start], []]);
    }
  });
});
