// The kernel itself as a subject of the suite: its source in Node, and as part of the bundles for the other engines.

import { bootObject, createKernel } from "../boot.ts";
import { compose, isLeftOut } from "./compose.ts";
import { createGate } from "../kernel.ts";
import { interrupt, step } from "../scheduler.ts";
import { Reg, Tcb } from "../state.ts";
import type { KernelUnderTest } from "./subject.ts";
import { Size } from "./subject.ts";

const enum Turns {
  AtOnce = 50,
}

export function kernelSubject(): KernelUnderTest {
  const native = {
    bytes: function (data: string): Uint8Array {
      const out = new Uint8Array(data.length);
      for (let i = 0; i < data.length; i++) out[i] = data.charCodeAt(i);
      return out;
    },
    text: function (data: Uint8Array): string {
      let out = "";
      for (let i = 0; i < data.length; i++) out += String.fromCharCode(data[i] as number);
      return out;
    },
  };
  const k = createKernel({ words: Size.Words, bytes: Size.Bytes, irqs: Size.Irqs, slots: Size.Slots }, native, undefined);
  const gate = createGate(k);
  return {
    gate: gate,
    root: function (op, address, label, a, b) {
      const running = k._m[Reg.Running] as number;
      k._n = 0;
      if (isLeftOut(op)) return compose(k._boot, op, address, label, a, b);
      k._m[Reg.Running] = k._boot;
      const status = gate(op, address, label, a, b, "");
      k._m[Reg.Running] = running;
      return status;
    },
    code: function (tcb, handler, priority) {
      const t = bootObject(k, tcb);
      k._m[t + Tcb.Priority] = priority;
      k._m[t + Tcb.Mcp] = 255;
      k._handlers[k._m[t + Tcb.Number] as number] = handler;
    },
    settle: function (nowUs) {
      for (let i = 0; i < Turns.AtOnce && step(k, nowUs, 8) === nowUs; i++);
    },
    interrupt: function (kind, number) {
      interrupt(k, kind, number);
    },
  };
}
