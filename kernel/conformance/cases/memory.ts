// Memory: untyped and frame (sel4test: RETYPE0000 … 0002, UNTYPED*).

import { BootSlot } from "../../boot.ts";
import { CapType, Event, Op, retypeWhat, Rights, slotRef, Status } from "../../gate.ts";
import { add, addFull } from "../scene.ts";
import type { Case } from "../scene.ts";

export function memoryCases(c: Case[]): void {
  const O = "untyped";
  addFull(c, O, "retype: the order of checks", function (w) {
    const root = slotRef(BootSlot.CNode, 0, 0);
    const u = BootSlot.Untyped;
    const none = slotRef(40, 0, 0);
    w.asks(Op.Retype, u, retypeWhat(0, 0, 0), none, 0, Status.InvalidArgument);
    w.asks(Op.Retype, u, retypeWhat(CapType.IrqHandler, 0, 0), none, 0, Status.InvalidArgument);
    w.asks(Op.Retype, u, retypeWhat(CapType.CNode, 0, 0), none, 0, Status.RangeError);
    w.asks(Op.Retype, u, retypeWhat(CapType.CNode, 9, 0), none, 0, Status.RangeError);
    w.asks(Op.Retype, u, retypeWhat(CapType.Untyped, 2, 0), none, 0, Status.RangeError);
    w.asks(Op.Retype, u, retypeWhat(CapType.Untyped, 15, 0), none, 0, Status.RangeError);
    w.asks(Op.Retype, u, retypeWhat(CapType.Frame, 0, 0), none, 0, Status.InvalidArgument);
    w.asks(Op.Retype, u, retypeWhat(CapType.Reply, 0, 0), none, 0, Status.FailedLookup);
    w.asks(Op.Retype, u, retypeWhat(CapType.Reply, 0, 0), root, 0, Status.RangeError);
    w.asks(Op.Retype, u, retypeWhat(CapType.Reply, 0, 0), root, 64, Status.RangeError);
    w.asks(Op.Retype, u, retypeWhat(CapType.Reply, 0, 0), root, 50, Status.RangeError);
    w.asks(Op.Retype, u, retypeWhat(CapType.Reply, 0, 9), root, 50, Status.RangeError);
    w.asks(Op.Retype, u, retypeWhat(CapType.Reply, 0, 8), root, 57, Status.RangeError);
    w.asks(Op.Retype, u, retypeWhat(CapType.CNode, 8, 8), root, 4, Status.DeleteFirst);
    w.asks(Op.Retype, u, retypeWhat(CapType.CNode, 8, 8), root, 50, Status.NotEnoughMemory);
    w.asks(Op.Retype, u, retypeWhat(CapType.Reply, 0, 1), root, 50 + 601 * 65536, Status.NotEnoughMemory);
    w.asks(Op.Retype, u, retypeWhat(CapType.Reply, 0, 8), root, 50, Status.Ok);
    for (let i = 50; i < 58; i++) w.is(w.cap(i), w.word(CapType.Reply, 15, 0));
    w.is(w.cap(58), 0);
    w.asks(Op.Retype, 50, retypeWhat(CapType.Reply, 0, 1), root, 60, Status.InvalidCapability);
  });
  addFull(c, O, "memory comes back when everything made of it is gone, and not before", function (w) {
    const j = w.janitor();
    const u = w.make(CapType.Untyped, 5, 8);
    const root = slotRef(BootSlot.CNode, 0, 0);
    // 32 words less a header of 4 are 7 objects of 4 words.
    w.asks(Op.Retype, u, retypeWhat(CapType.Notification, 0, 8), root, 50, Status.NotEnoughMemory);
    w.asks(Op.Retype, u, retypeWhat(CapType.Frame, 0, 1), root, 50 + 5 * 65536, Status.Ok);
    w.asks(Op.Retype, u, retypeWhat(CapType.Frame, 0, 1), root, 51 + 4 * 65536, Status.NotEnoughMemory);
    w.asks(Op.Retype, u, retypeWhat(CapType.Notification, 0, 6), root, 51, Status.Ok);
    w.asks(Op.Retype, u, retypeWhat(CapType.Notification, 0, 1), root, 57, Status.NotEnoughMemory);
    for (let i = 50; i < 56; i++) w.clears(j, Op.Delete, i);
    w.asks(Op.Retype, u, retypeWhat(CapType.Notification, 0, 1), root, 57, Status.NotEnoughMemory);
    w.clears(j, Op.Delete, 56);
    w.asks(Op.Retype, u, retypeWhat(CapType.Frame, 0, 1), root, 50 + 8 * 65536, Status.Ok);
    w.clears(j, Op.Revoke, u);
    w.asks(Op.Retype, u, retypeWhat(CapType.Notification, 0, 7), root, 50, Status.Ok);
  });
  addFull(c, O, "two capabilities to one untyped hand out different memory", function (w) {
    const root = slotRef(BootSlot.CNode, 0, 0);
    const u = w.make(CapType.Untyped, 5, 0);
    const one = w.copy(u, 15);
    const two = w.copy(one, 15);
    w.asks(Op.Retype, one, retypeWhat(CapType.Notification, 0, 1), root, 50, Status.Ok);
    w.asks(Op.Retype, two, retypeWhat(CapType.Notification, 0, 1), root, 51, Status.Ok);
    w.asks(Op.Signal, 50, 0, 0, 0, Status.Ok);
    const t = w.actor(5, 0);
    w.give(t, 1, 51, 15, 0);
    // Still idle: the wait blocks.
    w.does(t, Op.Wait, 1, 0, 0, 0, "", Status.Ok);
    w.nothing(t);
    w.asks(Op.Retype, u, retypeWhat(CapType.Notification, 0, 6), root, 52, Status.NotEnoughMemory);
    w.asks(Op.Retype, u, retypeWhat(CapType.Notification, 0, 5), root, 52, Status.Ok);
  });
  add(c, "frame", "lent for one call: range and rights", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const f = w.make(CapType.Frame, 0, 32);
    const server = w.actor(9, e);
    const client = w.actor(5, 0);
    w.give(client, 1, e, 15, 0);
    w.give(client, 2, f, 15, 0);
    w.give(client, 3, f, Rights.Read, 0);
    w.does(client, Op.Lend, 2, 0, 0, 4, "", Status.InvalidArgument);
    w.does(client, Op.Lend, 2, 4, 0, 4, "", Status.InvalidArgument);
    w.does(client, Op.Lend, 3, 3, 0, 4, "", Status.InvalidCapability);
    w.does(client, Op.Lend, 2, 3, -1, 4, "", Status.RangeError);
    w.does(client, Op.Lend, 2, 3, 0, 0, "", Status.RangeError);
    w.does(client, Op.Lend, 2, 3, 29, 4, "", Status.RangeError);
    w.does(client, Op.Write, 3, 0, 0, 0, "x", Status.InvalidCapability);
    w.does(client, Op.Write, 2, 0, 31, 0, "xy", Status.RangeError);
    w.does(client, Op.Write, 2, 0, 30, 0, "xy", 2);
    const k = w.k;
    for (let i = 1; i < 4; i++) {
      const rights = i;
      w.act(client, function () {
        w.is(k.gate(Op.Lend, 2, rights, 8, 4, ""), Status.Ok);
        w.is(k.gate(Op.Call, 1, 0, 0, 0, ""), Status.Ok);
      });
      w.got(server, Event.Message, 0, 0, 0, 0);
      w.does(server, Op.Write, 0, 0, 0, 0, "abcde", rights & Rights.Write ? Status.RangeError : Status.InvalidCapability);
      w.does(server, Op.Write, 0, 0, 1, 0, "abc", rights & Rights.Write ? 3 : Status.InvalidCapability);
      w.does(server, Op.Reply, 0, 0, 0, 0, "", Status.Ok);
      w.does(server, Op.Write, 0, 0, 0, 0, "a", Status.InvalidCapability);
      w.got(client, Event.Reply, 0, 0, 0, 0);
    }
    w.does(client, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    w.does(server, Op.Write, 0, 0, 0, 0, "a", Status.InvalidCapability);
  });
}
