// The step: who runs next when a context is lent, empty or another domain's; what a run leaves behind; and when the kernel wants to be called again.
import { describe, expect, it } from "vitest";
import { BootSlot } from "./boot.ts";
import { CapType, device, DeviceKind, Event, Op, Rights, slotRef, Status, TaskState } from "./gate.ts";
import { snapshot, World, type Task } from "./host/world.ts";
import { inspectTask } from "./inspect.ts";
import { inspect } from "./model/inspect-state.ts";
import { chargeNc, settleAll } from "./power/ledger.ts";
import { PolicyVersion } from "./power/features.ts";
import { createPower, installPolicies } from "./power/power.ts";
import type { Power } from "./power/power.ts";
import { interrupt, step } from "./scheduler.ts";
import { Limit, put, Reg, Tcb, use } from "./state.ts";

/** Runs at 32 mA; sleeps at 11 mA, and from 413 µs on at 20 µA. */
const TABLE = [32_000_000, 1, 11_000_000, 301, 301, 20_000, 413, 413];

function withPower(w: World, clock: () => number = () => w.k._now): Power {
  return (w.k._power = createPower(2, TABLE, clock, {}));
}

/** Arms the timer of `t` from outside. */
function arm(w: World, t: Task, atUs: number): void {
  w.k._d[(t.id + Tcb.Deadline) >> 1] = atUs;
  w.k._m[Reg.Dirty] = 1;
}

/** The tasks that get an event from now on, in order. */
function watch(w: World): Task[] {
  const order: Task[] = [];
  w.onEvent = (t) => void order.push(t);
  return order;
}

describe("what the kernel did for itself and did not end", () => {
  it("is undone at the next entry, and touches nobody", () => {
    const w = new World();
    const t = w.task(5);
    w.start();
    const before = snapshot(w.k);
    for (const entry of [() => void w.stepOnce(0), () => interrupt(w.k, DeviceKind.Pin, 1)]) {
      use(w.k);
      w.k._n = 0;
      w.k._m[Reg.Running] = Limit.Kernel;
      put(t.id + Tcb.Priority, 99);
      entry();
      expect(snapshot(w.k)).toBe(before);
      expect(w.k._m[Reg.Running]).toBe(0);
    }
  });
});

describe("timers", () => {
  it("the earliest of several is the next, whichever task's it is", () => {
    for (const times of [[700, 900, 800], [900, 700, 800], [900, 800, 700]]) {
      const w = new World();
      const tasks = times.map(() => w.task(5));
      w.start();
      tasks.forEach((t, i) => arm(w, t, times[i]!));
      expect(w.run()).toBe(700);
      expect(w.run(700)).toBe(800);
    }
  });

  it("are those of tasks: the schedule of the domains behind them is none, with and without power management", () => {
    for (const isPowered of [false, true]) {
      const w = new World();
      const t = w.task(5);
      const p = withPower(w);
      if (!isPowered) delete w.k._power;
      w.start();
      p._slackUs[t.number] = 5000;
      // Read as a TCB's address, this domain has its deadline where the end of the domain's turn stands.
      w.boot(Op.DomainConfigure, BootSlot.Domain, 0, 6, isPowered ? 3000 : 500);
      w.run();
      arm(w, t, 1000);
      expect(w.run()).toBe(1000);
    }
  });

  it("are joined up to the very end of a slack", () => {
    for (const [at, next] of [[1500, 1500], [1501, 1000]] as const) {
      const w = new World();
      const tasks = [w.task(5), w.task(4)];
      withPower(w)._slackUs[tasks[0]!.number] = 500;
      w.start();
      arm(w, tasks[0]!, 1000);
      arm(w, tasks[1]!, at);
      w.k._power!._slackUs[tasks[1]!.number] = 1000;
      expect(w.run()).toBe(next);
    }
  });
});

describe("going home", () => {
  it("is a turn by priority: whoever is above runs before, and finds nobody there yet", () => {
    for (const isPowered of [false, true]) {
      const w = new World();
      const [e, home] = [w.endpoint(), w.endpoint()];
      const high = w.task(9);
      const low = w.task(5, { home });
      for (const t of [high, low]) w.give(t, 1, e);
      w.give(high, 2, home);
      if (isPowered) withPower(w);
      w.start();
      w.as(low, () => w.gate(Op.Send, 1, 0, 0, 0, ""));
      const answers: number[] = [];
      w.onEvent = (t, seen) => {
        if (t === high && seen.event === Event.Message) answers.push(w.gate(Op.NbSend, 2, 0, 0, 0, ""));
      };
      // Takes the message: both are ready now, one with an event and one that goes home.
      w.as(high, () => w.gate(Op.Recv, 1, 0, 0, 0, ""));
      expect(answers).toEqual([Status.NotReady]);
      w.as(high, () => answers.push(w.gate(Op.NbSend, 2, 0, 0, 0, "")));
      expect(answers).toEqual([Status.NotReady, Status.Ok]);
    }
  });
});

describe("YieldTo", () => {
  /** The boss holds the contexts of the others, by priority, at 1, 2, 3. Of those in `broke`, the budget is used up until 1,000,000. */
  function build(...broke: number[]): { w: World; boss: Task; others: Task[]; yieldTo(i: number): Task[] } {
    const w = new World();
    const boss = w.task(9);
    const others = [w.task(6), w.task(5), w.task(4)];
    others.forEach((t, i) => w.give(boss, 1 + i, t.sc));
    w.start();
    for (const i of broke) {
      const t = others[i]!;
      w.boot(Op.SchedConfigure, BootSlot.SchedControl, 100, t.sc, 1_000_000);
      w.as(t, () => {
        for (let n = 0; n < 100; n++) w.gate(Op.Now, 0, 0, 0, 0, "");
      });
    }
    return {
      w,
      boss,
      others,
      // All of them become ready at 10.
      yieldTo(i) {
        for (const t of others) arm(w, t, 10);
        w.k._now = 10;
        const order = watch(w);
        w.as(boss, () => expect(w.gate(Op.ScYieldTo, 1 + i, 0, 0, 0, "")).toBeGreaterThanOrEqual(0));
        return order;
      },
    };
  }

  it("goes before those of higher priority, once", () => {
    const { others, yieldTo } = build();
    const [a, b, c] = others;
    expect(yieldTo(2)).toEqual([c, a, b]);
    expect(yieldTo(1)).toEqual([b, a, c]);
  });

  it("does so with power management, whatever the policy says", () => {
    for (const rank of [undefined, () => 0]) {
      const { w, others, yieldTo } = build();
      const p = withPower(w);
      if (rank) installPolicies(p, PolicyVersion.Current, rank, () => 0, () => 0);
      const [a, b, c] = others;
      expect(yieldTo(2)).toEqual(rank ? [c] : [c, a, b]);
    }
  });

  it("to a task without fuel keeps nobody else from running: those above it, those below it", () => {
    for (const i of [0, 1, 2]) {
      const { others, w, yieldTo } = build(i);
      expect(yieldTo(i)).toEqual(others.filter((t) => t !== others[i]));
      expect(w.run()).toBe(1_000_000);
    }
    const { others, w, yieldTo } = build(0, 1, 2);
    expect(yieldTo(1)).toEqual([]);
    expect(w.run()).toBe(1_000_000);
    const order = watch(w);
    w.run(1_000_000);
    expect(order).toEqual([others[1], others[0], others[2]]);
  });
});

describe("a run", () => {
  it("is counted, and its message's bytes are the handler's alone", () => {
    const w = new World();
    const e = w.endpoint();
    const server = w.task(9, { home: e });
    const client = w.task(5);
    w.give(client, 1, e);
    w.start();
    const got: string[] = [];
    w.onEvent = (t, seen) => {
      if (t === server) got.push(seen.data, w.k._data[server.number]!);
    };
    const runs = (): number => inspectTask(w.k, server.number)[4]!;
    expect(runs()).toBe(1);
    w.as(client, () => w.gate(Op.Send, 1, 0, 0, 0, "bytes"));
    expect(got).toEqual(["bytes", ""]);
    expect(runs()).toBe(2);
  });

  it("that fails says why in 64 bytes", () => {
    const w = new World();
    const e = w.endpoint();
    const boss = w.task(9, { home: e, bytes: 200 });
    const t = w.task(5);
    w.fault(t, e, 7);
    w.start();
    w.as(t, () => {
      throw new Error("0123456789".repeat(10));
    });
    expect(w.events(boss).map((seen) => seen.data)).toEqual([`Error: ${"0123456789".repeat(10)}`.substring(0, 64)]);
  });

  it("in which a task gives itself a budget is charged to it; one in which it ends its budget, too", () => {
    const w = new World();
    const t = w.task(5);
    w.give(t, 1, BootSlot.SchedControl);
    w.give(t, 2, t.sc);
    w.start();
    const sc = (): ReturnType<typeof inspect>["schedContexts"][number] => inspect(w.k).schedContexts[0]!;
    w.k._now = 50;
    const before = sc().consumed;
    w.as(t, () => {
      expect(w.gate(Op.SchedConfigure, 1, 500, 2, 1000, "")).toBe(Status.Ok);
      for (let i = 0; i < 9; i++) w.gate(Op.Now, 0, 0, 0, 0, "");
    });
    expect(sc()).toMatchObject({ budget: 500, consumed: before + 10, refills: [{ atUs: 50, fuel: 490 }, { atUs: 1050, fuel: 10 }] });
    w.as(t, () => w.gate(Op.SchedConfigure, 1, 0, 2, 0, ""));
    expect(sc()).toMatchObject({ budget: 0, consumed: before + 11 });
  });
});

describe("the step", () => {
  /** A clerk who deletes a CNode with 30 capabilities, the work of several slices; nobody else has anything to do. */
  function busy(): { w: World; clerk: Task } {
    const w = new World({ words: 8000 });
    const box = w.make(CapType.CNode, 5);
    const e = w.endpoint();
    const clerk = w.task(9);
    w.give(clerk, 15, BootSlot.CNode);
    w.start();
    for (let at = 1; at < 31; at++) w.boot(Op.Copy, box, Rights.All, slotRef(0, at, 0), slotRef(BootSlot.CNode, e, 0));
    w.asHeld(clerk, () => expect(w.gate(Op.Delete, 15, 0, slotRef(0, box, 0), 0, "")).toBe(Status.Ok));
    return { w, clerk };
  }

  it("goes on with a Delete while its budget lasts", () => {
    const { w, clerk } = busy();
    expect(w.stepOnce(20)).toBe(-1);
    expect(w.events(clerk).map((seen) => seen.event)).toEqual([Event.Done]);
    expect(inspect(w.k).work).toBeUndefined();
  });

  it("wants to be called again at once while a Delete is in progress", () => {
    const { w, clerk } = busy();
    for (let slice = 1; slice < 4; slice++) {
      expect(w.stepOnce(0)).toBe(w.k._now);
      expect(inspect(w.k).work?.task).toBe(clerk.id);
    }
    w.run();
    expect(w.events(clerk).map((seen) => seen.event)).toEqual([Event.Done]);
  });

  it("ends when there is nothing to do, however large its budget", () => {
    const w = new World();
    w.task(5);
    w.start();
    expect(step(w.k, 0, Number.MAX_SAFE_INTEGER)).toBe(-1);
  });

  it("wants to be called for a timer or for the turn of a domain that has a ready task, whichever comes first", () => {
    for (const [timer, next] of [[1050, 1050], [1200, 1100], [0, 1100]] as const) {
      const w = new World();
      const [a, b] = [w.task(9), w.task(5)];
      w.start();
      w.boot(Op.DomainConfigure, BootSlot.Domain, 0, 1, 100);
      w.boot(Op.DomainConfigure, BootSlot.Domain, 1, 2, 50);
      w.boot(Op.DomainSet, BootSlot.Domain, 1, a.tcb, 0);
      w.boot(Op.DomainSet, BootSlot.Domain, 2, b.tcb, 0);
      arm(w, b, 1);
      arm(w, a, timer);
      const order = watch(w);
      expect(w.run(1000)).toBe(next);
      expect(order).toEqual([]);
      expect(inspect(w.k).tasks.find((t) => t.id === b.id)?.state).toBe(TaskState.Ready);
    }
  });
});

describe("an interrupt on a tile with power management", () => {
  it("has woken the tile: from then on the processor runs", () => {
    let nowUs = 0;
    const w = new World();
    const t = w.task(5);
    const p = withPower(w, () => nowUs);
    w.boot(Op.TcbResume, t.tcb, 0, 0, 0);
    w.boot(Op.IrqGet, BootSlot.IrqControl, device(DeviceKind.Pin, 0, 1), slotRef(BootSlot.CNode, 100, 0), 0);
    expect(step(w.k, 0, 8)).toBe(-1);
    nowUs = 1_000_000;
    interrupt(w.k, DeviceKind.Pin, 0);
    settleAll(p._ledger, nowUs);
    // Asleep at 20 µA, and leaving that took 413 µs.
    expect(chargeNc(p._ledger, 0)).toBe(Math.floor(((nowUs - 413) * 20_000 + 413 * 32_000_000) / 1_000_000));
    nowUs += 1_000_000;
    settleAll(p._ledger, nowUs);
    expect(chargeNc(p._ledger, 0)).toBeGreaterThan(32_000_000);
  });
});
