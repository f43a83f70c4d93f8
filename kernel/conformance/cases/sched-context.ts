// Time: scheduling context and domain (sel4test: SCHED*, TIMEOUTFAULT*, PREEMPT*, DOMAINS*).

import { BootSlot } from "../../boot.ts";
import { CapType, Event, FaultKind, Op, Status } from "../../gate.ts";
import { add, addFull } from "../scene.ts";
import type { Case } from "../scene.ts";
import { supervise } from "./fault.ts";

export function schedCases(c: Case[]): void {
  const O = "sched-context";
  add(c, O, "configure and bind: the order of checks", function (w) {
    const t = w.actor(5, 0);
    const sc = w.make(CapType.SchedContext, 0, 0);
    w.asks(Op.SchedConfigure, BootSlot.SchedControl, 63, sc, 1000, Status.RangeError);
    w.asks(Op.SchedConfigure, BootSlot.SchedControl, 64, sc, 0, Status.RangeError);
    w.asks(Op.SchedConfigure, BootSlot.SchedControl, 64, sc, 0.5, Status.RangeError);
    w.asks(Op.SchedConfigure, BootSlot.SchedControl, 64, t.tcb, 1000, Status.InvalidCapability);
    w.asks(Op.SchedConfigure, BootSlot.SchedControl, 64, sc, 1000, Status.Ok);
    w.asks(Op.SchedConfigure, sc, 64, sc, 1000, Status.InvalidCapability);
    w.asks(Op.ScBind, sc, 0, t.tcb, 0, Status.IllegalOperation);
    w.asks(Op.ScBind, t.sc, 0, t.tcb, 0, Status.IllegalOperation);
    w.asks(Op.ScBind, sc, 0, sc, 0, Status.InvalidCapability);
    w.asks(Op.ScYieldTo, sc, 0, 0, 0, Status.IllegalOperation);
    w.asks(Op.ScUnbind, t.sc, 0, 0, 0, Status.Ok);
    w.asks(Op.ScBind, sc, 0, t.tcb, 0, Status.Ok);
  });
  add(c, O, "no context, no run", function (w) {
    const t = w.actor(5, 0);
    w.root(Op.ScUnbind, t.sc, 0, 0, 0);
    w.root(Op.TcbResume, t.tcb, 0, 0, 0);
    w.settle();
    w.nothing(t);
    w.root(Op.ScBind, t.sc, 0, t.tcb, 0);
    w.settle();
    w.got(t, Event.Cancelled, 0, 0, 0, 0);
  });
  add(c, O, "more fuel than the budget is a timeout fault; the fuel comes back after a period", function (w) {
    const t = w.actor(5, 0);
    const s = supervise(w, t);
    w.root(Op.SchedConfigure, BootSlot.SchedControl, 64, t.sc, 1000);
    const k = w.k;
    w.act(t, function () {
      for (let i = 0; i < 65; i++) k.gate(Op.Now, 0, 0, 0, 0, "");
    });
    w.got(s, Event.Fault, 6, FaultKind.Timeout, 1, 1);
    w.root(Op.TcbResume, t.tcb, 0, 0, 0);
    w.later(999);
    w.nothing(t);
    w.later(1);
    w.got(t, Event.Start, 0, 0, 2, 0);
    w.act(t, function () {
      for (let i = 0; i < 64; i++) k.gate(Op.Now, 0, 0, 0, 0, "");
    });
    w.nothing(s);
    w.root(Op.TcbResume, t.tcb, 0, 0, 0);
    w.later(999);
    w.nothing(t);
    w.later(1);
    w.got(t, Event.Cancelled, 0, 0, 0, 0);
  });
  add(c, O, "consumed counts gate operations and is cleared", function (w) {
    const t = w.actor(5, 0);
    w.k.root(Op.ScConsumed, t.sc, 0, 0, 0);
    const k = w.k;
    w.act(t, function () {
      for (let i = 0; i < 10; i++) k.gate(Op.Now, 0, 0, 0, 0, "");
    });
    w.asks(Op.ScConsumed, t.sc, 0, 0, 0, 10);
    w.asks(Op.ScConsumed, t.sc, 0, 0, 0, 0);
  });
  add(c, O, "a passive server runs on its caller's context and gives it back with the reply", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const server = w.actor(9, e);
    const client = w.actor(5, 0);
    w.root(Op.ScUnbind, server.sc, 0, 0, 0);
    w.give(client, 1, e, 15, 0);
    const k = w.k;
    server.always = function () {
      k.gate(Op.Reply, 0, 7, 0, 0, "");
    };
    w.k.root(Op.ScConsumed, client.sc, 0, 0, 0);
    w.does(client, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.got(server, Event.Message, 0, 0, 0, 0);
    w.got(client, Event.Reply, 0, 7, 0, 0);
    // Call and Reply.
    w.asks(Op.ScConsumed, client.sc, 0, 0, 0, 2);
    w.does(client, Op.Send, 1, 0, 0, 0, "", Status.Ok);
    w.nothing(server);
  });
  add(c, O, "a notification lends its context, also when it was active before", function (w) {
    const n = w.make(CapType.Notification, 0, 0);
    const t = w.actor(5, 0);
    const sc = w.make(CapType.SchedContext, 0, 0);
    w.root(Op.TcbBindNotification, t.tcb, 0, n, 0);
    w.root(Op.ScUnbind, t.sc, 0, 0, 0);
    w.root(Op.ScBind, sc, 0, n, 0);
    w.asks(Op.Signal, w.mint(n, 15, 2), 0, 0, 0, Status.Ok);
    w.settle();
    w.got(t, Event.Notification, 2, 0, 0, 0);
    const k = w.k;
    let isFirst = true;
    t.always = function () {
      // While it runs: active, and found on the way home.
      if (isFirst) k.root(Op.Now, 0, 0, 0, 0);
      isFirst = false;
    };
    w.asks(Op.Signal, n, 0, 0, 0, Status.Ok);
    w.asks(Op.Signal, w.mint(n, 15, 4), 0, 0, 0, Status.Ok);
    w.settle();
    w.got(t, Event.Notification, 0, 0, 0, 0);
    w.got(t, Event.Notification, 4, 0, 0, 0);
  });
  add(c, O, "yieldTo: that task runs next, whatever its priority, once", function (w) {
    const low = w.actor(2, 0);
    const mid = w.actor(4, 0);
    const high = w.actor(8, 0);
    w.give(high, 1, low.sc, 15, 0);
    w.give(high, 2, low.tcb, 15, 0);
    w.give(high, 3, mid.tcb, 15, 0);
    w.give(high, 4, high.sc, 15, 0);
    const k = w.k;
    const order = [] as number[];
    low.job = function () {
      order.push(2);
    };
    mid.job = function () {
      order.push(4);
    };
    w.act(high, function () {
      k.gate(Op.TcbResume, 2, 0, 0, 0, "");
      k.gate(Op.TcbResume, 3, 0, 0, 0, "");
      w.is(k.gate(Op.ScYieldTo, 4, 0, 0, 0, ""), Status.IllegalOperation);
      w.is(k.gate(Op.ScYieldTo, 1, 0, 0, 0, "") >= 0 ? "yes" : "no", "yes");
    });
    w.is(order[0] + " " + order[1], "2 4");
  });
  addFull(c, "domain", "tasks run only while their domain has its turn", function (w) {
    const a = w.actor(5, 0);
    const b = w.actor(5, 0);
    w.asks(Op.DomainSet, BootSlot.Domain, 16, a.tcb, 0, Status.InvalidArgument);
    w.asks(Op.DomainSet, BootSlot.Domain, 1, a.sc, 0, Status.InvalidCapability);
    w.asks(Op.DomainConfigure, BootSlot.Domain, 8, 0, 10, Status.RangeError);
    w.asks(Op.DomainConfigure, BootSlot.Domain, 0, 16, 10, Status.InvalidArgument);
    w.asks(Op.DomainConfigure, BootSlot.Domain, 0, 0, -1, Status.RangeError);
    w.root(Op.DomainSet, BootSlot.Domain, 1, b.tcb, 0);
    w.root(Op.TcbResume, b.tcb, 0, 0, 0);
    w.settle();
    w.nothing(b);
    w.root(Op.DomainConfigure, BootSlot.Domain, 0, 0, 10);
    w.root(Op.DomainConfigure, BootSlot.Domain, 1, 1, 20);
    w.later(1);
    w.nothing(b);
    w.later(9);
    w.nothing(b);
    w.later(1);
    w.got(b, Event.Cancelled, 0, 0, 0, 0);
    w.root(Op.TcbResume, a.tcb, 0, 0, 0);
    w.later(19);
    w.nothing(a);
    w.later(1);
    w.got(a, Event.Cancelled, 0, 0, 0, 0);
  });
}
