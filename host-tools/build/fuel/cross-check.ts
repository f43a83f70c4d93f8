// Fuel beside XS's own meter: what one turn of each snippet costs by the table, and what XS counts for the same bytes (one unit: about one bytecode).

import { EMPTY, SNIPPETS, snippetProgram, type Snippet } from "./calibration.ts";
import type { MeteredProgram, Outcome } from "./testing/engines.ts";

export interface CrossCheckRow {
  name: string;
  /** Fuel of one turn, the empty loop's subtracted. */
  fuel: number;
  /** XS's units of one turn, likewise. */
  xs: number;
  /** Espruino's instructions of one turn, thousands, likewise; see calibration.ts. */
  instructions: number | undefined;
}

const TURNS = 200;
const BUDGET = 1_000_000_000;

/** Two programs for each snippet and the empty loop: without a turn, and with some. */
export function crossCheckPrograms(): MeteredProgram[] {
  return [EMPTY, ...SNIPPETS].flatMap((snippet) => [0, TURNS].map((turns) => ({ text: snippetProgram(snippet, turns), argument: 0, units: BUDGET })));
}

/** The table from what those programs burned on XS. */
export function crossCheck(outcomes: readonly Outcome[]): CrossCheckRow[] {
  const perTurn = (index: number): { fuel: number; xs: number } => {
    const [none, some] = [outcomes[2 * index]!, outcomes[2 * index + 1]!];
    return { fuel: (none.left - some.left) / TURNS, xs: (some.metered - none.metered) / TURNS };
  };
  const empty = perTurn(0);
  return SNIPPETS.map((snippet: Snippet, index) => {
    const one = perTurn(index + 1);
    return { name: snippet.name, fuel: one.fuel - empty.fuel, xs: one.xs - empty.xs, instructions: snippet.instructions };
  });
}
