// What statistics, capability dumps and the supervisor read: compared with the abstract state of the same tables, and with what has just been done.
import { describe, expect, it } from "vitest";
import { BootSlot } from "./boot.ts";
import { CapType, device, DeviceKind, Op, Rights, slotRef, Status, TaskState } from "./gate.ts";
import { World, type Task } from "./host/world.ts";
import { inspectSlot, inspectTask, progress, slotAfter } from "./inspect.ts";
import { inspect } from "./model/inspect-state.ts";
import { Limit } from "./state.ts";

/** A schedule whose rows name domains 3 and 4: words that would look like tasks and slots to whoever reads beyond the table of tasks. */
function schedule(w: World, rows: number): void {
  for (let row = 0; row < rows; row++) w.boot(Op.DomainConfigure, BootSlot.Domain, row, 3 + (row & 1), 100);
}

describe("a task's row", () => {
  it("says what it is, what it has done and where its things are", () => {
    const w = new World();
    const [home, fault, bell] = [w.endpoint(), w.endpoint(), w.notification()];
    w.task(3);
    const t = w.task(7, { home, notification: bell });
    w.fault(t, fault, 5);
    w.start();
    for (let i = 0; i < 2; i++) {
      w.as(t, () => {
        throw new Error("x");
      });
      w.boot(Op.TcbResume, t.tcb, 0, 0, 0);
      w.run();
    }
    // Started three times; two runs that failed.
    expect(inspectTask(w.k, 1)).toEqual([7, TaskState.BlockedOnReceive, 3, 2, 5, t.id, w.object(t.cnode), w.object(home), w.object(bell)]);
    expect(inspectTask(w.k, 0).slice(0, 5)).toEqual([3, TaskState.BlockedOnNotification, 1, 0, 1]);
  });

  it("is empty when there is no task of that number", () => {
    const w = new World();
    w.task(3);
    schedule(w, 1);
    for (const n of [1, Limit.Tasks - 1, Limit.Tasks]) expect(inspectTask(w.k, n)).toEqual([]);
  });

  it("the last number is a task's, too", () => {
    const w = new World({ words: 9000 });
    for (let i = 0; i < Limit.Tasks; i++) w.task(i, { radix: 2 });
    expect(inspectTask(w.k, Limit.Tasks - 1)[0]).toBe(Limit.Tasks - 1);
  });
});

describe("slots", () => {
  /** A kernel with slots in all places: the boot CNode, TCBs, CNodes of tasks, interrupt handlers. */
  function build(): { w: World; t: Task } {
    const w = new World({ irqs: 3 });
    const [e, bell, early] = [w.endpoint(), w.notification(), w.make(CapType.CNode, 2)];
    const t = w.task(5, { home: e, radix: 3 });
    const other = w.task(4, { radix: 2 });
    w.fault(other, e, 3);
    for (const at of [1, 2, 5, 7]) w.give(t, at, e, Rights.All, at === 2 ? 9 : 0);
    w.give(other, 3, bell);
    for (let i = 0; i < 3; i++) {
      w.boot(Op.IrqGet, BootSlot.IrqControl, device(DeviceKind.Pin, i, 1), slotRef(BootSlot.CNode, 90 + i, 0), 0);
      if (i) w.boot(Op.IrqSetNotification, 90 + i, 0, bell, 0);
    }
    // A TCB without a CSpace, one with a CNode that lies in front of everything else, and one with a CNode that is full to the end.
    w.make(CapType.Tcb);
    w.boot(Op.TcbSetSpace, w.make(CapType.Tcb), 0, early, 0);
    w.boot(Op.Copy, early, Rights.All, slotRef(0, 2, 0), slotRef(BootSlot.CNode, bell, 0));
    const full = w.task(3, { radix: 1 });
    w.give(full, 1, bell);
    schedule(w, 5);
    return { w, t };
  }

  it("are found one after the other, from wherever one begins", () => {
    const { w } = build();
    const all = inspect(w.k).slots.map((cap) => cap.at).sort((a, b) => a - b);
    const found: number[] = [];
    for (let s = slotAfter(w.k, 0); s; s = slotAfter(w.k, s)) found.push(s);
    expect(found).toEqual(all);
    for (let after = 0, next = 0; after < w.k._end; after++) {
      while (next < all.length && all[next]! <= after) next++;
      if (slotAfter(w.k, after) !== (all[next] ?? 0)) expect([after, slotAfter(w.k, after)]).toEqual([after, all[next] ?? 0]);
    }
  });

  it("that are empty are passed over at the end of a CNode, and of all memory", () => {
    const w = new World({ words: 52 + 16 + 20 + 4 });
    // The CNode comes last, and has one capability in front.
    const task = w.task(3, { radix: 2, isPassive: true, isMute: true });
    w.give(task, 1, task.cnode);
    const last = w.object(task.cnode) + 4;
    expect(slotAfter(w.k, last - 1)).toBe(last);
    expect(slotAfter(w.k, last)).toBe(0);
  });

  it("say what they hold and what they were derived from", () => {
    const { w, t } = build();
    const { slots } = inspect(w.k);
    for (const cap of slots) expect(inspectSlot(w.k, cap.at)).toEqual([cap.at, cap.type * 16 + cap.rights, cap.object, cap.badge, cap.parent]);
    // Brothers, of which none is the other's parent, and one that is nobody's.
    const boot = w.object(BootSlot.CNode);
    const original = boot + 4 * 6;
    for (const at of [1, 2, 5, 7]) expect(inspectSlot(w.k, w.object(t.cnode) + 4 * at)[4]).toBe(original);
    expect(inspectSlot(w.k, boot + 4 * BootSlot.Untyped)).toEqual([boot + 4 * BootSlot.Untyped, CapType.Untyped * 16 + Rights.All, w.object(BootSlot.Untyped), 0, 0]);
  });
});

describe("progress", () => {
  /** A server at home, and clients with capabilities to its endpoint at 1, to another one at 2. */
  function build(): { w: World; server: Task; clients: Task[] } {
    const w = new World();
    const [home, other] = [w.endpoint(), w.endpoint()];
    const server = w.task(9, { home });
    const clients = [w.task(5), w.task(4)];
    for (const client of clients) {
      w.give(client, 1, home);
      w.give(client, 2, other);
    }
    w.start();
    return { w, server, clients };
  }
  const call = (w: World, t: Task, at: number): void => w.as(t, () => expect(w.gate(Op.Call, at, 0, 0, 0, "")).toBe(Status.Ok));

  it("counts runs twice; nothing waits for a task at home", () => {
    const { w, server, clients } = build();
    expect(progress(w.k, server.number)).toBe(2);
    w.as(server, () => undefined);
    expect([server, ...clients].map((t) => progress(w.k, t.number))).toEqual([4, 2, 2]);
  });

  it("is odd while an answer is owed, a message cannot be delivered, or senders wait at home", () => {
    const { w, server, clients } = build();
    const [one, two] = clients as [Task, Task];
    call(w, one, 1);
    // Whoever owes an answer takes no further message.
    expect([server, one].map((t) => progress(w.k, t.number))).toEqual([4, 5]);
    w.as(two, () => w.gate(Op.Send, 1, 0, 0, 0, ""));
    expect([server, two].map((t) => progress(w.k, t.number))).toEqual([5, 5]);
    w.as(server, () => w.gate(Op.Reply, 0, 0, 0, 0, ""));
    expect([server, one, two].map((t) => progress(w.k, t.number) & 1)).toEqual([0, 0, 0]);
  });

  it("of a task that was suspended is even, whoever waits; of one that failed it is -1", () => {
    const { w, server, clients } = build();
    call(w, clients[0]!, 1);
    w.as(clients[1]!, () => w.gate(Op.Send, 1, 0, 0, 0, ""));
    expect(progress(w.k, server.number)).toBe(5);
    w.boot(Op.TcbSuspend, server.tcb, 0, 0, 0);
    expect(inspect(w.k).endpoints.find((e) => e.home === server.id)?.isSending).toBe(true);
    expect(progress(w.k, server.number)).toBe(4);
    w.as(clients[0]!, () => {
      throw new Error("x");
    });
    expect(progress(w.k, clients[0]!.number)).toBe(-1);
  });
});
