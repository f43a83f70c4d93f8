// Laying out the memory, and the composition root's way to everything: operations in the name of nobody but the boot CNode.
// They work on the kernel made last, or said with `use` (state.ts).
//
// Memory: registers, IRQ handler rows, the boot TCB (it never runs, it only holds a CSpace), the boot CNode, and one untyped with all the rest.
// The boot CNode holds the originals, as seL4's initial CSpace does: whoever composes a tile turns them into objects through the gate's own checks.

import { CapType, Event, ObjectWords, Op, Rights } from "./gate.ts";
import type { Handler } from "./gate.ts";
import { copyCap, insert } from "./derivation.ts";
import { invoke } from "./kernel.ts";
import { claim } from "./objects/irq.ts";
import { carve } from "./objects/untyped.ts";
import { wake } from "./wake.ts";
import type { Flash } from "../hal/flash.ts";
import { CNode, Ep, Frame, Irq, k, Limit, m, Reg, Slot, SlotBit, Tcb, UndoWords, use, Ut } from "./state.ts";
import type { ByteNative, KernelState, Limits } from "./state.ts";

declare const FULL: boolean;

/** Addresses in the boot CNode. */
export const enum BootSlot {
  Untyped = 1,
  IrqControl = 2,
  SchedControl = 3,
  /** Full only. */
  Domain = 4,
  CNode = 5,
  /** First free one. */
  Free = 6,
}

/** Fresh memory. `native` and `flash`: for frames, where there are any. */
export function createKernel(limits: Limits, native: ByteNative | undefined, flash: Flash | undefined): KernelState {
  const irq = FULL ? Reg.End : Reg.EndSmall;
  const boot = irq + limits.irqs * Irq.Words;
  const c = boot + ObjectWords.Tcb;
  const u = c + Slot.Words * limits.slots;
  const end = u + ObjectWords.UntypedHeader + limits.words;
  const words = (FULL ? UndoWords.Full : UndoWords.Small) + UndoWords.Commit;
  // Links and requests have 16 bits for an address: more than sixteen tasks of a small tile can fill.
  if (FULL && end > 65536) throw new Error("boot words");
  const memory = new Int32Array(end);
  use({
    // In the order of how often they are read: some engines search a property from the first one on.
    _n: 0,
    _m: memory,
    _log: new Int32Array(words),
    _now: 0,
    _isOpen: false,
    _d: new Float64Array(memory.buffer, 0, end >> 1),
    _data: [],
    _handlers: [],
    _next: -1,
    _irq: irq,
    _boot: boot,
    _end: end,
    _frames: {},
    _native: native,
    _flash: flash,
  });
  const isOriginal = SlotBit.Revocable | SlotBit.FirstBadged | Rights.All;
  const types = [CapType.Untyped, CapType.IrqControl, CapType.SchedControl, FULL ? CapType.Domain : CapType.Null, CapType.CNode];
  m[c] = limits.slots;
  m[c + CNode.Words] = limits.slots;
  m[u] = end - u;
  m[u + Ut.Used] = ObjectWords.UntypedHeader;
  m[u + Ut.Bytes] = limits.bytes;
  for (let i = 0; i < types.length; i++) {
    const type = types[i] as CapType;
    if (type) insert(0, c + Slot.Words * (i + 1), (type << 4) | isOriginal, type === CapType.Untyped ? u : type === CapType.CNode ? c : 0, 0);
  }
  insert(c + Slot.Words * BootSlot.CNode, boot + Tcb.CSpace, (CapType.CNode << 4) | Rights.All, c, 0);
  m[boot + Tcb.Mcp] = 255;
  k._n = 0;
  return k;
}

/** An operation of the composition root (none of the frequent ones); addresses are those of the boot CNode. Throws when it is refused: a tile that can't be composed must not run. */
export function bootOp(op: Op, address: number, label: number, a: number, b: number): void {
  k._n = 0;
  const status = invoke(k._boot, op, address, label, a, b, "");
  if (status < 0) throw new Error("boot " + op + ":" + status);
}

/** Makes an object of `bits` (as `retypeWhat` has them), its capability in the empty slot `to`; the object. Throws when there is no room: a tile that can't be composed must not run. */
export function bootMake(type: CapType, to: number, bits: number, bytes: number): number {
  const s = bootSlot(BootSlot.Untyped);
  const u = m[s + Slot.Object]!;
  const o = carve(s, type, bits, bytes, to);
  if (m[u + Ut.Used]! > m[u]! || m[u + Ut.BytesUsed]! > m[u + Ut.Bytes]! || (type === CapType.Tcb && m[o + Tcb.Number]! >= Limit.Tasks)) throw new Error("boot " + type);
  return o;
}

/** Claims devices (as `device` makes it), which are free, for a new handler capability in the empty slot `to`; its handler. */
export function bootClaim(devices: number, to: number): number {
  claim(bootSlot(BootSlot.IrqControl), devices, to);
  return m[to + Slot.Object]!;
}

/** The slot at `address` of the boot CNode. */
export function bootSlot(address: number): number {
  return slotIn(k._boot, address);
}

/** The slot at `address` of the root CNode of task `t`. */
export function slotIn(t: number, address: number): number {
  return m[t + (Tcb.CSpace + Slot.Object)]! + Slot.Words * address;
}

/** Addresses that a task takes in the boot CNode. */
export const enum BootPart {
  Tcb = 0,
  SchedContext = 1,
  Count = 2,
}

export const enum BootWords {
  /** What a task with all its parts takes from the untyped; its CNode takes `ObjectWords.Slot << radix` besides. */
  Task = 80,
}

/**
 * A task with an unlimited scheduling context that receives from an endpoint of its own, at `BootPart` addresses from `base` on. It is started.
 * The originals of its CNode, endpoint and reply object are in its TCB. @returns the TCB
 */
export function bootTask(base: number, handler: Handler, priority: number, radix: number, bytes: number): number {
  const t = bootMake(CapType.Tcb, bootSlot(base), 0, bytes);
  const sc = bootMake(CapType.SchedContext, bootSlot(base + BootPart.SchedContext), 0, 0);
  bootMake(CapType.CNode, t + Tcb.CSpace, radix, 0);
  m[bootMake(CapType.Endpoint, t + Tcb.Endpoint, 0, 0) + Ep.Home] = t;
  bootMake(CapType.Reply, t + Tcb.HomeReply, 0, 0);
  m[sc] = t;
  m[t + Tcb.Sc] = sc;
  m[t + Tcb.Priority] = priority;
  m[t + Tcb.Mcp] = priority;
  m[t + Tcb.Generation] = 1;
  k._handlers[m[t + Tcb.Number]!] = handler;
  wake(t, Event.Start);
  return t;
}

/** What the capability at `address` of the boot CNode of `kernel` names. */
export function bootObject(kernel: KernelState, address: number): number {
  use(kernel);
  return m[bootSlot(address) + Slot.Object]!;
}

/** Gives the TCB at `address` of the boot CNode its code. */
export function setHandler(kernel: KernelState, address: number, handler: Handler): void {
  k._handlers[m[bootObject(kernel, address) + Tcb.Number]!] = handler;
}

/** Derives a capability from slot `from` into the empty slot `to`; badge 0: keep. */
export function bootGive(from: number, to: number, rights: number, badge: number): void {
  k._n = 0;
  copyCap(from, to, rights, badge || m[from + Slot.Badge]!);
}

/** Turns the frame `o` into a window on the tile's flash: bytes `offset` … `offset + bytes - 1`. */
export function setFlashFrame(o: number, offset: number, bytes: number): void {
  m[o] = 1;
  m[o + Frame.Offset] = offset;
  m[o + Frame.Bytes] = bytes;
}
