// Endpoint and reply: the rendezvous (README "Messages" and "A run, and what blocks"; seL4 manual MCS, "Message Passing (IPC)").

import { CapType, Event, Op, Rights, TaskState } from "../../gate.ts";
import type { AbstractEndpoint, AbstractMessage, ObjectId } from "../abstract-state.ts";
import { refSlot, rootSlot, slotOf } from "./cspace.ts";
import { derive, deriveStatus } from "./derivation.ts";
import { consume } from "./notification.ts";
import { giveBack, lendContext, returnContext } from "./lent-context.ts";
import { enqueue, holds, mustGet, NO_LEASE, NO_MESSAGE, wake } from "./state.ts";
import type { SpecState, SpecTask } from "./state.ts";

export const enum Grants {
  Grant = 1,
  GrantReply = 2,
}

/** Grants of a capability, as bits of AbstractPending. */
export function grantsOf(rights: number): number {
  return (rights & Rights.Grant ? Grants.Grant : 0) | (rights & Rights.GrantReply ? Grants.GrantReply : 0);
}

/** Data as the receiver gets it. */
function cut(message: AbstractMessage, receiver: SpecTask): AbstractMessage {
  return { ...message, data: message.data.slice(0, receiver.bytes) };
}

/** The attached capability of `from` goes to `to`; `endpoint` 0: by a reply. What `to` is told by Received. */
function transferCap(s: SpecState, from: SpecTask, to: SpecTask, endpoint: ObjectId, mayGrant: boolean): number {
  const address = from.attached;
  if (!address || !mayGrant) return 0;
  const at = slotOf(s, from, address);
  const cap = at > 0 ? s.slots.get(at) : undefined;
  if (!cap) return 0;
  if (endpoint && cap.type === CapType.Endpoint && cap.object === endpoint) return cap.badge * 4 + 2;
  const root = to.receiveRef ? rootSlot(s, to, to.receiveRef) : -1;
  const dest = root > 0 ? refSlot(s, root, to.receiveRef) : -1;
  if (dest < 0 || s.slots.has(dest) || deriveStatus(s, at)) return 0;
  derive(s, at, dest, Rights.All, cap.badge);
  return 1;
}

/** The caller behind reply object `id` gets `event`; its lease ends, and the context it lent comes back if the server still has it. */
export function endCall(s: SpecState, id: ObjectId, event: Event, message: AbstractMessage = NO_MESSAGE): void {
  const p = mustGet(s.replies, id);
  const t = mustGet(s.tasks, p.caller);
  const { schedContext, server } = p;
  Object.assign(p, { caller: 0, server: 0, canGrant: false, schedContext: 0 });
  t.lease = NO_LEASE;
  giveBack(s, id, schedContext, server);
  wake(s, t, event, message);
}

/** A message of the running task is under way: what it attached or lent goes with that. */
export function isSendPending(s: SpecState): boolean {
  return s.pending?.op === Op.Send || s.pending?.op === Op.Call;
}

/** Answers the caller of `p`; nothing happens, and an attached capability stays attached, when there is none. */
export function reply(s: SpecState, from: SpecTask, id: ObjectId, message: AbstractMessage): void {
  const p = mustGet(s.replies, id);
  const t = s.tasks.get(p.caller);
  if (t) {
    t.received = isSendPending(s) ? 0 : transferCap(s, from, t, 0, p.canGrant);
    if (!isSendPending(s)) from.attached = 0;
    endCall(s, id, Event.Reply, cut(message, t));
  }
}

/** What a sender brings. */
export interface Sending {
  message: AbstractMessage;
  isCall: boolean;
  grants: number;
}

/**
 * `to`, which is receiving from endpoint `e` with reply object `p` through a capability with `receiverGrants`, takes the message of `from`.
 * A Send or fault leaves `from` to the caller of this function; a Call makes it wait for its reply.
 */
export function take(s: SpecState, e: AbstractEndpoint, from: SpecTask, sent: Sending, to: SpecTask, p: ObjectId, receiverGrants: number, isFault: boolean): void {
  to.received = isFault ? 0 : transferCap(s, from, to, e.id, (sent.grants & Grants.Grant) > 0);
  if (!isFault) from.attached = 0;
  if (sent.isCall) beginCall(s, from, to, p, receiverGrants);
  wake(s, to, isFault ? Event.Fault : Event.Message, cut(sent.message, to));
}

/** `from` waits for the reply through reply object `p`; with none, nobody will ever answer. */
function beginCall(s: SpecState, from: SpecTask, to: SpecTask, p: ObjectId, receiverGrants: number): void {
  const r = s.replies.get(p);
  if (!r) {
    from.lease = NO_LEASE;
    wake(s, from, Event.DeadReply);
    return;
  }
  if (r.caller) endCall(s, p, Event.DeadReply);
  Object.assign(r, { caller: from.id, server: to.id, canGrant: s.isFull && (receiverGrants & Grants.Grant) > 0, schedContext: 0 });
  Object.assign(from, { state: TaskState.BlockedOnReply, object: p, event: undefined, isCall: false, grants: 0, reply: 0, message: NO_MESSAGE });
  if (!to.schedContext && from.schedContext) {
    r.schedContext = from.schedContext;
    lendContext(s, from, to);
  }
}

/** Takes the first receiver out of the queue; undefined when nobody receives. */
export function popReceiver(s: SpecState, e: AbstractEndpoint): SpecTask | undefined {
  if (e.isSending || e.queue.length === 0) return undefined;
  return mustGet(s.tasks, e.queue.shift() as ObjectId);
}

/** Is somebody in BlockedOnReceive here? */
export function hasReceiver(e: AbstractEndpoint): boolean {
  return !e.isSending && e.queue.length > 0;
}

/** The first queued sender's message becomes the next event of `to`. */
function takeFirst(s: SpecState, e: AbstractEndpoint, to: SpecTask, p: ObjectId, grants: number): void {
  const from = mustGet(s.tasks, e.queue.shift() as ObjectId);
  if (e.queue.length === 0) e.isSending = false;
  const isFault = from.state === TaskState.Faulted;
  const sent = { message: from.message, isCall: from.isCall, grants: from.grants };
  take(s, e, from, sent, to, p, grants, isFault);
  if (isFault) Object.assign(from, { object: 0, message: NO_MESSAGE });
  else if (!sent.isCall) wake(s, from, undefined);
}

/** Send or Call, carried out when the run has ended: true when it was taken at once. */
export function send(s: SpecState, t: SpecTask, id: ObjectId, sent: Sending): boolean {
  const e = mustGet(s.endpoints, id);
  const to = popReceiver(s, e);
  if (to) {
    take(s, e, t, sent, to, to.reply, to.grants, false);
    return true;
  }
  Object.assign(t, { state: TaskState.BlockedOnSend, object: id, event: undefined, message: sent.message, isCall: sent.isCall, grants: sent.grants });
  e.isSending = true;
  enqueue(s, e.queue, t.id);
  return false;
}

/** Who has no context could not run: its timer waits. */
export function timerIsDue(s: SpecState, t: SpecTask): boolean {
  return t.deadline > 0 && t.deadline <= s.nowUs && t.schedContext !== 0;
}

/** A due timer is the next event. */
export function timeOut(s: SpecState, t: SpecTask): void {
  const at = t.deadline;
  t.deadline = 0;
  wake(s, t, Event.Timer, { a: at });
}

/** Recv from an endpoint (0: a home without one): bound notification, timer, first sender; else blocked. */
export function receive(s: SpecState, t: SpecTask, id: ObjectId, p: ObjectId, grants: number): void {
  returnContext(s, t);
  if (t.notification && mustGet(s.notifications, t.notification).isActive) return consume(s, t.notification, t);
  if (timerIsDue(s, t)) return timeOut(s, t);
  const e = s.endpoints.get(id);
  if (e?.isSending) return takeFirst(s, e, t, p, grants);
  Object.assign(t, { state: e ? TaskState.BlockedOnReceive : TaskState.BlockedOnNotification, object: id, event: undefined, grants: e ? grants & Grants.Grant : 0, reply: e ? p : 0 });
  if (e) enqueue(s, e.queue, t.id);
}

/** Wait: the notification itself, timer; else blocked. */
export function waitFor(s: SpecState, t: SpecTask, id: ObjectId): void {
  returnContext(s, t);
  const n = mustGet(s.notifications, id);
  if (n.isActive) return consume(s, id, t);
  if (timerIsDue(s, t)) return timeOut(s, t);
  Object.assign(t, { state: TaskState.BlockedOnNotification, object: id, event: undefined });
  enqueue(s, n.queue, t.id);
}

/** Where a handler goes that returned without having blocked. */
export function goHome(s: SpecState, t: SpecTask): void {
  const endpoint = holds(s, t.slotIds.endpoint, CapType.Endpoint);
  const reply = holds(s, t.slotIds.reply, CapType.Reply);
  const isBusy = reply !== undefined && mustGet(s.replies, reply.object).caller !== 0;
  if (!endpoint || !(endpoint.rights & Rights.Read) || isBusy) receive(s, t, 0, 0, 0);
  else receive(s, t, endpoint.object, reply?.object ?? 0, grantsOf(endpoint.rights));
}
