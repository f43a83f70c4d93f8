// Notification: signal, wait, poll, bind; interrupts and timers end in one (sel4test: NOTIF/BIND0001 … 0006, INTERRUPT0001 … 0006; stronger: badge 0, all masks).

import { BootSlot } from "../../boot.ts";
import { CapType, device, Event, Op, Rights, slotRef, Status } from "../../gate.ts";
import { add, addFull } from "../scene.ts";
import type { Case } from "../scene.ts";

const O = "notification";

export function notificationCases(c: Case[]): void {
  add(c, O, "signals are OR-ed; poll takes the word", function (w) {
    const n = w.make(CapType.Notification, 0, 0);
    const a = w.actor(5, 0);
    w.give(a, 1, n, 15, 5);
    w.give(a, 2, n, 15, 0x800000a);
    w.does(a, Op.Poll, 1, 0, 0, 0, "", 0);
    w.does(a, Op.Signal, 1, 0, 0, 0, "", Status.Ok);
    w.does(a, Op.Signal, 2, 0, 0, 0, "", Status.Ok);
    w.does(a, Op.Poll, 1, 0, 0, 0, "", 0x800000f);
    w.does(a, Op.Poll, 1, 0, 0, 0, "", 0);
  });
  add(c, O, "signal needs Write, poll and wait need Read, for all 16 masks", function (w) {
    const n = w.make(CapType.Notification, 0, 0);
    const t = w.actor(5, 0);
    const none = w.actor(5, 0);
    for (let rights = 0; rights < 16; rights++) {
      const who = rights ? t : none;
      w.give(who, rights || 1, n, rights, 0);
      w.does(who, Op.Signal, rights || 1, 0, 0, 0, "", rights & Rights.Write ? Status.Ok : Status.InvalidCapability);
      w.does(who, Op.Poll, rights || 1, 0, 0, 0, "", rights & Rights.Read ? 0 : Status.InvalidCapability);
      w.does(who, Op.Wait, rights || 1, 0, 0, 0, "", rights & Rights.Read ? Status.Ok : Status.InvalidCapability);
      w.does(t, Op.Now, 0, 0, 0, 0, "", w.nowUs);
      w.asks(Op.Poll, n, 0, 0, 0, 0);
    }
  });
  add(c, O, "a signal with badge 0 makes it active: the next wait returns at once with 0", function (w) {
    const n = w.make(CapType.Notification, 0, 0);
    const a = w.actor(5, 0);
    w.give(a, 1, n, 15, 0);
    w.does(a, Op.Signal, 1, 0, 0, 0, "", Status.Ok);
    w.does(a, Op.Wait, 1, 0, 0, 0, "", Status.Ok);
    w.got(a, Event.Notification, 0, 0, 0, 0);
    w.does(a, Op.Wait, 1, 0, 0, 0, "", Status.Ok);
    w.nothing(a);
  });
  add(c, O, "one waiter for each signal, by priority; then it is idle", function (w) {
    const n = w.make(CapType.Notification, 0, 0);
    const low = w.actor(3, 0);
    const high = w.actor(6, 0);
    const other = w.actor(9, 0);
    w.give(low, 1, n, Rights.Read, 0);
    w.give(high, 1, n, Rights.Read, 0);
    w.give(other, 1, n, 15, 8);
    w.does(low, Op.Wait, 1, 0, 0, 0, "", Status.Ok);
    w.does(high, Op.Wait, 1, 0, 0, 0, "", Status.Ok);
    w.does(other, Op.Signal, 1, 0, 0, 0, "", Status.Ok);
    w.got(high, Event.Notification, 8, 0, 0, 0);
    w.nothing(low);
    w.does(other, Op.Signal, 1, 0, 0, 0, "", Status.Ok);
    w.got(low, Event.Notification, 8, 0, 0, 0);
    w.does(other, Op.Poll, 1, 0, 0, 0, "", 0);
  });
  addFull(c, O, "bind: one task, one notification, Read, nobody waiting; others may not wait", function (w) {
    const n = w.make(CapType.Notification, 0, 0);
    const m = w.make(CapType.Notification, 0, 0);
    const a = w.actor(5, 0);
    const b = w.actor(4, 0);
    w.give(b, 1, n, 15, 0);
    w.give(b, 2, m, 15, 0);
    w.asks(Op.TcbUnbindNotification, a.tcb, 0, 0, 0, Status.IllegalOperation);
    w.asks(Op.TcbBindNotification, a.tcb, 0, w.copy(n, 13), 0, Status.IllegalOperation);
    w.does(b, Op.Wait, 2, 0, 0, 0, "", Status.Ok);
    w.asks(Op.TcbBindNotification, a.tcb, 0, m, 0, Status.IllegalOperation);
    w.asks(Op.TcbBindNotification, a.tcb, 0, n, 0, Status.Ok);
    w.asks(Op.TcbBindNotification, a.tcb, 0, n, 0, Status.IllegalOperation);
    w.asks(Op.TcbBindNotification, b.tcb, 0, n, 0, Status.IllegalOperation);
    w.does(b, Op.Wait, 1, 0, 0, 0, "", Status.InvalidCapability);
    w.asks(Op.TcbUnbindNotification, a.tcb, 0, 0, 0, Status.Ok);
    w.asks(Op.TcbBindNotification, b.tcb, 0, n, 0, Status.Ok);
  });
  add(c, O, "a bound notification reaches its task in Recv and wins over senders; not while it waits for a reply", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const f = w.make(CapType.Endpoint, 0, 0);
    const n = w.make(CapType.Notification, 0, 0);
    const a = w.actor(5, 0);
    const b = w.actor(9, 0);
    w.root(Op.TcbBindNotification, a.tcb, 0, n, 0);
    w.give(a, 1, e, 15, 0);
    w.give(a, 2, f, 15, 0);
    w.give(b, 1, n, 15, 4);
    w.give(b, 2, e, 15, 0);
    w.does(a, Op.Recv, 1, 0, 0, 0, "", Status.Ok);
    w.does(b, Op.Signal, 1, 0, 0, 0, "", Status.Ok);
    w.got(a, Event.Notification, 4, 0, 0, 0);
    w.does(b, Op.Send, 2, 1, 0, 0, "", Status.Ok);
    w.does(a, Op.Call, 2, 0, 0, 0, "", Status.Ok);
    w.asks(Op.Signal, n, 0, 0, 0, Status.Ok);
    w.settle();
    w.nothing(a);
    w.does(a, Op.Recv, 1, 0, 0, 0, "", Status.Ok);
    w.got(a, Event.Notification, 0, 0, 0, 0);
    w.does(a, Op.NbRecv, 1, 0, 0, 0, "", 1);
    w.got(a, Event.Message, 0, 1, 0, 0);
  });
  addFull(c, O, "who waits for a notification that ends is told, and the binding ends", function (w) {
    const j = w.janitor();
    const n = w.make(CapType.Notification, 0, 0);
    const m = w.make(CapType.Notification, 0, 0);
    const a = w.actor(5, 0);
    w.give(a, 1, n, 15, 0);
    w.does(a, Op.Wait, 1, 0, 0, 0, "", Status.Ok);
    w.clears(j, Op.Revoke, n);
    w.clears(j, Op.Delete, n);
    w.got(a, Event.Cancelled, 0, 0, 0, 0);
    w.root(Op.TcbBindNotification, a.tcb, 0, m, 0);
    w.clears(j, Op.Delete, m);
    w.asks(Op.TcbUnbindNotification, a.tcb, 0, 0, 0, Status.IllegalOperation);
  });
  add(c, O, "a timer is an event of Recv, home and Wait, once", function (w) {
    const n = w.make(CapType.Notification, 0, 0);
    const a = w.actor(5, 0);
    w.give(a, 1, n, 15, 0);
    w.does(a, Op.SetTimer, 0, 0, w.nowUs + 100, 0, "", Status.Ok);
    w.later(99);
    w.nothing(a);
    w.later(1);
    w.got(a, Event.Timer, 0, 0, w.nowUs, 0);
    w.later(1000);
    w.nothing(a);
    const k = w.k;
    w.act(a, function () {
      k.gate(Op.SetTimer, 0, 0, w.nowUs + 10, 0, "");
      w.is(k.gate(Op.Wait, 1, 0, 0, 0, ""), Status.Ok);
    });
    w.later(10);
    w.got(a, Event.Timer, 0, 0, w.nowUs, 0);
    w.does(a, Op.SetTimer, 0, 0, -1, 0, "", Status.InvalidArgument);
    w.does(a, Op.SetTimer, 0, 0, 0.5, 0, "", Status.InvalidArgument);
    w.does(a, Op.SetTimer, 0, 0, w.nowUs + 10, 0, "", Status.Ok);
    w.does(a, Op.SetTimer, 0, 0, 0, 0, "", Status.Ok);
    w.later(100);
    w.nothing(a);
  });
  addFull(c, "irq", "a device has one owner; claims overlap or they don't", function (w) {
    const ref = function (at: number): number {
      return slotRef(BootSlot.CNode, at, 0);
    };
    w.asks(Op.IrqGet, BootSlot.IrqControl, device(1, 4, 4), ref(50), 0, Status.Ok);
    w.is(w.cap(50), w.word(CapType.IrqHandler, 15, 0));
    w.asks(Op.IrqGet, BootSlot.IrqControl, device(1, 7, 1), ref(51), 0, Status.RevokeFirst);
    w.asks(Op.IrqGet, BootSlot.IrqControl, device(1, 0, 5), ref(51), 0, Status.RevokeFirst);
    w.asks(Op.IrqGet, BootSlot.IrqControl, device(1, 8, 1), ref(50), 0, Status.DeleteFirst);
    w.asks(Op.IrqGet, BootSlot.IrqControl, device(1, 8, 1), slotRef(49, 50, 0), 0, Status.FailedLookup);
    w.asks(Op.IrqGet, BootSlot.IrqControl, device(1, 8, 1), ref(51), 0, Status.Ok);
    w.asks(Op.IrqGet, BootSlot.IrqControl, device(2, 4, 4), ref(52), 0, Status.Ok);
    w.asks(Op.IrqGet, BootSlot.IrqControl, device(3, 4, 4), ref(53), 0, Status.NotEnoughMemory);
    w.asks(Op.IrqGet, BootSlot.IrqControl, 65536 + 8, ref(53), 0, Status.RangeError);
    w.asks(Op.IrqGet, BootSlot.IrqControl, device(1, 0, 0), ref(53), 0, Status.RangeError);
    w.asks(Op.IrqGet, BootSlot.IrqControl, device(1, 4095, 2), ref(53), 0, Status.RangeError);
    const j = w.janitor();
    w.clears(j, Op.Delete, 50);
    w.asks(Op.IrqGet, BootSlot.IrqControl, device(1, 7, 1), ref(50), 0, Status.Ok);
    w.clears(j, Op.Revoke, BootSlot.IrqControl);
    w.is(w.cap(50) + w.cap(51) + w.cap(52), 0);
  });
  add(c, "irq", "masked until acknowledged; what comes meanwhile is one", function (w) {
    const n = w.make(CapType.Notification, 0, 0);
    const a = w.actor(5, 0);
    w.give(a, 1, n, 15, 0);
    w.root(Op.IrqGet, BootSlot.IrqControl, device(1, 4, 2), slotRef(BootSlot.CNode, 50, 0), 0);
    w.asks(Op.IrqSetNotification, 50, 0, w.copy(n, 14), 0, Status.InvalidCapability);
    w.root(Op.IrqSetNotification, 50, 0, w.mint(n, 15, 64), 0);
    w.give(a, 2, 50, 15, 0);
    w.k.interrupt(1, 3);
    w.k.interrupt(2, 4);
    w.does(a, Op.Poll, 1, 0, 0, 0, "", 0);
    w.k.interrupt(1, 5);
    w.does(a, Op.Poll, 1, 0, 0, 0, "", 64);
    w.k.interrupt(1, 4);
    w.k.interrupt(1, 5);
    w.does(a, Op.Poll, 1, 0, 0, 0, "", 0);
    w.does(a, Op.IrqAck, 2, 0, 0, 0, "", Status.Ok);
    w.does(a, Op.Poll, 1, 0, 0, 0, "", 64);
    w.does(a, Op.IrqAck, 2, 0, 0, 0, "", Status.Ok);
    w.does(a, Op.Poll, 1, 0, 0, 0, "", 0);
    w.asks(Op.IrqClear, 50, 0, 0, 0, Status.Ok);
    w.k.interrupt(1, 4);
    w.does(a, Op.Poll, 1, 0, 0, 0, "", 0);
  });
}
