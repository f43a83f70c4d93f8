// What a dialect rule is: one row of docs/reference/espruino-dialect that can be seen in the shipped text, and what to write instead.
//
// Rules look at the MINIFIED bytes, not at TypeScript: esbuild itself creates some of the forms Espruino refuses (classes that name
// themselves, variables called `of`), and only the shipped text is what a tile runs.
// To add a rule: put it in the file of its family under rules/, list it in all-rules.ts, and give it fixtures in fixtures/ (a test asks for both).

import type { Unit } from "./unit.ts";

/** `error` stops the build; `warning` is printed and left to the author (the text alone cannot show whether it is wrong). */
export type Severity = "error" | "warning";

/** One place where a rule is broken: a character offset in the shipped text. */
export interface Hit {
  at: number;
  /** What exactly was found, put in front of the rule's own words. */
  detail?: string;
}

export interface Rule {
  /** Kebab-case name; also the key of its fixtures. */
  id: string;
  /** The row of the reference table that it covers. */
  row: string;
  severity: Severity;
  /** What happens on Espruino. */
  why: string;
  /** What to write instead. */
  instead: string;
  find(unit: Unit): Iterable<Hit>;
}
