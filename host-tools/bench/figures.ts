// What a section of the bench gives: figures, each a number with a name, a unit and, where the design sets one, a limit.
//
// A figure that could not be measured stays in the list with the reason instead of a number: a table without it would look better than it is.

export interface Figure {
  /** Stable name inside its section ("small.kernel"); the README is filled by it. */
  id: string;
  what: string;
  /** Undefined: not measured, and `note` says why. */
  value: number | undefined;
  /** "B", "ms", "B/s", "variables", "×", "%" … */
  unit: string;
  /** Most the design allows. */
  limit?: number;
  note?: string;
}

/** What one section gave, with what it was measured on. */
export interface SectionResult {
  title: string;
  /** How it was measured, in a sentence or two. */
  how: string;
  /** ISO 8601. */
  takenAt: string;
  seconds: number;
  /** Work waiting on this computer when the section began (load average of a minute, the bench's own included) ÷ its cores; above 1 wall times are worse than need be. */
  load: number;
  figures: Figure[];
}

export interface BenchResult {
  v: 1;
  /** Computer: figures in wall time mean nothing without it. */
  machine: { node: string; cpu: string; cores: number; platform: string };
  /** SHA-256 of the tile image's bundle by profile, as built when the sections below were measured. */
  bundles: Record<string, string>;
  sections: Record<string, SectionResult & { bundles: Record<string, string> }>;
}

/** A measured figure. */
export function figure(id: string, what: string, value: number, unit: string, more: { limit?: number; note?: string } = {}): Figure {
  return { id, what, value, unit, ...more };
}

/** A figure that could not be measured. */
export function notMeasured(id: string, what: string, unit: string, why: string): Figure {
  return { id, what, value: undefined, unit, note: `not measured: ${why}` };
}

/** The middle value; of an even number of values the mean of the middle two. @throws RangeError without values. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("the median of nothing");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Three significant digits, or all digits of an integer part that has more; thousands apart. */
export function plainNumber(value: number): string {
  const size = Math.abs(value);
  const digits = Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** What stands behind a limit: nothing without one. */
export function verdict(found: Figure): string {
  if (found.limit === undefined || found.value === undefined) return "";
  return found.value <= found.limit ? `≤ ${plainNumber(found.limit)}` : `OVER ${plainNumber(found.limit)}`;
}

/** Cells of a figure's row: what, value, unit, limit, note. */
export function figureRow(found: Figure): string[] {
  return [found.what, found.value === undefined ? "–" : plainNumber(found.value), found.unit, verdict(found), found.note ?? ""];
}

/** `next` over `before`: sections that were not measured again keep their figures and what they were measured on. */
export function mergeResults(before: BenchResult | undefined, next: BenchResult): BenchResult {
  return before === undefined ? next : { ...next, sections: { ...before.sections, ...next.sections } };
}

/** Figures over their limit, as "section.id". */
export function overLimit(result: BenchResult): string[] {
  return Object.entries(result.sections).flatMap(([name, section]) =>
    section.figures.filter(({ value, limit }) => value !== undefined && limit !== undefined && value > limit).map(({ id }) => `${name}.${id}`),
  );
}
