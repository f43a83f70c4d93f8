// What tests of the signer share: a signer's days over files in memory, and a ledger that no one-time key gets past twice.
import { createHash } from "node:crypto";
import { expect } from "vitest";
import { Failure } from "../../cli/failure.ts";
import { isHssSignature } from "../hss-key.ts";
import { lmsShape, type LmsParameters } from "../lms-parameters.ts";
import { createKey, openSigner, type KeyPlace, type SignerPowers } from "../signer.ts";
import { CrashFiles, type Choose } from "./crash-files.ts";

export const LEVEL: LmsParameters = { n: 24, w: 4, height: 5 };
export const PLACE: KeyPlace = { key: "/keys/a", records: "/records" };

/** Powers over files in memory; the lock holds as long as `locks` lives. */
export function powersOver(files: CrashFiles, locks: Set<string> = new Set(), computer: string = "this one"): SignerPowers {
  let next = 0;
  return {
    files,
    lock: (file) => {
      if (locks.has(file)) return undefined;
      locks.add(file);
      return () => void locks.delete(file);
    },
    computer: () => computer,
    random: (bytes) => createHash("sha512").update(`seed ${next++}`).digest().subarray(0, bytes),
  };
}

/** Which message each one-time key has signed, over all that was ever given out. */
export class Ledger {
  readonly #signed = new Map<string, string>();
  add(publicKey: Buffer, message: Buffer, signature: Buffer, levels: readonly LmsParameters[]): void {
    expect(isHssSignature(publicKey, message, signature)).toBe(true);
    let key = publicKey.subarray(4);
    let at = 4;
    levels.forEach((level, depth) => {
      const shape = lmsShape(level);
      const end = at + shape.signatureBytes;
      const isLast = depth === levels.length - 1;
      const signed = isLast ? message : signature.subarray(end, end + lmsShape(levels[depth + 1]!).publicKeyBytes);
      const name = `${key.subarray(8, 24).toString("hex")} ${signature.readUInt32BE(at)}`;
      const before = this.#signed.get(name);
      if (before !== undefined && (isLast || before !== signed.toString("hex"))) throw new Error(`one-time key ${name} has signed twice`);
      this.#signed.set(name, signed.toString("hex"));
      key = Buffer.from(signed);
      at = end + (isLast ? 0 : signed.length);
    });
  }
}

/** A key in memory, made once per set of levels. */
const made = new Map<string, CrashFiles>();
export function freshKey(levels: readonly LmsParameters[]): CrashFiles {
  const name = JSON.stringify(levels);
  let files = made.get(name);
  if (files === undefined) {
    files = new CrashFiles();
    createKey(PLACE, levels, undefined, powersOver(files));
    made.set(name, files);
  }
  return files.copy();
}

let messages = 0;
export const nextMessage = (): Buffer => Buffer.from(`message ${messages++}`);

/** A day of a signer: opens, signs, reserves, splits, closes, comes back. */
export function day(files: CrashFiles, ledger: Ledger, levels: readonly LmsParameters[], place: KeyPlace = PLACE): void {
  for (let visit = 0; visit < 2; visit++) {
    const signer = openSigner(place, undefined, powersOver(files));
    const sign = (): void => {
      const message = nextMessage();
      ledger.add(signer.publicKey, message, signer.sign(message), levels);
    };
    sign();
    signer.reserve(3);
    sign();
    sign();
    signer.close();
  }
}

/** Choices of what survives: nothing, everything, half of each content, and seeded mixtures. */
export function choices(seed: number): Choose[] {
  const mixed = (n: number): Choose => {
    let state = (seed * 7919 + n * 104729) | 1;
    return () => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return (["old", "new", "half"] as const)[(state >> 16) % 3]!;
    };
  };
  return [() => "old", () => "new", () => "half", mixed(1), mixed(2), mixed(3)];
}

export const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
  return "none";
};
