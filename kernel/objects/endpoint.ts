// Endpoint: a bounded queue of messages with one receiver. Send, NBSend and Call put a message in; the scheduler takes it out.
//
// Differs from seL4, where an endpoint queues blocked threads and copies at the rendezvous: a handler cannot be blocked in the middle, so the
// message waits instead of the sender, in rows that belong to this endpoint alone (a flood fills its own queue, never another's).
// Reference: seL4 manual, "IPC"; libsel4 object-api, Endpoint.

import { CapType, Op, Rights, Status } from "../gate.ts";
import { Count, Ep, Limit, TaskState, Tcb } from "../state.ts";
import type { KernelState } from "../state.ts";

/** Makes an endpoint with a queue of `capacity` (a power of two) messages; its number, or `NotEnoughMemory`. */
export function createEndpoint(k: KernelState, capacity: number): number {
  if (k._endpoints >= Limit.Rows || k._messages + capacity > k._msgFrom.length) return Status.NotEnoughMemory;
  const e = k._endpoints++;
  k._ep[Ep.Task + e] = Limit.None;
  k._ep[Ep.First + e] = k._messages;
  k._ep[Ep.Mask + e] = capacity - 1;
  k._messages += capacity;
  return e;
}

/**
 * Puts a message into the endpoint behind slot `s`, for task `t`: Send, NbSend, Call, or with `Op.Fault` the kernel's own message about `t`.
 * The message exists from the last write of the queue on.
 */
export function endpointSend(k: KernelState, t: number, op: Op, s: number, label: number, a: number, b: number, data: string): number {
  const cap = k._slotCap[s]!;
  if (cap >> 4 !== CapType.Endpoint) return Status.InvalidCapability;
  if (!(cap & Rights.Write)) return Status.IllegalOperation;
  if (typeof data !== "string") return Status.InvalidArgument;
  if (data.length > k._dataBytes) return Status.Range;
  const ep = k._ep;
  const tcb = k._tcb;
  const e = k._slotObject[s]!;
  const tail = ep[Ep.Tail + e]!;
  const queued = (tail - ep[Ep.Head + e]!) & 255;
  const receiver = ep[Ep.Task + e]!;
  if (op === Op.Call) {
    if (!(cap & (Rights.Grant | Rights.GrantReply))) return Status.IllegalOperation;
    if (tcb[Tcb.State + t] !== TaskState.Receive) return Status.Busy;
    if (receiver === Limit.None || tcb[Tcb.State + receiver] === TaskState.Inactive || tcb[Tcb.State + receiver] === TaskState.Faulted) return Status.NotReady;
    // A call that would close a circle of blocked tasks would never be answered.
    for (let r = receiver; ; r = ep[Ep.Task + tcb[Tcb.CallTo + r]!]!) {
      if (r === t) return Status.IllegalOperation;
      if (tcb[Tcb.State + r] !== TaskState.BlockedOnReply) break;
    }
  } else if (op === Op.NbSend && (queued || receiver === Limit.None || tcb[Tcb.State + receiver] !== TaskState.Receive || tcb[Tcb.ReplyTo + receiver])) return Status.NotReady;
  const mask = ep[Ep.Mask + e]!;
  if (queued > mask) return Status.NotReady;
  const i = ep[Ep.First + e]! + (tail & mask);
  k._msgFrom[i] = op === Op.Call ? t + 1 : op === Op.Fault ? Limit.FromKernel : 0;
  k._msgBadge[i] = k._slotBadge[s]!;
  k._msgLabel[i] = label;
  k._msgA[i] = a;
  k._msgB[i] = b;
  k._msgData[i] = data;
  if (op === Op.Call) {
    // Blocked before the message exists: interrupted in between, the caller is a faulted task and no half call is left.
    k._msgSeq[i] = ++k._count[Count.Call + t]!;
    tcb[Tcb.CallTo + t] = e;
    tcb[Tcb.State + t] = TaskState.BlockedOnReply;
  }
  ep[Ep.Tail + e] = tail + 1;
  k._hint |= 1 << receiver;
  return Status.Ok;
}
