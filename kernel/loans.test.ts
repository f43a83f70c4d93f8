// Lent contexts: how they come home when somebody in the middle of a chain of calls, or at its end, stops, waits, or is given something else. Each was lost, or kept the kernel from going on, once.
import { describe, expect, it } from "vitest";
import { BootSlot } from "./boot.ts";
import { CapType, Event, Op, Rights, slotRef, TaskState } from "./gate.ts";
import { World, type Task } from "./host/world.ts";
import { inspect } from "./model/inspect-state.ts";
import { violation } from "./model/invariants.ts";

const CALL = Rights.Write | Rights.GrantReply;

function passive(w: World, ...tasks: Task[]): void {
  for (const t of tasks) w.boot(Op.ScUnbind, t.sc, 0, 0, 0);
}
function contextOf(w: World, t: Task): number {
  return inspect(w.k).tasks.find(({ id }) => id === t.id)?.schedContext ?? -1;
}
function stateOf(w: World, t: Task): TaskState {
  return w.k._m[t.id] as TaskState;
}
/** Puts a task into its handler's hands: it has an event, and is not at its endpoint. */
function keepBusy(w: World, t: Task): void {
  w.boot(Op.TcbSuspend, t.tcb, 0, 0, 0);
  w.boot(Op.TcbResume, t.tcb, 0, 0, 0);
}
function expectInOrder(w: World): void {
  expect(violation(inspect(w.k))).toBeUndefined();
}

/** client → first → last, both passive; the last has its message, and has not handled it. */
function chain(): { w: World; client: Task; other: Task; first: Task; last: Task; boss: Task; context: number; inner: number } {
  const w = new World();
  const [e1, e2] = [w.endpoint(), w.endpoint()];
  const [first, last, client, other, boss] = [w.task(5, { home: e1 }), w.task(4, { home: e2 }), w.task(3), w.task(2), w.task(9)];
  for (const t of [client, other]) w.give(t, 1, e1, CALL);
  w.give(first, 1, e2, CALL);
  w.give(boss, 1, first.tcb);
  w.give(boss, 2, client.tcb);
  w.give(boss, 3, BootSlot.CNode);
  w.start();
  passive(w, first, last);
  w.onEvent = (t, { event }) => {
    if (t === first && event === Event.Message) w.gate(Op.Call, 1, 0, 0, 0, "");
    else if (t === first && event !== Event.Start) w.gate(Op.Reply, 0, 0, 0, 0, "");
    if (t === last && event === Event.Message) w.gate(Op.Reply, 0, 0, 0, 0, "");
  };
  w.asHeld(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
  w.stepOnce(1);
  expect([stateOf(w, first), stateOf(w, last)]).toEqual([TaskState.BlockedOnReply, TaskState.Ready]);
  return { w, client, other, first, last, boss, context: w.object(client.sc), inner: e2 };
}

describe("a chain of calls on one context", () => {
  const breaks: [string, (at: ReturnType<typeof chain>) => void][] = [
    ["the middle one is suspended", ({ w, boss }) => void w.asHeld(boss, () => w.gate(Op.TcbSuspend, 1, 0, 0, 0, ""))],
    ["the middle one's call is cancelled", ({ w, boss }) => void w.asHeld(boss, () => w.gate(Op.TcbResume, 1, 0, 0, 0, ""))],
    ["the client's call is cancelled", ({ w, boss }) => void w.asHeld(boss, () => w.gate(Op.TcbResume, 2, 0, 0, 0, ""))],
    ["both are, the client first", ({ w, boss }) => void w.asHeld(boss, () => [w.gate(Op.TcbResume, 2, 0, 0, 0, ""), w.gate(Op.TcbResume, 1, 0, 0, 0, "")])],
    ["both are, the middle one first", ({ w, boss }) => void w.asHeld(boss, () => [w.gate(Op.TcbResume, 1, 0, 0, 0, ""), w.gate(Op.TcbResume, 2, 0, 0, 0, "")])],
    ["the last one's reply object goes", ({ w, boss, last, inner }) => {
      w.boot(Op.TcbSetReceive, last.tcb, 0, inner, 0);
      w.asHeld(boss, () => w.gate(Op.Delete, 3, 0, slotRef(0, last.reply, 0), 0, ""));
    }],
  ];
  it.each(breaks)("comes home when %s", (_, happens) => {
    const at = chain();
    const { w, client, other, first, context } = at;
    happens(at);
    w.run(1000);
    expectInOrder(w);
    expect(contextOf(w, client)).toBe(context);
    expect(stateOf(w, client)).toBe(TaskState.BlockedOnNotification);
    if (stateOf(w, first) === TaskState.Inactive) return;
    // And the next one is served.
    w.as(other, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    w.run(2000);
    expect(stateOf(w, first)).not.toBe(TaskState.Ready);
    expect(contextOf(w, other)).toBe(w.object(other.sc));
  });
  it("comes home when the middle one is deleted", () => {
    const { w, client, first, boss, context } = chain();
    const { onEvent } = w;
    let isRevoked = false;
    w.onEvent = (t, seen) => {
      if (t !== boss || seen.event !== Event.Done || isRevoked) return onEvent(t, seen);
      isRevoked = true;
      w.gate(Op.Delete, 3, 0, slotRef(0, first.tcb, 0), 0, "");
    };
    w.asHeld(boss, () => w.gate(Op.Revoke, 3, 0, slotRef(0, first.tcb, 0), 0, ""));
    w.run(1000);
    expectInOrder(w);
    expect(inspect(w.k).tasks.some(({ id }) => id === first.id)).toBe(false);
    expect(contextOf(w, client)).toBe(context);
  });
});

describe("a passive server whose client is stopped while it", () => {
  const waits: [string, (w: World) => void, (w: World) => void][] = [
    ["sends to somebody busy", (w) => w.gate(Op.Send, 1, 0, 0, 0, ""), () => undefined],
    ["calls somebody who takes its time", (w) => w.gate(Op.Call, 1, 0, 0, 0, ""), () => undefined],
    ["waits for its timer", (w) => w.gate(Op.SetTimer, 0, 0, 500, 0, ""), () => undefined],
    ["has put the answer off", () => undefined, () => undefined],
  ];
  it.each(waits)("%s serves the next one", (what, asks) => {
    const w = new World();
    const [e1, e2] = [w.endpoint(), w.endpoint()];
    const [server, friend, client, next, boss] = [w.task(5, { home: e1 }), w.task(4, { home: e2 }), w.task(3), w.task(2), w.task(9)];
    for (const t of [client, next]) w.give(t, 1, e1, CALL);
    w.give(server, 1, e2, CALL);
    w.give(boss, 1, client.tcb);
    w.start();
    passive(w, server);
    let isFirst = true;
    w.onEvent = (t, { event }) => {
      if (t === server && event === Event.Message && isFirst) {
        isFirst = false;
        asks(w);
      } else if (t === server && event !== Event.Start) w.gate(Op.Reply, 0, 5, 0, 0, "");
      if (t === friend && event === Event.Message) w.gate(Op.SetTimer, 0, 0, 500, 0, "");
      if (t === friend && event === Event.Timer) w.gate(Op.Reply, 0, 0, 0, 0, "");
    };
    if (what.includes("busy")) keepBusy(w, friend);
    w.asHeld(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    w.stepOnce(1);
    w.asHeld(boss, () => w.gate(Op.TcbSuspend, 1, 0, 0, 0, ""));
    for (const nowUs of [100, 1000, 2000]) w.run(nowUs);
    expectInOrder(w);
    expect(contextOf(w, client)).toBe(w.object(client.sc));
    w.as(next, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    w.run(10_000);
    expect(w.events(next).map(({ event, label }) => [event, label])).toContainEqual([Event.Reply, 5]);
  });
  it("is not needed: it answers, then sends to somebody busy, and serves the next one", () => {
    const w = new World();
    const [e1, e2] = [w.endpoint(), w.endpoint()];
    const [server, logger, client] = [w.task(5, { home: e1 }), w.task(4, { home: e2 }), w.task(3)];
    w.give(client, 1, e1, CALL);
    w.give(server, 1, e2, CALL);
    w.start();
    passive(w, server);
    w.onEvent = (t, { event }) => {
      if (t !== server || event !== Event.Message) return;
      w.gate(Op.Reply, 0, 5, 0, 0, "");
      w.gate(Op.Send, 1, 0, 0, 0, "");
    };
    for (let time = 0; time < 3; time++) {
      keepBusy(w, logger);
      w.as(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
      w.run(time + 10);
      expect(w.events(client).map(({ event }) => event)).toContain(Event.Reply);
      expect(stateOf(w, server)).toBe(TaskState.BlockedOnReceive);
    }
  });
});

describe("a notification's context", () => {
  it("stays with a server that puts its answer off, and comes back behind it", () => {
    const w = new World();
    const [e1, e2, n] = [w.endpoint(), w.endpoint(), w.notification()];
    const sc = w.make(CapType.SchedContext);
    const [driver, server, bell] = [w.task(5, { home: e1, notification: n }), w.task(4, { home: e2 }), w.task(9)];
    w.give(driver, 1, e2, CALL);
    w.give(bell, 1, n, Rights.Write, 1);
    w.start();
    passive(w, driver, server);
    w.boot(Op.ScBind, sc, 0, n, 0);
    w.onEvent = (t, { event }) => {
      if (t === driver && event === Event.Notification) w.gate(Op.Call, 1, 0, 0, 0, "");
      if (t === server && event === Event.Message) w.gate(Op.SetTimer, 0, 0, 100, 0, "");
      if (t === server && event === Event.Timer) w.gate(Op.Reply, 0, 0, 0, 0, "");
    };
    for (const nowUs of [100, 200]) {
      w.as(bell, () => w.gate(Op.Signal, 1, 0, 0, 0, ""));
      expect(contextOf(w, server)).toBe(nowUs === 100 ? w.object(sc) : 0);
      w.run(nowUs);
      expectInOrder(w);
      expect(w.events(driver).map(({ event }) => event).filter((event) => event !== Event.Start)).toEqual([Event.Notification, Event.Reply]);
    }
    expect(inspect(w.k).schedContexts.find(({ id }) => id === w.object(sc))?.tcb).toBe(0);
  });
  it("is exchanged while its task goes home: it stands in the ready list once", () => {
    const w = new World();
    const [e, log, n, low] = [w.endpoint(), w.endpoint(), w.notification(), w.notification()];
    const sc = w.make(CapType.SchedContext);
    const [server, logger, last, client] = [w.task(5, { home: e, notification: n }), w.task(4, { home: log }), w.task(1, { notification: low }), w.task(6)];
    w.give(server, 1, log, Rights.Write);
    w.give(server, 2, low, Rights.Write, 1);
    w.give(client, 2, n, Rights.Write, 1);
    w.start();
    passive(w, server);
    w.boot(Op.ScBind, sc, 0, n, 0);
    let handled = 0;
    w.onEvent = (t) => {
      if (t !== server) return;
      if (++handled === 1) w.gate(Op.Send, 1, 0, 0, 0, "");
      else w.gate(Op.Signal, 2, 0, 0, 0, "");
    };
    keepBusy(w, logger);
    w.asHeld(client, () => w.gate(Op.Signal, 2, 0, 0, 0, ""));
    w.stepOnce(1);
    w.asHeld(client, () => w.gate(Op.Signal, 2, 0, 0, 0, ""));
    for (let i = 0; i < 6; i++) {
      w.stepOnce(1);
      expectInOrder(w);
    }
    expect(handled).toBe(2);
    expect(w.events(last).map(({ event }) => event)).toContain(Event.Notification);
  });
});

it("an unbound context, given to a third, is that one's: the call it had come with does not bring it back", () => {
  const w = new World();
  const [e1, e2] = [w.endpoint(), w.endpoint()];
  const [server, friend, client, third, boss] = [w.task(5, { home: e1 }), w.task(4, { home: e2 }), w.task(3), w.task(2), w.task(9)];
  w.give(client, 1, e1, CALL);
  w.give(third, 1, e2, CALL);
  [client.sc, third.tcb, third.sc, server.sc, server.tcb].forEach((cap, i) => w.give(boss, i + 1, cap));
  w.start();
  passive(w, server, friend);
  w.onEvent = (t, { event }) => {
    if (event === Event.Message) w.gate(Op.SetTimer, 0, 0, t === server ? 100 : 200, 0, "");
    if (event === Event.Timer) w.gate(Op.Reply, 0, 0, 0, 0, "");
  };
  w.as(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
  w.as(boss, () => {
    expect([w.gate(Op.ScUnbind, 1, 0, 0, 0, ""), w.gate(Op.ScUnbind, 3, 0, 0, 0, ""), w.gate(Op.ScBind, 1, 0, 2, 0, ""), w.gate(Op.ScBind, 4, 0, 5, 0, "")]).toEqual([0, 0, 0, 0]);
  });
  w.as(third, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
  for (const nowUs of [100, 200, 300]) w.run(nowUs);
  expectInOrder(w);
  expect(contextOf(w, third)).toBe(w.object(client.sc));
  expect(w.events(third).map(({ event }) => event)).toContain(Event.Reply);
});

it("a passive server's timer waits until it has a context", () => {
  const w = new World();
  const e = w.endpoint();
  const [server, client] = [w.task(5, { home: e }), w.task(3)];
  w.give(client, 1, e, CALL);
  w.start();
  passive(w, server);
  let times = 0;
  w.onEvent = (t, { event }) => {
    if (t !== server) return;
    if (event === Event.Timer) times++;
    if (event === Event.Message && !times++) w.gate(Op.SetTimer, 0, 0, 50, 0, "");
    if (event === Event.Message) w.gate(Op.Reply, 0, 0, 0, 0, "");
  };
  w.as(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
  w.run(1000);
  expect(stateOf(w, server)).toBe(TaskState.BlockedOnReceive);
  for (let i = 0; i < 2; i++) {
    w.as(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    w.run(2000 + i);
    expect(w.events(client).map(({ event }) => event)).toContain(Event.Reply);
  }
});
