// Composing a tile from outside: objects, whole tasks, devices and capabilities made before the first step, and what there is no room for.
import { describe, expect, it } from "vitest";
import { bootClaim, bootGive, bootMake, bootObject, bootOp, BootPart, BootSlot, bootSlot, bootTask, BootWords, createKernel, setFlashFrame, setHandler } from "./boot.ts";
import { CapType, device, DeviceKind, Event, ObjectWords, Op, Rights, Status, TaskState } from "./gate.ts";
import { inspect } from "./model/inspect-state.ts";
import { violation } from "./model/invariants.ts";
import { interrupt, step } from "./scheduler.ts";
import { Frame, Limit } from "./state.ts";
import type { KernelState } from "./state.ts";

const native = { bytes: (data: string) => Uint8Array.from(data, (c) => c.charCodeAt(0)), text: (data: Uint8Array) => String.fromCharCode(...data) };

function fresh(words: number, slots = 64): KernelState {
  return createKernel({ words, bytes: 1000, irqs: 2, slots }, native, undefined);
}

/** The slot at an address of the boot CNode. */
function capOf(k: KernelState, address: number): ReturnType<typeof inspect>["slots"][number] | undefined {
  return inspect(k).slots.find((cap) => cap.at === bootSlot(address));
}

describe("bootMake", () => {
  it("takes objects from behind the untyped's header to the last word, and says when there is no room", () => {
    const k = fresh(2 * ObjectWords.Endpoint);
    const untyped = bootObject(k, BootSlot.Untyped);
    expect(bootMake(CapType.Endpoint, bootSlot(10), 0, 0)).toBe(untyped + ObjectWords.UntypedHeader);
    expect(bootMake(CapType.Notification, bootSlot(11), 0, 0)).toBe(untyped + ObjectWords.UntypedHeader + ObjectWords.Endpoint);
    expect(inspect(k).untypeds).toMatchObject([{ id: untyped, words: 12, used: 12 }]);
    expect(violation(inspect(k))).toBeUndefined();
    expect(() => bootMake(CapType.Reply, bootSlot(12), 0, 0)).toThrow(`boot ${CapType.Reply}`);
  });
});

describe("bootTask", () => {
  /** A task of priority 7 that says what it gets. */
  function one(): { k: KernelState; t: number; got: number[][] } {
    const k = fresh(BootWords.Task + (ObjectWords.Slot << 3));
    const got: number[][] = [];
    const t = bootTask(10, (event, badge, label, a) => got.push([event, badge, label, a]), 7, 3, 40);
    return { k, t, got };
  }

  it("makes all parts of a task and connects them", () => {
    const { k, t } = one();
    const state = inspect(k);
    const sc = bootObject(k, 10 + BootPart.SchedContext);
    expect(bootObject(k, 10 + BootPart.Tcb)).toBe(t);
    expect(state.tasks).toMatchObject([{ id: t, number: 0, state: TaskState.Ready, event: Event.Start, priority: 7, mcp: 7, generation: 1, bytes: 40, schedContext: sc }]);
    expect(state.schedContexts).toMatchObject([{ id: sc, tcb: t, budget: 0 }]);
    expect(state.cnodes.find((c) => c.id !== bootObject(k, BootSlot.CNode))?.radix).toBe(3);
    expect(state.endpoints).toMatchObject([{ home: t }]);
    const ids = state.tasks[0]!.slotIds;
    expect([ids.cspace, ids.endpoint, ids.reply].map((at) => state.slots.find((cap) => cap.at === at)?.type)).toEqual([CapType.CNode, CapType.Endpoint, CapType.Reply]);
    expect(violation(state)).toBeUndefined();
  });

  it("starts it, and it goes home to its endpoint", () => {
    const { k, t, got } = one();
    expect(step(k, 5, 8)).toBe(-1);
    expect(got).toEqual([[Event.Start, 0, 0, 1]]);
    const state = inspect(k);
    expect(state.tasks[0]).toMatchObject({ state: TaskState.BlockedOnReceive, object: state.endpoints[0]!.id, reply: state.replies[0]!.id });
    expect(state.endpoints[0]!.queue).toEqual([t]);
  });

  it("can be done as often as there are numbers: composing is no run, whose effects are counted", () => {
    const k = fresh(Limit.Tasks * (BootWords.Task + (ObjectWords.Slot << 2)));
    const ran: number[] = [];
    for (let i = 0; i < Limit.Tasks; i++) bootTask(BootSlot.Free + i * BootPart.Count, () => void ran.push(i), 1, 2, 8);
    const numbers = [...Array(Limit.Tasks).keys()];
    expect(inspect(k).tasks.map((t) => t.number)).toEqual(numbers);
    expect(violation(inspect(k))).toBeUndefined();
    step(k, 1, Limit.Tasks);
    expect(ran).toEqual(numbers);
  });
});

describe("a TCB that got no code", () => {
  it("cannot be started, the first one neither", () => {
    const k = fresh(400);
    const t = bootMake(CapType.Tcb, bootSlot(10), 0, 8);
    bootMake(CapType.CNode, bootSlot(11), 2, 0);
    bootOp(Op.TcbSetSpace, 10, 0, 11, 0);
    expect(inspect(k).tasks).toMatchObject([{ id: t, number: 0 }]);
    expect(() => bootOp(Op.TcbResume, 10, 0, 0, 0)).toThrow(`boot ${Op.TcbResume}:${Status.IllegalOperation}`);
    setHandler(k, 10, () => undefined);
    bootOp(Op.TcbResume, 10, 0, 0, 0);
  });
});

describe("what a composition root hands out", () => {
  it("a claimed device: its handler in the slot, interrupts to its notification", () => {
    const k = fresh(400);
    const handler = bootClaim(device(DeviceKind.Pin, 4, 2), bootSlot(10));
    expect(capOf(k, 10)).toMatchObject({ type: CapType.IrqHandler, object: handler, rights: Rights.All, parent: bootSlot(BootSlot.IrqControl) });
    expect(inspect(k).irqHandlers.filter((h) => h.isActive).map((h) => h.id)).toEqual([handler]);
    const bell = bootMake(CapType.Notification, bootSlot(11), 0, 0);
    bootOp(Op.IrqSetNotification, 10, 0, 11, 0);
    for (const pin of [3, 6]) interrupt(k, DeviceKind.Pin, pin);
    expect(inspect(k).notifications).toMatchObject([{ id: bell, isActive: false }]);
    interrupt(k, DeviceKind.Pin, 5);
    expect(inspect(k).notifications).toMatchObject([{ id: bell, isActive: true }]);
  });

  it("a capability with a badge, or with the one it has; with these rights at most", () => {
    const k = fresh(400);
    const e = bootMake(CapType.Endpoint, bootSlot(10), 0, 0);
    bootGive(bootSlot(10), bootSlot(11), Rights.Write | Rights.Grant, 77);
    bootGive(bootSlot(11), bootSlot(12), Rights.Write | Rights.Read, 0);
    bootGive(bootSlot(10), bootSlot(13), Rights.All, 0);
    expect([11, 12, 13].map((at) => capOf(k, at))).toMatchObject([
      { type: CapType.Endpoint, object: e, badge: 77, rights: Rights.Write | Rights.Grant },
      { type: CapType.Endpoint, object: e, badge: 77, rights: Rights.Write },
      { type: CapType.Endpoint, object: e, badge: 0, rights: Rights.All },
    ]);
  });

  it("a frame on the tile's flash", () => {
    const k = fresh(400);
    const f = bootMake(CapType.Frame, bootSlot(10), 0, 4);
    expect(inspect(k).frames).toEqual([{ id: f, kind: 0, offset: 0, bytes: 4 }]);
    setFlashFrame(f, 8192, 4096);
    expect(inspect(k).frames).toEqual([{ id: f, kind: 1, offset: 8192, bytes: 4096 }]);
    expect(k._m[f + Frame.Kind]).toBe(1);
  });

  it("an operation without bytes: a Write through a frame writes none", () => {
    const k = fresh(400);
    bootMake(CapType.Frame, bootSlot(10), 0, 4);
    bootOp(Op.Write, 10, 0, 0, 0);
    expect(inspect(k).frames).toMatchObject([{ bytes: 4 }]);
  });
});

describe("what there is no room for", () => {
  it.each([
    ["words", { words: 20, bytes: 10_000, irqs: 0, slots: 64 }, 1],
    ["bytes", { words: 2000, bytes: 4999, irqs: 0, slots: 64 }, 1],
    ["task numbers", { words: 2000, bytes: 100_000, irqs: 0, slots: 64 }, 17],
  ])("can't be made: %s", (_, limits, most) => {
    createKernel(limits, undefined, undefined);
    const make = (): void => {
      for (let i = 0; i < most; i++) bootMake(CapType.Tcb, bootSlot(20 + i), 0, 5000);
    };
    expect(make).toThrow("boot 6");
  });
});
