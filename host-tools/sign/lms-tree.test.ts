// Keys and signatures of the signer: against the private keys that RFC 8554 and RFC 9858 print, and against the tile's check.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { growHssKey, hssCapacity, hssPublicKey, hssSign, isHssSignature } from "./hss-key.ts";
import { lmsShape, type LmsParameters } from "./lms-parameters.ts";
import { growTree, lmsPublicKey } from "./lms-tree.ts";

const rfc = JSON.parse(readFileSync(new URL("../../firmware/security/vectors/rfc.json", import.meta.url), "utf8")) as { publicKey: string; message: string; signature: string }[];
const hex = (text: string): Buffer => Buffer.from(text, "hex");

describe("parameter sets", () => {
  // RFC 8554 table 1, RFC 9858 table 1: n, w, p, ls, otsType.
  test.each([[32, 1, 265, 7, 1], [32, 2, 133, 6, 2], [32, 4, 67, 4, 3], [32, 8, 34, 0, 4], [24, 1, 200, 8, 5], [24, 2, 101, 6, 6], [24, 4, 51, 4, 7], [24, 8, 26, 0, 8]] as const)(
    "n = %i, w = %i", (n, w, chains, shift, otsType) => {
      expect(lmsShape({ n, w, height: 5 })).toMatchObject({ chains, shift, otsType, lmsType: n === 32 ? 5 : 10 });
    });
  test("sizes", () => {
    expect(lmsShape({ n: 24, w: 4, height: 10 }).signatureBytes).toBe(1500);
    expect(lmsShape({ n: 32, w: 4, height: 10 }).signatureBytes).toBe(2508);
    expect(() => lmsShape({ n: 24, w: 4, height: 11 } as unknown as LmsParameters)).toThrow(RangeError);
  });
});

test("the sizes in docs/PROTOCOL.md §13", () => {
  const text = readFileSync(new URL("../../docs/PROTOCOL.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| n = (\d+), w = (\d), h = (\d+)(?: below h = (\d+))? \| (\d+), (\d)(?: and \d+, \d)? \| (\d+) \| ([\d,]+) \| [\d,]+ \| ([\d,]+) \|$/gm)];
  expect(rows).toHaveLength(5);
  for (const row of rows) {
    const [n, w, h, above, type, otsType, publicKey, signature, messages] = row.slice(1).map((cell) => (cell === undefined ? 0 : Number(cell.replace(",", ""))));
    const level = (height: number | undefined): ReturnType<typeof lmsShape> => lmsShape({ n, w, height } as LmsParameters);
    const top = level(above || h);
    expect([top.lmsType, top.otsType, top.publicKeyBytes + 4]).toEqual([type, otsType, publicKey]);
    expect(4 + top.signatureBytes + (above ? top.publicKeyBytes + level(h).signatureBytes : 0)).toBe(signature);
    expect(2 ** (h! + above!)).toBe(messages);
  }
});

describe("keys that the RFCs print the seeds of", () => {
  test("RFC 8554 Appendix F, test case 2: both levels", () => {
    const top = growTree({ parameters: { n: 32, w: 4, height: 10 }, seed: hex("558b8966c48ae9cb898b423c83443aae014a72f1b1ab5cc85cf1d892903b5439"), id: hex("d08fabd4a2091ff0a8cb4ed834e74534") });
    expect(lmsPublicKey(top).toString("hex")).toBe(rfc[1]!.publicKey.slice(8));
    const below = growTree({ parameters: { n: 32, w: 8, height: 5 }, seed: hex("a1c4696e2608035a886100d05cd99945eb3370731884a8235e2fb3d4d71f2547"), id: hex("215f83b7ccb9acbcd08db97b0d04dc2b") });
    const inside = rfc[1]!.signature.slice((4 + top.shape.signatureBytes) * 2);
    expect(inside.slice(0, 112)).toBe(lmsPublicKey(below).toString("hex"));
  });
  test("RFC 9858 Appendix A", () => {
    const tree = growTree({ parameters: { n: 24, w: 8, height: 5 }, seed: hex("000102030405060708090a0b0c0d0e0f1011121314151617"), id: hex("202122232425262728292a2b2c2d2e2f") });
    expect(lmsPublicKey(tree).toString("hex")).toBe(rfc[2]!.publicKey.slice(8));
  });
});

describe("signatures verify with the tile's code", () => {
  const seed = Buffer.alloc(32, 7);
  const id = Buffer.alloc(16, 9);
  const sets: [LmsParameters, LmsParameters | undefined][] = [];
  for (const n of [24, 32] as const) {
    for (const w of [1, 2, 4, 8] as const) sets.push([{ n, w, height: 5 }, undefined]);
    sets.push([{ n, w: 4, height: 5 }, { n, w: 4, height: 5 }], [{ n, w: 2, height: 5 }, { n, w: 8, height: 5 }]);
  }
  test.each(sets)("%o %o", (top, below) => {
    const key = growHssKey({ parameters: top, seed: seed.subarray(0, top.n), id }, below);
    const message = Buffer.from("a message");
    for (const index of [0, 1, hssCapacity(key) - 1]) {
      const signature = hssSign(key, index, message);
      expect(isHssSignature(hssPublicKey(key), message, signature)).toBe(true);
      expect(isHssSignature(hssPublicKey(key), Buffer.from("a massage"), signature)).toBe(false);
      expect(hssSign(key, index, message).equals(signature)).toBe(true);
    }
    expect(() => hssSign(key, hssCapacity(key), message)).toThrow(RangeError);
    expect(() => hssSign(key, -1, message)).toThrow(RangeError);
  });
});
