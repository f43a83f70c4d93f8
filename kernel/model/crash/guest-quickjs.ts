// The probe on QuickJS: the host calls these between its changes of the engine's limits.
import type { Op } from "../../gate.ts";
import { Reg } from "../../state.ts";
import { createProbe } from "./probe.ts";

const probe = createProbe();
let op: Op = 0;

/** What the handler does behind the operation. */
export const enum After {
  Nothing = 0,
  Recursion = 1,
  Memory = 2,
}

function dig(depth: number): number {
  return dig(depth + 1) + 1;
}

export function prepare(next: Op, after: After): void {
  op = next;
  probe.reset(() => {
    probe.act(op);
    if (after === After.Recursion) dig(0);
    for (const hog: unknown[] = []; after === After.Memory; ) hog.push([1, 2, 3]);
  });
}

export function enter(): void {
  probe.enter();
}

/** As `Report`, JSON. */
export function find(): string {
  const running = probe.k._m[Reg.Running];
  probe.find();
  return JSON.stringify({ op, answer: probe.answer, running, words: probe.differs(), texts: probe.k._data });
}

/** Turns of a loop, to bring the engine's own counter to a certain value. */
export function burn(turns: number): number {
  let sum = 0;
  for (let i = 0; i < turns; i++) sum += i;
  return sum;
}

export function scene(): string {
  return JSON.stringify([...probe.words]);
}
