// Tasks that fail, stop or end: faults, what they leave, and who waits for them (sel4test: PAGEFAULT* as far as faults go; turns: SCHED*).

import { BootSlot } from "../../boot.ts";
import { CapType, Event, FaultKind, Op, Rights, slotRef, Status } from "../../gate.ts";
import { add, addFull, addSmall } from "../scene.ts";
import type { Actor, Case, Scene } from "../scene.ts";

/** A supervisor that gets the faults of `t` with badge 6. */
export function supervise(w: Scene, t: Actor): Actor {
  const e = w.make(CapType.Endpoint, 0, 0);
  const supervisor = w.actor(200, e);
  w.root(Op.TcbSetSpace, t.tcb, 0, t.cnode, w.mint(e, Rights.Write, 6));
  return supervisor;
}

export function faultCases(c: Case[]): void {
  const O = "tcb";
  add(c, O, "a fault undoes the run, stops the task and tells its handler; resume starts it anew", function (w) {
    const n = w.make(CapType.Notification, 0, 0);
    const t = w.actor(5, 0);
    const s = supervise(w, t);
    w.give(t, 1, n, 15, 3);
    const k = w.k;
    w.act(t, function () {
      k.gate(Op.Signal, 1, 0, 0, 0, "");
      k.gate(Op.SetTimer, 0, 0, w.nowUs + 5, 0, "");
      throw new Error("no");
    });
    w.got(s, Event.Fault, 6, FaultKind.Thrown, 1, 1);
    w.asks(Op.Poll, n, 0, 0, 0, 0);
    w.later(50);
    w.nothing(t);
    w.root(Op.TcbResume, t.tcb, 0, 0, 0);
    w.settle();
    w.got(t, Event.Start, 0, 0, 2, 0);
    w.act(t, function () {
      w.is(k.gate(47, 0, 0, 0, 0, ""), Status.IllegalOperation);
    });
    w.got(s, Event.Fault, 6, FaultKind.UnknownSyscall, 2, 2);
    w.does(t, Op.Recv, 9, 0, 0, 0, "", Status.InvalidCapability);
    w.got(s, Event.Fault, 6, FaultKind.CapFault, 3, 3);
    w.does(t, Op.Wait, 99, 0, 0, 0, "", Status.FailedLookup);
    w.got(s, Event.Fault, 6, FaultKind.CapFault, 4, 4);
  });
  add(c, O, "an event that a failed run took by suspending its task is there again", function (w) {
    const n = w.make(CapType.Notification, 0, 0);
    const t = w.actor(3, 0);
    const a = w.actor(9, 0);
    w.root(Op.TcbBindNotification, t.tcb, 0, n, 0);
    w.give(a, 1, t.tcb, 15, 0);
    const k = w.k;
    a.job = function () {
      w.is(k.gate(Op.TcbSuspend, 1, 0, 0, 0, ""), Status.Ok);
      w.is(k.gate(Op.TcbResume, 1, 0, 0, 0, ""), Status.Ok);
      throw new Error("no");
    };
    w.asks(Op.Signal, w.mint(n, 15, 5), 0, 0, 0, Status.Ok);
    w.root(Op.TcbResume, a.tcb, 0, 0, 0);
    w.settle();
    w.got(t, Event.Notification, 5, 0, 0, 0);
    w.nothing(t);
  });
  add(c, O, "without a usable fault endpoint a task just stays down", function (w) {
    const t = w.actor(5, 0);
    w.does(t, Op.Wait, 99, 0, 0, 0, "", Status.FailedLookup);
    w.later(10);
    w.nothing(t);
    w.root(Op.TcbResume, t.tcb, 0, 0, 0);
    w.settle();
    w.got(t, Event.Start, 0, 0, 2, 0);
  });
  add(c, O, "higher priority runs first, equal ones in turn", function (w) {
    const n = w.make(CapType.Notification, 0, 0);
    const order = [] as number[];
    const actors = [] as Actor[];
    const priorities = [3, 7, 5, 7];
    for (let i = 0; i < 4; i++) {
      const t = w.actor(priorities[i] as number, 0);
      w.give(t, 1, n, 15, i + 1);
      actors.push(t);
    }
    const k = w.k;
    for (let i = 0; i < 4; i++) {
      const t = actors[i] as Actor;
      t.job = function () {
        order.push(k.gate(Op.Identify, 1, 0, 0, 0, "") >> 8);
      };
      w.root(Op.TcbResume, t.tcb, 0, 0, 0);
    }
    w.settle();
    w.is(order[0] + " " + order[1] + " " + order[2] + " " + order[3], "2 4 3 1");
  });
  addSmall(c, O, "what the profile leaves out ends the run as an unknown operation", function (w) {
    const t = w.actor(5, 0);
    const s = supervise(w, t);
    let faults = 0;
    w.give(t, 1, BootSlot.CNode, 15, 0);
    w.give(t, 2, t.tcb, 15, 0);
    w.give(t, 3, t.sc, 15, 0);
    for (let op = Op.Attach; op <= Op.Count; op++) {
      const isThere = op === Op.Lend || op === Op.Write || op === Op.TcbResume || op === Op.TcbSuspend || op === Op.SchedConfigure || op === Op.ScConsumed || op === Op.ScYieldTo || op === Op.IrqAck;
      if (isThere) continue;
      const address = op < Op.TcbSetSpace ? 1 : op < Op.SchedConfigure ? 2 : 3;
      w.does(t, op, address, 0, slotRef(0, 5, 0), slotRef(1, t.tcb, 0), "", Status.IllegalOperation);
      faults++;
      w.got(s, Event.Fault, 6, FaultKind.UnknownSyscall, faults, faults);
    }
    w.does(t, Op.ScConsumed, 3, 0, 0, 0, "", faults);
    w.nothing(s);
  });
  addFull(c, O, "deleting a TCB ends its task and frees its callers", function (w) {
    const j = w.janitor();
    const e = w.make(CapType.Endpoint, 0, 0);
    const server = w.actor(9, e);
    const client = w.actor(5, 0);
    w.give(client, 1, e, 15, 0);
    w.does(client, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.got(server, Event.Message, 0, 0, 0, 0);
    w.clears(j, Op.Delete, server.tcb);
    w.got(client, Event.DeadReply, 0, 0, 0, 0);
    w.does(client, Op.Send, 1, 0, 0, 0, "", Status.Ok);
    w.nothing(server);
  });
}
