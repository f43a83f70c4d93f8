// What a gate operation costs a module, in units of fuel: the kernel's prices (kernel/kernel.ts, Price), which a test holds beside these.
//
// The module pays before it calls: the operation is in the text. One that is computed costs what the dearest does.

import { Op } from "../../../kernel/gate.ts";

export const GATE_UNITS = { Quick: 300, Message: 690, Call: 3940 } as const;

const QUICK: ReadonlySet<number> = new Set<number>([Op.Now, Op.Identify, Op.Signal, Op.Wait, Op.Poll, Op.SetTimer]);

/** Units of an operation; `undefined`: it is not known before the run. */
export function gateUnits(op: number | undefined): number {
  return op === undefined || op === Op.Call ? GATE_UNITS.Call : QUICK.has(op) ? GATE_UNITS.Quick : GATE_UNITS.Message;
}
