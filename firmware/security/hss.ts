/**
 * HSS/LMS signatures: the check (RFC 8554 §6.3, §5.4.2 algorithm 6a, §4.6 algorithm 4b; n = 24: RFC 9858), over a native SHA-256.
 *
 * Idea: an LM-OTS signature is a number of hash chains, each stopped at the digit that the message's hash has there; the checker walks each on to its
 * end. The hash of all ends is a leaf, and the path in the signature leads from it to the root that is the public key. In HSS the message of a
 * level is the public key of the next. All secrets are the signer's, so nothing here has to take constant time.
 *
 * Work comes in steps, because a board needs a millisecond or more for a hash and has other tasks: hssStep() stops after so many hashes, anywhere.
 * Everything that is not exactly as the key says is refused: types, lengths, levels, bytes left over. The hash's length is the root's at all levels
 * (SP 800-208 §4). SHA-256 only; SHAKE types are unknown. Byte strings in, no exceptions out, no state but in the HssCheck.
 * The message is hashed in one piece, on Espruino by way of the stack where its memory is in pieces: bound its length, and sign digests and certificates, not images.
 *
 * Formats. LMS public key: type(4) otsType(4) I(16) root(n). LMS signature: q(4) otsType(4) C(n) y(p·n) type(4) path(h·n).
 * HSS public key: L(4) and the first LMS key; HSS signature: L-1 (4), then for each level but the last its signature and the next key, then the last signature.
 */
import type { EspruinoApi, EspruinoSha } from "../../hal/espruino.ts";

/** What a check has found. More: call hssStep again. Everything above Good is a refusal. */
export const enum Hss {
  More = 0,
  Good = 1,
  /** This engine has no SHA-256, or can't take as many bytes at once as message or chain ends are: it can't tell. */
  NoHash = 2,
  /** The public key, or that of a lower level, is not one that is known here. */
  Key = 3,
  /** The signature has another number of levels than the key. */
  Levels = 4,
  /** The signature is of another type than the key. */
  Type = 5,
  /** Bytes missing or left over. */
  Length = 6,
  /** The tree has no such leaf. */
  Index = 7,
  /** Well-formed, and not made by this key for this message. */
  Forged = 8,
}

/** The two natives a check needs. */
export interface HssNative {
  sha(data: string | Uint8Array): ArrayBuffer;
  /** Byte string to array. */
  bytes(bytes: string): Uint8Array;
}

/** A check under way; only hssStart and hssStep look inside. */
export interface HssCheck {
  _native: HssNative;
  /** Verdict so far. */
  _verdict: number;
  /** LMS public key of this level, what it signs at the last one, the whole signature, where this level's begins, and levels still below. */
  _key: string;
  _message: string;
  _signature: string;
  _at: number;
  _below: number;
  /** Chain that is next; -1: none begun; from p on: p + how many nodes of the path are known. */
  _chain: number;
  /** Where the chain under way stands, and what it hashes next: I q i j y. On the path: the node reached. */
  _digit: number;
  _block: Uint8Array | undefined;
  /** Message hash and checksum, the checksum so far, and the ends of chains. */
  _digits: Uint8Array;
  _sum: number;
  _ends: Uint8Array;
}

/** The natives of a port; undefined where it has no SHA-256. */
export function hssNative(port: EspruinoApi): HssNative | undefined {
  let sha: EspruinoSha["SHA256"] | undefined;
  try {
    sha = (port.require("crypto") as EspruinoSha).SHA256;
  } catch (e) {
    // a build without the library
  }
  return sha ? { sha, bytes: port.E.toUint8Array } : undefined;
}

/**
 * Begins to check `signature` of `message` under the HSS public key `publicKey`. An LMS key and signature are HSS ones with one level: put 00000001 and 00000000 before them.
 * Strings that lie in flash (Storage.read) must not be written over before the verdict, nor between it and their use.
 */
export function hssStart(native: HssNative | undefined, publicKey: string, message: string, signature: string): HssCheck {
  const levels = publicKey.charCodeAt(3);
  const none = new Uint8Array(0);
  let verdict = Hss.More;
  if (!native) verdict = Hss.NoHash;
  else if (publicKey.substr(0, 3) !== "\0\0\0" || !(levels > 0 && levels < 9)) verdict = Hss.Key;
  else if (signature.substr(0, 4) !== "\0\0\0" + String.fromCharCode(levels - 1)) verdict = Hss.Levels;
  return {
    _native: native as HssNative, _verdict: verdict, _key: publicKey.substr(4), _message: message, _signature: signature, _at: 4, _below: levels - 1,
    _chain: -1, _digit: 0, _block: undefined, _digits: none, _sum: 0, _ends: none,
  };
}

/** Goes on with a check for about `budget` hashes (at least 1; it may stop earlier, at the end of a level). Returns the verdict, an Hss. */
export function hssStep(check: HssCheck, budget: number): number {
  if (check._verdict) return check._verdict;
  const sha = check._native.sha;
  const bytes = check._native.bytes;
  const chars = String.fromCharCode;
  const key = check._key;
  const signature = check._signature;
  const at = check._at;
  const lmsType = key.charCodeAt(3);
  const otsType = key.charCodeAt(7);
  // Types 1–4 are n = 32 with w = 1, 2, 4, 8, and 5–8 the same with n = 24; tree types 5–9 are n = 32 with heights 5, 10 … 25, and 10–14 the same with n = 24.
  const n = otsType > 4 ? 24 : 32;
  const logWidth = (otsType - 1) & 3;
  const width = 1 << logWidth;
  const chains = [265, 133, 67, 34, 200, 101, 51, 26][otsType - 1] as number;
  const hashDigits = (n << 3) >> logWidth;
  const last = (1 << width) - 1;
  const treeType = lmsType - (n > 24 ? 4 : 9);
  const path = at + 12 + n + chains * n;
  const end = path + treeType * 5 * n;
  const leaf = ((signature.charCodeAt(at) << 24) | (signature.charCodeAt(at + 1) << 16) | (signature.charCodeAt(at + 2) << 8) | signature.charCodeAt(at + 3)) >>> 0;
  const tree = key.substr(8, 16);
  const id = tree + signature.substr(at, 4);
  let left = budget;
  let chain = check._chain;
  let block = check._block;
  let digits = check._digits;
  let ends = check._ends;

  if (chain < 0) {
    if (key.substr(0, 3) + key.substr(4, 3) !== "\0\0\0\0\0\0" || !(otsType > 0 && otsType < 9 && treeType > 0 && treeType < 6) || key.length !== 24 + n) check._verdict = Hss.Key;
    else if (check._below ? signature.length < end + 24 + n : signature.length !== end) check._verdict = Hss.Length;
    else if (signature.substr(at + 4, 4) !== key.substr(4, 4) || signature.substr(path - 4, 4) !== key.substr(0, 4)) check._verdict = Hss.Type;
    else if (leaf >= 1 << (treeType * 5)) check._verdict = Hss.Index;
    if (check._verdict) return check._verdict;
    const message = check._below ? signature.substr(end, 24 + n) : check._message;
    check._digits = digits = new Uint8Array(n + 2);
    try {
      digits.set(new Uint8Array(sha(id + "\x81\x81" + signature.substr(at + 8, n) + message), 0, n));
    } catch (e) {
      check._verdict = Hss.NoHash;
      return Hss.NoHash;
    }
    check._ends = ends = new Uint8Array(22 + chains * n);
    ends.set(bytes(id + "\x80\x80"));
    check._sum = 0;
    chain = 0;
    left--;
  }

  while (left > 0 && chain < chains) {
    let digit = check._digit;
    if (!block) {
      if (chain === hashDigits) {
        // The checksum, to the left in its 16 bits (§4.4): 7, 6, 4 or 0 bits are left over; 8 where w is 1 and n 24.
        const sum = check._sum << (16 - ((chains - hashDigits) << logWidth));
        digits[n] = sum >> 8;
        digits[n + 1] = sum & 255;
      }
      const bit = chain << logWidth;
      digit = ((digits[bit >> 3] as number) >> (8 - width - (bit & 7))) & last;
      if (chain < hashDigits) check._sum += last - digit;
      block = bytes(id + chars(chain >> 8, chain & 255, digit) + signature.substr(at + 8 + n + chain * n, n));
      left--;
    }
    const stop = digit + left < last ? digit + left : last;
    left -= stop - digit;
    while (digit < stop) {
      block[22] = digit++;
      block.set(new Uint8Array(sha(block), 0, n), 23);
    }
    check._digit = digit;
    if (digit === last) {
      ends.set(block.subarray(23), 22 + chain * n);
      block = undefined;
      chain++;
    }
  }

  while (left > 0 && chain >= chains && !check._verdict) {
    // Level 0 is the leaf; on each level above, one node is known and its sibling stands in the signature.
    const level = chain - chains;
    const node = ((1 << (treeType * 5)) + leaf) >> level;
    const name = tree + chars(node >> 24, (node >> 16) & 255, (node >> 8) & 255, node & 255);
    if (!level) {
      const sibling = bytes(name + "\x82\x82" + signature.substr(at + 8, n));
      try {
        sibling.set(new Uint8Array(sha(ends), 0, n), 22);
      } catch (e) {
        check._verdict = Hss.NoHash;
        return Hss.NoHash;
      }
      block = new Uint8Array(sha(sibling), 0, n);
      left--;
    } else {
      const other = signature.substr(path + (level - 1) * n, n);
      const both = bytes(name + "\x83\x83" + other + other);
      both.set(block as Uint8Array, (((1 << (treeType * 5)) + leaf) >> (level - 1)) & 1 ? 22 + n : 22);
      block = new Uint8Array(sha(both), 0, n);
    }
    left--;
    chain++;
    if (level < treeType * 5) continue;
    if (chars.apply(null, block) !== key.substr(24)) check._verdict = Hss.Forged;
    else if (!check._below) check._verdict = Hss.Good;
    else {
      check._below--;
      check._key = signature.substr(end, 24 + n);
      check._at = end + 24 + n;
      chain = -1;
      block = undefined;
      if (signature.charCodeAt(end + 3) > 9 !== n < 32) check._verdict = Hss.Key;
      break;
    }
  }
  check._chain = chain;
  check._block = block;
  return check._verdict;
}

/** The whole check at once: seconds on a small board. Returns an Hss other than More. */
export function hssVerify(native: HssNative | undefined, publicKey: string, message: string, signature: string): number {
  const check = hssStart(native, publicKey, message, signature);
  let verdict = check._verdict;
  while (!verdict) verdict = hssStep(check, 4096);
  return verdict;
}
