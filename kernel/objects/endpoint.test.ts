// Endpoint and reply: rendezvous, queues, calls, capability transfer; what is refused without a trace.
import { describe, expect, it } from "vitest";
import { World, type Task } from "../host/world.ts";
import { CapType, Event, FaultKind, Op, Rights, slotRef, Status, TaskState } from "../gate.ts";
import { inspect } from "../model/inspect-state.ts";

const WG = Rights.Write | Rights.GrantReply;

function message(badge: number, label: number, a: number, b: number, data: string): object {
  return { event: Event.Message, badge, label, a, b, data };
}

function stateOf(w: World, task: Task): TaskState {
  return inspect(w.k).tasks.find((t) => t.id === task.id)!.state;
}

/** A server of priority 9 with its endpoint `e` at 1, a client of priority 5 with a badged way to it at 1. */
function pair(): { w: World; e: number; server: Task; client: Task } {
  const w = new World();
  const e = w.endpoint();
  const server = w.task(9, { home: e });
  const client = w.task(5);
  w.give(server, 1, e);
  w.give(client, 1, e, WG, 42);
  w.start();
  return { w, e, server, client };
}

describe("send", () => {
  it("delivers with the capability's badge, one message per run, and wakes the sender when it had to wait", () => {
    const { w, server, client } = pair();
    const other = w.task(3);
    w.give(other, 1, w.tasks[0]!.cnode, Rights.All);
    w.as(client, () => expect(w.gate(Op.Send, 1, 7, 1, 2, "one")).toBe(Status.Ok));
    w.as(client, () => expect(w.gate(Op.Send, 1, -8, 2 ** 53 - 1, -4, "two")).toBe(Status.Ok));
    expect(w.events(server)).toEqual([message(42, 7, 1, 2, "one"), message(42, -8, 2 ** 53 - 1, -4, "two")]);
    expect(w.events(client)).toEqual([]);
  });

  it("queues senders by priority, and a sender that was taken goes home without an event", () => {
    const w = new World();
    const e = w.endpoint();
    const clients = [1, 5, 3, 5].map((p) => w.task(p));
    const server = w.task(9);
    w.give(server, 1, e);
    clients.forEach((c, i) => w.give(c, 1, e, Rights.Write, 10 + i));
    w.start();
    for (const c of clients) w.as(c, () => w.gate(Op.Send, 1, 0, 0, 0, "x"));
    expect(clients.map((c) => stateOf(w, c))).toEqual(clients.map(() => TaskState.BlockedOnSend));
    for (let i = 0; i < 4; i++) w.as(server, () => expect(w.gate(Op.Recv, 1, 0, 0, 0, "")).toBe(Status.Ok));
    expect(w.events(server).map((s) => s.badge)).toEqual([11, 13, 12, 10]);
    expect(clients.map((c) => stateOf(w, c))).toEqual(clients.map(() => TaskState.BlockedOnNotification));
    expect(clients.flatMap((c) => w.events(c))).toEqual([]);
  });

  it("refuses what is not allowed", () => {
    const { w, e, client } = pair();
    const n = w.notification();
    w.give(client, 2, e, Rights.Read);
    w.give(client, 3, n);
    w.give(client, 5, e, Rights.Write);
    w.as(client, () => {
      w.refuses(Op.Send, 2, 0, 0, 0, "", Status.InvalidCapability);
      w.refuses(Op.Send, 3, 0, 0, 0, "", Status.InvalidCapability);
      w.refuses(Op.Send, 4, 0, 0, 0, "", Status.InvalidCapability);
      w.refuses(Op.Call, 5, 0, 0, 0, "", Status.IllegalOperation);
      for (const at of [0, -1, 16, 1000, 2 ** 31, 2 ** 32, NaN]) w.refuses(Op.Send, at, 0, 0, 0, "", Status.FailedLookup);
      w.refuses(Op.Send, 1, 0, 0, 0, "x".repeat(65), Status.TruncatedMessage);
    });
    expect(w.gate(Op.Send, 1, 0, 0, 0, "")).toBe(Status.InvalidCapability);
  });

  it("faults a client that passes an object as data, an unknown operation, or blocks twice", () => {
    for (const [kind, job] of [
      [FaultKind.UnknownSyscall, (w: World) => w.gate(Op.Send, 1, 0, 0, 0, { toString: () => "x" } as unknown as string)],
      [FaultKind.UnknownSyscall, (w: World) => w.gate(99 as Op, 1, 0, 0, 0, "")],
      [FaultKind.Contract, (w: World) => w.gate(Op.Send, 1, 0, 0, 0, "") || w.gate(Op.Call, 1, 0, 0, 0, "")],
      [FaultKind.CapFault, (w: World) => w.gate(Op.Recv, 1, 0, 0, 0, "")],
      [FaultKind.CapFault, (w: World) => w.gate(Op.Wait, 9, 0, 0, 0, "")],
    ] as const) {
      const { w, e, client, server } = pair();
      w.fault(client, e, 7);
      w.as(client, () => expect(job(w)).toBeLessThan(0));
      expect(w.events(server)).toEqual([{ event: Event.Fault, badge: 7, label: kind, a: 1, b: 1, data: "" }]);
    }
  });

  it("NbSend reaches only a receiver that waits", () => {
    const { w, server, client } = pair();
    w.as(client, () => {
      expect(w.gate(Op.NbSend, 1, 1, 0, 0, "")).toBe(Status.Ok);
      w.refuses(Op.NbSend, 1, 2, 0, 0, "", Status.NotReady);
    });
    expect(w.events(server).map((s) => s.label)).toEqual([1]);
  });

  it("NbRecv says whether a message will come", () => {
    const w = new World();
    const e = w.endpoint();
    const client = w.task(5);
    const server = w.task(9);
    w.give(server, 1, e);
    w.give(client, 1, e, Rights.Write, 3);
    w.start();
    w.as(server, () => expect(w.gate(Op.NbRecv, 1, 0, 0, 0, "")).toBe(0));
    w.as(client, () => w.gate(Op.Send, 1, 4, 0, 0, ""));
    w.as(server, () => expect(w.gate(Op.NbRecv, 1, 0, 0, 0, "")).toBe(1));
    expect(w.events(server)).toEqual([message(3, 4, 0, 0, "")]);
  });

  it("cuts the data to what the receiver takes", () => {
    const w = new World();
    const e = w.endpoint();
    const server = w.task(9, { home: e, bytes: 3 });
    const client = w.task(5);
    w.give(client, 1, e, Rights.Write);
    w.start();
    w.as(client, () => w.gate(Op.Send, 1, 0, 0, 0, "abcdef"));
    expect(w.events(server)[0]!.data).toBe("abc");
  });
});

describe("call and reply", () => {
  it("answers once, with what the server said", () => {
    const { w, server, client } = pair();
    w.onEvent = (t) => {
      if (t === server) {
        expect(w.gate(Op.Reply, 0, 5, 6, 7, "pong")).toBe(Status.Ok);
        w.refuses(Op.Reply, 0, 5, 6, 7, "again", Status.Ok);
      }
    };
    w.as(client, () => w.gate(Op.Call, 1, 1, 2, 3, "ping"));
    expect(w.events(server)).toEqual([message(42, 1, 2, 3, "ping")]);
    expect(w.events(client)).toEqual([{ event: Event.Reply, badge: 0, label: 5, a: 6, b: 7, data: "pong" }]);
  });

  it("keeps the server closed at home until the reply, which may come later", () => {
    const { w, server, client } = pair();
    w.as(client, () => w.gate(Op.Call, 1, 1, 0, 0, ""));
    w.as(server, () => w.gate(Op.SetTimer, 0, 0, 10, 0, ""));
    expect(stateOf(w, server)).toBe(TaskState.BlockedOnNotification);
    expect(stateOf(w, client)).toBe(TaskState.BlockedOnReply);
    w.events(server);
    w.run(10);
    expect(w.events(server).map((s) => s.event)).toEqual([Event.Timer]);
    w.as(server, () => w.gate(Op.Reply, 0, 9, 0, 0, ""));
    expect(w.events(client).map((s) => s.label)).toEqual([9]);
    expect(stateOf(w, server)).toBe(TaskState.BlockedOnReceive);
  });

  it("several reply objects hold several callers; ReplyRecv answers the home one and receives elsewhere", () => {
    const w = new World();
    const e = w.endpoint();
    const e2 = w.endpoint();
    const replies = [w.make(CapType.Reply), w.make(CapType.Reply)];
    const server = w.task(9);
    const clients = [w.task(5), w.task(5), w.task(5)];
    w.give(server, 1, e);
    w.give(server, 2, replies[0]!);
    w.give(server, 3, replies[1]!);
    w.give(server, 4, e2);
    clients.forEach((c, i) => w.give(c, 1, i < 2 ? e : e2, WG, i + 1));
    w.start();
    for (const c of clients) w.as(c, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    w.as(server, () => w.gate(Op.Recv, 1, 0, 2, 0, ""));
    w.as(server, () => w.gate(Op.Recv, 1, 0, 0, 0, ""));
    expect(w.events(server).map((s) => s.badge)).toEqual([1, 2]);
    w.as(server, () => expect(w.gate(Op.ReplyRecv, 4, 22, 0, 0, "b")).toBe(Status.Ok));
    expect(w.events(clients[1]!).map((s) => s.label)).toEqual([22]);
    expect(w.events(server).map((s) => s.badge)).toEqual([3]);
    w.as(server, () => {
      expect(w.gate(Op.Reply, 2, 11, 0, 0, "")).toBe(Status.Ok);
      w.refuses(Op.Reply, 1, 11, 0, 0, "", Status.InvalidCapability);
      w.refuses(Op.Reply, 3, 11, 0, 0, "", Status.Ok);
    });
    expect(w.events(clients[0]!).map((s) => s.label)).toEqual([11]);
  });

  it("receiving a second call on a reply object in use tells the first caller", () => {
    const { w, server, client } = pair();
    const second = w.task(4);
    w.boot(Op.TcbResume, second.tcb, 0, 0, 0);
    w.run();
    w.give(second, 1, 6, WG, 2);
    w.as(client, () => w.gate(Op.Call, 1, 1, 0, 0, ""));
    w.as(second, () => w.gate(Op.Call, 1, 2, 0, 0, ""));
    w.events(server);
    w.as(server, () => w.gate(Op.Recv, 1, 0, 0, 0, ""));
    expect(w.events(client).map((s) => s.event)).toEqual([Event.DeadReply]);
    expect(w.events(server).map((s) => s.label)).toEqual([2]);
  });

  it("tells a caller that the server died, before and after its call was taken, and refuses new calls until it is back", () => {
    const { w, server, client } = pair();
    const second = w.task(4);
    w.boot(Op.TcbResume, second.tcb, 0, 0, 0);
    w.run();
    w.give(second, 1, 6, WG, 2);
    w.events(second);
    w.as(client, () => w.gate(Op.Call, 1, 1, 0, 0, ""));
    w.as(second, () => w.gate(Op.Call, 1, 1, 0, 0, ""));
    w.as(server, () => {
      throw new Error("bang");
    });
    expect(stateOf(w, server)).toBe(TaskState.Faulted);
    expect(w.events(client).map((s) => s.event)).toEqual([Event.DeadReply]);
    expect(w.events(second).map((s) => s.event)).toEqual([Event.DeadReply]);
    w.as(client, () => w.refuses(Op.Call, 1, 1, 0, 0, "", Status.NotReady));
    w.boot(Op.TcbResume, server.tcb, 0, 0, 0);
    w.run();
    w.as(client, () => expect(w.gate(Op.Call, 1, 1, 0, 0, "")).toBe(Status.Ok));
  });

  it("a caller that died is not answered", () => {
    const { w, server, client } = pair();
    w.as(client, () => w.gate(Op.Call, 1, 1, 0, 0, ""));
    w.boot(Op.TcbSuspend, client.tcb, 0, 0, 0);
    w.as(server, () => expect(w.gate(Op.Reply, 0, 1, 0, 0, "")).toBe(Status.Ok));
    expect(w.events(client)).toEqual([]);
  });

  it("undoes the replies, signals and messages of a run that faults", () => {
    const { w, server, client } = pair();
    const n = w.notification();
    w.give(server, 2, n);
    w.as(client, () => w.gate(Op.Call, 1, 1, 0, 0, ""));
    w.events(server);
    w.as(server, () => {
      expect(w.gate(Op.Reply, 0, 1, 0, 0, "undone")).toBe(Status.Ok);
      expect(w.gate(Op.Signal, 2, 0, 0, 0, "")).toBe(Status.Ok);
      throw new Error("late");
    });
    expect(w.events(client).map((s) => s.event)).toEqual([Event.DeadReply]);
    expect(inspect(w.k).notifications.map((x) => x.isActive)).toEqual([false]);
  });
});

describe("capabilities in messages", () => {
  function transfer(rights: number, attach: (w: World, client: Task) => void): { w: World; server: Task; client: Task; e: number } {
    const w = new World();
    const e = w.endpoint();
    const n = w.notification();
    const server = w.task(9, { home: e });
    const client = w.task(5);
    w.give(server, 1, e);
    w.give(server, 2, server.cnode);
    w.give(client, 1, e, rights, 42);
    w.give(client, 2, n, Rights.Write, 5);
    w.give(client, 3, e, Rights.Write, 77);
    w.start();
    w.as(server, () => expect(w.gate(Op.SetReceiveSlot, 0, 0, slotRef(2, 5, 0), 0, "")).toBe(Status.Ok));
    w.as(client, () => {
      attach(w, client);
      w.gate(Op.Send, 1, 0, 0, 0, "");
    });
    return { w, server, client, e };
  }

  it("go to the receive slot when the sender's capability has Grant", () => {
    const { w, server } = transfer(Rights.All, (x) => expect(x.gate(Op.Attach, 2, 0, 0, 0, "")).toBe(Status.Ok));
    w.as(server, () => {
      expect(w.gate(Op.Received, 0, 0, 0, 0, "")).toBe(1);
      expect(w.gate(Op.Identify, 5, 0, 0, 0, "")).toBe(5 * 256 + CapType.Notification * 16 + Rights.Write);
    });
  });

  it("stay where they are without Grant, or when the slot is full", () => {
    const { w, server, client } = transfer(Rights.Write | Rights.GrantReply, (x) => x.gate(Op.Attach, 2, 0, 0, 0, ""));
    w.as(server, () => {
      expect(w.gate(Op.Received, 0, 0, 0, 0, "")).toBe(0);
      expect(w.gate(Op.Identify, 5, 0, 0, 0, "")).toBe(0);
      w.gate(Op.SetReceiveSlot, 0, 0, slotRef(2, 1, 0), 0, "");
    });
    w.give(client, 4, 6, Rights.All);
    w.as(client, () => {
      w.gate(Op.Attach, 2, 0, 0, 0, "");
      w.gate(Op.Send, 4, 0, 0, 0, "");
    });
    w.as(server, () => expect(w.gate(Op.Received, 0, 0, 0, 0, "")).toBe(0));
  });

  it("are unwrapped to their badge when they name the very endpoint", () => {
    const { w, server } = transfer(Rights.All, (x) => x.gate(Op.Attach, 3, 0, 0, 0, ""));
    w.as(server, () => {
      expect(w.gate(Op.Received, 0, 0, 0, 0, "")).toBe(77 * 4 + 2);
      expect(w.gate(Op.Identify, 5, 0, 0, 0, "")).toBe(0);
    });
  });

  it("come with a reply when the server received with Grant, and not otherwise", () => {
    for (const homeRights of [Rights.All, Rights.Read | Rights.Write]) {
      const w = new World();
      const e = w.endpoint();
      const n = w.notification();
      const server = w.task(9);
      const client = w.task(5);
      w.give(server, 1, e, homeRights);
      w.give(server, 2, n);
      w.give(client, 1, e, WG);
      w.give(client, 2, client.cnode);
      w.start();
      w.as(client, () => w.gate(Op.SetReceiveSlot, 0, 0, slotRef(2, 5, 0), 0, ""));
      w.as(server, () => w.gate(Op.Recv, 1, 0, 0, 0, ""));
      w.as(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
      w.as(server, () => {
        w.gate(Op.Attach, 2, 0, 0, 0, "");
        w.gate(Op.Reply, 0, 0, 0, 0, "");
      });
      w.as(client, () => expect(w.gate(Op.Received, 0, 0, 0, 0, "")).toBe(homeRights === Rights.All ? 1 : 0));
    }
  });
});
