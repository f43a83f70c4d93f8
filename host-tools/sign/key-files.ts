/**
 * The files of a signing key, and what they look like.
 *
 *   <key>/key.json     what never changes: part, levels, I, SEED, public key, first index. Secret.
 *   <key>/state.json   serial, next index, end of the range. Replaced at each reservation.
 *   <key>/tree.bin     nodes of the top tree. Public; grown again when it is missing.
 *   <records>/<part>/<serial>.json   the record: the same numbers as state.json, kept in another place than the key, and the computer's id. The highest serial counts.
 *   <records>/<part>/lock   who has the key open.
 *
 * Idea: a JSON object on one line, keys in the order given here, that ends with `check`, the SHA-256 of what stands before it. A file counts only if it is byte for byte what would be written for
 * its values, so a torn, cut or edited one is refused. (The check is against accidents: who can write the files has the key.)
 */
import { createHash } from "node:crypto";
import { Failure } from "../cli/failure.ts";
import type { LmsParameters } from "./lms-parameters.ts";

export const KEY_FORMAT = "genesis hss key 1";
export const STATE_FORMAT = "genesis hss state 1";
export const RECORD_FORMAT = "genesis hss record 1";

export interface KeyFile {
  format: typeof KEY_FORMAT;
  /** 32 hexadecimal digits, different for each part that a key is split into. */
  part: string;
  levels: LmsParameters[];
  /** I, SEED and the HSS public key in hexadecimal digits. */
  id: string;
  seed: string;
  publicKey: string;
  /** First index of this part. */
  first: number;
}

export interface StateFile {
  format: typeof STATE_FORMAT | typeof RECORD_FORMAT;
  part: string;
  /** How often it was replaced. */
  serial: number;
  /** First index that was never reserved, and the first that does not belong to this part. */
  next: number;
  end: number;
  /** Record: id of the computer, "" where it has none. State: "". */
  computer: string;
}

function check(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function encode(fields: object): Buffer {
  const body = JSON.stringify(fields).slice(0, -1);
  return Buffer.from(`${body},"check":"${check(body)}"}\n`);
}

export function encodeKeyFile({ format, part, levels, id, seed, publicKey, first }: KeyFile): Buffer {
  return encode({ format, part, levels: levels.map(({ n, w, height }) => ({ n, w, height })), id, seed, publicKey, first });
}

export function encodeStateFile({ format, part, serial, next, end, computer }: StateFile): Buffer {
  return encode({ format, part, serial, next, end, computer });
}

function damaged(file: string, what: string): Failure {
  return new Failure("KEY_DAMAGED", 7, `${file} ${what}, so nobody can say which indexes were used; nothing is signed with this key any more`, "make a new key, and give tiles its public key");
}

/** Reads a file back. @throws Failure KEY_DAMAGED unless it is byte for byte what `write` makes of it */
function decode<T extends { format: string }>(file: string, content: Buffer | undefined, format: string, write: (fields: T) => Buffer): T {
  if (content === undefined) throw damaged(file, "is missing");
  let fields: T;
  try {
    fields = JSON.parse(content.toString("utf8")) as T;
    if (fields.format !== format) throw damaged(file, `is not a file of the format "${format}"`);
    if (!write(fields).equals(content)) throw damaged(file, "is damaged");
  } catch (error) {
    throw error instanceof Failure ? error : damaged(file, "is damaged");
  }
  return fields;
}

/** @throws Failure KEY_DAMAGED */
export function decodeKeyFile(file: string, content: Buffer | undefined): KeyFile {
  return decode(file, content, KEY_FORMAT, encodeKeyFile);
}

/** @throws Failure KEY_DAMAGED, also when the numbers can't be those of a range */
export function decodeStateFile(file: string, content: Buffer | undefined, format: StateFile["format"]): StateFile {
  const state = decode(file, content, format, encodeStateFile);
  const { serial, next, end } = state;
  if (![serial, next, end].every((value) => Number.isSafeInteger(value) && value >= 0) || next > end) throw damaged(file, "has impossible numbers");
  return state;
}
