// Reply object: the one-shot right to answer a call, and what came with the call: the caller's lease, and the context the server runs on.
//
// It names one caller while that is blocked on it, so an answer can never reach a later call, another task, or the same caller twice; to a
// caller that is gone it succeeds and does nothing. Reference: seL4 manual (MCS), "Reply objects"; src/object/reply.c.

import { TaskState } from "../gate.ts";
import { heirOf, moveSc, wake } from "../wake.ts";
import { Limit, m, put, Rep, Send, Slot, Tcb } from "../state.ts";

declare const CNODES: boolean;
declare const FRAMES: boolean;
declare const DONATION: boolean;

/**
 * Frees reply object `p`. The context that came with the call goes back at once, unless whoever has it has something to handle on it, or will have: then when that is done (heirOf). The
 * server goes home if the call kept it from there. The caller gets `event`, unless that is negative.
 */
export function endCall(p: number, event: number): void {
  const caller = m[p]!;
  const server = m[p + Rep.Server]!;
  const sc = DONATION ? m[p + Rep.Sc]! : 0;
  put(p, 0);
  if (FRAMES && m[caller + Tcb.LeaseFrame]) put(caller + Tcb.LeaseFrame, 0);
  if (DONATION && sc) {
    const holder = m[sc]!;
    const state = m[holder]!;
    put(p + Rep.Sc, 0);
    if (holder && !(state === TaskState.Ready && m[holder + Tcb.Event]! >>> 0 < Limit.GoHome) && state !== TaskState.BlockedOnReply && (!CNODES || state !== TaskState.BlockedOnWork) && !(state === TaskState.BlockedOnSend && m[holder + Tcb.Flags]! & Send.Call)) moveSc(sc, heirOf(holder));
  }
  if (m[server] === TaskState.BlockedOnNotification && !m[server + Tcb.Object] && m[server + (Tcb.HomeReply + Slot.Object)] === p) wake(server, Limit.GoHome);
  if (event >= 0) wake(caller, event);
}
