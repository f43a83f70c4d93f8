// HSS/LMS on published vectors, and with everything about them changed. What is refused must be refused with a code, never with an exception.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Hss, hssVerify, type HssNative } from "./hss.ts";

interface Vector { source: string; publicKey: string; message: string; signature: string; verdict: number }
interface Acvp { tests: { id: string; publicKey: string; message: string; signature: string; isGood: boolean }[] }
const load = (name: string): unknown => JSON.parse(readFileSync(new URL(`./vectors/${name}`, import.meta.url), "utf8"));
const rfc = load("rfc.json") as Vector[];
const acvp = load("acvp-sigver.json") as Acvp;

const text = (hex: string): string => Buffer.from(hex, "hex").toString("latin1");
const bytesOf = (data: string | Uint8Array): Uint8Array => (typeof data === "string" ? Buffer.from(data, "latin1") : data);
const native: HssNative = {
  sha: (data) => Uint8Array.from(createHash("sha256").update(bytesOf(data)).digest()).buffer,
  bytes: (data) => Uint8Array.from(Buffer.from(data, "latin1")),
};
const ONE_LEVEL_KEY = "\0\0\0\x01";
const ONE_LEVEL = "\0\0\0\0";

describe("published vectors", () => {
  test.each(rfc)("$source", (vector) => {
    expect(hssVerify(native, text(vector.publicKey), text(vector.message), text(vector.signature))).toBe(vector.verdict);
  });
  test.each(acvp.tests)("NIST ACVP $id", (vector) => {
    const verdict = hssVerify(native, ONE_LEVEL_KEY + text(vector.publicKey), text(vector.message), ONE_LEVEL + text(vector.signature));
    expect(verdict === Hss.Good).toBe(vector.isGood);
    if (vector.id.includes("message")) expect(verdict).toBe(Hss.Forged);
  });
});
