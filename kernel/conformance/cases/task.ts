// Tasks: what a TCB capability allows (sel4test: SCHED* as far as priorities go). Faults: fault.ts.

import { CapType, Event, Op, Rights, Status } from "../../gate.ts";
import { add, addFull } from "../scene.ts";
import type { Case } from "../scene.ts";

export function tcbCases(c: Case[]): void {
  const O = "tcb";
  add(c, O, "no code or no CSpace: no resume; suspended tasks do not run", function (w) {
    const bare = w.make(CapType.Tcb, 0, 0);
    w.asks(Op.TcbResume, bare, 0, 0, 0, Status.IllegalOperation);
    const t = w.actor(5, 0);
    w.asks(Op.TcbSuspend, w.copy(t.tcb, 14), 0, 0, 0, Status.InvalidCapability);
    w.root(Op.TcbSuspend, t.tcb, 0, 0, 0);
    w.root(Op.TcbResume, t.tcb, 0, 0, 0);
    w.root(Op.TcbSuspend, t.tcb, 0, 0, 0);
    w.settle();
    w.nothing(t);
    w.root(Op.TcbResume, t.tcb, 0, 0, 0);
    w.settle();
    w.got(t, Event.Start, 0, 0, 3, 0);
  });
  addFull(c, O, "priority and maximum are bounded by the authority's maximum", function (w) {
    const t = w.actor(5, 0);
    const a = w.actor(5, 0);
    w.asks(Op.TcbSetMcp, a.tcb, 20, a.tcb, 0, Status.Ok);
    w.asks(Op.TcbSetPriority, t.tcb, 21, a.tcb, 0, Status.RangeError);
    w.asks(Op.TcbSetPriority, t.tcb, -1, a.tcb, 0, Status.RangeError);
    w.asks(Op.TcbSetPriority, t.tcb, 20, a.tcb, 0, Status.Ok);
    w.asks(Op.TcbSetMcp, t.tcb, 21, a.tcb, 0, Status.RangeError);
    w.asks(Op.TcbSetMcp, a.tcb, 21, a.tcb, 0, Status.RangeError);
    w.asks(Op.TcbSetPriority, t.tcb, 1, w.make(CapType.Reply, 0, 0), 0, Status.InvalidCapability);
    w.asks(Op.TcbSetPriority, t.tcb, 1, 63, 0, Status.InvalidCapability);
    w.asks(Op.TcbSetPriority, t.tcb, 1, 64, 0, Status.FailedLookup);
  });
  add(c, O, "who stops and restarts itself begins without the timer it goes on to set", function (w) {
    const t = w.actor(5, 0);
    w.give(t, 1, t.tcb, 15, 0);
    const k = w.k;
    w.act(t, function () {
      w.is(k.gate(Op.TcbSuspend, 1, 0, 0, 0, ""), Status.Ok);
      w.is(k.gate(Op.SetTimer, 0, 0, k.gate(Op.Now, 0, 0, 0, 0, "") + 10, 0, ""), Status.Ok);
    });
    w.later(5);
    w.root(Op.TcbResume, t.tcb, 0, 0, 0);
    w.settle();
    w.got(t, Event.Start, 0, 0, 2, 0);
    w.later(10);
    w.nothing(t);
  });
  addFull(c, O, "who restarts itself is queued by the priority it then gets", function (w) {
    const t = w.actor(5, 0);
    const other = w.actor(6, 0);
    const n = w.make(CapType.Notification, 0, 0);
    w.root(Op.TcbBindNotification, other.tcb, 0, n, 0);
    w.give(t, 1, t.tcb, 15, 0);
    w.give(t, 2, n, 15, 0);
    w.asks(Op.TcbSetMcp, t.tcb, 20, other.tcb, 0, Status.Ok);
    const k = w.k;
    const order: string[] = [];
    t.always = function (event) {
      if (event === Event.Start) order.push("restarted");
    };
    other.always = function () {
      order.push("other");
    };
    w.act(t, function () {
      w.is(k.gate(Op.TcbSuspend, 1, 0, 0, 0, ""), Status.Ok);
      w.is(k.gate(Op.TcbResume, 1, 0, 0, 0, ""), Status.Ok);
      w.is(k.gate(Op.Signal, 2, 0, 0, 0, ""), Status.Ok);
      w.is(k.gate(Op.TcbSetPriority, 1, 9, 1, 0, ""), Status.Ok);
    });
    w.is(order.join(), "restarted,other");
  });
  addFull(c, O, "the order of SetSpace's checks; the last capability is never lost", function (w) {
    const t = w.actor(5, 0);
    const e = w.make(CapType.Endpoint, 0, 0);
    const read = w.copy(e, Rights.Read);
    w.asks(Op.TcbSetSpace, t.tcb, 0, 64, 64, Status.FailedLookup);
    w.asks(Op.TcbSetSpace, t.tcb, 0, e, 64, Status.IllegalOperation);
    w.asks(Op.TcbSetSpace, t.tcb, 0, t.cnode, 64, Status.FailedLookup);
    w.asks(Op.TcbSetSpace, t.tcb, 0, t.cnode, read, Status.InvalidCapability);
    w.asks(Op.TcbSetReceive, t.tcb, 0, w.copy(e, Rights.Write), t.reply, Status.InvalidCapability);
    w.asks(Op.TcbSetReceive, t.tcb, 0, read, e, Status.InvalidCapability);
    w.asks(Op.TcbSetTimeoutEndpoint, t.tcb, 0, read, 0, Status.InvalidCapability);
    const j = w.janitor();
    w.clears(j, Op.Delete, t.cnode);
    w.asks(Op.TcbSetSpace, t.tcb, 0, w.make(CapType.CNode, 2, 0), 0, Status.DeleteFirst);
  });
}
