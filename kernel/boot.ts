// Laying out the memory, and the composition root's way to everything: operations in the name of nobody but the boot CNode.
//
// Memory: registers, IRQ handler rows, the boot TCB (it never runs, it only holds a CSpace), the boot CNode, and one untyped with all the rest.
// The boot CNode holds the originals, as seL4's initial CSpace does: whoever composes a tile turns them into objects through the gate's own checks.

import { CapType, ObjectWords, Op, retypeWhat, Rights, slotRef } from "./gate.ts";
import type { Gate, Handler } from "./gate.ts";
import { copyCap, insert } from "./derivation.ts";
import type { Flash } from "../hal/flash.ts";
import { CNode, Frame, Irq, k, Limit, m, Reg, Slot, SlotBit, Tcb, UndoWords, use, Ut } from "./state.ts";
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
  const irq = Reg.End;
  const boot = irq + limits.irqs * Irq.Words;
  const c = boot + ObjectWords.Tcb;
  const u = c + Slot.Words * limits.slots;
  const end = u + ObjectWords.UntypedHeader + limits.words;
  const words = FULL ? UndoWords.Full : UndoWords.Small;
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
  const types = [CapType.Untyped, CapType.IrqControl, CapType.SchedControl, CapType.Domain, CapType.CNode];
  m[c] = limits.slots;
  m[c + CNode.Words] = limits.slots;
  m[u] = end - u;
  m[u + Ut.Used] = ObjectWords.UntypedHeader;
  m[u + Ut.Bytes] = limits.bytes;
  for (let i = 0; i < types.length; i++) {
    const type = types[i] as CapType;
    if (FULL || type !== CapType.Domain) insert(0, c + Slot.Words * (i + 1), (type << 4) | isOriginal, type === CapType.Untyped ? u : type === CapType.CNode ? c : 0, 0);
  }
  insert(c + Slot.Words * BootSlot.CNode, boot + Tcb.CSpace, (CapType.CNode << 4) | Rights.All, c, 0);
  m[boot + Tcb.Mcp] = 255;
  k._n = 0;
  return k;
}

/** An operation of the composition root; addresses are those of the boot CNode. Throws when it is refused: a tile that can't be composed must not run. */
export function bootOp(k: KernelState, gate: Gate, op: Op, address: number, label: number, a: number, b: number): void {
  use(k);
  k._n = 0;
  m[Reg.Running] = k._boot;
  const status = gate(op, address, label, a, b, "");
  m[Reg.Running] = 0;
  if (status < 0) throw new Error("boot " + op + ":" + status);
}

/** What the capability at `address` of the boot CNode names. */
export function bootObject(k: KernelState, address: number): number {
  use(k);
  return m[m[k._boot + (Tcb.CSpace + Slot.Object)]! + Slot.Words * address + Slot.Object]!;
}

/** Gives the TCB at `address` of the boot CNode its code. */
export function setHandler(k: KernelState, address: number, handler: Handler): void {
  use(k);
  k._handlers[m[bootObject(k, address) + Tcb.Number]!] = handler;
}

/** What `bootTask` puts at five addresses. */
export const enum BootPart {
  Tcb = 0,
  CNode = 1,
  SchedContext = 2,
  Endpoint = 3,
  Reply = 4,
  Count = 5,
}

/** Words that a task with all its parts takes from the untyped. */
export function taskWords(radix: number): number {
  return ObjectWords.Tcb + ObjectWords.SchedContext + ObjectWords.Endpoint + ObjectWords.Reply + (ObjectWords.Slot << radix);
}

/** A task with an unlimited scheduling context that receives from an endpoint of its own, at `BootPart` addresses from `base` on. It is not started. */
export function bootTask(k: KernelState, gate: Gate, base: number, handler: Handler, priority: number, radix: number, bytes: number): void {
  const types = [CapType.Tcb, CapType.CNode, CapType.SchedContext, CapType.Endpoint, CapType.Reply];
  for (let i = 0; i < BootPart.Count; i++) bootOp(k, gate, Op.Retype, BootSlot.Untyped, retypeWhat(types[i] as CapType, radix, 1), slotRef(BootSlot.CNode, 0, 0), base + i + (i ? 0 : bytes * 65536));
  bootOp(k, gate, Op.TcbSetSpace, base, 0, base + BootPart.CNode, 0);
  bootOp(k, gate, Op.TcbSetReceive, base, 0, base + BootPart.Endpoint, base + BootPart.Reply);
  const t = bootObject(k, base);
  m[t + Tcb.Priority] = priority;
  m[t + Tcb.Mcp] = priority;
  bootOp(k, gate, Op.ScBind, base + BootPart.SchedContext, 0, base, 0);
  k._handlers[m[t + Tcb.Number]!] = handler;
}

/** Derives a capability from boot address `from` into the slot at word address `to`; badge 0: keep. */
export function bootGive(k: KernelState, from: number, to: number, rights: number, badge: number): void {
  use(k);
  const s = m[k._boot + (Tcb.CSpace + Slot.Object)]! + Slot.Words * from;
  k._n = 0;
  copyCap(s, to, rights, badge || m[s + Slot.Badge]!);
}

/** Word address of address `at` in the CNode at boot address `cnode`. */
export function bootSlotIn(k: KernelState, cnode: number, at: number): number {
  return bootObject(k, cnode) + Slot.Words * at;
}

/** Turns the frame at `address` of the boot CNode into a window on the tile's flash: bytes `offset` … `offset + bytes - 1`. */
export function setFlashFrame(k: KernelState, address: number, offset: number, bytes: number): void {
  use(k);
  const o = bootObject(k, address);
  m[o] = 1;
  m[o + Frame.Offset] = offset;
  m[o + Frame.Bytes] = bytes;
}

/** TCB of task number `n`, 0 none. */
export function taskAt(k: KernelState, n: number): number {
  use(k);
  return n >= 0 && n < Limit.Tasks ? m[Reg.Tasks + n]! : 0;
}
