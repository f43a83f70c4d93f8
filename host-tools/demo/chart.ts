// A line chart in text: braille cells, two samples wide and four levels high each, with marks under the samples that were flagged.
//
// Unicode braille patterns (U+2800 …): bit of a dot = column * 3 + row for rows 0–2, 6 + column for row 3.

export interface ChartOptions {
  widthCells: number;
  heightCells: number;
  /** Left-hand label of a value. */
  label: (value: number) => string;
}

const DOT = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** Reduce to at most `count` points, each the mean of its share; flags survive if any of the share had one. */
export function resample(values: readonly number[], flags: readonly boolean[], count: number): { values: number[]; flags: boolean[] } {
  if (values.length <= count) return { values: [...values], flags: values.map((_, index) => flags[index] === true) };
  const out: number[] = [];
  const marks: boolean[] = [];
  for (let i = 0; i < count; i++) {
    const from = Math.floor((i * values.length) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * values.length) / count));
    let sum = 0;
    let marked = false;
    for (let j = from; j < to; j++) {
      sum += values[j] ?? 0;
      marked ||= flags[j] === true;
    }
    out.push(sum / (to - from));
    marks.push(marked);
  }
  return { values: out, flags: marks };
}

/** The chart as lines, top first; the last line holds the marks. No values: no lines. */
export function chartLines(values: readonly number[], flags: readonly boolean[], options: ChartOptions): string[] {
  if (values.length === 0) return [];
  const { widthCells, heightCells, label } = options;
  const points = resample(values, flags, widthCells * 2);
  let low = Math.min(...points.values);
  let high = Math.max(...points.values);
  if (high === low) {
    high += 1;
    low -= 1;
  }
  const cells = Array.from({ length: heightCells }, () => new Array<number>(widthCells).fill(0));
  const levels = heightCells * 4 - 1;
  let before: number | undefined;
  points.values.forEach((value, column) => {
    const level = Math.round(((value - low) / (high - low)) * levels);
    // Join to the previous sample, so that a steep edge stays one line.
    const from = before === undefined ? level : Math.min(level, before < level ? before + 1 : before > level ? before - 1 : level);
    const to = before === undefined ? level : Math.max(level, before > level ? before - 1 : before < level ? before + 1 : level);
    for (let at = from; at <= to; at++) {
      const fromTop = levels - at;
      const row = cells[Math.floor(fromTop / 4)];
      const dot = DOT[(column % 2) as 0 | 1][(fromTop % 4) as 0 | 1 | 2 | 3];
      const cell = Math.floor(column / 2);
      if (row !== undefined && dot !== undefined) row[cell] = (row[cell] ?? 0) | dot;
    }
    before = level;
  });
  const gutter = Math.max(label(low).length, label(high).length);
  const lines = cells.map((row, index) => {
    const text = index === 0 ? label(high) : index === heightCells - 1 ? label(low) : "";
    return `${text.padStart(gutter)} │${row.map((bits) => String.fromCharCode(0x2800 + bits)).join("")}`;
  });
  const marks = Array.from({ length: widthCells }, (_, cell) => (points.flags[cell * 2] || points.flags[cell * 2 + 1] ? "▲" : " ")).join("");
  lines.push(`${" ".repeat(gutter)} └${marks.trimEnd()}`);
  return lines;
}
