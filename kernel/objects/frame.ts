// Frame: a range of bytes, in RAM or in the tile's flash, and leases of it (Hubris): lent with a call, gone with the reply.
//
// So bundles, chunks and models reach a server without being copied through the heap. Bytes are contents, not kernel state: a roll-back does not
// bring old ones back. RAM is taken from the heap when it is first written; the untyped has been charged before.

import { CapType, Rights, Status } from "../gate.ts";
import type { Reader } from "../gate.ts";
import { holds, slotOf } from "../cspace.ts";
import { Frame, k, Limit, m, put, Reg, Slot, Tcb, use } from "../state.ts";
import type { KernelState } from "../state.ts";

/** Lends `bytes` bytes from byte `offset` of the frame in slot `s` with the next call of `t`. */
export function frameLend(t: number, s: number, rights: number, offset: number, bytes: number): number {
  const o = m[s + Slot.Object]!;
  if (rights < 1 || rights > (Rights.Read | Rights.Write)) return Status.InvalidArgument;
  if (rights & ~m[s]!) return Status.InvalidCapability;
  if (!(offset >= 0 && bytes >= 1 && offset + bytes <= m[o + Frame.Bytes]!)) return Status.RangeError;
  put(t + Tcb.LeaseFrame, o);
  put(t + Tcb.LeaseOffset, offset);
  put(t + Tcb.LeaseBytes, bytes);
  put(t + Tcb.LeaseRights, rights);
  return Status.Ok;
}

/** Writes `data` (no string: reads `b` bytes) at byte `a` of what `address` leads to: a frame, or a caller's lease. Bytes read, bytes written, or Status. */
export function access(t: number, address: number, a: number, data: string | undefined, b: number): string | number {
  const s = address ? slotOf(t, address) : t + Tcb.HomeReply;
  if (s < 0) return s;
  const right = data === undefined ? Rights.Read : Rights.Write;
  let o = m[s + Slot.Object]!;
  let from = 0;
  let limit = 0;
  if (holds(s, CapType.Reply)) {
    const c = m[o]!;
    o = m[c + Tcb.LeaseFrame]!;
    if (!c || !o || !(m[c + Tcb.LeaseRights]! & right)) return Status.InvalidCapability;
    from = m[c + Tcb.LeaseOffset]!;
    limit = m[c + Tcb.LeaseBytes]!;
  } else if (!holds(s, CapType.Frame) || !(m[s]! & right)) return Status.InvalidCapability;
  else limit = m[o + Frame.Bytes]!;
  const length = data === undefined ? b : data.length;
  if (!(a >= 0 && length >= 0 && a + length <= limit) || Math.floor(a + length) !== a + length) return Status.RangeError;
  from += a;
  if (m[o]) {
    const flash = k._flash;
    from += m[o + Frame.Offset]!;
    if (!flash) return Status.IllegalOperation;
    if (data === undefined) return flash.read(from, length);
    if ((from | length) & 3 || flash.read(from, length) !== "\xff".repeat(length)) return Status.InvalidArgument;
    flash.program(from, data);
    return length;
  }
  let bytes = k._frames[o];
  if (data === undefined) return bytes && k._native ? k._native.text(bytes.subarray(from, from + length)) : "\0".repeat(length);
  if (!k._native) return Status.IllegalOperation;
  if (!bytes) {
    bytes = new Uint8Array(m[o + Frame.Bytes]!);
    k._frames[o] = bytes;
  }
  if (length) bytes.set(k._native.bytes(data), from);
  return length;
}

/** The door for bytes. */
export function createReader(k: KernelState): Reader {
  use(k);
  return function (address, offset, length) {
    const t = m[Reg.Running]!;
    const got = t > Limit.Kernel ? access(t, address, offset, undefined, length) : "";
    return typeof got === "string" ? got : "";
  };
}
