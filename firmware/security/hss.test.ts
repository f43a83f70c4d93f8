// HSS/LMS on published vectors, and with everything about them changed. What is refused must be refused with a code, never with an exception.
import { hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { growHssKey, hssPublicKey, hssSign } from "../../host-tools/sign/hss-key.ts";
import { lmsShape, type LmsParameters } from "../../host-tools/sign/lms-parameters.ts";
import { acvpVectors, rfcVectors, type SignatureVector } from "./host/vectors.ts";
import { Hss, hssNative, hssStart, hssStep, hssVerify, type HssNative } from "./hss.ts";
import type { EspruinoApi } from "../../hal/espruino.ts";

let hashes = 0;
const native: HssNative = {
  sha: (data) => {
    hashes++;
    const digest = hash("sha256", typeof data === "string" ? Buffer.from(data, "latin1") : data, "buffer");
    return digest.buffer.slice(digest.byteOffset, digest.byteOffset + 32);
  },
  bytes: (data) => Uint8Array.from(Buffer.from(data, "latin1")),
};
const check = (v: Pick<SignatureVector, "publicKey" | "message" | "signature">): Hss => hssVerify(native, v.publicKey, v.message, v.signature);
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

/** A seeded source of numbers below `n`. */
function numbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** A signature of our own. */
function sign(top: LmsParameters, below?: LmsParameters, index: number = 5): SignatureVector {
  const key = growHssKey({ parameters: top, seed: Buffer.alloc(top.n, 3), id: Buffer.alloc(16, 4) }, below);
  const message = Buffer.from("the message that was signed");
  return { name: JSON.stringify([top, below]), publicKey: latin1(hssPublicKey(key)), message: latin1(message), signature: latin1(hssSign(key, index, message)), isGood: true };
}
const n24: LmsParameters = { n: 24, w: 4, height: 5 };
const n32: LmsParameters = { n: 32, w: 4, height: 5 };
const ours = [sign(n24), sign(n32), sign(n24, n24, 70), sign(n32, n32, 1023)];

const flip = (text: string, at: number, bits: number): string => text.substring(0, at) + String.fromCharCode(text.charCodeAt(at) ^ bits) + text.substring(at + 1);
const word = (value: number): string => String.fromCharCode((value >>> 24) & 255, (value >> 16) & 255, (value >> 8) & 255, value & 255);
const put = (text: string, at: number, piece: string): string => text.substring(0, at) + piece + text.substring(at + piece.length);

describe("published vectors", () => {
  test.each([...rfcVectors(), ...acvpVectors()])("$name", (vector) => {
    const verdict = check(vector);
    expect(verdict === Hss.Good).toBe(vector.isGood);
    if (/modify message|modify signature$/.test(vector.name)) expect([Hss.Forged, Hss.Type]).toContain(verdict);
  });
  test("their number, so that none is lost on the way", () => {
    expect([rfcVectors().length, acvpVectors().length, acvpVectors().filter(({ isGood }) => isGood).length]).toEqual([3, 16, 4]);
  });
});

describe("hashes", () => {
  test.each([[n24, 51], [n32, 67]] as const)("what a check of %o costs", (parameters, chains) => {
    const counts: number[] = [];
    const key = growHssKey({ parameters, seed: Buffer.alloc(parameters.n, 1), id: Buffer.alloc(16, 2) });
    for (let i = 0; i < 32; i++) {
      const message = Buffer.from(`message ${i}`);
      hashes = 0;
      expect(hssVerify(native, latin1(hssPublicKey(key)), latin1(message), latin1(hssSign(key, i, message)))).toBe(Hss.Good);
      counts.push(hashes);
    }
    const mean = counts.reduce((sum, count) => sum + count) / counts.length;
    console.log(`n = ${parameters.n}, w = 4, height 5: ${mean.toFixed(0)} hashes on average (${Math.min(...counts)}–${Math.max(...counts)}); 5 more with height 10`);
    // The checksum keeps the sum of all digits near its middle: half of 15 a chain of the message, and message, ends, leaf and path.
    expect(Math.max(...counts)).toBeLessThan(chains * 15);
    expect(Math.abs(mean - (chains * 7.5 + 8))).toBeLessThan(chains);
  });

  test("one step does no more than its budget, whatever it is, and the verdict is the same", () => {
    for (const vector of [...ours, rfcVectors()[1]!]) {
      for (const signature of [vector.signature, flip(vector.signature, vector.signature.length - 1, 1)]) {
        const expected = check({ ...vector, signature });
        for (const budget of [1, 2, 7, 16, 100]) {
          const state = hssStart(native, vector.publicKey, vector.message, signature);
          let verdict = 0;
          let steps = 0;
          while (!verdict) {
            const before = hashes;
            verdict = hssStep(state, budget);
            // A leaf is two hashes in one go.
            expect(hashes - before).toBeLessThanOrEqual(budget + 1);
            expect(++steps).toBeLessThan(20_000);
          }
          expect(verdict).toBe(expected);
          expect(hssStep(state, budget)).toBe(expected);
        }
      }
    }
  });
});

describe("what is not exactly so is refused", () => {
  test("one bit of every byte of key, message and signature", () => {
    const random = numbers(1);
    let refused = 0;
    for (const vector of ours.slice(0, 3)) {
      for (const part of ["publicKey", "message", "signature"] as const) {
        for (let at = 0; at < vector[part].length; at++) {
          const verdict = check({ ...vector, [part]: flip(vector[part], at, 1 << random(8)) });
          expect(verdict, `${vector.name} ${part} ${at}`).toBeGreaterThan(Hss.Good);
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(6000);
  });

  test("every length but the right one", () => {
    for (const vector of ours) {
      for (let length = 0; length < vector.signature.length; length++) expect(check({ ...vector, signature: vector.signature.substring(0, length) })).toBeGreaterThan(Hss.Good);
      for (let length = 0; length < vector.publicKey.length; length++) expect(check({ ...vector, publicKey: vector.publicKey.substring(0, length) })).toBeGreaterThan(Hss.Good);
      for (const more of ["\0", "\xff", vector.signature, "\0".repeat(24)]) {
        expect(check({ ...vector, signature: vector.signature + more })).toBe(Hss.Length);
        expect(check({ ...vector, publicKey: vector.publicKey + more })).toBe(Hss.Key);
        expect(check({ ...vector, message: vector.message + more })).toBe(Hss.Forged);
      }
    }
  });

  test.each([[0, 24, 51, 10, 7], [1, 32, 67, 5, 3]] as const)("any other type, in the key, in the signature and in both (our signature %i)", (which, n, chains, lmsType, otsType) => {
    const v = ours[which]!;
    const places = [
      { keyAt: 4, at: 4 + 4 + 4 + n + chains * n, own: lmsType, first: lmsType, last: lmsType + 4 },
      { keyAt: 8, at: 8, own: otsType, first: n === 24 ? 5 : 1, last: n === 24 ? 8 : 4 },
    ];
    for (const { keyAt, at, own, first, last } of places) {
      for (let type = 0; type < 300; type++) {
        if (type === own) continue;
        // Another height or width is another length; what is no type for this n is no key, whatever the rest says.
        const verdict = type >= first && type <= last ? Hss.Length : Hss.Key;
        expect(check({ ...v, publicKey: put(v.publicKey, keyAt, word(type)) })).toBe(verdict);
        expect(check({ ...v, signature: put(v.signature, at, word(type)) })).toBe(Hss.Type);
        expect(check({ ...v, publicKey: put(v.publicKey, keyAt, word(type)), signature: put(v.signature, at, word(type)) })).toBe(verdict);
      }
      for (const high of [0x100, 0x10000, 0x1000000]) expect(check({ ...v, publicKey: put(v.publicKey, keyAt, word(own + high)) })).toBe(Hss.Key);
    }
  });

  test("a signature by a key of another shape, under a key that claims this one", () => {
    const shapes: LmsParameters[] = [n24, n32, { n: 24, w: 8, height: 5 }, { n: 32, w: 2, height: 5 }];
    const vectors = shapes.map((shape) => sign(shape));
    for (const key of vectors) for (const signature of vectors) expect(check({ ...key, signature: signature.signature }) === Hss.Good).toBe(key === signature);
  });

  test("leaves that the tree does not have", () => {
    for (const vector of ours.slice(0, 2)) {
      for (const leaf of [32, 33, 255, 256, 65536, 0x7fffffff, 0x80000005, 0xffffffff]) expect(check({ ...vector, signature: put(vector.signature, 4, word(leaf)) })).toBe(Hss.Index);
      expect(check({ ...vector, signature: put(vector.signature, 4, word(6)) })).toBe(Hss.Forged);
    }
  });

  test("levels: their number, left out, doubled, and a lower tree with shorter hashes", () => {
    const [one, , two] = ours as [SignatureVector, SignatureVector, SignatureVector];
    for (const levels of [0, 2, 3, 8, 9, 255, 256, 0x01000001]) expect(check({ ...one, publicKey: put(one.publicKey, 0, word(levels)) })).toBeGreaterThan(Hss.Good);
    for (const levels of [1, 2, 7, 255, 0x01000000]) expect(check({ ...one, signature: put(one.signature, 0, word(levels)) })).toBe(Hss.Levels);
    expect(check({ ...one, publicKey: put(one.publicKey, 0, word(0)), signature: put(one.signature, 0, word(255)) })).toBe(Hss.Key);
    expect(check({ ...two, publicKey: put(two.publicKey, 0, word(1)) })).toBe(Hss.Levels);
    // The first level's signature alone signs the second key; it is no signature of the message, nor may the second key count as a message of a key that says two levels.
    const first = lmsShape(n24).signatureBytes;
    const inner = two.signature.substr(4 + first, 48);
    expect(check({ publicKey: put(two.publicKey, 0, word(1)), message: inner, signature: word(0) + two.signature.substr(4, first) })).toBe(Hss.Good);
    expect(check({ publicKey: two.publicKey, message: inner, signature: word(0) + two.signature.substr(4, first) })).toBe(Hss.Levels);
    expect(check({ publicKey: two.publicKey, message: inner, signature: word(1) + two.signature.substr(4, first) })).toBe(Hss.Length);
    expect(check({ ...two, publicKey: put(two.publicKey, 0, word(3)), signature: word(2) + two.signature.substr(4, first + 48) + two.signature.substr(4) })).toBeGreaterThan(Hss.Good);
    // A root that signs a tree with another n, and as many bytes of it as it takes for its own n: refused by the type.
    for (const [above, below] of [[n32, n24], [n24, n32]] as const) {
      const root = growHssKey({ parameters: above, seed: Buffer.alloc(above.n, 3), id: Buffer.alloc(16, 4) });
      const leafKey = sign(below);
      const tail = leafKey.publicKey.substring(4) + leafKey.signature.substring(4);
      for (const length of [24 + below.n, 24 + above.n]) {
        const signature = word(1) + latin1(hssSign(root, 1, Buffer.from(tail.substring(0, length), "latin1"))).substring(4) + tail;
        expect(check({ publicKey: word(2) + latin1(hssPublicKey(root)).substring(4), message: leafKey.message, signature })).toBe(length === 24 + above.n ? Hss.Key : Hss.Forged);
      }
    }
  });

  test("three levels, up to eight: the loop, not a special case", () => {
    let below = sign(n24);
    for (let levels = 2; levels <= 9; levels++) {
      const root = growHssKey({ parameters: n24, seed: Buffer.alloc(24, levels), id: Buffer.alloc(16, levels) });
      const key = below.publicKey.substring(4);
      const signature = word(levels - 1) + latin1(hssSign(root, 3, Buffer.from(key, "latin1"))).substring(4) + key + below.signature.substring(4);
      below = { ...below, publicKey: word(levels) + latin1(hssPublicKey(root)).substring(4), signature };
      expect(check(below)).toBe(levels < 9 ? Hss.Good : Hss.Key);
      expect(check({ ...below, message: "another" })).toBe(levels < 9 ? Hss.Forged : Hss.Key);
    }
  });

  test("random bytes, pieces put together anew, and many bytes changed: never good, never an exception", () => {
    const seed = Number(process.env["GENESIS_SEED"] ?? 20261123);
    const random = numbers(seed);
    const bytes = (length: number): string => Array.from({ length }, () => String.fromCharCode(random(256))).join("");
    const verdicts = new Set<number>();
    for (let i = 0; i < 4000; i++) {
      const v = ours[random(ours.length)]!;
      const other = ours[random(ours.length)]!;
      const cut = random(v.signature.length);
      const kind = random(5);
      const hostile = { publicKey: v.publicKey, message: v.message, signature: v.signature };
      if (kind === 0) hostile.signature = bytes(random(3000));
      else if (kind === 1) hostile.publicKey = (random(2) ? v.publicKey.substring(0, 4 + random(20)) : "") + bytes(random(60));
      else if (kind === 2) hostile.signature = v.signature.substring(0, cut) + other.signature.substring(random(other.signature.length));
      else if (kind === 3) for (let n = 1 + random(9); n > 0; n--) hostile.signature = put(hostile.signature, random(hostile.signature.length), bytes(1 + random(8)));
      else {
        hostile.publicKey = word(1 + random(3)) + word(4 + random(12)) + word(random(10)) + bytes(16 + 24 + random(2) * 8);
        hostile.signature = word(random(3)) + bytes(random(2600));
      }
      if (hostile.signature === v.signature && hostile.publicKey === v.publicKey) continue;
      const verdict = check(hostile);
      expect(verdict, `seed ${seed}, run ${i}`).toBeGreaterThan(Hss.Good);
      verdicts.add(verdict);
    }
    expect([...verdicts].sort((a, b) => a - b)).toEqual([Hss.Key, Hss.Levels, Hss.Type, Hss.Length, Hss.Index, Hss.Forged]);
  });
});

describe("an engine without SHA-256", () => {
  const v = ours[0]!;
  test("says that it can't tell", () => {
    const without = { require: () => ({}), E: {} } as unknown as EspruinoApi;
    const missing = { require: () => { throw new Error("Module \"crypto\" not found"); }, E: {} } as unknown as EspruinoApi;
    for (const port of [without, missing]) {
      expect(hssNative(port)).toBeUndefined();
      expect(hssVerify(hssNative(port), v.publicKey, v.message, v.signature)).toBe(Hss.NoHash);
      expect(hssStep(hssStart(undefined, v.publicKey, v.message, v.signature), 10)).toBe(Hss.NoHash);
    }
  });
  test("nor can one that takes only so many bytes at once", () => {
    const most = (bytes: number): HssNative => ({
      ...native,
      sha: (data) => {
        if (data.length > bytes) throw new Error("Not enough stack memory for data");
        return native.sha(data);
      },
    });
    const long = { ...v, message: v.message + "x".repeat(5000) };
    expect(hssVerify(most(5000), long.publicKey, long.message, long.signature)).toBe(Hss.NoHash);
    expect(hssVerify(most(1000), v.publicKey, v.message, v.signature)).toBe(Hss.NoHash);
    expect(hssVerify(most(22 + 51 * 24), v.publicKey, v.message, v.signature)).toBe(Hss.Good);
  });
  test("and one with it gets its natives", () => {
    const port = { require: () => ({ SHA256: native.sha }), E: { toUint8Array: native.bytes } } as unknown as EspruinoApi;
    expect(hssVerify(hssNative(port), v.publicKey, v.message, v.signature)).toBe(Hss.Good);
  });
});
