// Laying out the memory, and the composition root's way to everything: operations in the name of nobody but the boot CNode.
//
// Memory: registers, IRQ handler rows, the boot TCB (it never runs, it only holds a CSpace), the boot CNode, and one untyped with all the rest.
// The boot CNode holds the originals, as seL4's initial CSpace does: whoever composes a tile turns them into objects through the gate's own checks.

import { CapType, ObjectWords, Rights } from "./gate.ts";
import type { Gate, Handler, Op } from "./gate.ts";
import { insert } from "./derivation.ts";
import { CNode, Frame, Irq, Limit, Reg, Slot, SlotBit, Tcb, Ut } from "./state.ts";
import type { ByteNative, KernelState, Limits } from "./state.ts";
import type { Flash } from "../hal/flash.ts";

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

const enum UndoEntries {
  Small = 160,
  Full = 256,
}

/** Fresh memory. `native` and `flash`: for frames, where there are any. */
export function createKernel(limits: Limits, native: ByteNative | undefined, flash: Flash | undefined): KernelState {
  const irq = Reg.End;
  const boot = irq + limits.irqs * Irq.Words;
  const c = boot + ObjectWords.Tcb;
  const u = c + (Slot.Words << limits.radix);
  const end = u + ObjectWords.UntypedHeader + limits.words;
  const entries = FULL ? UndoEntries.Full : UndoEntries.Small;
  const m = new Int32Array(end);
  const k: KernelState = {
    // In the order of how often they are read: some engines search a property from the first one on.
    _n: 0,
    _m: m,
    _at: new Uint16Array(entries),
    _old: new Int32Array(entries),
    _now: 0,
    _d: new Float64Array(m.buffer, 0, end >> 1),
    _data: [],
    _handlers: [],
    _next: -1,
    _fuel: new Int32Array(1),
    _irq: irq,
    _boot: boot,
    _end: end,
    _frames: {},
    _native: native,
    _flash: flash,
  };
  const isOriginal = SlotBit.Revocable | SlotBit.FirstBadged | Rights.All;
  const types = [CapType.Untyped, CapType.IrqControl, CapType.SchedControl, CapType.Domain, CapType.CNode];
  m[c + CNode.Size] = 1 << limits.radix;
  m[c + CNode.Words] = 1 << limits.radix;
  m[u + Ut.Words] = end - u;
  m[u + Ut.Used] = ObjectWords.UntypedHeader;
  m[u + Ut.Bytes] = limits.bytes;
  for (let i = 0; i < types.length; i++) {
    const type = types[i] as CapType;
    if (FULL || type !== CapType.Domain) insert(k, 0, c + Slot.Words * (i + 1), (type << 4) | isOriginal, type === CapType.Untyped ? u : type === CapType.CNode ? c : 0, 0);
  }
  insert(k, c + Slot.Words * BootSlot.CNode, boot + Tcb.CSpace, (CapType.CNode << 4) | Rights.All, c, 0);
  m[boot + Tcb.Mcp] = 255;
  k._n = 0;
  return k;
}

/** An operation of the composition root; addresses are those of the boot CNode. Throws when it is refused: a tile that can't be composed must not run. */
export function bootOp(k: KernelState, gate: Gate, op: Op, address: number, label: number, a: number, b: number): void {
  k._n = 0;
  k._m[Reg.Running] = k._boot;
  const status = gate(op, address, label, a, b, "");
  k._m[Reg.Running] = 0;
  if (status < 0) throw new Error("boot " + op + ":" + status);
}

/** What the capability at `address` of the boot CNode names. */
export function bootObject(k: KernelState, address: number): number {
  return k._m[k._m[k._boot + Tcb.CSpace + Slot.Object]! + Slot.Words * address + Slot.Object]!;
}

/** Gives the TCB at `address` of the boot CNode its code. */
export function setHandler(k: KernelState, address: number, handler: Handler): void {
  k._handlers[k._m[bootObject(k, address) + Tcb.Number]!] = handler;
}

/** Turns the frame at `address` of the boot CNode into a window on the tile's flash: bytes `offset` … `offset + bytes - 1`. */
export function setFlashFrame(k: KernelState, address: number, offset: number, bytes: number): void {
  const o = bootObject(k, address);
  k._m[o + Frame.Kind] = 1;
  k._m[o + Frame.Offset] = offset;
  k._m[o + Frame.Bytes] = bytes;
}

/** TCB of task number `n`, 0 none. */
export function taskAt(k: KernelState, n: number): number {
  return n >= 0 && n < Limit.Tasks ? k._m[Reg.Tasks + n]! : 0;
}
