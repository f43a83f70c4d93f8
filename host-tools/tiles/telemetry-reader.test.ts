// Telemetry pages as cbor-x reads them are what the codec shared with the tile reads, for every record a tile can write; anything else is refused.
import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeBulk } from "../link/bulk-cbor.ts";
import { decodeCbor, encodeCbor, type HostCborMap } from "../link/host-cbor.ts";
import { LinkError } from "../link/link-errors.ts";
import { SmpClient, type SmpRequest } from "../link/smp-client.ts";
import { readTelemetryPage } from "./telemetry-reader.ts";

/** A client whose tile answers with `bytes`. */
function answering(bytes: Uint8Array): SmpClient {
  const request = ({ decode }: SmpRequest): Promise<HostCborMap> => {
    const reply = decode?.(bytes);
    return reply === undefined ? Promise.reject(new LinkError("BAD_REPLY", "not CBOR")) : Promise.resolve(reply as HostCborMap);
  };
  return { request } as unknown as SmpClient;
}

const page = (list: readonly (readonly number[])[]): Uint8Array => encodeCbor({ end: list.length + 1, first: 1, from: 1, list: list.map((items) => [...items]), next: list.length + 1 });
// Adding 0 makes 0 of -0, which CBOR integers don't have.
const record = fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 2 ** 40 }), fc.array(fc.oneof(fc.integer(), fc.maxSafeInteger()).map((n) => n + 0), { maxLength: 9 })).map(([kind, ms, rest]) => [kind, ms, ...rest]);

it("reads what our codec reads", () => {
  fc.assert(fc.property(fc.array(record, { maxLength: 40 }), (list) => {
    const bytes = page(list);
    expect(decodeBulk(bytes)).toEqual(decodeCbor(bytes, false));
  }));
});

it("gives every integer as a number, also at the edges of each length", async () => {
  const edges = [0, 23, 24, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 1_722_470_400_000, Number.MAX_SAFE_INTEGER].flatMap((n) => (n === 0 ? [0, -1] : [n, -n]));
  const { records, next, isEnd } = await readTelemetryPage(answering(page([[99, 2 ** 33, ...edges]])), 1);
  expect(records).toEqual([{ seq: 1, kind: "kind-99", ms: 2 ** 33, values: Object.fromEntries(edges.map((value, index) => [String(index), value])) }]);
  expect([next, isEnd]).toEqual([2, true]);
});

it("refuses records that are not integers, which cbor-x would let through", async () => {
  const good = Buffer.from(page([[2, 5, 7]])).toString("hex");
  expect(good).toContain("83020507");
  // A float, a date, true, 2^53, -2^53, text, a list, one item alone.
  for (const bad of ["830205fb3ff8000000000000", "830205c11a514b67b0", "830205f5", "8302051b0020000000000000", "8302053b001fffffffffffff", "8302056137", "83020580", "8102"]) {
    await expect(readTelemetryPage(answering(Buffer.from(good.replace("83020507", bad), "hex")), 1), bad).rejects.toMatchObject({ code: "BAD_REPLY" });
  }
});

it("is undefined for bytes that are no item, or more than one", () => {
  for (const hex of ["", "8201", "0102", "a1"]) expect(decodeBulk(Buffer.from(hex, "hex")), hex).toBeUndefined();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
    expect(() => decodeBulk(bytes)).not.toThrow();
  }));
});
