// IRQ control and handlers, and domains: who has a device, and when which group of tasks runs (README rows; seL4 manual, "Interrupts", "Domains").

import { CapType, GateLimit, Op, Rights, Status } from "../../gate.ts";
import type { AbstractIrqHandler, AbstractSlot, SlotId } from "../abstract-state.ts";
import { refSlot, rootSlot } from "./cspace.ts";
import { insert } from "./derivation.ts";
import { signal } from "./notification.ts";
import { isInteger } from "./sched.ts";
import { argument, canReplace, replace } from "./task.ts";
import { caller, holds, mustGet } from "./state.ts";
import type { SpecState } from "./state.ts";

function claims(h: AbstractIrqHandler, kind: number, first: number, count: number): boolean {
  return h.isActive && h.kind === kind && h.first < first + count && first < h.first + h.count;
}

function deliver(s: SpecState, h: AbstractIrqHandler): void {
  if (h.isMasked) {
    h.isPending = true;
    return;
  }
  h.isMasked = true;
  const cap = holds(s, h.slot, CapType.Notification);
  if (cap) signal(s, cap.object, cap.badge);
}

/** Device `number` of `kind` has interrupted. */
export function interrupt(s: SpecState, kind: number, number: number): void {
  for (const h of s.irqHandlers.values()) if (claims(h, kind, number, 1)) return deliver(s, h);
}

export function irqGet(s: SpecState, at: SlotId, label: number, a: number): Status {
  const kind = label & 15;
  const first = (label >> 4) & 4095;
  const count = label >> 16;
  if (kind > 7 || count < 1 || first + count > 4096) return Status.RangeError;
  const rows = [...s.irqHandlers.values()];
  if (rows.some((h) => claims(h, kind, first, count))) return Status.RevokeFirst;
  const root = rootSlot(s, caller(s), a);
  if (root < 0) return root as Status;
  const dest = refSlot(s, root, a);
  if (dest < 0) return dest as Status;
  if (s.slots.has(dest)) return Status.DeleteFirst;
  const row = rows.find((h) => !h.isActive);
  if (!row) return Status.NotEnoughMemory;
  Object.assign(row, { isActive: true, kind, first, count, isMasked: false, isPending: false });
  insert(s, at, dest, { type: CapType.IrqHandler, object: row.id, rights: Rights.All, badge: 0, isOriginal: true });
  return Status.Ok;
}

export function irqInvoke(s: SpecState, op: Op, cap: AbstractSlot, a: number): Status {
  const h = mustGet(s.irqHandlers, cap.object);
  if (op === Op.IrqAck) {
    const { isPending } = h;
    h.isMasked = false;
    h.isPending = false;
    if (isPending) deliver(s, h);
    return Status.Ok;
  }
  const source = op === Op.IrqSetNotification ? argument(s, a, CapType.Notification, Rights.Write, Status.InvalidCapability) : 0;
  if (source < 0) return source as Status;
  if (!canReplace(s, h.slot)) return Status.DeleteFirst;
  replace(s, h.slot, source);
  return Status.Ok;
}

export function domainInvoke(s: SpecState, op: Op, label: number, a: number, b: number): Status {
  if (op === Op.DomainSet) {
    const at = argument(s, a, CapType.Tcb, 0, Status.InvalidCapability);
    if (at < 0) return at as Status;
    if (label < 0 || label >= GateLimit.Domains) return Status.InvalidArgument;
    mustGet(s.tasks, mustGet(s.slots, at).object).domain = label;
    return Status.Ok;
  }
  if (label < 0 || label >= GateLimit.DomainRows) return Status.RangeError;
  if (!isInteger(a, 0, GateLimit.Domains - 1)) return Status.InvalidArgument;
  if (!isInteger(b, 0, GateLimit.PeriodMax)) return Status.RangeError;
  s.domain.schedule[label] = { domain: a, durationUs: b };
  return Status.Ok;
}

/** The row whose turn it is now. Rows end at the first empty one; a clock that jumped over a whole round starts the next row now. */
export function domainTurn(s: SpecState): void {
  const d = s.domain;
  for (let n = 0; n <= GateLimit.DomainRows && d.untilUs <= s.nowUs; n++) {
    const hasTurn = d.untilUs > 0;
    let row = hasTurn ? d.row + 1 : 0;
    if (!d.schedule[row]?.durationUs) row = 0;
    const { domain, durationUs } = d.schedule[row] ?? { domain: 0, durationUs: 0 };
    if (!durationUs) {
      d.current = 0;
      d.untilUs = 0;
      return;
    }
    d.row = row;
    d.current = domain;
    d.untilUs = (hasTurn && n < GateLimit.DomainRows ? d.untilUs : s.nowUs) + durationUs;
  }
}
