// Untyped: a quota. Words of kernel memory (objects, slots, timers in TCBs) and bytes of heap (messages, RAM frames) that its holder may turn into objects.
//
// Retype carves objects off by a watermark, in seL4's check order (src/object/untyped.c, decodeUntypedInvocation). Nothing is ever freed one by
// one: once no capability derived from the untyped is left, the next Retype starts at its beginning again, so destroying gives everything back.

import { CapType, GateLimit, ObjectWords, Rights, Status } from "../gate.ts";
import { holds, refOf, slotOf } from "../cspace.ts";
import { hasChildren, insert } from "../derivation.ts";
import { CNode, Frame, k, Limit, m, put, Reg, Slot, SlotBit, Tcb, Ut } from "../state.ts";

/** Retype by task `t` through the untyped capability in slot `s`. */
export function untypedRetype(t: number, s: number, label: number, a: number, b: number): number {
  const u = m[s + Slot.Object]!;
  const type = label & 255;
  const bits = (label >> 8) & 255;
  const count = label >> 16;
  const offset = b & 0xffff;
  const bytes = Math.floor(b / 65536);
  const isUntyped = type === CapType.Untyped;
  const words = isUntyped ? 1 << bits : type === CapType.CNode ? 4 << bits : type === CapType.Tcb ? ObjectWords.Tcb : type === CapType.SchedContext ? ObjectWords.SchedContext : 4;
  if (!type || type > CapType.Frame) return Status.InvalidArgument;
  if (type === CapType.CNode ? !bits || bits > GateLimit.RadixMax : isUntyped && (bits < GateLimit.UntypedBitsMin || bits > GateLimit.UntypedBitsMax)) return Status.RangeError;
  if (type === CapType.Frame && !(bytes > 0)) return Status.InvalidArgument;
  const root = a & 0xffff || a >= 4294967296 ? refOf(t, a) : slotOf(t, Math.floor(a / 65536));
  if (root < 0) return root;
  if (!holds(root, CapType.CNode)) return Status.FailedLookup;
  const c = m[root + Slot.Object]!;
  const size = m[c]!;
  if (offset < 1 || offset >= size || count < 1 || count > GateLimit.RetypeMax || offset + count > size) return Status.RangeError;
  for (let i = 0; i < count; i++) if (m[c + Slot.Words * (offset + i)]) return Status.DeleteFirst;
  // Fresh: nothing of it is in use, also not through another capability to it, which stands in front then.
  let isFresh = !hasChildren(s);
  for (let p = m[s + Slot.Links]! >>> 16; p && isFresh && m[p + Slot.Object]! >= u && m[p + Slot.Object]! < u + m[u]!; p = m[p + Slot.Links]! >>> 16) isFresh = m[p + Slot.Object] === u;
  const used = isFresh ? ObjectWords.UntypedHeader : m[u + Ut.Used]!;
  const usedBytes = isFresh ? 0 : m[u + Ut.BytesUsed]!;
  if (used + words * count > m[u]! || !(bytes >= 0) || usedBytes + bytes * count > m[u + Ut.Bytes]!) return Status.NotEnoughMemory;
  let numbers = m[Reg.Numbers]!;
  let free = 0;
  for (let i = 0; i < Limit.Tasks; i++) if (!((numbers >> i) & 1)) free++;
  if (type === CapType.Tcb && free < count) return Status.NotEnoughMemory;
  put(u + Ut.Used, used + words * count);
  put(u + Ut.BytesUsed, usedBytes + bytes * count);
  for (let i = 0; i < count; i++) {
    const o = used + u + i * words;
    // Beyond the watermark nothing is alive: no need to undo this.
    m.fill(0, o, o + (isUntyped ? ObjectWords.UntypedHeader : words));
    if (isUntyped) {
      m[o] = words;
      m[o + Ut.Used] = ObjectWords.UntypedHeader;
      m[o + Ut.Bytes] = bytes;
    } else if (type === CapType.CNode) {
      m[o] = 1 << bits;
      m[o + CNode.Words] = 1 << bits;
    } else if (type === CapType.Frame) {
      m[o + Frame.Bytes] = bytes;
      delete k._frames[o];
    } else if (type === CapType.Tcb) {
      let n = 0;
      while ((numbers >> n) & 1) n++;
      numbers |= 1 << n;
      m[o + Tcb.Number] = n;
      m[o + Tcb.Bytes] = bytes;
      put(Reg.Tasks + n, o);
      put(Reg.Numbers, numbers);
      k._data[n] = "";
    }
    insert(s, c + Slot.Words * (offset + i), (type << 4) | Rights.All | SlotBit.Revocable | SlotBit.FirstBadged, o, 0);
  }
  return Status.Ok;
}
