// CNode: a table of slots. Copy, Mint, Move, Mutate, Rotate, CancelBadgedSends; Delete and Revoke are checked here and done by work.ts.
//
// Errors come in seL4's order: destination before source (src/object/cnode.c, decodeCNodeInvocation). Rights only shrink; a badge is set once.

import { CapType, Event, Op, Rights, Status } from "../gate.ts";
import { holds, refOf, refSlot } from "../cspace.ts";
import { copyCap, hasChildren, moveSlot } from "../derivation.ts";
import { cancel } from "../cancel.ts";
import { wake } from "../wake.ts";
import { Ep, m, put, Reg, Send, Slot, Tcb } from "../state.ts";

declare const FULL: boolean;

/** Pivot → destination, source → pivot. */
function rotate(t: number, d: number, sourceRef: number, pivotRef: number): number {
  const pivot = refOf(t, pivotRef);
  if (pivot < 0) return pivot;
  const source = refOf(t, sourceRef);
  if (source < 0) return source;
  if (pivot === d || pivot === source) return Status.IllegalOperation;
  if (d !== source && m[d]) return Status.DeleteFirst;
  if (!m[source] || !m[pivot]) return Status.FailedLookup;
  for (let i = 0, s = source; i < 2; i++, s = pivot) if (holds(s, CapType.Endpoint) || holds(s, CapType.Notification) || holds(s, CapType.Zombie)) return Status.IllegalOperation;
  moveSlot(pivot, Reg.Scratch);
  moveSlot(source, pivot);
  moveSlot(Reg.Scratch, d);
  return Status.Ok;
}

/** Operations through the CNode capability in slot `s`. */
export function cnodeInvoke(t: number, op: Op, s: number, label: number, a: number, b: number): number {
  const d = refSlot(s, a);
  if (d < 0) return d;
  if (op === Op.Delete || op === Op.Revoke) {
    m[Reg.Pending] = op;
    m[Reg.PendingObject] = d;
    return Status.Ok;
  }
  if (op === Op.CancelBadgedSends) {
    if ((m[d]! & 255) !== ((CapType.Endpoint << 4) | Rights.All)) return Status.IllegalOperation;
    // Takes the senders of this badge out of the endpoint's queue.
    const badge = m[d + Slot.Badge]!;
    const e = m[d + Slot.Object]!;
    for (let c = badge && m[e] ? m[e + Ep.Head]! : 0, next = 0; c; c = next) {
      next = m[c + Tcb.Next]!;
      if (m[c + Tcb.Badge] === badge && !(m[c + Tcb.Flags]! & Send.Fault)) {
        cancel(c);
        wake(c, m[c + Tcb.Flags]! & Send.Call ? Event.DeadReply : Event.Cancelled);
      }
    }
    return Status.Ok;
  }
  if (FULL && op === Op.Rotate) return rotate(t, d, label, b);
  if (m[d]) return Status.DeleteFirst;
  const source = refOf(t, b);
  if (source < 0) return source;
  if (!m[source]) return Status.FailedLookup;
  const type = (m[source]! >> 4) & 15;
  const isBadged = type === CapType.Endpoint || type === CapType.Notification;
  let badge = m[source + Slot.Badge]!;
  const given = label >>> 4;
  if (op === Op.Mint && isBadged) {
    if (badge) return Status.IllegalOperation;
    badge = given;
  } else if (FULL && type === CapType.CNode && (op === Op.Mint || op === Op.Mutate)) badge = given;
  if (type === CapType.Zombie || (type === CapType.IrqControl && op <= Op.Mint)) return Status.IllegalOperation;
  if (op > Op.Mint) {
    if (FULL && op === Op.Mutate && isBadged) return Status.IllegalOperation;
    moveSlot(source, d);
    put(d + Slot.Badge, badge);
    return Status.Ok;
  }
  if (type === CapType.Untyped && hasChildren(source)) return Status.RevokeFirst;
  copyCap(source, d, label & Rights.All, badge);
  return Status.Ok;
}
