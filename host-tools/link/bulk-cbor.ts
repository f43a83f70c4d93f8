// CBOR for bulk replies, telemetry pages: cbor-x, which takes a quarter of the time of the codec shared with the tile.
//
// It is lenient (floats, tags, any order of keys), so it is for replies only whose values the reader checks one by one, and for nothing that is
// stored or hashed: that stays with the strict codec (host-cbor.ts).
import { Decoder, type Options } from "cbor-x";
import type { HostCbor } from "./host-cbor.ts";

/** Not in cbor-x's types: 64-bit integers as numbers, where they would be BigInts. Those beyond 2^53 lose digits and are the reader's to refuse. */
interface WithInt64 extends Options {
  int64AsNumber: true;
}

const options: WithInt64 = { mapsAsObjects: true, useRecords: false, int64AsNumber: true };
const decoder = new Decoder(options);

/** Decodes one item that fills `bytes`; undefined for what is not CBOR. */
export function decodeBulk(bytes: Uint8Array): HostCbor | undefined {
  try {
    return decoder.decode(bytes) as HostCbor;
  } catch {
    return undefined;
  }
}
