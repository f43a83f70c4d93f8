// How a record is written: one CBOR array of integers, the bytes that go into flash, and as they are into the answer to a reader.

import { cborHead, cborInt } from "../wire/cbor.ts";
import { cborNext } from "../wire/cbor-reader.ts";
import type { RecordKind } from "./api.ts";

/** A record's bytes. `values` are integers within ±(2^53-1). */
export function telemetryRecord(kind: RecordKind, nowUs: number, values: number[]): string {
  let out = cborHead(4, values.length + 2) + cborInt(kind) + cborInt(Math.floor(nowUs / 1000));
  for (let i = 0; i < values.length; i++) out += cborInt(values[i]!);
  return out;
}

/** Where the record that starts at `at` ends, -1 when there is no array of integers (2 … 16 of them, shortest form). */
export function recordEnd(bytes: string, at: number): number {
  const c = { s: bytes, p: at, f: 0, a: 0, e: 0 };
  if (cborNext(c) !== 4 || c.e || c.a < 2 || c.a > 16) return -1;
  for (let left = c.a; left > 0; left--) if (cborNext(c) > 1 || c.e) return -1;
  return c.p;
}
