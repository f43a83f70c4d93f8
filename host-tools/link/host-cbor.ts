/**
 * The shared CBOR codec with host values: text is a JavaScript string (Unicode), a byte string is a Uint8Array.
 *
 * Idea: one codec decides what is valid (firmware/wire/cbor.ts); this file only changes the clothes of the values.
 * Properties that are undefined are left out, so optional fields can be written down plainly.
 */
import { CborBytes, cborDecode, cborEncode } from "../../firmware/wire/cbor.ts";
import type { CborMap, CborValue } from "../../firmware/wire/cbor.ts";
import { CborError, CborFlag } from "../../firmware/wire/cbor-reader.ts";
import { fromByteString, toByteString } from "./latin1.ts";

export type HostCborMap = { [key: string]: HostCbor };
export type HostCbor = number | boolean | null | string | Uint8Array | undefined | HostCbor[] | HostCborMap;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Encodes deterministically. Throws TypeError for what CBOR here can not hold (floats, integers beyond 2^53-1, depth over 8). */
export function encodeCbor(value: HostCbor): Uint8Array {
  return fromByteString(encodeCborString(value));
}

/** As encodeCbor, giving a byte string. */
export function encodeCborString(value: HostCbor): string {
  const encoded = cborEncode(toWire(value, 0));
  if (encoded === undefined) throw new TypeError("value can not be encoded: only integers up to 2^53-1, text, bytes, booleans, null, lists and maps, nested at most 8 deep");
  return encoded;
}

/** Decodes one item that fills `bytes`; undefined when refused. `lenient` accepts what SMP peers send (see wire/cbor.ts). */
export function decodeCbor(bytes: Uint8Array, lenient: boolean): HostCbor | undefined {
  return decodeCborString(toByteString(bytes), lenient);
}

/** As decodeCbor, from a byte string. */
export function decodeCborString(bytes: string, lenient: boolean): HostCbor | undefined {
  const value = cborDecode(bytes, lenient ? CborFlag.Lenient : CborFlag.Strict);
  if (value === undefined) return undefined;
  try {
    return fromWire(value);
  } catch {
    return undefined; // text that is not UTF-8
  }
}

/** Why strict decoding refused, as a sentence; undefined when it did not. */
export function whyRefused(bytes: Uint8Array): string | undefined {
  const why = { e: 0, p: 0 };
  cborDecode(toByteString(bytes), CborFlag.Strict, why);
  if (why.e === 0) return undefined;
  return `${REASONS[why.e] ?? "unknown reason"} at byte ${why.p}`;
}

const REASONS: Readonly<Record<number, string>> = {
  [CborError.Truncated]: "the input ends inside an item",
  [CborError.NotShortest]: "a length or integer is not in its shortest form",
  [CborError.Indefinite]: "an indefinite length",
  [CborError.Type]: "a float, tag or simple value that has no place here",
  [CborError.Range]: "an integer beyond 2^53-1",
  [CborError.Order]: "map keys out of order or doubled",
  [CborError.Key]: "a map key that is not allowed",
  [CborError.Depth]: "nesting deeper than 8",
  [CborError.Trailing]: "bytes after the item",
};

function toWire(value: HostCbor, depth: number): CborValue {
  if (typeof value === "string") return Buffer.from(value, "utf8").toString("latin1");
  if (value instanceof Uint8Array) return new CborBytes(toByteString(value));
  if (value === undefined || value === null || typeof value !== "object" || depth > CborFlag.MaxDepth) return value as CborValue;
  if (Array.isArray(value)) return value.map((item) => toWire(item, depth + 1));
  const map: CborMap = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) map[Buffer.from(key, "utf8").toString("latin1")] = toWire(item, depth + 1);
  return map;
}

function fromWire(value: CborValue): HostCbor {
  if (typeof value === "string") return decoder.decode(Buffer.from(value, "latin1"));
  if (value instanceof CborBytes) return fromByteString(value.b);
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(fromWire);
  const map: HostCborMap = {};
  for (const [key, item] of Object.entries(value)) map[decoder.decode(Buffer.from(key, "latin1"))] = fromWire(item);
  return map;
}
