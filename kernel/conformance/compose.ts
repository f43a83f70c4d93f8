// What a composition root does before a tile starts, in images whose gate does not have these operations (profile small): the objects' own functions,
// which such an image does not contain. They set the scenes that cases and random lives are played in.

import { slotOf } from "../cspace.ts";
import { CapType, Op, Status } from "../gate.ts";
import { cnodeInvoke } from "../objects/cnode.ts";
import { irqWire } from "../objects/irq.ts";
import { schedWire } from "../objects/sched-context.ts";
import { tcbWire } from "../objects/tcb.ts";
import { untypedRetype } from "../objects/untyped.ts";
import { m, Slot } from "../state.ts";

declare const CNODES: boolean;
declare const RETYPE: boolean;
declare const TRANSFER: boolean;
declare const WIRING: boolean;

/** Is this operation left out of the gate, but in profile full? */
export function isLeftOut(op: number): boolean {
  if (op < Op.Attach || op > Op.IrqClear || op !== (op | 0)) return false;
  if (op < Op.Copy) return !TRANSFER && op !== Op.Lend && op !== Op.Write;
  if (op < Op.Retype) return !CNODES && op !== Op.Mutate && op !== Op.Rotate;
  if (op === Op.Retype) return !RETYPE;
  return !WIRING && !(op === Op.TcbResume || op === Op.TcbSuspend || op === Op.SchedConfigure || op === Op.ScConsumed || op === Op.ScYieldTo || op === Op.IrqAck);
}

/** Such an operation by the boot TCB. */
export function compose(boot: number, op: Op, address: number, label: number, a: number, b: number): number {
  const s = slotOf(boot, address);
  if (s < 0) return s;
  label |= 0;
  a = 1 * a;
  b = 1 * b;
  const type = (m[s]! >> 4) & 15;
  const o = m[s + Slot.Object]!;
  if (op >= Op.Copy && op < Op.Retype && type === CapType.CNode) return cnodeInvoke(boot, op, s, label, a, b);
  if (op === Op.Retype && type === CapType.Untyped) return untypedRetype(boot, s, label, a, b);
  if (op > Op.Retype && op < Op.TcbResume && type === CapType.Tcb) return m[s]! & 1 ? tcbWire(boot, op, o, label, a, b) : Status.InvalidCapability;
  if ((op === Op.ScBind || op === Op.ScUnbind) && type === CapType.SchedContext) return schedWire(boot, op, o, a);
  if (op > Op.ScYieldTo && type === (op === Op.IrqGet ? CapType.IrqControl : CapType.IrqHandler)) return irqWire(boot, op, s, label, a);
  return Status.InvalidCapability;
}
