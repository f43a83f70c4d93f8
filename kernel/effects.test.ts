// A run with more effects than the kernel can undo: stopped before the first one too many, so that all of it is undone.
import { describe, expect, it } from "vitest";
import { BootSlot } from "./boot.ts";
import { CapType, Event, FaultKind, GateLimit, Op, retypeWhat, Rights, slotRef, Status, TaskState } from "./gate.ts";
import { World, type Task } from "./host/world.ts";
import { inspect } from "./model/inspect-state.ts";
import { Tcb, UndoWords } from "./state.ts";

/** Signals and takes back its own notification `times` times, then signals it once more. */
function busyRun(times: number, isSly: boolean): { before: string; after: string; world: World; task: number } {
  const world = new World();
  const bell = world.notification();
  const fault = world.endpoint();
  const boss = world.task(9, { home: fault });
  const task = world.task(5);
  world.give(task, 1, bell, Rights.All);
  world.fault(task, fault, 7);
  world.start();
  const noise = () => {
    for (let i = 0; i < times; i++) {
      world.gate(Op.Signal, 1, 0, 0, 0, "");
      world.gate(Op.Poll, 1, 0, 0, 0, "");
    }
    world.gate(Op.Signal, 1, 0, 0, 0, "");
  };
  const bellOf = (): string => JSON.stringify(inspect(world.k).notifications);
  const before = bellOf();
  world.as(task, () => {
    if (!isSly) return noise();
    try {
      noise();
    } catch {
      // Goes on as if nothing had happened.
      world.gate(Op.Poll, 2, 0, 0, 0, "");
    }
  });
  const seen = world.events(boss);
  expect(seen.map((event) => event.label)).toEqual(times < 100 ? [] : [isSly ? FaultKind.Contract : FaultKind.Thrown]);
  return { before, after: bellOf(), world, task: task.id };
}

describe("a run with many effects", () => {
  it("keeps them while they can be undone", () => {
    const { before, after } = busyRun(20, false);
    expect(after).not.toBe(before);
  });
  for (const isSly of [false, true])
    it(`is a fault that leaves nothing when there are too many${isSly ? ", caught or not" : ""}`, () => {
      const { before, after, world, task } = busyRun(400, isSly);
      expect(after).toBe(before);
      expect(world.k._m[task]).toBe(TaskState.Faulted);
    });
});

/** Where the kernel's own part of the undo log begins and ends. A longer log shows what is written beyond. */
const OWN = UndoWords.Full;
const END = UndoWords.Full + UndoWords.Commit;

function withLongLog(world: World): Int32Array {
  const log = new Int32Array(4 * END);
  world.k._log = log;
  return log;
}

/** Words of the log that were needed. */
function needed(log: Int32Array): number {
  let n = log.length;
  while (n > 0 && !log[n - 1]) n--;
  return n;
}

/** A server with `count` callers that lend it something: waiting for its answers, or (`isServed` false) until it takes their calls. */
function busyServer(count: number, isServed = true): { world: World; home: number; server: Task; boss: Task; callers: Task[] } {
  const world = new World({ words: 8000 });
  const home = world.endpoint();
  const fault = world.endpoint();
  const boss = world.task(200, { home: fault });
  const server = world.task(100, { home, isMute: true, radix: 5 });
  world.fault(server, fault, 3);
  world.give(server, 1, home);
  const callers = Array.from({ length: count }, (_, i) => world.task(1 + i));
  const replies = callers.map(() => world.make(CapType.Reply));
  replies.forEach((reply, i) => world.give(server, 2 + i, reply));
  const frame = world.make(CapType.Frame, 0, 8);
  for (const caller of callers) {
    world.give(caller, 1, home, Rights.All, 5);
    world.give(caller, 2, frame);
  }
  world.give(boss, 1, server.tcb);
  world.start();
  if (!isServed) {
    // It waits for something else.
    const bell = world.notification();
    world.give(server, 31, bell);
    world.as(server, () => world.gate(Op.Wait, 31, 0, 0, 0, ""));
  }
  for (const [i, caller] of callers.entries()) {
    if (isServed) world.as(server, () => world.gate(Op.Recv, 1, 0, 2 + i, 0, ""));
    world.as(caller, () => {
      world.gate(Op.Lend, 2, Rights.Read, 0, 1, "");
      world.gate(Op.Call, 1, 0, 0, 0, "");
    });
  }
  for (const task of [boss, server, ...callers]) world.events(task);
  const waiting = inspect(world.k).tasks.filter((t) => t.state === (isServed ? TaskState.BlockedOnReply : TaskState.BlockedOnSend));
  expect(waiting.length).toBe(count);
  return { world, home, server, boss, callers };
}

describe("the kernel's own writes can always be undone", () => {
  it("at the end of a run that has used up its room: a message with a capability is sent, a call with another one is taken at home, fuel is charged", () => {
    const world = new World();
    const log = withLongLog(world);
    const bell = world.notification();
    const [home, other] = [world.endpoint(), world.endpoint()];
    const task = world.task(5, { home });
    const receiver = world.task(9, { home: other });
    const caller = world.task(3);
    world.boot(Op.SchedConfigure, BootSlot.SchedControl, 2000, task.sc, 5000);
    for (const [t, target] of [[task, other], [caller, home]] as const) {
      world.give(t, 1, target);
      world.give(t, 2, bell);
    }
    for (const t of [task, receiver]) world.give(t, 14, t.cnode);
    world.start();
    for (const t of [task, receiver]) world.k._d[(t.id + Tcb.ReceiveRef) >> 1] = slotRef(14, 5, 0);
    // The call waits until the task comes home.
    world.as(task, () => world.gate(Op.Wait, 2, 0, 0, 0, ""));
    world.as(caller, () => {
      world.gate(Op.Attach, 2, 0, 0, 0, "");
      expect(world.gate(Op.Call, 1, 0, 0, 0, "")).toBe(Status.Ok);
    });
    log.fill(0);
    let used = 0;
    world.asHeld(task, () => {
      world.gate(Op.Attach, 2, 0, 0, 0, "");
      while (world.k._n < OWN - 2) world.gate(world.k._n & 2 ? Op.Signal : Op.Poll, 2, 0, 0, 0, "");
      used = world.k._n;
      expect(world.gate(Op.Send, 1, 0, 0, 0, "")).toBe(Status.Ok);
    });
    expect(used).toBe(OWN - 2);
    expect(needed(log)).toBeGreaterThan(used + 40);
    expect(needed(log)).toBeLessThanOrEqual(END);
    expect(inspect(world.k).tasks.find((t) => t.id === receiver.id)?.received).toBe(1);
  });

  it("when a server of 13 fails, one caller after the other", () => {
    const { world, server, boss, callers } = busyServer(13);
    const log = withLongLog(world);
    world.as(server, () => {
      throw new Error("ouch");
    });
    expect(world.events(boss).map((seen) => seen.label)).toEqual([FaultKind.Thrown]);
    for (const caller of callers) expect(world.events(caller).map((seen) => seen.event)).toEqual([Event.DeadReply]);
    expect(needed(log)).toBeLessThan(OWN / 2);
  });

  it("when a server of 13 never comes back", () => {
    const { world, server, boss, callers } = busyServer(13);
    const log = withLongLog(world);
    world.asLost(server, () => undefined);
    world.run();
    expect(world.events(boss).map((seen) => seen.label)).toEqual([FaultKind.Interrupted]);
    for (const caller of callers) expect(world.events(caller).map((seen) => seen.event)).toEqual([Event.DeadReply]);
    expect(needed(log)).toBeLessThan(OWN / 2);
  });

  it("when a server of 13 is deleted, or the endpoint that 13 wait at", () => {
    for (const isServed of [true, false]) {
      const { world, home, server, boss, callers } = busyServer(13, isServed);
      const at = isServed ? server.tcb : home;
      world.give(boss, 2, BootSlot.CNode);
      const log = withLongLog(world);
      for (const op of [Op.Revoke, Op.Delete]) world.as(boss, () => expect(world.gate(op, 2, 0, slotRef(0, at, 0), 0, "")).toBe(Status.Ok));
      expect(inspect(world.k).slots.some((cap) => cap.object === (isServed ? server.id : 0) && cap.type === CapType.Tcb)).toBe(false);
      for (const caller of callers) expect(world.events(caller).map((seen) => seen.event)).toEqual([Event.DeadReply]);
      expect(needed(log)).toBeLessThan(OWN / 2);
    }
  });
});

describe("an operation with many effects at once", () => {
  it("is carried out while they can be undone: suspending a server of 13", () => {
    const { world, boss, callers } = busyServer(13);
    world.as(boss, () => expect(world.gate(Op.TcbSuspend, 1, 0, 0, 0, "")).toBe(Status.Ok));
    for (const caller of callers) expect(world.events(caller).map((seen) => seen.event)).toEqual([Event.DeadReply]);
  });

  it("has its room kept, whatever was noted before; with less than that it is refused", () => {
    for (const what of ["suspends who answers", "suspends who has not looked", "cancels"])
      for (const isOver of [false, true]) {
        const { world, home, boss, callers } = busyServer(14, what === "suspends who answers");
        world.give(boss, 2, boss.cnode);
        world.give(boss, 3, home, Rights.All, 5);
        const before = JSON.stringify([inspect(world.k).replies, inspect(world.k).endpoints]);
        world.as(boss, () => {
          while (world.k._n < OWN - UndoWords.FullReserve + (isOver ? 2 : 0)) world.gate(Op.TcbSetMcp, 1, 9, 1, 0, "");
          expect(what === "cancels" ? world.gate(Op.CancelBadgedSends, 2, 0, slotRef(0, 3, 0), 0, "") : world.gate(Op.TcbSuspend, 1, 0, 0, 0, "")).toBe(isOver ? Status.NotEnoughMemory : Status.Ok);
          expect(world.k._n).toBeLessThanOrEqual(OWN);
        });
        if (isOver) expect(JSON.stringify([inspect(world.k).replies, inspect(world.k).endpoints])).toBe(before);
        for (const caller of callers) expect(world.events(caller).map((seen) => seen.event)).toEqual(isOver ? [] : [Event.DeadReply]);
      }
  });
  it("has room for the largest Retype of each type", () => {
    for (const type of [CapType.Tcb, CapType.Endpoint, CapType.Notification, CapType.Reply, CapType.SchedContext, CapType.CNode, CapType.Untyped, CapType.Frame]) {
      const world = new World({ words: 9000, bytes: 1000 });
      const task = world.task(5, { radix: 6 });
      const [quota, neighbor] = [world.make(CapType.Untyped, 12, 500), world.notification()];
      world.give(task, 1, quota);
      world.give(task, 2, task.cnode);
      world.give(task, 3, neighbor);
      world.start();
      world.as(task, () => {
        while (world.k._n < OWN - UndoWords.FullReserve) world.gate(Op.Attach, 1, 0, 0, 0, "");
        const bits = type === CapType.CNode ? 2 : type === CapType.Untyped ? 5 : 0;
        expect(world.gate(Op.Retype, 1, retypeWhat(type, bits, GateLimit.RetypeMax), slotRef(2, 0, 0), 20 + (type === CapType.Frame ? 65536 : 0), "")).toBe(Status.Ok);
        expect(world.k._n).toBeLessThanOrEqual(OWN);
      });
    }
  });
});
