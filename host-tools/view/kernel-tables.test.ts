// Reading a tile's tables and its trace: older tiles, tiles without that service, and tiles that talk nonsense.
import { afterEach, describe, expect, it } from "vitest";
import type { HostCborMap } from "../link/host-cbor.ts";
import type { SmpClient } from "../link/smp-client.ts";
import { readKernelTables, readSlots, readTasks } from "./kernel-tables.ts";
import { type Asked, answeringTile } from "./testing/answering-tile.ts";
import { readTrace, startTileTrace } from "./trace-records.ts";

let client: SmpClient | undefined;
afterEach(() => client?.close());
const tile = (answer: (asked: Asked) => HostCborMap): SmpClient => (client = answeringTile(answer));

const OLD = [250, 2, 1, 0, 7, 300, 400, 500, 0];

describe("tables", () => {
  it("come in pages; what an older tile does not tell is undefined; unknown items are passed over", async () => {
    const asked: unknown[] = [];
    const tables = await readKernelTables(tile(({ group, id, body }) => {
      asked.push([group, id, body]);
      if (group === 0) return { tasks: { porch: { tid: 1 }, odd: 7, none: {} } };
      if (id === 1) return body["from"] === undefined ? { rows: [[4, 0x2f, 500, 1, 0]], next: 4 } : { rows: [[8, 0x9f, 72, 0, 4, (4 << 16) | (3 << 4), 99]], next: 0 };
      return { rows: [OLD, [...OLD, 500, 600, 42, 77, 5]], next: 0, system: 9 };
    }));
    expect(asked).toEqual([[66, 1, {}], [66, 1, { from: 4 }], [0, 2, {}], [66, 0, {}]]);
    expect(tables.slots).toEqual([
      { slot: 4, type: 2, rights: 15, object: 500, badge: 1, parent: 0, device: undefined },
      { slot: 8, type: 9, rights: 15, object: 72, badge: 0, parent: 4, device: { kind: 0, first: 3, count: 4 } },
    ]);
    expect(tables.tasks).toMatchObject([{ name: "task 0", runs: 7, blockedOn: undefined, fuel: undefined, chargeNc: undefined }, { name: "porch", blockedOn: 500, schedContext: 600, fuel: 42, chargeNc: 77 }]);
  });

  it("of profile small are not served: the error says so, and what to do", async () => {
    const small = tile(() => ({ rc: 8 }));
    const error = { code: "NOT_SERVED", exitCode: 1, message: expect.stringContaining("profile small"), next: expect.stringContaining("genesis monitor") };
    await expect(readKernelTables(small)).rejects.toMatchObject(error);
    await expect(startTileTrace(small, 5)).rejects.toMatchObject({ ...error, message: expect.stringContaining("no trace") });
    await expect(readSlots(tile(() => ({ rc: 10 })))).rejects.toMatchObject({ code: "REFUSED", rc: 10 });
  });

  it.each<[string, HostCborMap]>([
    ["rows that are too short", { rows: [[1, 2]], next: 0 }],
    ["rows of other things", { rows: [[1, 2, 3, 4, "5", 6, 7, 8, 9]], next: 0 }],
    ["a list that goes back", { rows: [], next: 1 }],
    ["no list", { next: 0 }],
  ])("are refused with %s", async (_, reply) => {
    await expect(readTasks(tile(() => reply), new Map())).rejects.toMatchObject({ code: "BAD_REPLY", exitCode: 5 });
  });
});

describe("the trace", () => {
  const record = (time: number): Uint8Array => {
    const bytes = Buffer.alloc(16);
    bytes.writeInt32LE(time, 0);
    return bytes;
  };
  const ring = (first: number, end: number, page = 2): ((asked: Asked) => HostCborMap) => ({ body }) => {
    const from = Math.max(Number(body["from"] ?? 0), first);
    const next = Math.min(end, from + page);
    return { from, next, end, now: 5000, data: Buffer.concat(Array.from({ length: next - from }, (_, i) => record(from + i))) };
  };

  it("is read page by page up to its end, and what was overwritten is counted", async () => {
    const reading = await readTrace(tile(ring(3, 10)), 1);
    expect(reading).toMatchObject({ next: 10, lost: 2, nowUs: 5000 });
    expect(reading.runs.map(({ seq, startUs }) => [seq, startUs])).toEqual([3, 4, 5, 6, 7, 8, 9].map((n) => [n, n]));
    expect(await readTrace(tile(ring(3, 10)), 10)).toMatchObject({ runs: [], next: 10, lost: 0 });
  });

  it("is read again from behind a hole that opens between two pages", async () => {
    let first = 0;
    const reading = await readTrace(tile((asked) => ring((first += 4), 12)(asked)), 2);
    // 4 5 | 8 9 | 12
    expect(reading.runs.every(({ seq, startUs }) => seq === startUs)).toBe(true);
    expect(reading.runs.length + reading.lost).toBe(12 - 2);
  });

  it("says when it was switched off, began anew, or has no room", async () => {
    await expect(readTrace(tile(() => ({ rc: 6 })), 0)).rejects.toMatchObject({ code: "TRACE_OFF" });
    await expect(readTrace(tile(ring(0, 5)), 50)).rejects.toMatchObject({ code: "TRACE_OFF" });
    await expect(startTileTrace(tile(() => ({ records: 0 })), 5)).rejects.toMatchObject({ code: "NO_MEMORY" });
    await expect(readTrace(tile(() => ({ from: 0, next: 1, end: 1, now: 0, data: Buffer.alloc(9) })), 0)).rejects.toMatchObject({ code: "BAD_REPLY" });
  });
});
