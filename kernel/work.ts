// Delete and Revoke: the long operations, done by the kernel between runs in slices, and what destroying an object means.
//
// A slice may be the last thing that happens before a reset or the deletion of the task that asked: every step leaves whole tables. A CNode or TCB
// whose last capability goes becomes a Zombie first, which no operation accepts and which is emptied step by step; a circle of CNodes that hold each
// other ends because a Zombie knows the one it was found in, and only that one empties it. Reference: seL4 manual, "Deletion and Recycling"; src/object/cnode.c (cteRevoke, finaliseSlot).

import { CapType, Event, Op, Status, TaskState } from "./gate.ts";
import { isLast, isParent, unlink } from "./derivation.ts";
import { CNode, Ep, Irq, Limit, Nt, put, Reg, Rep, Sc, Send, Slot, SlotBit, Tcb } from "./state.ts";
import type { KernelState } from "./state.ts";
import { halt } from "./objects/tcb.ts";
import { cancel } from "./cancel.ts";
import { endCall } from "./objects/reply.ts";
import { moveSc, wake } from "./wake.ts";

/** Words from the start of the Zombie's object where its slots begin and end, packed. */
function slotRange(k: KernelState, s: number): number {
  const o = k._m[s + Slot.Object]!;
  return (k._m[s + Slot.Badge]! & 15) === CapType.Tcb ? Tcb.CSpace * 65536 + Tcb.Words : Slot.Words * 65536 + Slot.Words * k._m[o + CNode.Words]!;
}

/** Nobody may go on using object `o`, whose last capability in slot `s` is about to go. */
function finalise(k: KernelState, s: number, type: CapType): void {
  const m = k._m;
  const o = m[s + Slot.Object]!;
  if (type === CapType.Endpoint || type === CapType.Notification) {
    for (let t = m[o + Ep.Head]!; t; t = m[o + Ep.Head]!) {
      const isFault = m[t] === TaskState.Faulted;
      const isCall = m[t] === TaskState.BlockedOnSend && m[t + Tcb.Flags]! & Send.Call;
      cancel(k, t);
      if (!isFault) wake(k, t, isCall ? Event.DeadReply : Event.Cancelled);
    }
    if (type === CapType.Notification) {
      if (m[o + Nt.Task]) put(k, m[o + Nt.Task]! + Tcb.Notification, 0);
      if (m[o + Nt.Sc]) put(k, m[o + Nt.Sc]! + Sc.Notification, 0);
    }
  } else if (type === CapType.Reply) {
    if (m[o]) endCall(k, o, Event.DeadReply);
  } else if (type === CapType.SchedContext) {
    moveSc(k, o, 0);
    if (m[o + Sc.Notification]) put(k, m[o + Sc.Notification]! + Nt.Sc, 0);
    // Nor does it go back to a caller.
    for (let i = Reg.Tasks; i < Reg.Schedule; i++) if (m[i] && m[m[i]!] === TaskState.BlockedOnReply && m[m[m[i]! + Tcb.Object]! + Rep.Sc] === o) put(k, m[m[i]! + Tcb.Object]! + Rep.Sc, 0);
  } else if (type === CapType.Frame) {
    for (let i = Reg.Tasks; i < Reg.Schedule; i++) if (m[i] && m[m[i]! + Tcb.LeaseFrame] === o) put(k, m[i]! + Tcb.LeaseFrame, 0);
    delete k._frames[o];
  } else if (type === CapType.CNode) put(k, o, 0);
  else if (type === CapType.Tcb) {
    halt(k, o, TaskState.Inactive);
    const home = m[o + (Tcb.Endpoint + Slot.Object)]!;
    if (home && m[home + Ep.Home] === o) put(k, home + Ep.Home, 0);
    if (m[o + Tcb.Sc]) moveSc(k, m[o + Tcb.Sc]!, 0);
    if (m[o + Tcb.Notification]) put(k, m[o + Tcb.Notification]! + Nt.Task, 0);
    put(k, o + Tcb.Notification, 0);
    if (m[Reg.YieldTo] === o) put(k, Reg.YieldTo, 0);
    put(k, Reg.Numbers, m[Reg.Numbers]! & ~(1 << m[o + Tcb.Number]!));
    put(k, Reg.Tasks + m[o + Tcb.Number]!, 0);
    k._data[m[o + Tcb.Number]!] = "";
    k._handlers[m[o + Tcb.Number]!] = undefined;
  }
}

/** Empties slot `s`, whose object needs it no more; requests about slots in a dead CNode end. */
function clear(k: KernelState, s: number, isZombie: boolean): void {
  const m = k._m;
  const from = m[s + Slot.Object]!;
  const to = from + (isZombie ? slotRange(k, s) & 0xffff : 0);
  unlink(k, s);
  if (m[Reg.WorkSlot] === s || (m[Reg.WorkSlot]! >= from && m[Reg.WorkSlot]! < to)) put(k, Reg.WorkSlot, 0);
  if (!isZombie) return;
  for (let i = Reg.Tasks; i < Reg.Schedule; i++) {
    const t = m[i]!;
    if (t && m[t] === TaskState.BlockedOnWork && m[t + Tcb.Object]! >= from && m[t + Tcb.Object]! < to) put(k, t + Tcb.Object, 0);
  }
}

/** One step towards an empty slot `s`: at most one slot is emptied. */
function deleteStep(k: KernelState, s: number): void {
  const m = k._m;
  let outer = 0;
  for (;;) {
    let type = (m[s]! >> 4) & 15;
    const isContainer = type === CapType.CNode || type === CapType.Tcb;
    if (type !== CapType.Zombie && isLast(k, s)) {
      if (type === CapType.IrqHandler) {
        // The notification it holds goes first.
        const o = m[s + Slot.Object]!;
        if (m[o + Irq.Slot]) {
          s = o + Irq.Slot;
          continue;
        }
        put(k, o, 0);
        put(k, o + Irq.State, 0);
      }
      finalise(k, s, type);
      if (isContainer) {
        put(k, s + Slot.Badge, (outer << 4) | type);
        put(k, s, (m[s]! & (SlotBit.Revocable | SlotBit.FirstBadged)) | (CapType.Zombie << 4));
        type = CapType.Zombie;
      }
    }
    if (type !== CapType.Zombie) break;
    const range = slotRange(k, s);
    const end = m[s + Slot.Object]! + (range & 0xffff);
    let inside = m[s + Slot.Object]! + (range >> 16);
    while (inside < end && (!m[inside] || (((m[inside]! >> 4) & 15) === CapType.Zombie && m[inside + Slot.Badge]! >>> 4 !== s))) inside += Slot.Words;
    if (inside >= end) break;
    outer = s;
    s = inside;
  }
  clear(k, s, ((m[s]! >> 4) & 15) === CapType.Zombie);
}

/** A slice of the work in progress, or of the next in the queue. */
export function workSlice(k: KernelState): void {
  const m = k._m;
  let status: Status = Status.Ok;
  if (!m[Reg.WorkOp]) {
    const t = m[Reg.WorkQueue]!;
    put(k, Reg.WorkQueue, m[t + Tcb.Next]!);
    put(k, Reg.WorkTask, t);
    put(k, Reg.WorkSlot, m[t + Tcb.Object]!);
    put(k, Reg.WorkOp, m[t + Tcb.Flags]!);
    if (!m[Reg.WorkSlot]) status = Status.FailedLookup;
  }
  for (let n = 0; n < Limit.Slice; n++) {
    const s = m[Reg.WorkSlot]!;
    let victim = s && m[s] ? s : 0;
    if (victim && m[Reg.WorkOp] === Op.Revoke) {
      const after = k._m[s + Slot.Links]! & 0xffff;
      victim = after && isParent(k, s, after) ? after : 0;
    }
    if (!victim) {
      const t = m[Reg.WorkTask]!;
      put(k, Reg.WorkSlot, 0);
      put(k, Reg.WorkOp, 0);
      put(k, Reg.WorkTask, 0);
      if (t) {
        m[t + Tcb.Label] = status;
        wake(k, t, Event.Done);
      }
      return;
    }
    deleteStep(k, victim);
  }
}
