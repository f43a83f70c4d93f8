// Random sequences of operations by random tasks, with faults and restarts in between, checked after every single one:
// a refused operation leaves every table as it was; rights never grow; the derivation tree stays a tree; revoke takes exactly the descendants;
// no message is lost, doubled or overtaken; every call ends in exactly one reply or one dead reply, unless its caller dies first.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CapType, Event, Op, Rights, Status } from "./gate.ts";
import { Ep, Limit, TaskState, Tcb } from "./state.ts";
import { snapshot, World } from "./host/world.ts";

const TASKS = 4;
const SLOTS = 8;

type Step =
  | { do: "op"; task: number; op: Op; address: number; label: number; a: number; b: number }
  | { do: "run"; budget: number; aheadUs: number }
  | { do: "throw"; task: number }
  | { do: "hang"; task: number }
  | { do: "interrupt"; bits: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 14, arbitrary: fc.record({ do: fc.constant("op" as const), task: fc.nat(TASKS - 1), op: fc.integer({ min: 0, max: 14 }) as fc.Arbitrary<Op>, address: fc.integer({ min: -1, max: SLOTS + 1 }), label: fc.oneof(fc.nat(5), fc.constantFrom(-1, 0x7fffff, 0x800000)), a: fc.oneof(fc.nat(SLOTS + 1), fc.constantFrom(-1, 1e6)), b: fc.nat(15) }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant("run" as const), budget: fc.integer({ min: 1, max: 4 }), aheadUs: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("throw" as const), task: fc.nat(TASKS - 1) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("hang" as const), task: fc.nat(TASKS - 1) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("interrupt" as const), bits: fc.nat(7) }) },
  ),
  { minLength: 1, maxLength: 120 },
);

/** Task 0 supervises 1 … 3; every server's capability is also in two clients, with different rights. */
function build(): World {
  const w = new World({ tasks: TASKS, slots: TASKS * SLOTS, messages: 10, notifications: 2 });
  const ends = [w.endpoint(4), w.endpoint(2), w.endpoint(2), w.endpoint(2)];
  const notes = [w.notification(), w.notification()];
  for (let t = 0; t < TASKS; t++) w.task(9 - t, SLOTS, ends[t]!, notes[t] ?? Limit.None);
  for (let t = 0; t < TASKS; t++) w.cap(t, 1, CapType.Endpoint, ends[t]!);
  for (let t = 1; t < TASKS; t++) {
    w.cap(0, 1 + t, CapType.Tcb, t);
    w.derive(t, 2, 0, 1, Rights.Write, t);
    w.k._tcb[Tcb.FaultCap + t] = 2;
    w.derive(t, 3, ((t + 1) % TASKS), 1, Rights.All, 0);
    w.derive(t, 4, ((t + 2) % TASKS), 1, Rights.Write | Rights.GrantReply, 20 + t);
  }
  w.cap(0, 5, CapType.Notification, notes[0]!);
  w.derive(2, 5, 0, 5, Rights.Write, 6);
  w.boot();
  return w;
}

function checkTree(w: World): void {
  const k = w.k;
  for (let s = 1; s < k._slots; s++) {
    const cap = k._slotCap[s]!;
    const parent = k._slotParent[s]!;
    if (!cap) {
      expect([parent, k._slotBadge[s], k._slotObject[s]]).toEqual([0, 0, 0]);
      continue;
    }
    if (!parent) continue;
    const above = k._slotCap[parent]!;
    expect(above >> 4).toBe(cap >> 4);
    expect(k._slotObject[parent]).toBe(k._slotObject[s]);
    expect(cap & 15 & ~above).toBe(0);
    if (k._slotBadge[parent]) expect(k._slotBadge[s]).toBe(k._slotBadge[parent]);
    let up = s;
    for (let depth = 0; up; depth++) {
      expect(depth).toBeLessThan(k._slots);
      up = k._slotParent[up]!;
    }
  }
}

function descendants(w: World, slot: number): Set<number> {
  const found = new Set<number>();
  for (let s = 1; s < w.k._slots; s++) for (let up = w.k._slotParent[s]!; up; up = w.k._slotParent[up]!) if (up === slot) found.add(s);
  return found;
}

function checkQueues(w: World): void {
  const k = w.k;
  for (let e = 0; e < k._endpoints; e++) expect((k._ep[Ep.Tail + e]! - k._ep[Ep.Head + e]!) & 255).toBeLessThanOrEqual(k._ep[Ep.Mask + e]! + 1);
  // Nobody waits for somebody who waits for him.
  for (let t = 0; t < TASKS; t++) {
    let at = t;
    for (let n = 0; k._tcb[Tcb.State + at] === TaskState.BlockedOnReply; n++) {
      expect(n).toBeLessThan(TASKS);
      at = k._ep[Ep.Task + k._tcb[Tcb.CallTo + at]!]!;
    }
  }
}

describe("any sequence of operations", () => {
  it("keeps every invariant", { timeout: 60000 }, () => {
    fc.assert(
      fc.property(steps, (list) => {
        const w = build();
        const k = w.k;
        let id = 0;
        /** Sent and not yet delivered, by endpoint, in order; calls carry their caller. */
        const queued: { id: number; caller: number }[][] = [[], [], [], []];
        /** Calls without an end, by caller: id of the call. */
        const open = new Map<number, number>();
        const died = (t: number): void => {
          open.delete(t);
        };
        w.onEvent = (t) => {
          const seen = w.events(t)[0]!;
          if (seen.event === Event.Message) {
            const line = queued[t]!;
            // Calls whose caller died may be skipped, nothing else.
            while (line.length && line[0]!.id !== seen.b) {
              const skipped = line.shift()!;
              expect(skipped.caller).toBeGreaterThanOrEqual(0);
              expect(open.get(skipped.caller)).not.toBe(skipped.id);
            }
            expect(line.shift()?.id).toBe(seen.b);
          }
          if (seen.event === Event.Reply) expect(seen.b).toBe(open.get(t));
          if (seen.event === Event.Reply || seen.event === Event.DeadReply) {
            expect(open.has(t)).toBe(true);
            open.delete(t);
          }
        };
        /** Which call a server owes a reply to, for tagging the reply. */
        const owed = (t: number): number => (k._tcb[Tcb.ReplyTo + t] ? (open.get(k._tcb[Tcb.ReplyTo + t]! - 1) ?? -1) : -1);
        for (const x of list) {
          if (x.do === "run") {
            k._now += x.aheadUs;
            w.stepOnce(x.budget);
          } else if (x.do === "interrupt") w.signal(0, x.bits);
          else if (x.do === "throw" || x.do === "hang") {
            if (k._tcb[Tcb.State + x.task] !== TaskState.Receive) continue;
            died(x.task);
            if (x.do === "hang") {
              k._running = x.task + 1;
              w.stepOnce(1);
            } else
              w.asThrown(x.task);
          } else {
            if (k._tcb[Tcb.State + x.task] !== TaskState.Receive) continue;
            k._running = x.task + 1;
            const before = snapshot(k);
            const slot = k._tcb[Tcb.Base + x.task]! + x.address;
            const below = x.op === Op.Revoke && x.address > 0 && x.address <= SLOTS ? descendants(w, slot) : new Set<number>();
            const caps = Array.from(k._slotCap);
            // Messages carry a number of their own in b, replies that of their call.
            const isMessage = x.op === Op.Send || x.op === Op.NbSend || x.op === Op.Call;
            const b = isMessage ? ++id : x.op === Op.Reply ? owed(x.task) : x.b;
            const suspended = x.op === Op.Suspend && k._slotCap[slot]! >> 4 === CapType.Tcb ? k._slotObject[slot]! : -1;
            const result = w.gate(x.op, x.address, x.label, x.a, b, "m" + id);
            if (result < 0) expect(snapshot(k)).toBe(before);
            else if (isMessage) {
              const e = k._slotObject[slot]!;
              queued[e]!.push({ id, caller: x.op === Op.Call ? x.task : -1 });
              if (x.op === Op.Call) open.set(x.task, id);
            } else if (x.op === Op.Suspend && suspended >= 0) died(suspended);
            else if (x.op === Op.Revoke)
              for (let s = 1; s < k._slots; s++) expect(k._slotCap[s]).toBe(below.has(s) ? 0 : caps[s]);
            k._running = 0;
          }
          checkTree(w);
          checkQueues(w);
          for (const caller of open.keys()) expect([TaskState.BlockedOnReply, TaskState.Replied, TaskState.Orphaned]).toContain(k._tcb[Tcb.State + caller]);
        }
        // Whatever is still queued comes out once its receiver lives and owes nothing.
        for (let round = 0; round < 20; round++) {
          for (let t = 0; t < TASKS; t++) {
            if (k._tcb[Tcb.State + t] === TaskState.Faulted || k._tcb[Tcb.State + t] === TaskState.Inactive) {
              k._tcb[Tcb.State + t] = TaskState.Starting;
              k._hint |= 1 << t;
            } else if (k._tcb[Tcb.ReplyTo + t] && k._tcb[Tcb.State + t] === TaskState.Receive) w.asHeld(t, () => expect(w.gate(Op.Reply, 0, 0, 0, owed(t), "")).toBe(Status.Ok));
          }
          w.run();
        }
        for (const line of queued) expect(line.filter((m) => m.caller < 0)).toEqual([]);
        expect([...open.keys()]).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});
