/** SHA, CRC-32 and heatshrink in C against Node, published vectors and the real interpreter. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { roomyEspruino, runEspruino } from "./espruino-runner.ts";
import { NativeCore, nativeCompiler } from "./native-core.ts";

const geometry = { baseAddr: 0x21000000, flashBytes: 0x4000, pageBytes: 4096, storageBytes: 0x4000 } as const;
const algorithms = ["sha1", "sha224", "sha256", "sha384", "sha512"] as const;
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex") || "-";

/** Compressible and not: runs, repeats at a distance, noise; all lengths around the window of 256. */
function samples(): Buffer[] {
  const list: Buffer[] = [Buffer.from("hello hello hello hello hello"), Buffer.alloc(1000), Buffer.alloc(700, 0xff), Buffer.from([0]), Buffer.from([1, 2])];
  let state = 99;
  const random = (): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16;
  for (const length of [1, 2, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1500, 4000]) {
    const noise = Buffer.from(Array.from({ length }, () => random() & 255));
    list.push(noise, Buffer.from(noise.map((byte) => byte & 3)), Buffer.from(Array.from({ length }, (_, i) => (random() % 5 ? (noise[i % 97] ?? 0) : random() & 255))));
  }
  list.push(Buffer.from("function boot(port){var a=port.now();return {step:function(t,e){return t+1000;}};}\n".repeat(20)));
  return list;
}

describe.skipIf(!nativeCompiler())("digests and compression in C", () => {
  let core: NativeCore;
  beforeAll(() => {
    core = new NativeCore(geometry);
  }, 60_000);
  afterAll(() => core.close());

  it("agrees with Node's SHA for every length around the blocks", () => {
    const data = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 37) & 255));
    const commands: string[] = [];
    const expected: string[] = [];
    for (let length = 0; length <= 300; length++)
      algorithms.forEach((algorithm, kind) => {
        commands.push(`sha ${kind} ${hexOf(data.subarray(0, length))}`);
        expected.push(createHash(algorithm).update(data.subarray(0, length)).digest("hex"));
      });
    expect(core.run(commands)).toEqual(expected);
  });

  it("agrees with zlib's CRC-32, and with its check value", () => {
    expect(core.run([`crc ${hexOf(Buffer.from("123456789"))}`])).toEqual([String(0xcbf43926)]); // the catalogue's check value
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (data) => {
        expect(core.run([`crc ${hexOf(data)}`])).toEqual([String(crc32(data))]);
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  it("decompresses what it compressed", () => {
    const list = samples();
    const packed = core.run(list.map((data) => `compress ${hexOf(data)}`));
    expect(core.run(packed.map((hex) => `decompress ${hex}`))).toEqual(list.map(hexOf));
    expect((packed[1] as string).length).toBeLessThan(100); // 1000 zeros
  });

  it("survives any bytes as a compressed stream", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (data) => {
        const [answer = ""] = core.run([`decompress ${hexOf(data)}`]);
        expect(answer).toMatch(/^([0-9a-f]+|-)$/);
      }),
      { seed: 6, numRuns: 60 },
    );
  });

  it.skipIf(!roomyEspruino)("gives the same bytes as real Espruino, both ways", async () => {
    const list = samples();
    const program = [
      "var H=require('heatshrink'),C=require('crypto'),d;",
      ...list.flatMap((data) => [
        `d=new Uint8Array(E.toArrayBuffer(atob("${data.toString("base64")}")));`,
        "report(hex(E.toString(H.compress(d))));",
        "report(hex(E.toString(H.decompress(H.compress(d)))));",
        "report(E.CRC32(d));",
        ...algorithms.map((algorithm) => `report(hex(E.toString(C.${algorithm.toUpperCase()}(d))));`),
      ]),
    ].join("\n");
    const { lines } = await runEspruino(roomyEspruino as string, program);
    const ours = list.flatMap((data) => {
      const [packed = ""] = core.run([`compress ${hexOf(data)}`]);
      return core.run([`compress ${hexOf(data)}`, `decompress ${packed}`, `crc ${hexOf(data)}`, ...algorithms.map((_, kind) => `sha ${kind} ${hexOf(data)}`)]);
    });
    expect(ours).toEqual(lines);
  }, 120_000);
});
