/**
 * A signer: an HSS key whose indexes are used once.
 *
 * Idea: an index is *reserved*, durably and in two places, before anything is signed with it. A reservation first makes the next record (in a place of its own, apart from the
 * key), then replaces the state beside the key; both are synced, and their folders. What a crash cuts off are indexes that nobody uses; never one that two use.
 * A record is a file named by its serial that only one process can make, and whoever made it looks once more for a later one: so two processes can't reserve the same
 * index even where the lock fails (process numbers of another container, say).
 * When the key is opened, record and state must agree, or the record be one step ahead (a crash between the two: then it counts). Everything else is a doubt, and in doubt the key is refused:
 *
 *   record missing              the key was copied from another computer, used or not, or a part was never adopted
 *   record ahead by two or more the key's folder was restored from a backup, or is a copy whose original went on
 *   record behind               the record was restored
 *   another computer's id       key and record were copied
 *   a file damaged, locked by a living process, or no index left
 *
 * Not found out: a restored image of the whole disk; key and record restored together on the same computer, or copied together to one with the same id (containers often have none). A backup of a stateful
 * key is a copy of it: don't make one.
 *
 * A key is shared by splitting it: the last indexes of the range go to a part, whose folder is moved to another signer and adopted there, once.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Failure } from "../cli/failure.ts";
import { tryLock } from "../link/port-lock.ts";
import { claimFile, diskFiles, replaceFile, type DurableFiles } from "./durable-files.ts";
import { growHssKey, hssCapacity, hssKey, hssPublicKey, hssSign, isHssSignature, type HssKey } from "./hss-key.ts";
import { decodeKeyFile, decodeStateFile, encodeKeyFile, encodeStateFile, KEY_FORMAT, RECORD_FORMAT, STATE_FORMAT, type KeyFile, type StateFile } from "./key-files.ts";
import { lmsShape, type LmsParameters } from "./lms-parameters.ts";
import { keptTree, type LmsSecret, type OnProgress } from "./lms-tree.ts";

/** Where a key lives: its own folder, and the folder of this computer's records (outside of what is copied with the key). */
export interface KeyPlace {
  key: string;
  records: string;
}

/** What tests replace. */
export interface SignerPowers {
  files: DurableFiles;
  /** Takes a lock file; undefined when somebody has it. */
  lock(file: string): (() => void) | undefined;
  /** An id of this computer, "" if it has none. */
  computer(): string;
  random(bytes: number): Buffer;
}

export const diskPowers: SignerPowers = {
  files: diskFiles,
  lock: tryLock,
  computer: () => {
    try {
      return readFileSync("/etc/machine-id", "utf8").trim();
    } catch {
      return "";
    }
  },
  random: randomBytes,
};

const keyFile = (place: KeyPlace): string => path.join(place.key, "key.json");
const stateFile = (place: KeyPlace): string => path.join(place.key, "state.json");
const treeFile = (place: KeyPlace): string => path.join(place.key, "tree.bin");
const recordFolder = (place: KeyPlace, part: string): string => path.join(place.records, part);
const recordFile = (place: KeyPlace, part: string, serial: number): string => path.join(recordFolder(place, part), `${serial}.json`);
const lockFile = (place: KeyPlace, part: string): string => path.join(recordFolder(place, part), "lock");

const secretOf = (file: KeyFile): LmsSecret => ({ parameters: file.levels[0]!, id: Buffer.from(file.id, "hex"), seed: Buffer.from(file.seed, "hex") });

/**
 * Makes a key of one or two levels in a new folder and returns its HSS public key. It signs 2^(sum of heights) messages.
 * @throws RangeError for other parameters; Failure KEY_EXISTS
 */
export function createKey(place: KeyPlace, levels: readonly LmsParameters[], onProgress?: OnProgress, powers: SignerPowers = diskPowers): Buffer {
  if (levels.length < 1 || levels.length > 2) throw new RangeError(`levels: 1 or 2, not ${levels.length}`);
  for (const level of levels) {
    lmsShape(level);
    if (level.height > 15) throw new RangeError(`height: at most 15 here, because all leaves are made; ${level.height} would take hours. Use two levels`);
  }
  const { files } = powers;
  if (files.read(keyFile(place)) !== undefined) throw new Failure("KEY_EXISTS", 2, `${place.key} has a key already`, "choose another folder");
  const top = levels[0]!;
  const secret: LmsSecret = { parameters: top, id: powers.random(16), seed: powers.random(top.n) };
  const key = growHssKey(secret, levels[1], onProgress);
  const part = powers.random(16).toString("hex");
  const publicKey = hssPublicKey(key);
  const file: KeyFile = { format: KEY_FORMAT, part, levels: [...levels], id: secret.id.toString("hex"), seed: secret.seed.toString("hex"), publicKey: publicKey.toString("hex"), first: 0 };
  // Adopted here from the start: a copy of the folder, used or not, must find no record.
  claimRecord(place, { format: RECORD_FORMAT, part, serial: ADOPTED, next: 0, end: hssCapacity(key), computer: powers.computer() }, powers);
  writePart(place, file, key.top.nodes, { format: STATE_FORMAT, part, serial: ADOPTED, next: 0, end: hssCapacity(key), computer: "" }, powers);
  return publicKey;
}

/** Serial of a part that nobody has adopted, and of one that was, but has not signed. */
const UNADOPTED = 0;
const ADOPTED = 1;

/** The key's files, key.json last: a folder without it has no key. */
function writePart(place: KeyPlace, file: KeyFile, nodes: Buffer, state: StateFile, powers: SignerPowers): void {
  powers.files.makeFolder(place.key);
  replaceFile(powers.files, treeFile(place), nodes);
  replaceFile(powers.files, stateFile(place), encodeStateFile(state));
  replaceFile(powers.files, keyFile(place), encodeKeyFile(file));
}

/** Makes a record. @throws Failure KEY_BUSY when another process has made it, or a later one */
function claimRecord(place: KeyPlace, record: StateFile, powers: SignerPowers): void {
  const { part, serial } = record;
  powers.files.makeFolder(recordFolder(place, part));
  // A later record: this serial was taken once, and its file removed since.
  if (!claimFile(powers.files, recordFile(place, part, serial), encodeStateFile(record)) || lastSerial(place, part, powers) !== serial) {
    throw new Failure("KEY_BUSY", 4, `another process signs with the key in ${place.key}`, "open the key again when it is done");
  }
}

/** Serial of the record that counts; -1 when there is none. */
function lastSerial(place: KeyPlace, part: string, powers: SignerPowers): number {
  return powers.files.list(recordFolder(place, part)).reduce((last, name) => (/^[0-9]+\.json$/.test(name) ? Math.max(last, Number.parseInt(name, 10)) : last), -1);
}

function readPart(place: KeyPlace, powers: SignerPowers): { file: KeyFile; state: StateFile } {
  const content = powers.files.read(keyFile(place));
  if (content === undefined) throw new Failure("NO_SIGNING_KEY", 2, `there is no signing key in ${place.key}`, "name the folder that has key.json in it");
  const file = decodeKeyFile(keyFile(place), content);
  const state = decodeStateFile(stateFile(place), powers.files.read(stateFile(place)), STATE_FORMAT);
  if (state.part !== file.part) throw new Failure("KEY_DAMAGED", 7, `${stateFile(place)} is of another key`, "put the folder back as it was, or make a new key");
  return { file, state };
}

/**
 * Makes this computer the one that signs with a part that was split off elsewhere. Each part may be adopted once: a second copy of its folder must be deleted first.
 * @throws Failure KEY_USED, KEY_DAMAGED
 */
export function adoptPart(place: KeyPlace, powers: SignerPowers = diskPowers): void {
  const { file, state } = readPart(place, powers);
  if (state.serial !== UNADOPTED || lastSerial(place, file.part, powers) >= 0) {
    throw new Failure("KEY_USED", 7, `the key in ${place.key} was made or adopted before, so it can't be adopted`, "sign where it was used, or make a new key");
  }
  claimRecord(place, { ...state, format: RECORD_FORMAT, serial: ADOPTED, computer: powers.computer() }, powers);
  replaceFile(powers.files, stateFile(place), encodeStateFile({ ...state, serial: ADOPTED }));
}

/** State and record as one, or why not. */
function agreedState(place: KeyPlace, state: StateFile, powers: SignerPowers): StateFile {
  const doubt = (what: string): Failure => new Failure("KEY_IN_DOUBT", 7, `${what}; signing could use an index twice and give the key away, so it is refused`, "delete this copy and sign where the key was used last, or make a new key");
  const serial = lastSerial(place, state.part, powers);
  if (serial < 0) {
    if (state.serial === UNADOPTED) throw new Failure("KEY_NOT_ADOPTED", 7, `this computer has no record of the key in ${place.key}`, "if the part was split off for this computer and was adopted nowhere else, adopt it");
    throw doubt(`this computer has no record of the key in ${place.key}, which was made or adopted elsewhere: it was copied`);
  }
  const file = recordFile(place, state.part, serial);
  const record = decodeStateFile(file, powers.files.read(file), RECORD_FORMAT);
  if (record.part !== state.part || record.serial !== serial) throw doubt(`${file} is of another key`);
  if (record.computer !== powers.computer()) throw doubt("the record is another computer's");
  const steps = record.serial - state.serial;
  if (steps < 0) throw doubt(`the record is older than the key in ${place.key}`);
  if (steps > 1) throw doubt(`the key in ${place.key} is older than the record of it (${steps} reservations): a backup or a copy`);
  if (record.next < state.next || record.end > state.end || (steps === 0 && (record.next !== state.next || record.end !== state.end))) throw doubt("key and record don't agree");
  return record;
}

/** What is left of a key, without opening it. */
export interface SignerStatus {
  part: string;
  publicKey: Buffer;
  levels: LmsParameters[];
  /** Indexes that were never reserved. */
  remaining: number;
  /** Messages that the whole key signs, all parts together. */
  capacity: number;
}

/** Reads a key's status. @throws Failure as openSigner, but for KEY_BUSY and KEY_EXHAUSTED */
export function signerStatus(place: KeyPlace, powers: SignerPowers = diskPowers): SignerStatus {
  const { file, state } = readPart(place, powers);
  const agreed = agreedState(place, state, powers);
  const capacity = 2 ** file.levels.reduce((sum, level) => sum + level.height, 0);
  return { part: file.part, publicKey: Buffer.from(file.publicKey, "hex"), levels: file.levels, remaining: agreed.end - agreed.next, capacity };
}

/** An open key. Indexes that were reserved and not used are lost when it is closed. */
export class Signer {
  readonly publicKey: Buffer;
  readonly #place: KeyPlace;
  readonly #file: KeyFile;
  readonly #key: HssKey;
  readonly #powers: SignerPowers;
  readonly #unlock: () => void;
  readonly #onProgress: OnProgress | undefined;
  #state: StateFile;
  #nextReserved = 0;
  #endReserved = 0;
  /** Why it can't be used any more. */
  #end: string | undefined;

  /** Use openSigner. */
  constructor(place: KeyPlace, file: KeyFile, key: HssKey, state: StateFile, unlock: () => void, powers: SignerPowers, onProgress: OnProgress | undefined) {
    this.publicKey = Buffer.from(file.publicKey, "hex");
    this.#place = place;
    this.#file = file;
    this.#key = key;
    this.#state = state;
    this.#unlock = unlock;
    this.#powers = powers;
    this.#onProgress = onProgress;
  }

  /** Signatures that can still be made, with those reserved. */
  get remaining(): number {
    return this.#state.end - this.#state.next + this.#endReserved - this.#nextReserved;
  }

  /** Reserves the next `count` indexes on disk, so that `count` signatures need no more of it. What was reserved before and not used is lost. @throws Failure KEY_EXHAUSTED, KEY_CLOSED; what the file system throws */
  reserve(count: number): void {
    if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`count: a whole number above 0, not ${count}`);
    const { next, end } = this.#state;
    if (next + count > end) {
      throw new Failure("KEY_EXHAUSTED", 7, `${end - next} signatures are left in this key, ${count} are wanted`, "make a new key, and have this one sign its public key while it can");
    }
    this.#commit(next + count, end);
    this.#nextReserved = next;
    this.#endReserved = next + count;
  }

  /** Signs a message with an index of its own. @throws Failure KEY_EXHAUSTED, KEY_CLOSED, SIGNING_FAILED; what the file system throws */
  sign(message: Uint8Array): Buffer {
    this.#assertOpen();
    if (this.#nextReserved === this.#endReserved) this.reserve(1);
    // Counted before anything is signed: an index whose signature fails is lost.
    const signature = hssSign(this.#key, this.#nextReserved++, message, this.#onProgress);
    if (!isHssSignature(this.publicKey, message, signature)) {
      this.#end = "a signature did not verify";
      throw new Failure("SIGNING_FAILED", 1, `a signature by the key in ${this.#place.key} does not verify, so it is not given out`, `delete ${treeFile(this.#place)}, which is then made anew; if that does not help, the computer's memory fails`);
    }
    return signature;
  }

  /**
   * Gives the last `count` indexes to a new part in the folder `target`, for another signer to adopt. They are gone from here before the part is written.
   * @throws Failure KEY_EXHAUSTED, KEY_EXISTS, KEY_CLOSED; what the file system throws
   */
  split(count: number, target: string): void {
    if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`count: a whole number above 0, not ${count}`);
    const place = { key: target, records: this.#place.records };
    if (this.#powers.files.read(keyFile(place)) !== undefined) throw new Failure("KEY_EXISTS", 2, `${target} has a key already`, "choose another folder");
    const { next, end } = this.#state;
    if (next + count > end) throw new Failure("KEY_EXHAUSTED", 7, `${end - next} signatures are left in this key, ${count} are wanted`, "give away fewer");
    this.#commit(next, end - count);
    const part = this.#powers.random(16).toString("hex");
    const state: StateFile = { format: STATE_FORMAT, part, serial: UNADOPTED, next: end - count, end, computer: "" };
    writePart(place, { ...this.#file, part, first: end - count }, this.#key.top.nodes, state, this.#powers);
  }

  /** Forgets the key and gives the lock back. */
  close(): void {
    if (this.#end !== "closed") this.#unlock();
    this.#end = "closed";
    this.#key.top.seed.fill(0);
    this.#key.current?.tree.seed.fill(0);
  }

  #assertOpen(): void {
    if (this.#end !== undefined) throw new Failure("KEY_CLOSED", 1, `the key in ${this.#place.key} can't be used any more: ${this.#end}`, "open it again");
  }

  /** Record, then state, both on disk. If anything fails, what is on disk is unknown, and only opening the key anew finds out. */
  #commit(next: number, end: number): void {
    this.#assertOpen();
    const { part, serial } = this.#state;
    const record: StateFile = { format: RECORD_FORMAT, part, serial: serial + 1, next, end, computer: this.#state.computer };
    this.#end = "a reservation failed";
    claimRecord(this.#place, record, this.#powers);
    replaceFile(this.#powers.files, stateFile(this.#place), encodeStateFile({ ...record, format: STATE_FORMAT, computer: "" }));
    this.#powers.files.remove(recordFile(this.#place, part, serial));
    this.#state = record;
    this.#end = undefined;
  }
}

/**
 * Opens a key for signing. Close it, so that others can.
 * @throws Failure NO_SIGNING_KEY, KEY_DAMAGED, KEY_BUSY, KEY_NOT_ADOPTED, KEY_IN_DOUBT
 */
export function openSigner(place: KeyPlace, onProgress?: OnProgress, powers: SignerPowers = diskPowers): Signer {
  const { files } = powers;
  const { part } = readPart(place, powers).file;
  files.makeFolder(recordFolder(place, part));
  const unlock = powers.lock(lockFile(place, part));
  if (unlock === undefined) throw new Failure("KEY_BUSY", 4, `another process has the key in ${place.key} open`, "wait until it is done");
  try {
    // Read again: who had the lock may have signed since.
    const { file, state } = readPart(place, powers);
    const agreed = agreedState(place, state, powers);
    // A process that was killed may have given names without making them last: one of the two could outlive the other.
    files.syncFolder(recordFolder(place, part));
    files.syncFolder(place.key);
    if (agreed.serial > state.serial) replaceFile(files, stateFile(place), encodeStateFile({ ...agreed, format: STATE_FORMAT, computer: "" }));
    // What a crash left: older records, and files that were never given their names.
    for (const name of files.list(recordFolder(place, part))) {
      if (name.endsWith(".new") || (name.endsWith(".json") && Number.parseInt(name, 10) < agreed.serial)) files.remove(path.join(recordFolder(place, part), name));
    }
    const secret = secretOf(file);
    const nodes = files.read(treeFile(place));
    let key: HssKey | undefined;
    try {
      if (nodes !== undefined) key = hssKey(keptTree(secret, nodes), file.levels[1]);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    if (key === undefined || hssPublicKey(key).toString("hex") !== file.publicKey) {
      key = growHssKey(secret, file.levels[1], onProgress);
      if (hssPublicKey(key).toString("hex") !== file.publicKey) throw new Failure("KEY_DAMAGED", 7, `the seed in ${keyFile(place)} does not belong to its public key`, "make a new key");
      replaceFile(files, treeFile(place), key.top.nodes);
    }
    return new Signer(place, file, key, agreed, unlock, powers, onProgress);
  } catch (error) {
    unlock();
    throw error;
  }
}
