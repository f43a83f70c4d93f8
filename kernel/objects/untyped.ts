// Untyped: a quota. Words of kernel memory (objects, slots, timers in TCBs) and bytes of heap (messages, RAM frames) that its holder may turn into objects.
//
// Retype carves objects off by a watermark, in seL4's check order (src/object/untyped.c, decodeUntypedInvocation). Nothing is ever freed one by
// one: once no capability derived from the untyped is left, the next Retype starts at its beginning again, so destroying gives everything back.

import { CapType, GateLimit, ObjectWords, Rights, Status } from "../gate.ts";
import { holds, refOf, slotOf } from "../cspace.ts";
import { hasChildren, insert } from "../derivation.ts";
import { CNode, Frame, k, m, put, Reg, Slot, SlotBit, Tcb, Ut } from "../state.ts";

/** Words of an object; `bits`: radix of a CNode, log2 of an untyped's words. */
function wordsOf(type: CapType, bits: number): number {
  return type === CapType.Untyped ? 1 << bits : type === CapType.CNode ? 4 << bits : type === CapType.Tcb ? ObjectWords.Tcb : type === CapType.SchedContext ? ObjectWords.SchedContext : 4;
}

/** Carves an object off the untyped in slot `s`, which has room for it and a free task number where it takes one; its capability goes to the empty slot `to`. The object. */
export function carve(s: number, type: CapType, bits: number, bytes: number, to: number): number {
  const u = m[s + Slot.Object]!;
  const used = m[u + Ut.Used]!;
  const words = wordsOf(type, bits);
  const o = u + used;
  put(u + Ut.Used, used + words);
  put(u + Ut.BytesUsed, m[u + Ut.BytesUsed]! + bytes);
  // Beyond the watermark nothing is alive: no need to undo this.
  m.fill(0, o, o + (type === CapType.Untyped ? ObjectWords.UntypedHeader : words));
  // The size: of an untyped, of a CNode.
  if (type === CapType.Untyped) {
    m[o] = words;
    m[o + Ut.Used] = ObjectWords.UntypedHeader;
  }
  if (type === CapType.CNode) m[o] = m[o + CNode.Words] = 1 << bits;
  if (type === CapType.Untyped || type === CapType.Frame) m[o + Frame.Bytes] = bytes;
  if (type === CapType.Tcb) {
    let n = 0;
    while (m[Reg.Tasks + n]) n++;
    m[o + Tcb.Number] = n;
    m[o + Tcb.Bytes] = bytes;
    put(Reg.Tasks + n, o);
    k._data[n] = "";
  }
  insert(s, to, (type << 4) | Rights.All | SlotBit.Revocable | SlotBit.FirstBadged, o, 0);
  return o;
}

/** Retype by task `t` through the untyped capability in slot `s`. */
export function untypedRetype(t: number, s: number, label: number, a: number, b: number): number {
  const u = m[s + Slot.Object]!;
  const type = label & 255;
  const bits = (label >> 8) & 255;
  const count = label >> 16;
  const offset = b & 0xffff;
  const bytes = Math.floor(b / 65536);
  const words = wordsOf(type, bits);
  if (!type || type > CapType.Frame) return Status.InvalidArgument;
  if (type === CapType.CNode ? !bits || bits > GateLimit.RadixMax : type === CapType.Untyped && (bits < GateLimit.UntypedBitsMin || bits > GateLimit.UntypedBitsMax)) return Status.RangeError;
  if (type === CapType.Frame && !(bytes > 0)) return Status.InvalidArgument;
  const root = a & 0xffff || a >= 4294967296 ? refOf(t, a) : slotOf(t, Math.floor(a / 65536));
  if (root < 0) return root;
  if (!holds(root, CapType.CNode)) return Status.FailedLookup;
  const c = m[root + Slot.Object]!;
  const size = m[c]!;
  const to = c + Slot.Words * offset;
  if (offset < 1 || offset >= size || count < 1 || count > GateLimit.RetypeMax || offset + count > size) return Status.RangeError;
  for (let i = 0; i < count; i++) if (m[to + Slot.Words * i]) return Status.DeleteFirst;
  // Behind the last of the capabilities to it: what is made descends from each of them, whoever asked for it. Fresh: nothing of it is in use.
  for (let next = s; m[next + Slot.Object] === u; next = m[s + Slot.Links]! & 0xffff) s = next;
  const isFresh = !hasChildren(s);
  const used = isFresh ? ObjectWords.UntypedHeader : m[u + Ut.Used]!;
  const usedBytes = isFresh ? 0 : m[u + Ut.BytesUsed]!;
  if (used + words * count > m[u]! || !(bytes >= 0) || usedBytes + bytes * count > m[u + Ut.Bytes]!) return Status.NotEnoughMemory;
  let free = 0;
  for (let i = Reg.Tasks; i < Reg.EndTasks; i++) if (!m[i]) free++;
  if (type === CapType.Tcb && free < count) return Status.NotEnoughMemory;
  put(u + Ut.Used, used);
  put(u + Ut.BytesUsed, usedBytes);
  for (let i = 0; i < count; i++) carve(s, type, bits, bytes, to + Slot.Words * i);
  return Status.Ok;
}
