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

/** Writes a message behind the last one of endpoint `e` (the caller made sure there is room); it exists from the last statement on. */
export function enqueue(k: KernelState, e: number, from: number, badge: number, label: number, a: number, b: number, data: string): void {
  const i = k._ep[Ep.First + e]! + (k._ep[Ep.Tail + e]! & k._ep[Ep.Mask + e]!);
  k._msgFrom[i] = from;
  k._msgBadge[i] = badge;
  k._msgLabel[i] = label;
  k._msgA[i] = a;
  k._msgB[i] = b;
  k._msgData[i] = data;
  k._msgSeq[i] = k._count[Count.Call + from - 1]!;
  k._ep[Ep.Tail + e]!++;
  k._hint |= 1 << k._ep[Ep.Task + e]!;
}

/** Send, NbSend and Call through slot `s` by task `t`. */
export function endpointSend(k: KernelState, t: number, op: Op, s: number, label: number, a: number, b: number, data: string): number {
  const cap = k._slotCap[s]!;
  if (cap >> 4 !== CapType.Endpoint) return Status.InvalidCapability;
  if (!(cap & Rights.Write)) return Status.IllegalOperation;
  if (typeof data !== "string") return Status.InvalidArgument;
  if (data.length > k._dataBytes) return Status.Range;
  const e = k._slotObject[s]!;
  const receiver = k._ep[Ep.Task + e]!;
  const queued = (k._ep[Ep.Tail + e]! - k._ep[Ep.Head + e]!) & 255;
  if (op === Op.Send) {
    if (queued > k._ep[Ep.Mask + e]!) return Status.NotReady;
    enqueue(k, e, 0, k._slotBadge[s]!, label, a, b, data);
    return Status.Ok;
  }
  const state = receiver === Limit.None ? TaskState.Inactive : k._tcb[Tcb.State + receiver]!;
  if (op === Op.NbSend) {
    if (queued || state !== TaskState.Receive || k._tcb[Tcb.ReplyTo + receiver]) return Status.NotReady;
    enqueue(k, e, 0, k._slotBadge[s]!, label, a, b, data);
    return Status.Ok;
  }
  if (!(cap & (Rights.Grant | Rights.GrantReply))) return Status.IllegalOperation;
  if (k._tcb[Tcb.State + t] !== TaskState.Receive) return Status.Busy;
  if (queued > k._ep[Ep.Mask + e]! || state === TaskState.Inactive || state === TaskState.Faulted) return Status.NotReady;
  // A call that would close a circle of blocked tasks would never be answered.
  for (let r = receiver; ; r = k._ep[Ep.Task + k._tcb[Tcb.CallTo + r]!]!) {
    if (r === t) return Status.IllegalOperation;
    if (k._tcb[Tcb.State + r] !== TaskState.BlockedOnReply) break;
  }
  // Blocked before the message exists: interrupted in between, the caller is a faulted task and no half call is left.
  k._count[Count.Call + t]!++;
  k._tcb[Tcb.CallTo + t] = e;
  k._tcb[Tcb.State + t] = TaskState.BlockedOnReply;
  enqueue(k, e, t + 1, k._slotBadge[s]!, label, a, b, data);
  return Status.Ok;
}
