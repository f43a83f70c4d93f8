// Endpoint and reply: rights, queues, badges, calls, capability transfer (sel4test: IPC0001 … 0028, IPCRIGHTS0001 … 0005; stronger: all 16 masks, the grant branches, badge 0).

import { BootSlot } from "../../boot.ts";
import { CapType, Event, Op, retypeWhat, Rights, slotRef, Status } from "../../gate.ts";
import { add, addFull } from "../scene.ts";
import type { Actor, Case, Scene } from "../scene.ts";

const O = "endpoint";

/** A server that receives from `e` at its address 1. */
function serverOf(w: Scene, e: number, priority: number): Actor {
  const server = w.actor(priority, e);
  w.give(server, 1, e, Rights.All, 0);
  return server;
}

export function endpointCases(c: Case[]): void {
  add(c, O, "a message arrives whole: badge, label, numbers, bytes", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const server = serverOf(w, e, 9);
    const client = w.actor(5, 0);
    w.give(client, 1, e, Rights.Write, 42);
    w.does(client, Op.Send, 1, -7, 9007199254740991, -3, "sixteen bytes ..", Status.Ok);
    w.is(server.data.length ? (server.data[0] as string) : "none", "sixteen bytes ..");
    w.got(server, Event.Message, 42, -7, 9007199254740991, -3);
    w.does(client, Op.Send, 1, 0, 0, 0, "seventeen bytes !", Status.TruncatedMessage);
    w.nothing(server);
    w.nothing(client);
  });
  add(c, O, "send, receive and call need their rights, for all 16 masks", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const server = serverOf(w, e, 9);
    const t = w.actor(5, 0);
    const none = w.actor(5, 0);
    for (let rights = 0; rights < 16; rights++) {
      const who = rights ? t : none;
      const at = rights || 1;
      const mayCall = rights & (Rights.Grant | Rights.GrantReply);
      w.give(who, at, e, rights, 0);
      w.does(who, Op.Send, at, 0, 0, 0, "", rights & Rights.Write ? Status.Ok : Status.InvalidCapability);
      w.does(who, Op.NbSend, at, 0, 0, 0, "", rights & Rights.Write ? Status.Ok : Status.InvalidCapability);
      w.does(who, Op.Call, at, 0, 0, 0, "", !(rights & Rights.Write) ? Status.InvalidCapability : mayCall ? Status.Ok : Status.IllegalOperation);
      if (rights & Rights.Write) {
        w.got(server, Event.Message, 0, 0, 0, 0);
        w.got(server, Event.Message, 0, 0, 0, 0);
        if (mayCall) {
          w.got(server, Event.Message, 0, 0, 0, 0);
          w.does(server, Op.Reply, 0, rights, 0, 0, "", Status.Ok);
          w.got(who, Event.Reply, 0, rights, 0, 0);
        }
      }
      w.root(Op.TcbSuspend, server.tcb, 0, 0, 0);
      w.does(who, Op.NbRecv, at, 0, 0, 0, "", rights & Rights.Read ? 0 : Status.InvalidCapability);
      w.does(who, Op.Recv, at, 0, 0, 0, "", rights & Rights.Read ? Status.Ok : Status.InvalidCapability);
      w.does(who, Op.Now, 0, 0, 0, 0, "", w.nowUs);
      w.does(server, Op.Now, 0, 0, 0, 0, "", w.nowUs);
      w.nothing(server);
      w.nothing(who);
    }
  });
  add(c, O, "nbSend without a receiver changes nothing", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const client = w.actor(5, 0);
    w.give(client, 1, e, 15, 0);
    w.does(client, Op.NbSend, 1, 0, 0, 0, "x", Status.NotReady);
    const server = serverOf(w, e, 9);
    w.nothing(server);
    w.does(client, Op.NbSend, 1, 3, 0, 0, "x", Status.Ok);
    w.got(server, Event.Message, 0, 3, 0, 0);
  });
  add(c, O, "senders wait by priority, equal ones in their order; a new priority goes behind its equals", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const server = w.actor(9, 0);
    w.give(server, 1, e, 15, 0);
    const clients = [];
    const priorities = [2, 5, 3, 5, 3];
    for (let i = 0; i < 5; i++) {
      const client = w.actor(priorities[i] as number, 0);
      w.give(client, 1, e, Rights.Write, i + 1);
      w.does(client, Op.Send, 1, 0, 0, 0, "", Status.Ok);
      clients.push(client);
    }
    w.root(Op.TcbSetPriority, (clients[0] as Actor).tcb, 5, (clients[0] as Actor).tcb, 0);
    const order = [2, 4, 1, 3, 5];
    for (let i = 0; i < 5; i++) {
      w.does(server, Op.Recv, 1, 0, 0, 0, "", Status.Ok);
      w.got(server, Event.Message, order[i] as number, 0, 0, 0);
    }
    w.does(server, Op.NbRecv, 1, 0, 0, 0, "", 0);
    for (let i = 0; i < 5; i++) w.nothing(clients[i] as Actor);
  });
  add(c, O, "receivers are served by priority", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const low = serverOf(w, e, 3);
    const high = serverOf(w, e, 6);
    const client = w.actor(9, 0);
    w.give(client, 1, e, 15, 0);
    const k = w.k;
    w.act(client, function () {
      w.is(k.gate(Op.NbSend, 1, 1, 0, 0, ""), Status.Ok);
      w.is(k.gate(Op.NbSend, 1, 2, 0, 0, ""), Status.Ok);
    });
    w.got(high, Event.Message, 0, 1, 0, 0);
    w.got(low, Event.Message, 0, 2, 0, 0);
  });
  add(c, O, "one blocking operation in a run: the second faults its task, and the run is undone", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const n = w.make(CapType.Notification, 0, 0);
    const client = w.actor(5, 0);
    w.give(client, 1, e, 15, 0);
    w.give(client, 2, n, 15, 6);
    const k = w.k;
    w.act(client, function () {
      w.is(k.gate(Op.Signal, 2, 0, 0, 0, ""), Status.Ok);
      w.is(k.gate(Op.Recv, 1, 0, 0, 0, ""), Status.Ok);
      w.is(k.gate(Op.Wait, 2, 0, 0, 0, ""), Status.IllegalOperation);
      w.is(k.gate(Op.Signal, 2, 0, 0, 0, ""), Status.Ok);
    });
    w.root(Op.TcbResume, client.tcb, 0, 0, 0);
    w.settle();
    w.got(client, Event.Start, 0, 0, 2, 0);
    w.does(client, Op.Poll, 2, 0, 0, 0, "", 0);
  });
  add(c, O, "call and reply: one answer, once", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const server = serverOf(w, e, 9);
    const client = w.actor(5, 0);
    w.give(client, 1, e, Rights.Write | Rights.GrantReply, 3);
    w.does(client, Op.Call, 1, 1, 2, 3, "ask", Status.Ok);
    w.got(server, Event.Message, 3, 1, 2, 3);
    w.does(server, Op.Reply, 0, 4, 5, 6, "answer", Status.Ok);
    w.is(client.data.length ? (client.data[0] as string) : "none", "answer");
    w.got(client, Event.Reply, 0, 4, 5, 6);
    w.does(server, Op.Reply, 0, 7, 8, 9, "again", Status.Ok);
    w.nothing(client);
  });
  add(c, O, "a server that owes an answer gets no further message at home; replyRecv takes the next", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const server = serverOf(w, e, 9);
    const one = w.actor(5, 0);
    const two = w.actor(4, 0);
    w.give(one, 1, e, 15, 1);
    w.give(two, 1, e, 15, 2);
    w.does(one, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.does(two, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.got(server, Event.Message, 1, 0, 0, 0);
    w.nothing(server);
    w.does(server, Op.ReplyRecv, 1, 11, 0, 0, "", Status.Ok);
    w.got(one, Event.Reply, 0, 11, 0, 0);
    w.got(server, Event.Message, 2, 0, 0, 0);
  });
  add(c, O, "a reply object in use: its old caller gets DeadReply; none: the new one", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const server = serverOf(w, e, 9);
    const one = w.actor(5, 0);
    const two = w.actor(4, 0);
    w.give(one, 1, e, 15, 1);
    w.give(two, 1, e, 15, 2);
    w.give(server, 2, server.reply, 15, 0);
    w.does(one, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.got(server, Event.Message, 1, 0, 0, 0);
    w.does(server, Op.Recv, 1, 0, 2, 0, "", Status.Ok);
    w.does(two, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.got(one, Event.DeadReply, 0, 0, 0, 0);
    w.got(server, Event.Message, 2, 0, 0, 0);
    w.root(Op.TcbSetReceive, server.tcb, 0, e, 0);
    w.does(server, Op.Recv, 1, 0, 0, 0, "", Status.Ok);
    w.does(one, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.got(server, Event.Message, 1, 0, 0, 0);
    w.got(one, Event.DeadReply, 0, 0, 0, 0);
  });
  add(c, O, "callers of a server that stops, queued or served, get DeadReply; new ones NotReady", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const server = serverOf(w, e, 9);
    const one = w.actor(5, 0);
    const two = w.actor(4, 0);
    const three = w.actor(3, 0);
    w.give(one, 1, e, 15, 1);
    w.give(two, 1, e, 15, 2);
    w.give(three, 1, e, 15, 3);
    w.does(one, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.does(two, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.root(Op.TcbSuspend, server.tcb, 0, 0, 0);
    w.settle();
    w.got(one, Event.DeadReply, 0, 0, 0, 0);
    w.got(two, Event.DeadReply, 0, 0, 0, 0);
    w.does(three, Op.Call, 1, 0, 0, 0, "", Status.NotReady);
    w.does(three, Op.Send, 1, 0, 0, 0, "", Status.NotReady);
    server.seen = [];
    w.root(Op.TcbResume, server.tcb, 0, 0, 0);
    w.settle();
    w.got(server, Event.Start, 0, 0, 2, 0);
    w.does(three, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.got(server, Event.Message, 3, 0, 0, 0);
  });
  addFull(c, O, "a capability goes along with Grant on the sender's side only", function (w) {
    const j = w.janitor();
    const e = w.make(CapType.Endpoint, 0, 0);
    const n = w.make(CapType.Notification, 0, 0);
    const server = serverOf(w, e, 9);
    const client = w.actor(5, 0);
    w.give(server, 15, server.cnode, 15, 0);
    w.give(client, 3, n, Rights.Write, 77);
    w.give(j, 14, client.cnode, 15, 0);
    w.does(server, Op.SetReceiveSlot, 0, 0, slotRef(15, 8, 0), 0, "", Status.Ok);
    const k = w.k;
    const send = function (): void {
      w.is(k.gate(Op.Attach, 3, 0, 0, 0, ""), Status.Ok);
      w.is(k.gate(Op.Send, 1, 0, 0, 0, ""), Status.Ok);
    };
    let received = -1;
    server.always = function () {
      received = k.gate(Op.Received, 0, 0, 0, 0, "");
    };
    for (let rights = 1; rights < 16; rights += 2) {
      w.does(j, Op.Delete, 14, 0, slotRef(0, 1, 0), 0, "", Status.Ok);
      w.got(j, Event.Done, 0, 0, 0, 0);
      w.give(client, 1, e, rights, 0);
      w.act(client, send);
      w.got(server, Event.Message, 0, 0, 0, 0);
      const isGranted = rights & Rights.Grant ? 1 : 0;
      w.is(received, isGranted);
      w.does(server, Op.Identify, 8, 0, 0, 0, "", isGranted ? w.word(CapType.Notification, Rights.Write, 77) : 0);
      w.does(server, Op.Delete, 15, 0, slotRef(0, 8, 0), 0, "", Status.Ok);
      w.got(server, Event.Done, 0, 0, 0, 0);
    }
  });
  addFull(c, O, "a sent capability that names the endpoint arrives as its badge; a full slot takes nothing", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const server = serverOf(w, e, 9);
    const client = w.actor(5, 0);
    w.give(server, 15, server.cnode, 15, 0);
    w.give(client, 1, e, 15, 0);
    w.give(client, 2, e, Rights.Read, 9);
    w.give(client, 3, e, Rights.Read, 0);
    w.give(client, 4, client.reply, 15, 0);
    const k = w.k;
    let received = -1;
    server.always = function () {
      received = k.gate(Op.Received, 0, 0, 0, 0, "");
    };
    let attached = 0;
    const send = function (): void {
      w.is(k.gate(Op.Attach, attached, 0, 0, 0, ""), Status.Ok);
      w.is(k.gate(Op.Send, 1, 0, 0, 0, ""), Status.Ok);
    };
    const wants = [0, 0, 9 * 4 + 2, 2, 0];
    for (attached = 2; attached < 5; attached++) {
      w.act(client, send);
      w.got(server, Event.Message, 0, 0, 0, 0);
      w.is(received, wants[attached] as number);
    }
    w.does(server, Op.SetReceiveSlot, 0, 0, slotRef(15, 1, 0), 0, "", Status.Ok);
    attached = 4;
    w.act(client, send);
    w.is(received, 0);
    w.does(client, Op.Attach, 9, 0, 0, 0, "", Status.InvalidCapability);
  });
  addFull(c, O, "a reply carries a capability when the receiver's capability had Grant", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const n = w.make(CapType.Notification, 0, 0);
    const server = w.actor(9, 0);
    const client = w.actor(5, 0);
    w.give(server, 1, e, 15, 0);
    w.give(server, 2, e, Rights.Read, 0);
    w.give(server, 3, n, Rights.Read, 5);
    w.give(client, 1, e, Rights.Write | Rights.GrantReply, 0);
    w.give(client, 15, client.cnode, 15, 0);
    w.does(client, Op.SetReceiveSlot, 0, 0, slotRef(15, 8, 0), 0, "", Status.Ok);
    const k = w.k;
    for (let address = 2; address > 0; address--) {
      w.does(server, Op.Recv, address, 0, 0, 0, "", Status.Ok);
      w.does(client, Op.Call, 1, 0, 0, 0, "", Status.Ok);
      w.got(server, Event.Message, 0, 0, 0, 0);
      w.act(server, function () {
        w.is(k.gate(Op.Attach, 3, 0, 0, 0, ""), Status.Ok);
        w.is(k.gate(Op.Reply, 0, 0, 0, 0, ""), Status.Ok);
      });
      w.got(client, Event.Reply, 0, 0, 0, 0);
      w.does(client, Op.Identify, 8, 0, 0, 0, "", address === 1 ? w.word(CapType.Notification, Rights.Read, 5) : 0);
    }
  });
  addFull(c, O, "who waits for an endpoint that ends is told", function (w) {
    const j = w.janitor();
    const e = w.make(CapType.Endpoint, 0, 0);
    const f = w.make(CapType.Endpoint, 0, 0);
    const a = w.actor(5, 0);
    const b = w.actor(4, 0);
    const d = w.actor(3, 0);
    w.give(a, 1, e, 15, 0);
    w.give(b, 1, e, 15, 0);
    w.give(d, 1, f, 15, 0);
    w.does(a, Op.Send, 1, 0, 0, 0, "", Status.Ok);
    w.does(b, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.does(d, Op.Recv, 1, 0, 0, 0, "", Status.Ok);
    w.clears(j, Op.Revoke, e);
    w.clears(j, Op.Delete, e);
    w.clears(j, Op.Revoke, f);
    w.clears(j, Op.Delete, f);
    w.got(a, Event.Cancelled, 0, 0, 0, 0);
    w.got(b, Event.DeadReply, 0, 0, 0, 0);
    w.got(d, Event.Cancelled, 0, 0, 0, 0);
    w.is(w.cap(BootSlot.CNode), w.word(CapType.CNode, 15, 0));
  });
  addFull(c, O, "a reply object that ends while its owner receives is forgotten", function (w) {
    const j = w.janitor();
    const e = w.make(CapType.Endpoint, 0, 0);
    const u = w.make(CapType.Untyped, 5, 0);
    const server = w.actor(9, 0);
    const client = w.actor(5, 0);
    w.root(Op.Retype, u, retypeWhat(CapType.Reply, 0, 1), slotRef(BootSlot.CNode, 0, 0), 50);
    w.give(server, 1, e, 15, 0);
    w.give(server, 2, 50, 15, 0);
    w.give(client, 1, e, 15, 0);
    w.does(server, Op.Recv, 1, 0, 2, 0, "", Status.Ok);
    w.clears(j, Op.Revoke, u);
    // Something else stands in its place.
    w.root(Op.Retype, u, retypeWhat(CapType.Notification, 0, 1), slotRef(BootSlot.CNode, 0, 0), 51);
    w.give(server, 3, 51, 15, 0);
    w.does(client, Op.Call, 1, 8, 0, 0, "", Status.Ok);
    w.got(client, Event.DeadReply, 0, 0, 0, 0);
    w.got(server, Event.Message, 0, 8, 0, 0);
    w.does(server, Op.Poll, 3, 0, 0, 0, "", 0);
  });
}
