// Reads a tile's telemetry in order, from a number on, with names for what stands in the records.
//
// The tile numbers its records and keeps them; the reader keeps the cursor. Reading twice gives the same records, so nothing is lost on a bad
// line, and a gap in the numbers (the oldest were overwritten before anybody asked) is told.
import { recordFields, telemetryApi } from "../../firmware/telemetry/api.ts";
import { decodeBulk } from "../link/bulk-cbor.ts";
import { isLinkError, LinkError } from "../link/link-errors.ts";
import { callRead, type CallOptions } from "../link/service-client.ts";
import type { SmpClient } from "../link/smp-client.ts";

export interface TelemetryRecord {
  /** Number of the record, from 1. */
  seq: number;
  /** "start", "clock", "samples", "alarm", "alarm-end", or "kind-N" for one this program does not know. */
  kind: string;
  /** ms since the tile's start. */
  ms: number;
  /** Named integers; unknown kinds have `0`, `1` … */
  values: Record<string, number>;
}

/** What one reading gave. */
export interface TelemetryPage {
  records: TelemetryRecord[];
  /** Ask again from here. */
  next: number;
  /** Records asked for that are gone. */
  lost: number;
  /** True when there is nothing more for now. */
  isEnd: boolean;
}

const isRecord = (items: readonly unknown[]): items is readonly number[] => items.length >= 2 && items.every(Number.isSafeInteger);

/** @throws LinkError BAD_REPLY for what is not a list of integers */
function nameRecord(seq: number, items: readonly unknown[]): TelemetryRecord {
  if (!isRecord(items)) throw new LinkError("BAD_REPLY", `record ${seq} is not a list of integers`, "the tile's software and this program do not match: update one of them");
  const [kind = -1, ms = 0, ...rest] = items;
  const known = (recordFields as Record<number, { name: string; fields: readonly string[] } | undefined>)[kind];
  const values: Record<string, number> = {};
  rest.forEach((value, index) => {
    values[known?.fields[index] ?? String(index)] = value;
  });
  return { seq, kind: known?.name ?? `kind-${kind}`, ms, values };
}

/** One page of records from number `from` on. Rejects as the link does. */
export async function readTelemetryPage(client: SmpClient, from: number, max?: number, options: CallOptions = {}): Promise<TelemetryPage> {
  const reply = await callRead(client, telemetryApi, "read", max === undefined ? { from } : { from, max }, { decode: decodeBulk, ...options });
  const list = reply.list as unknown[][];
  return {
    records: list.map((items, index) => nameRecord(reply.from + index, items)),
    next: reply.next,
    lost: from === 0 ? 0 : Math.max(0, reply.from - from),
    isEnd: reply.next >= reply.end,
  };
}

/** On a bad line long answers seldom come through: tries of one, and records asked for after that failed. */
const LONG_TRIES = 3;
const FEW_RECORDS = 8;

/** All records from `from` up to what the tile has when it is asked last. Asks for fewer at a time while answers get lost. */
export async function readTelemetry(client: SmpClient, from: number): Promise<{ records: TelemetryRecord[]; next: number; lost: number }> {
  const records: TelemetryRecord[] = [];
  let next = from;
  let lost = 0;
  let max: number | undefined;
  for (;;) {
    let page: TelemetryPage;
    try {
      page = await readTelemetryPage(client, next, max, max === 1 ? {} : { tries: LONG_TRIES });
    } catch (error) {
      if (!isLinkError(error, "TIMEOUT") || max === 1) throw error;
      max = max === undefined ? FEW_RECORDS : max >> 1;
      continue;
    }
    records.push(...page.records);
    lost += page.lost;
    next = page.next;
    if (page.isEnd) return { records, next, lost };
  }
}

/** A record on one line. */
export function recordText(record: TelemetryRecord): string {
  const values = Object.entries(record.values).map(([name, value]) => `${name}=${value}`).join(" ");
  return `${String(record.seq).padStart(6)}  ${(record.ms / 1000).toFixed(3).padStart(10)} s  ${record.kind.padEnd(9)} ${values}`;
}
