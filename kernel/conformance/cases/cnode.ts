// CNode: copy, mint, move, mutate, rotate, delete, revoke, cancelBadgedSends, guards (sel4test: CNODEOP0001 … 0009, CSPACE0001, CANCEL_BADGED_SENDS_0001/2; stronger: all rights, revoke at depth).

import { BootSlot } from "../../boot.ts";
import { CapType, Event, Op, retypeWhat, Rights, slotRef, Status } from "../../gate.ts";
import { addFull } from "../scene.ts";
import type { Case } from "../scene.ts";

const O = "cnode";

export function cnodeCases(c: Case[]): void {
  addFull(c, O, "a copy has the rights of both, for all 256 pairs of masks", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const j = w.janitor();
    const at = w.free;
    for (let rights = 0; rights < 16; rights++) {
      w.free = at;
      const from = w.copy(e, rights);
      for (let mask = 0; mask < 16; mask++) {
        w.free = at + 1;
        const to = w.copy(from, mask);
        w.is(w.cap(to), w.word(CapType.Endpoint, rights & mask, 0));
        w.clears(j, Op.Delete, to);
      }
      w.clears(j, Op.Delete, from);
    }
  });
  addFull(c, O, "mint sets the badge once, and never again", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const badged = w.mint(e, Rights.Write, 0xfffffff);
    w.is(w.cap(badged), w.word(CapType.Endpoint, Rights.Write, 0xfffffff));
    w.asks(Op.Mint, BootSlot.CNode, 5 * 16 + 1, slotRef(0, w.free, 0), slotRef(BootSlot.CNode, badged, 0), Status.IllegalOperation);
    w.asks(Op.Mint, BootSlot.CNode, 0, slotRef(0, w.free, 0), slotRef(BootSlot.CNode, badged, 0), Status.IllegalOperation);
    const plain = w.mint(e, Rights.All, 0);
    w.is(w.cap(plain), w.word(CapType.Endpoint, Rights.All, 0));
    const later = w.mint(plain, Rights.All, 7);
    w.is(w.cap(later), w.word(CapType.Endpoint, Rights.All, 7));
    w.is(w.cap(w.copy(later, Rights.Read)), w.word(CapType.Endpoint, Rights.Read, 7));
  });
  addFull(c, O, "the destination is checked before the source", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const full = slotRef(0, e, 0);
    const empty = slotRef(BootSlot.CNode, 60, 0);
    const noCNode = slotRef(e, 1, 0);
    for (let op = Op.Copy; op <= Op.Move; op++) {
      w.asks(op, BootSlot.CNode, 15, slotRef(0, 0, 0), noCNode, Status.FailedLookup);
      w.asks(op, BootSlot.CNode, 15, slotRef(0, 64, 0), noCNode, Status.FailedLookup);
      w.asks(op, BootSlot.CNode, 15, slotRef(0, 5, 40), noCNode, Status.RangeError);
      w.asks(op, BootSlot.CNode, 15, full, noCNode, Status.DeleteFirst);
      w.asks(op, BootSlot.CNode, 15, slotRef(0, 61, 0), noCNode, Status.FailedLookup);
      w.asks(op, BootSlot.CNode, 15, slotRef(0, 61, 0), slotRef(50, 1, 0), Status.FailedLookup);
      w.asks(op, BootSlot.CNode, 15, slotRef(0, 61, 0), empty, Status.FailedLookup);
    }
    w.asks(Op.Copy, e, 15, full, noCNode, Status.InvalidCapability);
    w.asks(Op.Copy, 50, 15, full, noCNode, Status.InvalidCapability);
    w.asks(Op.Copy, 64, 15, full, noCNode, Status.FailedLookup);
  });
  addFull(c, O, "what cannot be copied: an untyped with children, IrqControl", function (w) {
    w.asks(Op.Copy, BootSlot.CNode, 15, slotRef(0, 60, 0), slotRef(BootSlot.CNode, BootSlot.IrqControl, 0), Status.IllegalOperation);
    w.make(CapType.Endpoint, 0, 0);
    w.asks(Op.Copy, BootSlot.CNode, 15, slotRef(0, 60, 0), slotRef(BootSlot.CNode, BootSlot.Untyped, 0), Status.RevokeFirst);
    w.asks(Op.Mint, BootSlot.CNode, 15, slotRef(0, 60, 0), slotRef(BootSlot.CNode, BootSlot.Untyped, 0), Status.RevokeFirst);
  });
  addFull(c, O, "move empties the source and keeps rights, badge and descent", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const badged = w.mint(e, 3, 9);
    const child = w.copy(badged, 1);
    w.root(Op.Move, BootSlot.CNode, 0, slotRef(0, 60, 0), slotRef(BootSlot.CNode, badged, 0));
    w.is(w.cap(badged), 0);
    w.is(w.cap(60), w.word(CapType.Endpoint, 3, 9));
    w.asks(Op.Move, BootSlot.CNode, 0, slotRef(0, 61, 0), slotRef(BootSlot.CNode, badged, 0), Status.FailedLookup);
    w.clears(w.janitor(), Op.Revoke, 60);
    w.is(w.cap(child), 0);
    w.is(w.cap(60), w.word(CapType.Endpoint, 3, 9));
  });
  addFull(c, O, "mutate and rotate: not for endpoints and notifications", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const n = w.make(CapType.Notification, 0, 0);
    const x = w.make(CapType.Reply, 0, 0);
    const y = w.make(CapType.CNode, 2, 0);
    const boot = BootSlot.CNode;
    w.asks(Op.Mutate, boot, 0, slotRef(0, 60, 0), slotRef(boot, e, 0), Status.IllegalOperation);
    w.asks(Op.Mutate, boot, 0, slotRef(0, 60, 0), slotRef(boot, n, 0), Status.IllegalOperation);
    w.asks(Op.Rotate, boot, slotRef(boot, x, 0), slotRef(0, 60, 0), slotRef(boot, e, 0), Status.IllegalOperation);
    w.asks(Op.Rotate, boot, slotRef(boot, x, 0), slotRef(0, x, 0), slotRef(boot, x, 0), Status.IllegalOperation);
    w.asks(Op.Rotate, boot, slotRef(boot, x, 0), slotRef(0, e, 0), slotRef(boot, y, 0), Status.DeleteFirst);
    // Pivot y → 60, source x → y.
    w.asks(Op.Rotate, boot, slotRef(boot, x, 0), slotRef(0, 60, 0), slotRef(boot, y, 0), Status.Ok);
    w.is(w.cap(60), w.word(CapType.CNode, 15, 0));
    w.is(w.cap(y), w.word(CapType.Reply, 15, 0));
    w.is(w.cap(x), 0);
    // Source and destination the same: a swap.
    w.asks(Op.Rotate, boot, slotRef(boot, 60, 0), slotRef(0, 60, 0), slotRef(boot, y, 0), Status.Ok);
    w.is(w.cap(60), w.word(CapType.Reply, 15, 0));
    w.is(w.cap(y), w.word(CapType.CNode, 15, 0));
    w.asks(Op.Mutate, boot, (2 * 65536 + 1) * 16, slotRef(0, 61, 0), slotRef(boot, y, 0), Status.Ok);
    w.is(w.cap(61), w.word(CapType.CNode, 15, 2 * 65536 + 1));
  });
  addFull(c, O, "guards: depth, guard and radix, most significant bit first", function (w) {
    const boot = BootSlot.CNode;
    const inner = w.make(CapType.CNode, 2, 0);
    const e = w.make(CapType.Endpoint, 0, 0);
    const outer = w.make(CapType.CNode, 2, 0);
    // outer[3] = inner with guard 01 (2 bits); inner[2] = e.
    w.root(Op.Mint, outer, (2 * 65536 + 1) * 16 + 15, slotRef(0, 3, 0), slotRef(boot, inner, 0));
    w.root(Op.Copy, outer, 15, slotRef(0, 3 * 16 + 1 * 4 + 2, 6), slotRef(boot, e, 0));
    w.asks(Op.Copy, inner, 15, slotRef(0, 2, 0), slotRef(boot, e, 0), Status.DeleteFirst);
    w.asks(Op.Copy, outer, 15, slotRef(0, 3 * 16 + 2 * 4 + 1, 6), slotRef(boot, e, 0), Status.FailedLookup);
    w.asks(Op.Copy, outer, 15, slotRef(0, 3 * 16 + 1 * 4 + 0, 6), slotRef(boot, e, 0), Status.FailedLookup);
    w.asks(Op.Copy, outer, 15, slotRef(0, 3 * 8 + 1 * 2 + 1, 5), slotRef(boot, e, 0), Status.FailedLookup);
    w.asks(Op.Copy, outer, 15, slotRef(0, 3 * 32 + 1 * 8 + 4, 7), slotRef(boot, e, 0), Status.FailedLookup);
    w.asks(Op.Copy, outer, 15, slotRef(0, 3, 2), slotRef(boot, e, 0), Status.DeleteFirst);
    w.asks(Op.Copy, outer, 15, slotRef(0, 3, 17), slotRef(boot, e, 0), Status.RangeError);
    // A task whose root has a guard of 26 bits (value 2) over 16 addresses, with the CNode above at 5 (2 bits radix each): 32 bits in all.
    const t = w.actor(9, 0);
    w.root(Op.Mint, t.cnode, 15, slotRef(0, 5, 0), slotRef(boot, outer, 0));
    w.root(Op.TcbSetSpace, t.tcb, 22 * 65536 + 2, t.cnode, 0);
    const root = 2 * 1024 + 5 * 64;
    w.does(t, Op.Identify, root + 3 * 16 + 4 + 2, 0, 0, 0, "", w.word(CapType.Endpoint, 15, 0));
    w.does(t, Op.Identify, root + 3 * 16 + 8 + 2, 0, 0, 0, "", Status.FailedLookup);
    w.does(t, Op.Identify, 5, 0, 0, 0, "", Status.FailedLookup);
  });
  addFull(c, O, "delete is idempotent and takes one capability only", function (w) {
    const j = w.janitor();
    const e = w.make(CapType.Endpoint, 0, 0);
    const child = w.copy(e, 15);
    w.clears(j, Op.Delete, e);
    w.clears(j, Op.Delete, e);
    w.is(w.cap(e), 0);
    w.is(w.cap(child), w.word(CapType.Endpoint, 15, 0));
    w.does(j, Op.Delete, 15, 0, slotRef(0, 64, 0), 0, "", Status.FailedLookup);
  });
  addFull(c, O, "revoke takes every descendant, six deep, and keeps the capability and its siblings", function (w) {
    const j = w.janitor();
    const boot = BootSlot.CNode;
    // Untyped in untyped in untyped …; every level holds an endpoint with a badged child and its copy.
    const caps = [];
    let u = w.make(CapType.Untyped, 9, 0);
    const sibling = w.make(CapType.Endpoint, 0, 0);
    const top = u;
    for (let depth = 0; depth < 4; depth++) {
      const inner = w.free++;
      w.root(Op.Retype, u, retypeWhat(CapType.Untyped, 8 - depth, 1), slotRef(boot, 0, 0), inner);
      const e = w.free++;
      w.root(Op.Retype, u, retypeWhat(CapType.Endpoint, 0, 1), slotRef(boot, 0, 0), e);
      const m = w.mint(e, 15, depth + 1);
      caps.push(inner, e, m, w.copy(m, 1));
      u = inner;
    }
    w.clears(j, Op.Revoke, top);
    for (let i = 0; i < caps.length; i++) w.is(w.cap(caps[i] as number), 0);
    w.is(w.cap(top), w.word(CapType.Untyped, 15, 0));
    w.is(w.cap(sibling), w.word(CapType.Endpoint, 15, 0));
    // All its memory is free again: 2^9 words less the header are 127 objects of 4.
    w.root(Op.Retype, top, retypeWhat(CapType.Untyped, 8, 1), slotRef(boot, 0, 0), w.free++);
  });
  addFull(c, O, "revoke of a badged capability takes what has its badge and came after it", function (w) {
    const j = w.janitor();
    const e = w.make(CapType.Endpoint, 0, 0);
    const seven = w.mint(e, 15, 7);
    const copy = w.copy(seven, 1);
    const other = w.mint(e, 15, 8);
    const again = w.mint(e, 15, 7);
    w.clears(j, Op.Revoke, seven);
    w.is(w.cap(copy), 0);
    w.is(w.cap(seven), w.word(CapType.Endpoint, 15, 7));
    w.is(w.cap(other), w.word(CapType.Endpoint, 15, 8));
    w.is(w.cap(again), w.word(CapType.Endpoint, 15, 7));
    // A copy is no parent.
    const plain = w.copy(e, 15);
    const child = w.mint(plain, 15, 3);
    w.clears(j, Op.Revoke, plain);
    w.is(w.cap(child), w.word(CapType.Endpoint, 15, 3));
    w.clears(j, Op.Revoke, e);
    w.is(w.cap(child) + w.cap(plain) + w.cap(other) + w.cap(again) + w.cap(seven), 0);
  });
  addFull(c, O, "deleting a CNode deletes what is in it, CNodes in CNodes too", function (w) {
    const j = w.janitor();
    const boot = BootSlot.CNode;
    const e = w.make(CapType.Endpoint, 0, 0);
    const t = w.actor(5, 0);
    w.give(t, 1, e, 15, 0);
    w.does(t, Op.Recv, 1, 0, 0, 0, "", Status.Ok);
    w.clears(j, Op.Delete, t.cnode);
    const outer = w.make(CapType.CNode, 2, 0);
    const inner = w.make(CapType.CNode, 2, 0);
    const x = w.copy(e, 15);
    w.root(Op.Move, inner, 0, slotRef(0, 1, 0), slotRef(boot, w.copy(e, 1), 0));
    w.root(Op.Move, inner, 0, slotRef(0, 2, 0), slotRef(boot, x, 0));
    w.root(Op.Move, inner, 0, slotRef(0, 3, 0), slotRef(boot, e, 0));
    w.root(Op.Move, outer, 0, slotRef(0, 1, 0), slotRef(boot, inner, 0));
    // The task's capability is in its own CNode, which its TCB still holds.
    w.nothing(t);
    w.clears(j, Op.Delete, outer);
    w.nothing(t);
    w.clears(j, Op.Delete, t.tcb);
  });
  addFull(c, O, "a circle of CNodes from two untypeds leaves nothing in memory that is free, also between two slices", function (w) {
    const j = w.janitor();
    const boot = slotRef(BootSlot.CNode, 0, 0);
    const one = w.make(CapType.Untyped, 8, 0);
    // Room for a CNode of two slots, or for seven notifications, but not for both.
    const two = w.make(CapType.Untyped, 5, 0);
    const other = w.actor(100, 0);
    const n = w.make(CapType.Notification, 0, 0);
    w.root(Op.TcbBindNotification, other.tcb, 0, n, 0);
    w.give(other, 2, two, 15, 0);
    w.give(other, 3, BootSlot.CNode, 15, 0);
    w.give(j, 1, n, 15, 0);
    const a = w.free++;
    const b = w.free++;
    w.root(Op.Retype, one, retypeWhat(CapType.CNode, 4, 1), boot, a);
    w.root(Op.Retype, two, retypeWhat(CapType.CNode, 1, 1), boot, b);
    // A holds seven capabilities and B, B holds the only one to A.
    for (let i = 1; i <= 7; i++) w.root(Op.Copy, a, 15, slotRef(0, i, 0), slotRef(BootSlot.CNode, n, 0));
    w.root(Op.Copy, a, 15, slotRef(0, 9, 0), slotRef(BootSlot.CNode, b, 0));
    w.root(Op.Move, b, 0, slotRef(0, 1, 0), slotRef(BootSlot.CNode, a, 0));
    w.clears(j, Op.Delete, b);
    const k = w.k;
    let made = 1;
    other.always = function (event) {
      if (event === Event.Notification) made = k.gate(Op.Retype, 2, retypeWhat(CapType.Notification, 0, 7), slotRef(3, 0, 0), 50, "");
    };
    w.act(j, function () {
      w.is(k.gate(Op.Signal, 1, 0, 0, 0, ""), Status.Ok);
      w.is(k.gate(Op.Revoke, 15, 0, slotRef(0, one, 0), 0, ""), Status.Ok);
    });
    w.got(j, Event.Done, 0, 0, 0, 0);
    w.is(made, Status.Ok);
    for (let i = 50; i < 57; i++) w.is(w.cap(i), w.word(CapType.Notification, 15, 0));
    w.clears(j, Op.Revoke, two);
    w.root(Op.Retype, one, retypeWhat(CapType.Untyped, 7, 1), boot, 58);
    w.root(Op.Retype, two, retypeWhat(CapType.Notification, 0, 7), boot, 50);
  });
  addFull(c, O, "an endpoint inside two CNodes ends with them", function (w) {
    const j = w.janitor();
    const boot = BootSlot.CNode;
    const e = w.make(CapType.Endpoint, 0, 0);
    const t = w.actor(5, e);
    w.root(Op.TcbSetReceive, t.tcb, 0, e, t.reply);
    w.does(t, Op.Now, 0, 0, 0, 0, "", w.nowUs);
    w.root(Op.TcbSetReceive, t.tcb, 0, 0, t.reply);
    const outer = w.make(CapType.CNode, 2, 0);
    const inner = w.make(CapType.CNode, 2, 0);
    const n = w.make(CapType.Notification, 0, 0);
    w.root(Op.Move, inner, 0, slotRef(0, 1, 0), slotRef(boot, n, 0));
    w.root(Op.Move, inner, 0, slotRef(0, 3, 0), slotRef(boot, e, 0));
    w.root(Op.Move, outer, 0, slotRef(0, 1, 0), slotRef(boot, inner, 0));
    w.nothing(t);
    w.clears(j, Op.Delete, outer);
    w.got(t, Event.Cancelled, 0, 0, 0, 0);
  });
  addFull(c, O, "cancelBadgedSends: all four rights, this badge only, badge 0 nothing", function (w) {
    const e = w.make(CapType.Endpoint, 0, 0);
    const boot = BootSlot.CNode;
    const seven = w.mint(e, 15, 7);
    const a = w.actor(5, 0);
    const b = w.actor(4, 0);
    const d = w.actor(3, 0);
    w.give(a, 1, seven, 15, 0);
    w.give(b, 1, e, 15, 8);
    w.give(d, 1, seven, 15, 0);
    w.does(a, Op.Send, 1, 0, 0, 0, "", Status.Ok);
    w.does(b, Op.Send, 1, 0, 0, 0, "", Status.Ok);
    w.does(d, Op.Call, 1, 0, 0, 0, "", Status.Ok);
    for (let rights = 0; rights < 15; rights++) {
      const less = w.copy(seven, rights);
      w.asks(Op.CancelBadgedSends, boot, 0, slotRef(0, less, 0), 0, Status.IllegalOperation);
    }
    w.asks(Op.CancelBadgedSends, boot, 0, slotRef(0, e, 0), 0, Status.Ok);
    w.settle();
    w.nothing(a);
    w.asks(Op.CancelBadgedSends, boot, 0, slotRef(0, seven, 0), 0, Status.Ok);
    w.settle();
    w.got(a, Event.Cancelled, 0, 0, 0, 0);
    w.got(d, Event.DeadReply, 0, 0, 0, 0);
    w.nothing(b);
  });
}
