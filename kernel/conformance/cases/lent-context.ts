// Contexts that are lent with a call: on, and home again, when somebody in the chain stops (no counterpart in sel4test: seL4 leaves such a context with the server).

import { CapType, Event, Op, Rights, Status } from "../../gate.ts";
import { add, addFull } from "../scene.ts";
import type { Actor, Case, Scene } from "../scene.ts";

const CALL = Rights.Write | Rights.GrantReply;

/** A server without a context of its own, at an endpoint that `client` may call at address 1. */
function server(w: Scene, priority: number, client: Actor): Actor {
  const e = w.make(CapType.Endpoint, 0, 0);
  const s = w.actor(priority, e);
  w.root(Op.ScUnbind, s.sc, 0, 0, 0);
  w.give(client, 1, e, CALL, 0);
  return s;
}

/** `boss` does `op` to the task whose capability is at its address 1, whenever it is called. */
function onBell(w: Scene, boss: Actor, of: Actor, op: Op): void {
  const n = w.make(CapType.Notification, 0, 0);
  const k = w.k;
  w.root(Op.TcbBindNotification, boss.tcb, 0, n, 0);
  w.give(of, 2, n, Rights.Write, 0);
  boss.always = function (event) {
    if (event === Event.Notification) k.gate(op, 1, 0, 0, 0, "");
  };
}

export function lentContextCases(c: Case[]): void {
  const O = "lent-context";
  add(c, O, "a passive server handles what it was given though its caller has stopped waiting, and serves the next", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const n = w.make(CapType.Notification, 0, 0);
    const server = w.actor(3, e);
    const client = w.actor(9, 0);
    const next = w.actor(8, 0);
    const boss = w.actor(5, 0);
    w.root(Op.TcbBindNotification, boss.tcb, 0, n, 0);
    w.root(Op.ScUnbind, server.sc, 0, 0, 0);
    w.give(client, 1, e, 15, 0);
    w.give(next, 1, e, 15, 0);
    w.give(client, 2, n, 15, 0);
    w.give(boss, 1, client.tcb, 15, 0);
    const k = w.k;
    server.always = function () {
      k.gate(Op.Reply, 0, 7, 0, 0, "");
    };
    boss.always = function (event) {
      if (event === Event.Notification) k.gate(Op.TcbResume, 1, 0, 0, 0, "");
    };
    w.act(client, function () {
      w.is(k.gate(Op.Signal, 2, 0, 0, 0, ""), Status.Ok);
      w.is(k.gate(Op.Call, 1, 4, 0, 0, ""), Status.Ok);
    });
    w.got(server, Event.Message, 0, 4, 0, 0);
    w.got(client, Event.Cancelled, 0, 0, 0, 0);
    w.does(next, Op.Call, 1, 5, 0, 0, "", Status.Ok);
    w.got(server, Event.Message, 0, 5, 0, 0);
    w.got(next, Event.Reply, 0, 7, 0, 0);
    w.does(client, Op.Call, 1, 6, 0, 0, "", Status.Ok);
    w.got(client, Event.Reply, 0, 7, 0, 0);
  });
  add(c, O, "a context that was lent on comes home through both servers when its owner has stopped waiting", function (w) {
    const outer = w.make(CapType.Endpoint, 0, 0);
    const inner = w.make(CapType.Endpoint, 0, 0);
    const first = w.actor(5, outer);
    const second = w.actor(6, inner);
    const client = w.actor(3, 0);
    const boss = w.actor(8, 0);
    w.root(Op.ScUnbind, first.sc, 0, 0, 0);
    w.root(Op.ScUnbind, second.sc, 0, 0, 0);
    w.give(client, 1, outer, 15, 0);
    w.give(first, 1, inner, 15, 0);
    w.give(boss, 1, client.tcb, 15, 0);
    const k = w.k;
    let looks = 0;
    first.always = function (event) {
      k.gate(event === Event.Message ? Op.Call : Op.Reply, event === Event.Message ? 1 : 0, 0, 0, 0, "");
    };
    // It answers at its second look, and blocks with the context until then.
    second.always = function () {
      looks++;
      if (looks % 3) k.gate(Op.SetTimer, 0, 0, k.gate(Op.Now, 0, 0, 0, 0, "") + 10, 0, "");
      else k.gate(Op.Reply, 0, 0, 0, 0, "");
    };
    w.does(client, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.does(boss, Op.TcbResume, 1, 0, 0, 0, "", Status.Ok);
    w.nothing(client);
    w.later(10);
    w.is(looks, 2);
    w.nothing(client);
    w.later(10);
    w.is(looks, 3);
    w.got(client, Event.Cancelled, 0, 0, 0, 0);
    w.does(client, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.later(10);
    w.later(10);
    w.got(client, Event.Reply, 0, 0, 0, 0);
  });
  add(c, O, "a context comes home past a server in the middle that was stopped", function (w) {
    const client = w.actor(3, 0);
    const first = server(w, 5, client);
    const second = server(w, 4, first);
    const boss = w.actor(8, 0);
    w.give(boss, 1, first.tcb, 15, 0);
    onBell(w, boss, first, Op.TcbSuspend);
    const k = w.k;
    // It calls on, and has itself stopped.
    first.always = function () {
      k.gate(Op.Signal, 2, 0, 0, 0, "");
      k.gate(Op.Call, 1, 0, 0, 0, "");
    };
    second.always = function () {
      k.gate(Op.Reply, 0, 0, 0, 0, "");
    };
    w.does(client, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.got(client, Event.DeadReply, 0, 0, 0, 0);
    w.does(client, Op.Call, 1, 0, 0, 0, "", Status.NotReady);
  });
  add(c, O, "a server that calls an active one keeps the context until it has the answer, though its caller has stopped", function (w) {
    const client = w.actor(3, 0);
    const next = w.actor(2, 0);
    const boss = w.actor(8, 0);
    const e = w.make(CapType.Endpoint, 0, 0);
    const inner = w.make(CapType.Endpoint, 0, 0);
    const s = w.actor(5, e);
    const friend = w.actor(4, inner);
    w.root(Op.ScUnbind, s.sc, 0, 0, 0);
    w.give(client, 1, e, CALL, 0);
    w.give(next, 1, e, CALL, 0);
    w.give(s, 1, inner, CALL, 0);
    w.give(boss, 1, client.tcb, 15, 0);
    const k = w.k;
    s.always = function (event) {
      if (event === Event.Message) k.gate(Op.Call, 1, 0, 0, 0, "");
      else k.gate(Op.Reply, 0, 7, 0, 0, "");
    };
    friend.always = function (event) {
      if (event === Event.Message) k.gate(Op.SetTimer, 0, 0, k.gate(Op.Now, 0, 0, 0, 0, "") + 10, 0, "");
      else k.gate(Op.Reply, 0, 0, 0, 0, "");
    };
    w.does(client, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.does(boss, Op.TcbSuspend, 1, 0, 0, 0, "", Status.Ok);
    w.later(10);
    w.does(next, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.later(10);
    w.got(next, Event.Reply, 0, 7, 0, 0);
  });
  add(c, O, "a server that has put its answer off is at its endpoint again when its caller has stopped", function (w) {
    const client = w.actor(3, 0);
    const next = w.actor(2, 0);
    const boss = w.actor(8, 0);
    const e = w.make(CapType.Endpoint, 0, 0);
    const s = w.actor(5, e);
    w.root(Op.ScUnbind, s.sc, 0, 0, 0);
    w.give(client, 1, e, CALL, 0);
    w.give(next, 1, e, CALL, 0);
    w.give(boss, 1, client.tcb, 15, 0);
    const k = w.k;
    let calls = 0;
    s.always = function () {
      if (calls++) k.gate(Op.Reply, 0, 7, 0, 0, "");
    };
    w.does(client, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.does(boss, Op.TcbSuspend, 1, 0, 0, 0, "", Status.Ok);
    w.does(next, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.got(next, Event.Reply, 0, 7, 0, 0);
  });
  addFull(c, O, "a context that was unbound meanwhile does not come back with the reply", function (w) {
    const client = w.actor(3, 0);
    const other = w.actor(2, 0);
    const boss = w.actor(8, 0);
    const s = server(w, 5, client);
    const aside = server(w, 4, other);
    w.give(boss, 1, client.sc, 15, 0);
    w.give(boss, 2, other.sc, 15, 0);
    w.give(boss, 3, other.tcb, 15, 0);
    w.give(boss, 4, s.sc, 15, 0);
    w.give(boss, 5, s.tcb, 15, 0);
    const k = w.k;
    const late = function (event: Event): void {
      if (event === Event.Message) k.gate(Op.SetTimer, 0, 0, k.gate(Op.Now, 0, 0, 0, 0, "") + 10, 0, "");
      else if (event === Event.Timer) k.gate(Op.Reply, 0, 7, 0, 0, "");
    };
    s.always = late;
    aside.always = late;
    w.does(client, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.does(boss, Op.ScUnbind, 1, 0, 0, 0, "", Status.Ok);
    w.does(boss, Op.ScUnbind, 2, 0, 0, 0, "", Status.Ok);
    w.does(boss, Op.ScBind, 1, 0, 3, 0, "", Status.Ok);
    w.does(boss, Op.ScBind, 4, 0, 5, 0, "", Status.Ok);
    // Lent by its new owner, while the old one's call is answered.
    w.does(other, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.later(10);
    w.later(10);
    w.got(other, Event.Reply, 0, 7, 0, 0);
    w.nothing(client);
  });
}
