// The kernel's door: one gate function for all tasks. Whose authority counts is whose handler the kernel is running, never an argument.
//
// Checks, in this order: a task is running; the address lies in its CSpace; then the object's own rules (objects/*.ts). A refused operation
// changes nothing. Addresses are forced to integers, byte strings are checked to be strings: nothing else can cross.

import { CapType, Op, Rights, Status } from "./gate.ts";
import type { Gate } from "./gate.ts";
import { cnodeDelete, cnodeMint, cnodeRevoke } from "./objects/cnode.ts";
import { endpointSend } from "./objects/endpoint.ts";
import { notificationInvoke } from "./objects/notification.ts";
import { replySend } from "./objects/reply.ts";
import { tcbInvoke } from "./objects/tcb.ts";
import { Tcb } from "./state.ts";
import type { KernelState } from "./state.ts";

/** The gate over the tables `k`. */
export function createGate(k: KernelState): Gate {
  return function (op, address, label, a, b, data) {
    const t = k._running - 1;
    if (t < 0) return Status.InvalidCapability;
    if (op === Op.Now) return k._now;
    if (op === Op.Reply) return replySend(k, t, label, a, b, data);
    if (op === Op.SetTimer) {
      if (!(a >= 0 && a <= 9007199254740991)) return Status.InvalidArgument;
      k._deadline[t] = a;
      k._dirty = 1;
      return Status.Ok;
    }
    const at = address | 0;
    if (at < 1 || at > k._tcb[Tcb.Size + t]!) return Status.InvalidCapability;
    const s = k._tcb[Tcb.Base + t]! + at;
    if (op >= Op.Send && op <= Op.Call) return endpointSend(k, t, op, s, label, a, b, data);
    if (op === Op.Signal || op === Op.Poll) return notificationInvoke(k, s, op === Op.Poll);
    if (op === Op.Mint) return cnodeMint(k, t, s, label | 0, a | 0, b | 0);
    if (op === Op.Delete) return cnodeDelete(k, s);
    if (op === Op.Revoke) return cnodeRevoke(k, s);
    if (op === Op.Identify) return (k._slotBadge[s]! << 8) | k._slotCap[s]!;
    if (op === Op.Resume || op === Op.Suspend) return tcbInvoke(k, s, op === Op.Resume);
    return Status.InvalidArgument;
  };
}

/** Slot of task `t`'s address `at`, unchecked: for the composition root. */
export function slotAt(k: KernelState, t: number, at: number): number {
  return k._tcb[Tcb.Base + t]! + at;
}

/** For the composition root, before any task runs: puts an original capability into address `at` of task `t`. */
export function install(k: KernelState, t: number, at: number, type: CapType, object: number): void {
  const s = slotAt(k, t, at);
  k._slotCap[s] = (type << 4) | Rights.All;
  k._slotObject[s] = object;
}
