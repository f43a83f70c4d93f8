// Delete and Revoke: the long operations, done by the kernel between runs in slices, and what destroying an object means.
//
// A slice may be the last thing that happens before a reset or the deletion of the task that asked: every step leaves whole tables. A CNode or TCB
// whose last capability goes becomes a Zombie first, which no operation accepts and which is emptied step by step. In a circle of CNodes that hold each
// other the Zombie that a step began with lies in one that ends before it: it moves to where that one's capability was. Reference: seL4 manual, "Deletion and Recycling"; src/object/cnode.c (cteRevoke, finaliseSlot, reduceZombie).

import { CapType, Event, Op, Status, TaskState } from "./gate.ts";
import { hasChildren, isLast, moveSlot, unlink } from "./derivation.ts";
import { halt } from "./objects/tcb.ts";
import { cancel } from "./cancel.ts";
import { endCall } from "./objects/reply.ts";
import { forgetLoan, moveSc, unbindSc, wake } from "./wake.ts";
import { CNode, Ep, Irq, k, Limit, m, Nt, put, Reg, Sc, Send, Slot, SlotBit, Tcb } from "./state.ts";

declare const FRAMES: boolean;
declare const DONATION: boolean;

/** A slice of the work in progress, or of the next in the queue. */
export function workSlice(): void {
  let status: Status = Status.Ok;
  if (!m[Reg.WorkOp]) {
    const t = m[Reg.WorkQueue]!;
    put(Reg.WorkQueue, m[t + Tcb.Next]!);
    put(Reg.WorkTask, t);
    put(Reg.WorkSlot, m[t + Tcb.Object]!);
    put(Reg.WorkOp, m[t + Tcb.Flags]!);
    if (!m[Reg.WorkSlot]) status = Status.FailedLookup;
  }
  for (let n = 0; n < Limit.Slice; n++) {
    let s = m[Reg.WorkSlot]!;
    let from = 0;
    let to = 0;
    if (s && !m[s]) s = 0;
    if (s && m[Reg.WorkOp] === Op.Revoke) s = hasChildren(s) ? m[s + Slot.Links]! & 0xffff : 0;
    if (!s) {
      const t = m[Reg.WorkTask]!;
      put(Reg.WorkSlot, 0);
      put(Reg.WorkOp, 0);
      put(Reg.WorkTask, 0);
      if (t) {
        m[t + Tcb.Label] = status;
        wake(t, Event.Done);
      }
      return;
    }
    // One step: at most one slot is emptied, `s` or the first one inside it.
    const top = s;
    for (;;) {
      k._n = 0;
      let type = (m[s]! >> 4) & 15;
      const o = m[s + Slot.Object]!;
      from = to = 0;
      if (type !== CapType.Zombie && isLast(s)) {
        if (type === CapType.IrqHandler) {
          // The notification it holds goes first.
          if (m[o + Irq.Slot]) {
            s = o + Irq.Slot;
            continue;
          }
          put(o, 0);
          put(o + Irq.State, 0);
        }
        // Nobody may go on using the object.
        let t = m[o + Ep.Head]!;
        if (type === CapType.Endpoint || type === CapType.Notification) {
          for (; t; t = m[o + Ep.Head]!) {
            k._n = 0;
            const isFault = m[t] === TaskState.Faulted;
            const isCall = m[t] === TaskState.BlockedOnSend && m[t + Tcb.Flags]! & Send.Call;
            cancel(t);
            if (!isFault) wake(t, isCall ? Event.DeadReply : Event.Cancelled);
          }
          if (type === CapType.Notification) {
            if (m[o + Nt.Task]) put(m[o + Nt.Task]! + Tcb.Notification, 0);
            if (m[o + Nt.Sc]) put(m[o + Nt.Sc]! + Sc.Notification, 0);
          }
        } else if (type === CapType.Reply) {
          if (m[o]) endCall(o, Event.DeadReply);
        } else if (type === CapType.SchedContext) unbindSc(o);
        else if (FRAMES && type === CapType.Frame) delete k._frames[o];
        else if (type === CapType.CNode) put(o, 0);
        else if (type === CapType.Tcb) {
          const number = m[o + Tcb.Number]!;
          const e = m[o + (Tcb.Endpoint + Slot.Object)]!;
          const bell = m[o + Tcb.Notification]!;
          halt(o, TaskState.Inactive);
          if (e && m[e + Ep.Home] === o) put(e + Ep.Home, 0);
          if (m[o + Tcb.Sc]) moveSc(m[o + Tcb.Sc]!, 0);
          if (DONATION) forgetLoan(o);
          if (bell) put(bell + Nt.Task, 0);
          put(o + Tcb.Notification, 0);
          if (m[Reg.YieldTo] === o) put(Reg.YieldTo, 0);
          put(Reg.Tasks + number, 0);
          k._data[number] = "";
          k._handlers[number] = undefined;
        }
        // What tasks still remember of it: the lease of a frame, the reply object for a caller.
        for (let i = Reg.Tasks; i < Reg.EndTasks; i++) {
          t = m[i]!;
          if (!t) continue;
          if (m[t + Tcb.Reply] === o) put(t + Tcb.Reply, 0);
          if (FRAMES && m[t + Tcb.LeaseFrame] === o) put(t + Tcb.LeaseFrame, 0);
        }
        if (type === CapType.CNode || type === CapType.Tcb) {
          put(s + Slot.Badge, type);
          put(s, (m[s]! & (SlotBit.Revocable | SlotBit.FirstBadged)) | (CapType.Zombie << 4));
          type = CapType.Zombie;
        }
      }
      if (type !== CapType.Zombie) break;
      // Its slots: the first one that is full. A circle ends at the Zombie itself, and at the one that the step began with.
      const isTcb = m[s + Slot.Badge] === CapType.Tcb;
      from = o;
      to = o + (isTcb ? Tcb.Words : Slot.Words * m[o + CNode.Words]!);
      let inside = o + (isTcb ? Tcb.CSpace : Slot.Words);
      while (inside < to && (!m[inside] || inside === s || inside === top)) inside += Slot.Words;
      if (inside >= to) break;
      s = inside;
    }
    unlink(s);
    // The memory of what ends here may be used anew: nothing stays in it.
    const isMoved = top !== s && top >= from && top < to;
    if (isMoved) moveSlot(top, s);
    // Requests about it, or about slots in a dead CNode, end.
    if (isMoved && m[Reg.WorkSlot] === top) put(Reg.WorkSlot, s);
    else if (m[Reg.WorkSlot] === s || (m[Reg.WorkSlot]! >= from && m[Reg.WorkSlot]! < to)) put(Reg.WorkSlot, 0);
    for (let i = Reg.Tasks; i < Reg.EndTasks; i++) {
      const t = m[i]!;
      if (t && m[t] === TaskState.BlockedOnWork && m[t + Tcb.Object]! >= from && m[t + Tcb.Object]! < to) put(t + Tcb.Object, 0);
    }
  }
}
