// Interrupts: the devices there are, the notification that a handler may not lose, and claims that know nothing of each other.
import { describe, expect, it } from "vitest";
import { BootSlot } from "../boot.ts";
import { CapType, device, DeviceKind, Event, Op, Rights, slotRef, Status } from "../gate.ts";
import { World, type Task } from "../host/world.ts";
import { inspect } from "../model/inspect-state.ts";
import { interrupt } from "../scheduler.ts";

/** A task that holds IrqControl at 1, its own CNode at 15, and is bound to a notification: with badge 4 at 2, with badge 8 at 3. */
function build(): { w: World; t: Task; bell: number; get(devices: number, at: number): number } {
  const w = new World();
  const bell = w.notification();
  const t = w.task(5, { notification: bell });
  w.boot(Op.Move, t.cnode, 0, slotRef(0, 1, 0), slotRef(BootSlot.CNode, BootSlot.IrqControl, 0));
  w.give(t, 2, bell, Rights.Write, 4);
  w.give(t, 3, bell, Rights.Write, 8);
  w.give(t, 15, t.cnode);
  w.start();
  return { w, t, bell, get: (devices, at) => w.gate(Op.IrqGet, 1, devices, slotRef(15, at, 0), 0, "") };
}

describe("a claim", () => {
  it("covers devices up to 4095, of kinds 0 … 7", () => {
    const { w, t, get } = build();
    w.as(t, () => {
      expect(get(device(DeviceKind.Pin, 4095, 2), 5)).toBe(Status.RangeError);
      expect(get(device(8 as DeviceKind, 0, 1), 5)).toBe(Status.RangeError);
      expect(get(device(DeviceKind.Flash, 0, 4096), 5)).toBe(Status.Ok);
      expect(get(device(DeviceKind.Pin, 4095, 1), 6)).toBe(Status.Ok);
      expect(w.gate(Op.IrqSetNotification, 6, 0, 2, 0, "")).toBe(Status.Ok);
    });
    interrupt(w.k, DeviceKind.Pin, 4094);
    interrupt(w.k, DeviceKind.Pin, 4095);
    w.run();
    expect(w.events(t).map((seen) => [seen.event, seen.badge])).toEqual([[Event.Notification, 4]]);
  });

  it("does not touch another one: neither its badge, nor that it is masked", () => {
    const { w, t, get } = build();
    w.as(t, () => {
      get(device(DeviceKind.Pin, 1, 1), 5);
      w.gate(Op.IrqSetNotification, 5, 0, 2, 0, "");
    });
    interrupt(w.k, DeviceKind.Pin, 1);
    w.run();
    expect(w.events(t).map((seen) => seen.badge)).toEqual([4]);
    w.as(t, () => {
      get(device(DeviceKind.Pin, 2, 1), 6);
      w.gate(Op.IrqSetNotification, 6, 0, 3, 0, "");
    });
    interrupt(w.k, DeviceKind.Pin, 1);
    w.run();
    expect(w.events(t)).toEqual([]);
    w.as(t, () => w.gate(Op.IrqAck, 5, 0, 0, 0, ""));
    interrupt(w.k, DeviceKind.Pin, 2);
    w.run();
    expect(w.events(t).map((seen) => seen.badge)).toEqual([4, 8]);
  });
});

describe("a handler's notification", () => {
  it("is changed and cleared, but not when that would be its last capability", () => {
    const { w, t, get } = build();
    const slotOf = (): unknown => {
      const state = inspect(w.k);
      const handler = state.irqHandlers.find((h) => h.isActive)!;
      return state.slots.find((cap) => cap.at === handler.slot)?.badge;
    };
    w.as(t, () => {
      get(device(DeviceKind.Pin, 1, 1), 5);
      w.refuses(Op.IrqSetNotification, 5, 0, 16, 0, "", Status.FailedLookup);
      w.refuses(Op.IrqSetNotification, 5, 0, 15, 0, "", Status.InvalidCapability);
      expect(w.gate(Op.IrqClear, 5, 0, 0, 0, "")).toBe(Status.Ok);
      expect(w.gate(Op.IrqSetNotification, 5, 0, 2, 0, "")).toBe(Status.Ok);
      expect(slotOf()).toBe(4);
      expect(w.gate(Op.IrqSetNotification, 5, 0, 3, 0, "")).toBe(Status.Ok);
      expect(slotOf()).toBe(8);
      expect(w.gate(Op.IrqClear, 5, 0, 0, 0, "")).toBe(Status.Ok);
      expect(slotOf()).toBe(undefined);
    });
    // A notification of which the handler alone has a capability.
    const [other, spare] = [w.notification(), w.notification()];
    w.give(t, 6, other);
    w.give(t, 7, spare);
    w.give(t, 14, BootSlot.CNode);
    w.as(t, () => w.gate(Op.IrqSetNotification, 5, 0, 6, 0, ""));
    for (const [cnode, at] of [[14, other], [15, 6]] as const) w.as(t, () => w.gate(Op.Delete, cnode, 0, slotRef(0, at, 0), 0, ""));
    w.as(t, () => {
      w.refuses(Op.IrqClear, 5, 0, 0, 0, "", Status.DeleteFirst);
      w.refuses(Op.IrqSetNotification, 5, 0, 7, 0, "", Status.DeleteFirst);
    });
    expect(inspect(w.k).slots.filter((cap) => cap.type === CapType.Notification && cap.object !== w.object(spare)).length).toBeGreaterThan(3);
  });
});
