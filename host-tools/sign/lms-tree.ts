/**
 * One LMS tree: its private key, its nodes, and signatures by it (RFC 8554 §4.3–§4.5, §5.2–§5.4; private values by the pseudorandom method of Appendix A).
 *
 * Idea: everything follows from I and SEED. x_q[i] = H(I ‖ u32(q) ‖ u16(i) ‖ 0xff ‖ SEED). Numbers i that no chain has give what else a leaf needs, so that nothing
 * random is left and signing the same message with the same leaf gives the same bytes: 0xfffd the randomizer C, 0xfffe and 0xffff SEED and I of the tree below that leaf.
 *
 * This file knows no state: whoever calls signWithLeaf twice with one leaf and two messages gives the key away. Only signer.ts does, with indexes that it has reserved on disk.
 */
import { hash } from "node:crypto";
import { lmsShape, type LmsParameters, type LmsShape } from "./lms-parameters.ts";

/** What a tree is made of. `id` is I, 16 bytes; `seed` has n bytes and is the secret. */
export interface LmsSecret {
  parameters: LmsParameters;
  id: Buffer;
  seed: Buffer;
}

/** A tree with all nodes: node r (the root is 1) at r·n. The nodes are public. */
export interface LmsTree extends LmsSecret {
  shape: LmsShape;
  nodes: Buffer;
}

/** Told how many of `total` leaves are made, several times a second, from the second second on. */
export type OnProgress = (done: number, total: number) => void;

const RANDOMIZER = 0xfffd;
const CHILD_SEED = 0xfffe;
const CHILD_ID = 0xffff;
const sha256 = (data: Uint8Array): Buffer => hash("sha256", data, "buffer");

/** I ‖ q ‖ the two bytes that say what is hashed ‖ room. */
function block(id: Buffer, q: number, label: number, bytes: number): Buffer {
  const made = Buffer.alloc(22 + bytes);
  id.copy(made);
  made.writeUInt32BE(q, 16);
  made.writeUInt16BE(label, 20);
  return made;
}

function derive(secret: LmsSecret, q: number, i: number): Buffer {
  const input = block(secret.id, q, i, 1 + secret.parameters.n);
  input[22] = 0xff;
  secret.seed.copy(input, 23);
  const value = sha256(input).subarray(0, secret.parameters.n);
  input.fill(0);
  return value;
}

/** Walks chain `i` of leaf `q` from its private value to `digit`, into `into` at `at`. */
function walk(secret: LmsSecret, q: number, i: number, digit: number, into: Buffer, at: number): void {
  const n = secret.parameters.n;
  const input = block(secret.id, q, i, 1 + n);
  derive(secret, q, i).copy(input, 23);
  for (let j = 0; j < digit; j++) {
    input[22] = j;
    sha256(input).copy(input, 23, 0, n);
  }
  input.copy(into, at, 23, 23 + n);
}

/** The hash of all chain ends of a leaf (algorithm 1), and of that the leaf (§5.3). */
function leafNode(secret: LmsSecret, shape: LmsShape, q: number): Buffer {
  const ends = block(secret.id, q, 0x8080, shape.chains * shape.n);
  for (let i = 0; i < shape.chains; i++) walk(secret, q, i, 2 ** shape.w - 1, ends, 22 + i * shape.n);
  const leaf = block(secret.id, 2 ** shape.height + q, 0x8282, shape.n);
  sha256(ends).copy(leaf, 22, 0, shape.n);
  return sha256(leaf);
}

/** Makes all nodes. About 16·p hashes a leaf for w = 4: about a second for height 10, half a minute for 15. */
export function growTree(secret: LmsSecret, onProgress?: OnProgress): LmsTree {
  const shape = lmsShape(secret.parameters);
  const { n, height } = shape;
  const leaves = 2 ** height;
  const nodes = Buffer.alloc(2 * leaves * n);
  let nextReport = Date.now() + 1000;
  for (let q = 0; q < leaves; q++) {
    leafNode(secret, shape, q).copy(nodes, (leaves + q) * n, 0, n);
    if (onProgress === undefined || Date.now() < nextReport) continue;
    onProgress(q + 1, leaves);
    nextReport = Date.now() + 200;
  }
  for (let r = leaves - 1; r > 0; r--) {
    const input = block(secret.id, r, 0x8383, 2 * n);
    nodes.copy(input, 22, 2 * r * n, (2 * r + 2) * n);
    sha256(input).copy(nodes, r * n, 0, n);
  }
  return { ...secret, shape, nodes };
}

/** A tree whose nodes were kept. Nothing is checked here: a wrong node makes signatures that don't verify. */
export function keptTree(secret: LmsSecret, nodes: Buffer): LmsTree {
  const shape = lmsShape(secret.parameters);
  if (nodes.length !== 2 ** (shape.height + 1) * shape.n) throw new RangeError(`nodes: ${nodes.length} bytes instead of ${2 ** (shape.height + 1) * shape.n}`);
  return { ...secret, shape, nodes };
}

/** The LMS public key: u32(type) ‖ u32(otsType) ‖ I ‖ root (§5.3). */
export function lmsPublicKey({ shape, id, nodes }: LmsTree): Buffer {
  const types = Buffer.alloc(8);
  types.writeUInt32BE(shape.lmsType, 0);
  types.writeUInt32BE(shape.otsType, 4);
  return Buffer.concat([types, id, nodes.subarray(shape.n, 2 * shape.n)]);
}

/** SEED and I of the tree that leaf `q` signs. */
export function childSecret(secret: LmsSecret, q: number, parameters: LmsParameters): LmsSecret {
  return { parameters, seed: derive(secret, q, CHILD_SEED).subarray(0, parameters.n), id: derive(secret, q, CHILD_ID).subarray(0, 16) };
}

/** Signs with leaf `q` (§4.5 algorithm 3, §5.4.1): once for each leaf, for ever. */
export function signWithLeaf(tree: LmsTree, q: number, message: Uint8Array): Buffer {
  const { shape, id, nodes } = tree;
  const { n, w, chains } = shape;
  if (!Number.isInteger(q) || q < 0 || q >= 2 ** shape.height) throw new RangeError(`leaf: ${q} of ${2 ** shape.height}`);
  const signature = Buffer.alloc(shape.signatureBytes);
  const randomizer = derive(tree, q, RANDOMIZER);
  signature.writeUInt32BE(q, 0);
  signature.writeUInt32BE(shape.otsType, 4);
  randomizer.copy(signature, 8);

  const digits = Buffer.alloc(n + 2);
  sha256(Buffer.concat([block(id, q, 0x8181, 0), randomizer, message])).copy(digits, 0, 0, n);
  const digitAt = (i: number): number => (digits.readUInt8((i * w) >> 3) >> (8 - w - ((i * w) & 7))) & (2 ** w - 1);
  let sum = 0;
  for (let i = 0; i < shape.messageChains; i++) sum += 2 ** w - 1 - digitAt(i);
  digits.writeUInt16BE(sum << shape.shift, n);
  for (let i = 0; i < chains; i++) walk(tree, q, i, digitAt(i), signature, 8 + n + i * n);

  let at = 8 + n + chains * n;
  at = signature.writeUInt32BE(shape.lmsType, at);
  for (let r = 2 ** shape.height + q; r > 1; r >>= 1) at += nodes.copy(signature, at, (r ^ 1) * n, (r ^ 1) * n + n);
  return signature;
}
