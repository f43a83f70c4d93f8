// What the conformance suite needs of a kernel, so that the specification, the kernel's source and its minified bundle on every engine can be asked the same.

import type { Gate, Handler } from "../gate.ts";

export interface KernelUnderTest {
  /** The door of the handler that is running. */
  gate: Gate;
  /** One operation of the composition root; addresses are those of the boot CNode. */
  root(op: number, address: number, label: number, a: number, b: number): number;
  /** Gives the TCB at a boot address its code, its priority and its maximum controlled priority. */
  code(tcb: number, handler: Handler, priority: number): void;
  /** Runs handlers at this time until nothing is ready. */
  settle(nowUs: number): void;
  interrupt(kind: number, number: number): void;
}

/** Size of the worlds that cases are built in. */
export const enum Size {
  Words = 1500,
  Bytes = 600,
  Irqs = 3,
  Slots = 64,
}
