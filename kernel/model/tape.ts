// Where random decisions come from: a seeded generator that writes down what it drew, or such a record played again (shrunk, or drawn by fast-check).

export interface Tape {
  /** An integer in 0 … n - 1. */
  below(n: number): number;
  /** A drawn decision is in here, in order. */
  readonly drawn: number[];
  /** False when a record has been played to its end; from there on everything is 0. */
  hasMore(): boolean;
}

/** xorshift128 over a seed: 32 bits at a time, the same on every machine. */
export function randomTape(seed: number): Tape {
  let x = seed | 0 || 1;
  let y = 0x9e3779b9 | 0;
  let z = seed ^ 0x85ebca6b;
  let w = 0xc2b2ae35 | 0;
  const next = (): number => {
    const t = x ^ (x << 11);
    x = y;
    y = z;
    z = w;
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    return w >>> 0;
  };
  for (let i = 0; i < 16; i++) next();
  const drawn: number[] = [];
  return {
    drawn,
    below(n) {
      const value = n <= 1 ? 0 : next() % n;
      drawn.push(value);
      return value;
    },
    hasMore: () => true,
  };
}

export function recordedTape(record: readonly number[]): Tape {
  let at = 0;
  const drawn: number[] = [];
  return {
    drawn,
    below(n) {
      const value = n <= 1 ? 0 : Math.abs(record[at] ?? 0) % n;
      at++;
      drawn.push(value);
      return value;
    },
    hasMore: () => at < record.length,
  };
}

/** The shortest record found that still makes `fails` true: drops runs of decisions, then makes single ones 0. At most `tries` attempts. */
export function shrink(record: readonly number[], fails: (record: readonly number[]) => boolean, tries: number): number[] {
  let best = [...record];
  let left = tries;
  for (let size = Math.ceil(best.length / 2); size >= 1 && left > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length && left > 0; ) {
      const shorter = [...best.slice(0, at), ...best.slice(at + size)];
      left--;
      if (fails(shorter)) best = shorter;
      else at += size;
    }
  }
  for (let i = 0; i < best.length && left > 0; i++) {
    if (best[i] === 0) continue;
    const simpler = best.map((value, j) => (j === i ? 0 : value));
    left--;
    if (fails(simpler)) best = simpler;
  }
  return best;
}
