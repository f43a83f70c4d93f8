// Frame and lease: ranges of bytes, lent for a call (README rows "Lend", "Write"). Contents are not part of the state, only who may reach which range.

import { CapType, Rights, Status } from "../../gate.ts";
import type { AbstractSlot, SlotId } from "../abstract-state.ts";
import { caller, holds, mustGet } from "./state.ts";
import type { SpecState } from "./state.ts";

export function lend(s: SpecState, cap: AbstractSlot, label: number, a: number, b: number): Status {
  const frame = mustGet(s.frames, cap.object);
  if (label < 1 || label > (Rights.Read | Rights.Write)) return Status.InvalidArgument;
  if ((label & cap.rights) !== label) return Status.InvalidCapability;
  if (!(a >= 0 && b >= 1 && a + b <= frame.bytes)) return Status.RangeError;
  caller(s).lease = { frame: frame.id, offset: a, bytes: b, rights: label };
  return Status.Ok;
}

/** Write through slot `at`: a frame, or what the caller behind a reply object lent. RAM frames only. */
export function write(s: SpecState, at: SlotId, a: number, length: number): number {
  let limit: number;
  const reply = holds(s, at, CapType.Reply);
  if (reply) {
    const from = s.tasks.get(mustGet(s.replies, reply.object).caller);
    if (!from?.lease.frame || !(from.lease.rights & Rights.Write)) return Status.InvalidCapability;
    limit = from.lease.bytes;
  } else {
    const cap = holds(s, at, CapType.Frame);
    if (!cap || !(cap.rights & Rights.Write)) return Status.InvalidCapability;
    limit = mustGet(s.frames, cap.object).bytes;
  }
  if (!(a >= 0 && a + length <= limit) || Math.floor(a) !== a) return Status.RangeError;
  return length;
}
