// Random sequences of operations by random tasks, with faults, interruptions and restarts in between, checked after every single one: a refused
// operation leaves the abstract state as it was, a faulting run leaves nothing but its fault, and every invariant of the tables holds.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BootSlot } from "./boot.ts";
import { CapType, Op, retypeWhat, Rights, slotRef, TaskState } from "./gate.ts";
import { snapshot, World, type Task } from "./host/world.ts";
import { inspect } from "./model/inspect-state.ts";
import { interrupt } from "./scheduler.ts";

interface Call {
  op: Op;
  address: number;
  label: number;
  a: number;
  b: number;
}

type Step = { do: "run"; task: number; calls: Call[]; end: "return" | "throw" | "lost" } | { do: "step"; budget: number; aheadUs: number } | { do: "interrupt" };

const slot = fc.integer({ min: 0, max: 16 });
const reference = fc.oneof(
  fc.tuple(fc.constantFrom(0, 15, 14), slot).map(([root, index]) => slotRef(root, index, 0)),
  slot,
  fc.constantFrom(-1, 2 ** 40),
);
const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ op: fc.integer({ min: 0, max: Op.SetReceiveSlot }) as fc.Arbitrary<Op>, address: slot, label: fc.nat(5), a: fc.oneof(fc.nat(40), slot), b: fc.nat(15) }) },
  { weight: 3, arbitrary: fc.record({ op: fc.integer({ min: Op.Copy, max: Op.CancelBadgedSends }) as fc.Arbitrary<Op>, address: fc.constantFrom(15, 15, 14, 1), label: fc.oneof(fc.nat(60), reference), a: reference, b: reference }) },
  { weight: 2, arbitrary: fc.record({ op: fc.integer({ min: Op.Retype, max: Op.Count }) as fc.Arbitrary<Op>, address: slot, label: fc.oneof(fc.nat(255), fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 2 })).map(([type, bits, count]) => retypeWhat(type as CapType, bits, count))), a: fc.oneof(slot, reference, fc.constant(slotRef(15, 0, 0))), b: fc.oneof(slot, reference) }) },
);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: fc.record({ do: fc.constant("run" as const), task: fc.nat(3), calls: fc.array(call, { maxLength: 4 }), end: fc.constantFrom("return", "return", "return", "return", "throw", "lost" as const) }) as fc.Arbitrary<Step> },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("step" as const), budget: fc.integer({ min: 1, max: 5 }), aheadUs: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("interrupt" as const) }) },
  ),
  { minLength: 20, maxLength: 60 },
);

/** Task 0 supervises; each holds its CNode at 15, a peer's at 14, and a bit of everything. */
function build(): { w: World; tasks: Task[] } {
  const w = new World({ words: 3000, bytes: 2000 });
  const ends = [w.endpoint(), w.endpoint(), w.endpoint()];
  const notes = [w.notification(), w.notification()];
  const frame = w.make(CapType.Frame, 0, 64);
  const untyped = w.make(CapType.Untyped, 9, 300);
  const tasks = [0, 1, 2, 3].map((i) => w.task(9 - i, { home: ends[i] ?? 0, notification: notes[i] ?? 0, isPassive: i === 2 }));
  tasks.forEach((t, i) => {
    w.give(t, 15, t.cnode);
    w.give(t, 14, tasks[(i + 1) % 4]!.cnode);
    w.give(t, 1, ends[(i + 1) % 3]!, Rights.Write | Rights.GrantReply, i + 1);
    w.give(t, 2, ends[(i + 2) % 3]!, Rights.All);
    w.give(t, 3, notes[i % 2]!, Rights.All, 1 << i);
    w.give(t, 4, tasks[(i + 3) % 4]!.tcb);
    w.give(t, 5, tasks[(i + 1) % 4]!.reply);
    w.give(t, 6, frame, i % 2 ? Rights.Read : Rights.All);
    if (i) w.fault(t, ends[0]!, 50 + i);
  });
  w.give(tasks[0]!, 7, untyped);
  w.boot(Op.Move, tasks[1]!.cnode, 0, slotRef(0, 7, 0), slotRef(BootSlot.CNode, BootSlot.IrqControl, 0));
  w.give(tasks[2]!, 7, BootSlot.SchedControl);
  w.give(tasks[3]!, 7, tasks[1]!.sc);
  w.start();
  return { w, tasks };
}

/** Invariants of the abstract state. */
function check(w: World): void {
  const s = inspect(w.k);
  const bySlot = new Map(s.slots.map((x) => [x.at, x]));
  for (const x of s.slots) {
    if (x.next) expect(bySlot.get(x.next)?.previous).toBe(x.at);
    if (x.previous) expect(bySlot.get(x.previous)?.next).toBe(x.at);
    const above = bySlot.get(x.parent);
    if (above && above.type === x.type && above.type !== CapType.Untyped && above.type !== CapType.CNode) expect(x.rights & ~above.rights).toBe(0);
    if (x.type !== CapType.Untyped && x.type < CapType.IrqHandler) expect(s.untypeds.some((u) => x.object >= u.id && x.object < u.id + u.words) || x.object < s.untypeds[0]!.id).toBe(true);
  }
  const inQueue = new Map<number, number>();
  const count = (list: number[], where: number): void => {
    for (const t of list) {
      expect(inQueue.has(t)).toBe(false);
      inQueue.set(t, where);
    }
  };
  count(s.ready, 2);
  for (const e of s.endpoints) {
    count(e.queue, e.id);
    for (let i = 1; i < e.queue.length; i++) expect(priority(e.queue[i - 1]!)).toBeGreaterThanOrEqual(priority(e.queue[i]!));
    if (!e.queue.length) expect(e.isSending).toBe(false);
  }
  for (const n of s.notifications) {
    count(n.queue, n.id);
    if (n.isActive) expect(n.queue).toEqual([]);
  }
  function priority(t: number): number {
    return s.tasks.find((x) => x.id === t)!.priority;
  }
  const owners = new Map<number, number>();
  for (const t of s.tasks) {
    const where = inQueue.get(t.id) ?? 0;
    if (t.schedContext) {
      expect(owners.has(t.schedContext)).toBe(false);
      owners.set(t.schedContext, t.id);
      expect(s.schedContexts.find((x) => x.id === t.schedContext)?.tcb).toBe(t.id);
    }
    if (t.state === TaskState.Ready) expect(where).toBe(t.schedContext ? 2 : 0);
    else if (t.state === TaskState.BlockedOnReceive || t.state === TaskState.BlockedOnSend) {
      expect(where).toBe(t.object);
      expect(s.endpoints.find((e) => e.id === t.object)?.isSending).toBe(t.state === TaskState.BlockedOnSend);
    } else if (t.state === TaskState.BlockedOnReply) expect(s.replies.find((p) => p.id === t.object)?.caller).toBe(t.id);
    else if (t.state === TaskState.BlockedOnNotification || t.state === TaskState.Faulted) expect(where).toBe(t.object);
    else if (t.state === TaskState.Inactive) expect(where).toBe(0);
  }
  for (const p of s.replies) if (p.caller) expect(s.tasks.find((t) => t.id === p.caller)).toMatchObject({ state: TaskState.BlockedOnReply, object: p.id });
  for (const c of s.schedContexts) expect(c.refills.reduce((sum, r) => sum + r.fuel, 0)).toBe(c.budget);
  for (const u of s.untypeds) {
    expect(u.used).toBeLessThanOrEqual(u.words);
    expect(u.bytesUsed).toBeLessThanOrEqual(u.bytes);
  }
}

describe("any sequence of operations", () => {
  it("keeps every invariant", { timeout: 100000 }, () => {
    let refused = 0;
    let done = 0;
    fc.assert(
      fc.property(steps, (list) => {
        const { w, tasks } = build();
        const k = w.k;
        for (const x of list) {
          if (x.do === "step") {
            k._now += x.aheadUs;
            w.stepOnce(x.budget);
          } else if (x.do === "interrupt") interrupt(k, 1, 1);
          else {
            const t = tasks[x.task]!;
            let state = inspect(k).tasks.find((s) => s.id === t.id)?.state;
            // Blocked for good, or down: brought home by the composition root, when it is still there.
            if (state !== undefined && state !== TaskState.BlockedOnReceive && state !== TaskState.BlockedOnNotification && inspect(k).slots.some((s) => s.at === w.object(BootSlot.CNode) + 4 * t.tcb && s.type === CapType.Tcb)) {
              try {
                w.boot(Op.TcbResume, t.tcb, 0, 0, 0);
              } catch {
                // Its CSpace is gone.
              }
              w.stepOnce(9);
              state = inspect(k).tasks.find((s) => s.id === t.id)?.state;
            }
            if (state !== TaskState.BlockedOnReceive && state !== TaskState.BlockedOnNotification) continue;
            const job = (): void => {
              for (const c of x.calls) {
                const before = snapshot(k);
                const result = w.gate(c.op, c.address, c.label, c.a, c.b, "m");
                if (result < 0) {
                  refused++;
                  if (!inspect(k).doom) expect(snapshot(k)).toBe(before);
                } else done++;
              }
              if (x.end === "throw") throw new Error("boom");
            };
            if (x.end === "lost") {
              w.asLost(t, job);
              w.stepOnce(1);
            } else w.asHeld(t, job);
          }
          check(w);
        }
        for (let i = 0; i < 100 && w.stepOnce(20) === k._now; i++);
        check(w);
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(1000);
    expect(done).toBeGreaterThan(1000);
  });
});
