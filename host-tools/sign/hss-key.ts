/**
 * An HSS key of one or two levels (RFC 8554 §6): signatures by index, which counts through the leaves of all trees below.
 *
 * Idea: index = (leaf above) · 2^(height below) + leaf below. The lower tree follows from the upper leaf that signs it, and that signature is the same each time it
 * is made, so the index is all there is to remember. As lms-tree.ts, it has no state: indexes come from signer.ts.
 */
import { hssVerify, Hss, type HssNative } from "../../firmware/security/hss.ts";
import { hash } from "node:crypto";
import { childSecret, growTree, lmsPublicKey, signWithLeaf, type LmsSecret, type LmsTree, type OnProgress } from "./lms-tree.ts";
import type { LmsParameters } from "./lms-parameters.ts";

export interface HssKey {
  top: LmsTree;
  /** Parameters of the second level; undefined with one level. */
  below: LmsParameters | undefined;
  /** The lower tree that was used last, and the leaf that signs it. */
  current: { leaf: number; tree: LmsTree; signature: Buffer } | undefined;
}

const word = (value: number): Buffer => Buffer.from([value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]);

/** Makes a key of one or two levels. @throws RangeError unless both levels have the same n (SP 800-208 §4) */
export function hssKey(top: LmsTree, below?: LmsParameters): HssKey {
  if (below !== undefined && below.n !== top.parameters.n) throw new RangeError("levels: all have the same n");
  return { top, below, current: undefined };
}

/** Grows the top tree of a new key. */
export function growHssKey(secret: LmsSecret, below?: LmsParameters, onProgress?: OnProgress): HssKey {
  return hssKey(growTree(secret, onProgress), below);
}

/** The HSS public key: u32(L) ‖ the top tree's key (§6.1). */
export function hssPublicKey(key: HssKey): Buffer {
  return Buffer.concat([word(key.below ? 2 : 1), lmsPublicKey(key.top)]);
}

/** How many messages the key signs in all. */
export function hssCapacity(key: Pick<HssKey, "below"> & { top: Pick<LmsSecret, "parameters"> }): number {
  return 2 ** (key.top.parameters.height + (key.below?.height ?? 0));
}

/** Signs `message` with `index` (§6.2). The same index must never be given again with another message. A new lower tree is grown when the index enters it. */
export function hssSign(key: HssKey, index: number, message: Uint8Array, onProgress?: OnProgress): Buffer {
  if (key.below === undefined) return Buffer.concat([word(0), signWithLeaf(key.top, index, message)]);
  const leaf = Math.floor(index / 2 ** key.below.height);
  if (key.current?.leaf !== leaf) {
    const tree = growTree(childSecret(key.top, leaf, key.below), onProgress);
    key.current = { leaf, tree, signature: signWithLeaf(key.top, leaf, lmsPublicKey(tree)) };
  }
  const { tree, signature } = key.current;
  return Buffer.concat([word(1), signature, lmsPublicKey(tree), signWithLeaf(tree, index % 2 ** key.below.height, message)]);
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");

const native: HssNative = {
  sha: (data) => Uint8Array.from(hash("sha256", typeof data === "string" ? Buffer.from(data, "latin1") : data, "buffer")).buffer,
  bytes: (bytes) => Uint8Array.from(Buffer.from(bytes, "latin1")),
};

/** Checks a signature with the code that tiles check it with. */
export function isHssSignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return hssVerify(native, latin1(publicKey), latin1(message), latin1(signature)) === Hss.Good;
}
