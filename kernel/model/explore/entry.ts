// What the explorer needs of the kernel, under names that minifying keeps. This is bundled and minified as a tile image is; the explorer runs the bundle.

import { createKernel } from "../../boot.ts";
import { createGate } from "../../kernel.ts";
import { step } from "../../scheduler.ts";
import { Reg } from "../../state.ts";
import type { Gate, Handler } from "../../gate.ts";

export interface Shipped {
  memory: Int32Array;
  doubles: Float64Array;
  texts: string[];
  handlers: (Handler | undefined)[];
  boot: number;
  irq: number;
  end: number;
  gate: Gate;
  /** One operation of the composition root. */
  root(op: number, address: number, label: number, a: number, b: number): number;
  /** At most `budget` runs at time 1. Call `fresh` before when the memory was put back. */
  step(budget: number): number;
  /** Forgets what is not in the memory: undo log, next deadline. */
  fresh(): void;
}

export function createShipped(words: number, slots: number): Shipped {
  const k = createKernel({ words: words, bytes: 0, irqs: 0, slots: slots }, undefined, undefined);
  const gate = createGate(k);
  return {
    memory: k._m,
    doubles: k._d,
    texts: k._data,
    handlers: k._handlers,
    boot: k._boot,
    irq: k._irq,
    end: k._end,
    gate: gate,
    root: function (op, address, label, a, b) {
      k._n = 0;
      k._m[Reg.Running] = k._boot;
      const status = gate(op, address, label, a, b, "");
      k._m[Reg.Running] = 0;
      k._m[Reg.Doom] = 0;
      return status;
    },
    step: function (budget) {
      return step(k, 1, budget);
    },
    fresh: function () {
      k._n = 0;
      k._next = -1;
    },
  };
}
