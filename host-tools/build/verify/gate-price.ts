// What a gate operation costs a module, in units of fuel: the kernel's prices (kernel/kernel.ts, Price), which a test holds beside these.
//
// The module pays before it calls: the operation is in the text. One that is computed costs what the dearest does.

import { Op } from "../../../kernel/gate.ts";

export const GATE_UNITS = { Now: 90, SetTimer: 150, Identify: 190, Poll: 210, Signal: 300, Message: 690, Call: 3940 } as const;

const PRICES: ReadonlyMap<number, number> = new Map<number, number>([
  [Op.Now, GATE_UNITS.Now], [Op.SetTimer, GATE_UNITS.SetTimer], [Op.Identify, GATE_UNITS.Identify], [Op.Poll, GATE_UNITS.Poll], [Op.Signal, GATE_UNITS.Signal], [Op.Call, GATE_UNITS.Call],
]);

/** Units of an operation; `undefined`: it is not known before the run. */
export function gateUnits(op: number | undefined): number {
  return op === undefined ? GATE_UNITS.Call : (PRICES.get(op) ?? GATE_UNITS.Message);
}
