// The undo log: what a run may write, what is too much, and that a roll-back brings back every word, doubles included.
import { describe, expect, it } from "vitest";
import { createKernel } from "./boot.ts";
import { FaultKind } from "./gate.ts";
import { d, k, m, put, putDouble, Reg, rollBack, UndoWords } from "./state.ts";

/** Fresh memory, as a handler finds it. */
function openRun(): void {
  createKernel({ words: 1000, bytes: 0, irqs: 0, slots: 8 }, undefined, undefined);
  k._isOpen = true;
}

const WRITES = UndoWords.Full / 2;

describe("the undo log", () => {
  it("holds so many writes of a run; the next one is stopped before it happens, and dooms the run", () => {
    openRun();
    const at = k._end - WRITES - 1;
    for (let i = 0; i < WRITES; i++) put(at + i, 7);
    expect(m[Reg.Doom]).toBe(0);
    expect(() => put(at + WRITES, 7)).toThrow("effects");
    expect([m[at + WRITES - 1], m[at + WRITES], m[Reg.Doom]]).toEqual([7, 0, FaultKind.Contract]);
    rollBack();
    expect(m.subarray(at).every((word) => word === 0)).toBe(true);
  });

  it("brings back both halves of a double, and the first of several values", () => {
    openRun();
    const at = (k._end - 8) & ~1;
    const before = 2 ** 52 + 123_456_789;
    d[at >> 1] = before;
    putDouble(at, 0.1);
    putDouble(at, -5);
    expect(d[at >> 1]).toBe(-5);
    rollBack();
    expect(d[at >> 1]).toBe(before);
    expect(k._n).toBe(0);
  });
});
