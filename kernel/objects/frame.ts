// Frame: a range of bytes, in RAM or in the tile's flash, and leases of it (Hubris): lent with a call, gone with the reply.
//
// So bundles, chunks and models reach a server without being copied through the heap. Bytes are contents, not kernel state: a roll-back does not
// bring old ones back. RAM is taken from the heap when it is first written, and given back when that run is undone; the untyped has been charged before.

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

/** Where `length` bytes from byte `a` of what `address` leads to are, when `right` allows it: of a frame, or of a caller's lease. Frame · 2^32 + byte in it, or Status. */
function reach(t: number, address: number, a: number, length: number, right: Rights): number {
  const s = address ? slotOf(t, address) : t + Tcb.HomeReply;
  if (s < 0) return s;
  let o = m[s + Slot.Object]!;
  let from = 0;
  let limit = m[o + Frame.Bytes]!;
  if (holds(s, CapType.Reply)) {
    const c = m[o]!;
    o = m[c + Tcb.LeaseFrame]!;
    if (!c || !o || !(m[c + Tcb.LeaseRights]! & right)) return Status.InvalidCapability;
    from = m[c + Tcb.LeaseOffset]!;
    limit = m[c + Tcb.LeaseBytes]!;
  } else if (!holds(s, CapType.Frame) || !(m[s]! & right)) return Status.InvalidCapability;
  if (!(a >= 0 && length >= 0 && a + length <= limit) || Math.floor(a + length) !== a + length) return Status.RangeError;
  return o * 4294967296 + from + a + (m[o] ? m[o + Frame.Offset]! : 0);
}

/** Writes `data` at byte `a` of what `address` leads to. Bytes written, or Status. */
export function frameWrite(t: number, address: number, a: number, data: string): number {
  const length = data.length;
  const place = reach(t, address, a, length, Rights.Write);
  if (place < 0) return place;
  const o = Math.floor(place / 4294967296);
  const from = place % 4294967296;
  const flash = k._flash;
  const native = k._native;
  if (m[o] ? !flash : !native) return Status.IllegalOperation;
  if (m[o] && flash) {
    if ((from | length) & 3 || flash.read(from, length) !== "\xff".repeat(length)) return Status.InvalidArgument;
    flash.program(from, data);
  } else if (native) {
    if (!m[o + Frame.HasHeap]) {
      k._frames[o] = new Uint8Array(m[o + Frame.Bytes]!);
      put(o + Frame.HasHeap, 1);
    }
    if (length) k._frames[o]!.set(native.bytes(data), from);
  }
  return length;
}

/** The door for bytes. */
export function createReader(kernel: KernelState): Reader {
  use(kernel);
  return function (address, offset, length) {
    const t = m[Reg.Running]!;
    const place = t > Limit.Kernel ? reach(t, address, offset, length, Rights.Read) : -1;
    const o = Math.floor(place / 4294967296);
    const from = place % 4294967296;
    if (place < 0) return "";
    if (m[o]) return k._flash ? k._flash.read(from, length) : "";
    const bytes = k._frames[o];
    return bytes && k._native ? k._native.text(bytes.subarray(from, from + length)) : "\0".repeat(length);
  };
}
