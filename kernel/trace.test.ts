// The ring of runs: what each record says, what it says of a run that fails, and that switching it off leaves everything as it was.
import { describe, expect, it } from "vitest";
import { BootSlot, setHandler } from "./boot.ts";
import { Event, Op, Rights, slotRef, Status } from "./gate.ts";
import { World, type Task } from "./host/world.ts";
import { startTrace, stopTrace, TraceRecord } from "./trace.ts";
import type { Trace } from "./trace.ts";

interface Line {
  timeUs: number;
  durationUs: number;
  task: number;
  event: Event;
  op: Op;
  isDoomed: boolean;
  fuel: number;
  argument: number;
  /** Task that called or faulted, -1 none. */
  from: number;
}

function lines(trace: Trace): Line[] {
  const log = trace._log;
  return Array.from({ length: log.length / TraceRecord.Words }, (_, i) => {
    const at = i * TraceRecord.Words;
    const what = log[at + TraceRecord.What]!;
    const argument = log[at + TraceRecord.Argument]!;
    return {
      timeUs: log[at + TraceRecord.Time]!,
      durationUs: log[at + TraceRecord.Duration]!,
      task: what & 15,
      event: (what >> 4) & 15,
      op: (what >> 8) & 63,
      isDoomed: (what & 16384) > 0,
      fuel: what >>> 16,
      argument: argument & 65535,
      from: (argument >>> 16) - 1,
    };
  });
}

const START = 5_000_000_000;
const RUN = 250;

/** A boss, a server and a client under a clock of the test's own, which counts from another time than the kernel and goes on by RUN µs in each run. */
function build(records: number): { w: World; boss: Task; server: Task; client: Task; trace: Trace } {
  const w = new World();
  const [home, fault, bell] = [w.endpoint(), w.endpoint(), w.notification()];
  const boss = w.task(9, { home: fault });
  const server = w.task(7, { home });
  const client = w.task(5, { notification: bell });
  w.give(client, 1, home, Rights.All, 3);
  w.give(client, 2, bell, Rights.Write, 0x12345);
  w.fault(client, fault, client.number);
  w.start();
  let clockUs = 1_000_000;
  const trace = startTrace(w.k, records, { getTime: () => clockUs / 1_000_000 }, START);
  w.onEvent = (t, seen) => {
    clockUs += RUN;
    if (t === server && seen.event === Event.Message && seen.label) w.gate(Op.Reply, 0, seen.label + 1, 0, 0, "");
  };
  return { w, boss, server, client, trace };
}

const none = { durationUs: RUN, op: 0, isDoomed: false, argument: 0, from: -1 };

describe("a record", () => {
  it("of a call, its message and its answer: who, what it ended with, how long, how much fuel, and who called", () => {
    const { w, server, client, trace } = build(4);
    w.as(client, () => {
      w.gate(Op.Now, 0, 0, 0, 0, "");
      w.gate(Op.Call, 1, 0x70008, 0, 0, "");
    });
    const time = START % TraceRecord.TimeRange;
    expect(lines(trace)).toEqual([
      { ...none, timeUs: time, durationUs: 0, task: client.number, event: Event.Timer, op: Op.Call, fuel: 2 },
      { ...none, timeUs: time, task: server.number, event: Event.Message, fuel: 1, argument: 8, from: client.number },
      { ...none, timeUs: time + RUN, task: client.number, event: Event.Reply, fuel: 0, argument: 9 },
      { ...none, timeUs: 0, durationUs: 0, task: 0, event: 0, fuel: 0 },
    ]);
    expect(trace._n).toBe(3);
  });

  it("of a signal has the badge, of a start the generation, of a fault the task's number; a run that failed has no duration", () => {
    const { w, boss, client, trace } = build(6);
    w.as(client, () => w.gate(Op.Signal, 2, 0, 0, 0, ""));
    w.as(client, () => {
      throw new Error("x");
    });
    w.boot(Op.TcbResume, client.tcb, 0, 0, 0);
    w.run();
    expect(lines(trace).slice(1, 5)).toMatchObject([
      { task: client.number, event: Event.Notification, argument: 0x2345, from: -1, durationUs: RUN },
      { task: client.number, event: Event.Timer, durationUs: -1, fuel: 0, op: 0 },
      { task: boss.number, event: Event.Fault, argument: 1, from: client.number, durationUs: RUN },
      { task: client.number, event: Event.Start, argument: 2, from: -1, durationUs: RUN },
    ]);
  });

  it("names a caller with its message alone, not with what comes while its answer is owed", () => {
    const { w, server, client, trace } = build(3);
    w.as(client, () => w.gate(Op.Call, 1, 0, 0, 0, ""));
    w.as(server, () => undefined);
    expect(lines(trace).slice(1)).toMatchObject([
      { event: Event.Message, from: client.number },
      { task: server.number, event: Event.Timer, from: -1 },
    ]);
  });

  it("says when a run is doomed, and counts fuel up to what there is room for", () => {
    const { w, client, trace } = build(5);
    w.as(client, () => expect(w.gate(99 as Op, 0, 0, 0, 0, "")).toBe(Status.IllegalOperation));
    expect(lines(trace)[0]).toMatchObject({ isDoomed: true, fuel: 1, durationUs: 0 });
    for (const fuel of [TraceRecord.FuelMax, TraceRecord.FuelMax + 1]) {
      w.boot(Op.TcbResume, client.tcb, 0, 0, 0);
      w.run();
      const at = trace._n % 5;
      w.as(client, () => {
        for (let i = 0; i < fuel; i++) w.gate(Op.Now, 0, 0, 0, 0, "");
      });
      expect(lines(trace)[at]).toMatchObject({ event: Event.Timer, isDoomed: false, fuel: TraceRecord.FuelMax });
    }
  });

  it("takes the place of the oldest when the ring is full", () => {
    const { w, boss, server, client, trace } = build(2);
    for (const t of [client, server, boss]) w.as(t, () => undefined);
    expect(trace._n).toBe(3);
    expect(lines(trace).map((line) => line.task)).toEqual([boss.number, server.number]);
  });
});

it("wraps the handlers there are, each task runs its own, and can be switched off", () => {
  const { w, boss, server, client, trace } = build(8);
  const own = [...trace._handlers];
  expect([...w.k._handlers.keys()]).toEqual([...own.keys()]);
  expect(w.k._handlers.map((handler) => typeof handler)).toEqual(own.map((handler) => typeof handler));
  expect(w.k._handlers.some((handler, i) => handler === own[i])).toBe(false);
  for (const t of [boss, server, client]) w.boot(Op.TcbSuspend, t.tcb, 0, 0, 0);
  for (const t of [boss, server, client]) w.boot(Op.TcbResume, t.tcb, 0, 0, 0);
  w.run();
  expect([boss, server, client].map((t) => w.events(t).map((seen) => [seen.event, seen.a]))).toEqual([[[Event.Start, 2]], [[Event.Start, 2]], [[Event.Start, 2]]]);
  stopTrace(w.k, trace);
  expect(w.k._handlers).toEqual(own);
  const runs = trace._n;
  let ran = 0;
  setHandler(w.k, boss.tcb, () => ran++);
  w.boot(Op.TcbSuspend, boss.tcb, 0, 0, 0);
  w.boot(Op.TcbResume, boss.tcb, 0, 0, 0);
  w.run();
  expect([ran, trace._n]).toEqual([1, runs]);
});

it("leaves out a number that has no code", () => {
  const w = new World();
  const tasks = [w.task(5), w.task(6)];
  w.k._handlers[tasks[0]!.number] = undefined;
  startTrace(w.k, 2, { getTime: () => 0 }, 0);
  expect(w.k._handlers.map((handler) => typeof handler)).toEqual(["undefined", "function"]);
});

it("brings nobody back who was deleted meanwhile, and takes no code away that came meanwhile", () => {
  const w = new World();
  const [boss, old, other] = [w.task(9, { radix: 5 }), w.task(5), w.task(5)];
  w.give(boss, 15, BootSlot.CNode);
  w.start();
  const trace = startTrace(w.k, 4, { getTime: () => 0 }, 0);
  w.as(boss, () => w.gate(Op.Revoke, 15, 0, slotRef(0, old.tcb, 0), 0, ""));
  w.as(boss, () => w.gate(Op.Delete, 15, 0, slotRef(0, old.tcb, 0), 0, ""));
  const fresh = (): void => undefined;
  setHandler(w.k, other.tcb, fresh);
  stopTrace(w.k, trace);
  expect([w.k._handlers[old.number], w.k._handlers[other.number]]).toEqual([undefined, fresh]);
});
