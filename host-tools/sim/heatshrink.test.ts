/**
 * Heatshrink and CRC-32: what Espruino 2v29 makes of seeded inputs, byte for byte, and the way back.
 *
 * `heatshrink-vectors.json` holds what the interpreter answered; GENESIS_ESPRUINO=<binary> asks it again, GENESIS_RECORD=1 records anew.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { espruinoBinary, runEspruino } from "../../boards/qemu-mps2-an385/native-test/espruino-runner.ts";
import { crc32 } from "./crc32.ts";
import { heatshrinkCompress, heatshrinkDecompress } from "./heatshrink.ts";

const vectorFile = join(import.meta.dirname, "../../boards/sim/test-vectors/heatshrink-vectors.json");
const seed = 20261123;

/** Inputs from very repetitive to random, with the lengths where something changes. */
function inputs(): Uint8Array[] {
  const list: Uint8Array[] = [new Uint8Array(1), new Uint8Array(300), Uint8Array.from({ length: 700 }, (_, i) => i & 0xff)];
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  for (const length of [2, 3, 63, 64, 65, 255, 256, 257, 400, 1000, 2000])
    for (const symbols of [2, 20, 256]) list.push(Uint8Array.from({ length }, () => random(symbols)));
  list.push(Buffer.from("function a(b){return b+1}".repeat(40), "latin1"));
  return list;
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 32);

async function askEspruino(binary: string): Promise<string[]> {
  const program = inputs().map((bytes) => `report((function(){var d=atob("${Buffer.from(bytes).toString("base64")}"),c=require("heatshrink").compress(d);return btoa(E.toString(c))+" "+(E.toString(require("heatshrink").decompress(c))===d)})());`);
  const run = await runEspruino(binary, program.join("\n"));
  return run.lines.map((line) => {
    const [compressed = "", same] = line.split(" ");
    return `${digest(Buffer.from(compressed, "base64"))} ${same}`;
  });
}

describe("heatshrink", () => {
  it("makes the bytes that Espruino makes", () => {
    const recorded = (existsSync(vectorFile) ? JSON.parse(readFileSync(vectorFile, "utf8")) : []) as string[];
    expect(inputs().map((bytes) => `${digest(heatshrinkCompress(bytes))} true`)).toEqual(recorded);
  });

  it.skipIf(!espruinoBinary)("is what Espruino still answers", async () => {
    const now = await askEspruino(espruinoBinary!);
    if (process.env["GENESIS_RECORD"]) writeFileSync(vectorFile, `${JSON.stringify(now, null, 1)}\n`);
    else expect(now).toEqual(JSON.parse(readFileSync(vectorFile, "utf8")));
  }, 120_000);

  it("gives back what went in", () => {
    const repetitive = fc.array(fc.constantFrom("ab", "abc", "\0\0\0", "function", "x"), { maxLength: 300 }).map((parts) => Buffer.from(parts.join(""), "latin1"));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 900 }), repetitive), (bytes) => {
        expect(Buffer.from(heatshrinkDecompress(heatshrinkCompress(bytes)))).toEqual(Buffer.from(bytes));
      }),
      { seed, numRuns: 300 },
    );
  });

  it("ends with the input, whatever the input", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => heatshrinkDecompress(bytes).length <= (bytes.length * 8 * 64) / 15 + 64), { seed, numRuns: 300 });
  });
});

describe("CRC-32", () => {
  it("is zlib's, whole and in parts", () => {
    expect(crc32(Buffer.from("123456789"))).toBe(0xcbf43926);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
        expect(crc32(bytes)).toBe(zlibCrc32(bytes));
        expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(zlibCrc32(bytes));
      }),
      { seed, numRuns: 200 },
    );
  });
});
