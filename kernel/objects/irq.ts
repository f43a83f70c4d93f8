// IRQ control and handlers: the exclusive claim of a device, and its interrupts as signals.
//
// A claim covers devices first … first + count - 1 of one kind; a second one that overlaps is refused. An interrupt signals the handler's
// notification once and is masked until Ack; what comes meanwhile is remembered as one. Deleting the capability frees the device.
// Reference: seL4 manual, "Interrupts"; src/object/interrupt.c.

import { CapType, Op, Rights, Status } from "../gate.ts";
import { holds, refSlot, rootSlot, slotOf } from "../cspace.ts";
import { insert } from "../derivation.ts";
import { Irq, put, Slot, SlotBit } from "../state.ts";
import type { KernelState } from "../state.ts";
import { signal } from "./notification.ts";
import { canRefill, refill } from "./tcb.ts";

/** An interrupt arrives at handler row `h`, or a latched one is let through. */
function raise(k: KernelState, h: number): void {
  const m = k._m;
  const s = h + Irq.Slot;
  put(k, h + Irq.State, m[h + Irq.State] ? 3 : 1);
  if (m[h + Irq.State] === 1 && m[s]) signal(k, m[s + Slot.Object]!, m[s + Slot.Badge]!);
}

/** Handler rows whose claim of `kind` overlaps `first` … `first + count - 1`; 0 none. */
function claimOf(k: KernelState, kind: number, first: number, count: number): number {
  const m = k._m;
  for (let h = k._irq; h < k._boot; h += Irq.Words) {
    const has = m[h + Irq.Device]!;
    const from = (has >> 4) & 4095;
    if (m[h] && (has & 15) === kind && from < first + count && first < from + (has >> 16)) return h;
  }
  return 0;
}

/** Device `number` of `kind` has interrupted; nothing happens when nobody has claimed it. */
export function irqRaise(k: KernelState, kind: number, number: number): void {
  const h = claimOf(k, kind, number, 1);
  if (h) raise(k, h);
}

/** Operations through the IrqControl (Get) or IrqHandler capability in slot `s`. */
export function irqInvoke(k: KernelState, t: number, op: Op, s: number, label: number, a: number): number {
  const m = k._m;
  const h = m[s + Slot.Object]!;
  if (op === Op.IrqGet) {
    const kind = label & 15;
    const first = (label >> 4) & 4095;
    const count = label >> 16;
    if (kind > 7 || count < 1 || first + count > 4096) return Status.RangeError;
    if (claimOf(k, kind, first, count)) return Status.RevokeFirst;
    const root = rootSlot(k, t, a);
    if (root < 0) return root;
    const d = refSlot(k, root, a);
    if (d < 0) return d;
    if (m[d]) return Status.DeleteFirst;
    let row = k._irq;
    while (row < k._boot && m[row]) row += Irq.Words;
    if (row >= k._boot) return Status.NotEnoughMemory;
    put(k, row, 1);
    put(k, row + Irq.Device, label);
    put(k, row + Irq.State, 0);
    insert(k, s, d, (CapType.IrqHandler << 4) | Rights.All | SlotBit.Revocable | SlotBit.FirstBadged, row, 0);
    return Status.Ok;
  }
  if (op === Op.IrqAck) {
    const isPending = m[h + Irq.State]! > 1;
    put(k, h + Irq.State, 0);
    if (isPending) raise(k, h);
    return Status.Ok;
  }
  let from = 0;
  if (op === Op.IrqSetNotification) {
    from = slotOf(k, t, a);
    if (from < 0) return from;
    if (!holds(k, from, CapType.Notification) || !(m[from]! & Rights.Write)) return Status.InvalidCapability;
  }
  if (canRefill(k, h + Irq.Slot) < 0) return Status.DeleteFirst;
  refill(k, h + Irq.Slot, from);
  return Status.Ok;
}
