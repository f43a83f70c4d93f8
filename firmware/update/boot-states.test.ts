// The table in boot-states.ts and the code in boot-choice.ts are the same decision: every combination, compared.
import { describe, expect, it } from "vitest";
import { bootStates, type BootState } from "./boot-states.ts";
import { chooseSlot } from "./boot-choice.ts";

const names = ["none", "pending", "tried", "confirmed"] as const;

/** What the table says: the slot to start, or -1. */
function byTable(ranks: [number, number], unhealthy: number): { slot: number; row: BootState } {
  const newer = ranks[1] > ranks[0] ? 1 : 0;
  const state = (slot: number): string => names[ranks[slot]! & 3]!;
  const row = bootStates.find(
    (candidate) =>
      (candidate.newer === "any" || candidate.newer === state(newer)) &&
      (candidate.other === "any" || candidate.other === state(1 - newer)) &&
      unhealthy >= candidate.unhealthy[0] &&
      unhealthy <= candidate.unhealthy[1],
  );
  if (!row) throw new Error(`no row for ${state(newer)}/${state(1 - newer)}, ${unhealthy} unhealthy starts`);
  return { slot: row.starts === "nothing" ? -1 : row.starts === "newer" ? newer : 1 - newer, row };
}

describe("the boot table", () => {
  it("says what the code does, for every state of two slots and every boot count, and every row is used", () => {
    const used = new Set<BootState>();
    let cases = 0;
    for (let stateA = 0; stateA < 4; stateA++)
      for (let stateB = 0; stateB < 4; stateB++)
        for (const [sequenceA, sequenceB] of [[1, 2], [2, 1], [65534, 1]] as const)
          for (let unhealthy = 0; unhealthy <= 8; unhealthy++) {
            const ranks: [number, number] = [stateA ? (sequenceA << 4) | stateA : 0, stateB ? (sequenceB << 4) | 4 | stateB : 0];
            const expected = byTable(ranks, unhealthy);
            const older = ranks[1] > ranks[0] ? stateA : stateB;
            // Only the newer slot can be pending: setting a slot to be tested makes it the newer one.
            if (older === 1 && (ranks[0] && ranks[1])) continue;
            used.add(expected.row);
            cases++;
            expect(chooseSlot(ranks[0], ranks[1], unhealthy), `${names[stateA]} ${names[stateB]} ${sequenceA} ${sequenceB} ${unhealthy}: ${expected.row.state}`).toBe(expected.slot);
          }
    expect(cases).toBeGreaterThan(200);
    expect(bootStates.filter((row) => !used.has(row)).map((row) => row.state)).toEqual([]);
  });
});
