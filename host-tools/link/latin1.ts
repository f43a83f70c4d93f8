// Byte strings (JavaScript strings of codes 0..255, the wire code's currency) to and from Uint8Array, and the wire code's natives on Node.
import type { WireNative } from "../../firmware/wire/native.ts";

/** Bytes as a byte string. */
export function toByteString(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** A byte string as bytes. */
export function fromByteString(byteString: string): Uint8Array {
  const buffer = Buffer.from(byteString, "latin1");
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** The wire code's native helpers over Buffer. Bad base64 gives garbage, never an exception. */
export const nodeNative: WireNative = {
  atob: (text) => Buffer.from(text, "base64").toString("latin1"),
  btoa: (bytes) => Buffer.from(bytes, "latin1").toString("base64"),
  bytes: fromByteString,
};
