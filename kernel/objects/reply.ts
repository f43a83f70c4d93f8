// Reply object: the one-shot right to answer a call, and what came with the call: the caller's lease, and the context the server runs on.
//
// It names one caller while that is blocked on it, so an answer can never reach a later call, another task, or the same caller twice; to a
// caller that is gone it succeeds and does nothing. Reference: seL4 manual (MCS), "Reply objects"; src/object/reply.c.

import { Event, TaskState } from "../gate.ts";
import { put, Rep, Send, Tcb } from "../state.ts";
import type { KernelState } from "../state.ts";
import { moveSc, wake } from "../wake.ts";

/** Frees reply object `p`; the context that came with the call goes back. The caller gets `event`, unless that is negative. */
export function endCall(k: KernelState, p: number, event: number): void {
  const m = k._m;
  const caller = m[p]!;
  const sc = m[p + Rep.Sc]!;
  put(k, p, 0);
  if (m[caller + Tcb.LeaseFrame]) put(k, caller + Tcb.LeaseFrame, 0);
  if (sc) {
    put(k, p + Rep.Sc, 0);
    if (m[sc] === m[p + Rep.Server]) moveSc(k, sc, caller);
  }
  if (event >= 0) wake(k, caller, event);
}

/** The call of `s` has been taken by `r`: from now on `p` (0: none, then nobody will ever answer) is the way back. A caller `p` still had is told. */
export function beginCall(k: KernelState, s: number, r: number, p: number): void {
  const m = k._m;
  const sc = m[s + Tcb.Sc]!;
  if (!p) {
    wake(k, s, Event.DeadReply);
    return;
  }
  if (m[p]) endCall(k, p, Event.DeadReply);
  put(k, p, s);
  if (m[p + Rep.Server] !== r) put(k, p + Rep.Server, r);
  if (m[p + Rep.CanGrant] !== (m[r + Tcb.Flags]! & Send.Grant)) put(k, p + Rep.CanGrant, m[r + Tcb.Flags]! & Send.Grant);
  put(k, s, TaskState.BlockedOnReply);
  put(k, s + Tcb.Object, p);
  if (sc && !m[r + Tcb.Sc]) {
    put(k, p + Rep.Sc, sc);
    moveSc(k, sc, r);
  }
}
