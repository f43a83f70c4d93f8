// Runs on a tile: what Revoke costs, without children and with `Sample.Children` of them. Profile full. Bundled by the bench as a tile is.
//
// The time is that of a step: the run that asks, the kernel's slices, the run that hears of the end. The value of the bundle is a function;
// it returns the µs of the quickest of `rounds`, without children and with them.

import type { EspruinoApi } from "../../hal/espruino.ts";
import { bootGive, BootPart, BootSlot, bootTask, BootWords, createKernel, slotIn } from "../../kernel/boot.ts";
import { Event, ObjectWords, Op, Rights, slotRef } from "../../kernel/gate.ts";
import { createGate } from "../../kernel/kernel.ts";
import { step } from "../../kernel/scheduler.ts";
import { Reg, Tcb } from "../../kernel/state.ts";
import { Sample } from "./kernel-kinds.ts";

const enum Address {
  /** The task's own CNode. */
  CNode = 1,
  Original = 2,
  /** First of the copies. */
  Copies = 3,
}

const enum Size {
  Radix = 6,
}

export function boot(api: EspruinoApi, rounds: number): Float64Array {
  const k = createKernel({ words: BootWords.Task + (ObjectWords.Slot << Size.Radix), bytes: 0, irqs: 0, slots: BootSlot.Free + BootPart.Count }, undefined, undefined);
  const gate = createGate(k);
  const quickest = new Float64Array(2);
  const task = function (event: Event): void {
    if (event === Event.Timer) gate(Op.Revoke, Address.CNode, 0, slotRef(0, Address.Original, 0), 0, "");
  };
  const t = bootTask(BootSlot.Free, task, 1, Size.Radix, 0);
  bootGive(t + Tcb.CSpace, slotIn(t, Address.CNode), Rights.All, 0);
  bootGive(t + Tcb.Endpoint, slotIn(t, Address.Original), Rights.All, 1);
  step(k, 1, 1);
  for (let round = 0; round < 2 * rounds; round++) {
    const which = round & 1;
    for (let i = 0; i < which * Sample.Children; i++) bootGive(slotIn(t, Address.Original), slotIn(t, Address.Copies + i), Rights.All, 0);
    // The timer that starts a round.
    k._d[(t + Tcb.Deadline) >> 1] = 1;
    k._m[Reg.Dirty] = 1;
    const from = api.getTime();
    step(k, 1, 99);
    const us = (api.getTime() - from) * 1000000;
    if (!quickest[which] || us < quickest[which]!) quickest[which] = us;
  }
  // Nothing may be left, or something else was measured.
  for (let at = Address.Copies as number; at < 1 << Size.Radix; at++) if (k._m[slotIn(t, at)]) quickest[1] = -1;
  return quickest;
}
