// How a record travels: one byte with its length, then one CBOR array of integers, the bytes that go into flash, and as they are into the
// answer to a reader. A message may carry several records, one behind the other.

import { cborHead, cborInt } from "../wire/cbor.ts";
import type { RecordKind } from "./api.ts";

/** A record for an Append message. `values` are at most 20 integers within ±(2^53-1). */
export function telemetryRecord(kind: RecordKind, nowUs: number, values: number[]): string {
  let out = cborHead(4, values.length + 2) + cborInt(kind) + cborInt(Math.floor(nowUs / 1000));
  for (let i = 0; i < values.length; i++) out += cborInt(values[i]!);
  return String.fromCharCode(out.length) + out;
}
