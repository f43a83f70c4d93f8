// IRQ control and handlers: the exclusive claim of a device, and its interrupts as signals.
//
// A claim covers devices first … first + count - 1 of one kind; a second one that overlaps is refused. An interrupt signals the handler's
// notification once and is masked until Ack; what comes meanwhile is remembered as one. Deleting the capability frees the device.
// Reference: seL4 manual, "Interrupts"; src/object/interrupt.c.

import { CapType, Op, Rights, Status } from "../gate.ts";
import { argument, refOf } from "../cspace.ts";
import { insert } from "../derivation.ts";
import { signal } from "./notification.ts";
import { canRefill, refill } from "./tcb.ts";
import { Irq, k, m, put, Slot, SlotBit } from "../state.ts";

declare const WIRING: boolean;

/** An interrupt arrives at handler row `h`, or a latched one is let through. */
export function raise(h: number): void {
  const s = h + Irq.Slot;
  put(h + Irq.State, m[h + Irq.State] ? 3 : 1);
  if (m[h + Irq.State] === 1 && m[s]) signal(m[s + Slot.Object]!, m[s + Slot.Badge]!);
}

/** Handler row whose claim of `kind` overlaps `first` … `first + count - 1`; 0 none. */
export function claimOf(kind: number, first: number, count: number): number {
  for (let h = k._irq; h < k._boot; h += Irq.Words) {
    const has = m[h + Irq.Device]!;
    const from = (has >> 4) & 4095;
    if (m[h] && (has & 15) === kind && from < first + count && first < from + (has >> 16)) return h;
  }
  return 0;
}

/** A free handler row takes the claim `devices`; its capability goes to the empty slot `to`, behind IrqControl in slot `s`. */
export function claim(s: number, devices: number, to: number): number {
  let row = k._irq;
  while (row < k._boot && m[row]) row += Irq.Words;
  if (row >= k._boot) return Status.NotEnoughMemory;
  put(row, 1);
  put(row + Irq.Device, devices);
  put(row + Irq.State, 0);
  insert(s, to, (CapType.IrqHandler << 4) | Rights.All | SlotBit.Revocable | SlotBit.FirstBadged, row, 0);
  return Status.Ok;
}

/** Who gets which device, and where its interrupts go: IrqGet, IrqSetNotification, IrqClear. */
export function irqWire(t: number, op: Op, s: number, label: number, a: number): number {
  if (op === Op.IrqGet) {
    const kind = label & 15;
    const first = (label >> 4) & 4095;
    const count = label >> 16;
    if (kind > 7 || count < 1 || first + count > 4096) return Status.RangeError;
    if (claimOf(kind, first, count)) return Status.RevokeFirst;
    const to = refOf(t, a);
    if (to < 0) return to;
    return m[to] ? Status.DeleteFirst : claim(s, label, to);
  }
  const h = m[s + Slot.Object]!;
  let from = 0;
  if (op === Op.IrqSetNotification) {
    from = argument(t, a, CapType.Notification, Rights.Write, Status.InvalidCapability);
    if (from < 0) return from;
  }
  if (!canRefill(h + Irq.Slot)) return Status.DeleteFirst;
  refill(h + Irq.Slot, from);
  return Status.Ok;
}

/** Operations through the IrqControl (Get) or IrqHandler capability in slot `s`. */
export function irqInvoke(t: number, op: Op, s: number, label: number, a: number): number {
  if (WIRING && op !== Op.IrqAck) return irqWire(t, op, s, label, a);
  const h = m[s + Slot.Object]!;
  const isPending = m[h + Irq.State]! > 1;
  put(h + Irq.State, 0);
  if (isPending) raise(h);
  return Status.Ok;
}
