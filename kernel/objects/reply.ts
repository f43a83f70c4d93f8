// Reply object: the one-shot right to answer a call, and what came with the call: the caller's lease, and the context the server runs on.
//
// It names one caller while that is blocked on it, so an answer can never reach a later call, another task, or the same caller twice; to a
// caller that is gone it succeeds and does nothing. Reference: seL4 manual (MCS), "Reply objects"; src/object/reply.c.

import { TaskState } from "../gate.ts";
import { isLent, moveSc, wake } from "../wake.ts";
import { m, put, Rep, Sc, Tcb } from "../state.ts";

declare const FRAMES: boolean;
declare const DONATION: boolean;

/**
 * Frees reply object `p`; the context that came with the call goes back: at once, or when a server that has been given an event to handle on it has done so. The caller gets `event`,
 * unless that is negative.
 */
export function endCall(p: number, event: number): void {
  const caller = m[p]!;
  const sc = DONATION ? m[p + Rep.Sc]! : 0;
  put(p, 0);
  if (FRAMES && m[caller + Tcb.LeaseFrame]) put(caller + Tcb.LeaseFrame, 0);
  if (DONATION && sc) {
    const holder = m[sc]!;
    put(p + Rep.Sc, 0);
    if (holder && !m[caller + Tcb.Sc]) {
      if (holder === m[p + Rep.Server] && (m[holder] !== TaskState.Ready || m[holder + Tcb.Event] === -1)) moveSc(sc, caller);
      else if (!m[sc + Sc.Notification] && (holder === m[p + Rep.Server] || isLent(sc))) put(sc + Sc.Home, caller);
    }
  }
  if (event >= 0) wake(caller, event);
}
