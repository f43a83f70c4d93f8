/**
 * May this module run here? The certificate of a module against the facts of a tile: parsed, compared, and its signature checked.
 *
 * Idea: a pure function of bytes and facts, in steps. First what costs nothing (is it the form, the text, the engine, enough of everything, granted), field by field as it
 * is read, without building a tree; the signature, some hundred hashes, last. Good is only said after it, so nothing that is read before is believed before. The first
 * thing that is wrong ends it with one of a closed list of codes; what is unknown, out of order, twice, or left over is wrong.
 * Replay: the installer keeps a floor for each name, which only rises: the sequence number that is installed, one above those that were revoked.
 *
 * Standards: certificate-format.ts. Whoever asks must hash, scan (scan.ts) and evaluate the same bytes.
 */
import { Hss, hssStart, hssStep } from "../security/hss.ts";
import type { HssCheck, HssNative } from "../security/hss.ts";
import { cborHead, cborInt, cborText } from "../wire/cbor.ts";
import { cborNext } from "../wire/cbor-reader.ts";
import type { CborCursor } from "../wire/cbor-reader.ts";
import { Bound, Certificate, coseHead, coseMiddle, Field, fieldMajors, KeyId, NeedMode, Quota, Restart, signedHead, signedMiddle } from "./certificate-format.ts";
import { GuestLimit } from "./guest-api.ts";

/** What a check has found. More: call certificateStep again. Everything above Good is a refusal; host-tools/build/certify/refusals.ts says what to do about each. */
export const enum Cert {
  More = 0,
  Good = 1,
  /** This engine has no SHA-256, or can't take so many bytes at once: it can't tell. */
  NoHash = 2,
  /** Not a COSE_Sign1 with HSS/LMS, or too long. */
  Envelope = 3,
  /** Signed by a key that this tile does not trust. */
  Signer = 4,
  /** The signature is not one of that key over these bytes. */
  Forged = 5,
  /** The payload is not well-formed: a field missing, out of order, of another type or size, bytes left over. */
  Form = 6,
  /** A format or a field that this tile does not know and must not ignore. */
  Unknown = 7,
  /** It is about another text. */
  Text = 8,
  /** It is about a module of another name. */
  Name = 9,
  /** Its sequence number is below the lowest that is accepted: older than what is installed, or revoked. */
  Sequence = 10,
  /** Its verifier is older than the oldest that is accepted. */
  Verifier = 11,
  /** It does not hold for this engine. */
  Engine = 12,
  /** The kernel is older than it needs, or lacks an operation. */
  Kernel = 13,
  /** It asks for more than is free. */
  Quota = 14,
  /** What it comes to is more than it asks for, or than the stack that is free. */
  Bound = 15,
  /** One of its needs (this pin in this mode, this service) is not granted. */
  Grant = 16,
}

/** What a tile knows. Lists that belong together have the same order. */
export interface TileFacts {
  /** Its engine, as `engine version` (`espruino 2v29`). */
  _engine: string;
  /** Version of its kernel's interface, and how many operations its gate has. */
  _kernel: number;
  _operations: number;
  /** Oldest verifier that is believed. */
  _verifier: number;
  /** Free, by Quota. */
  _free: ArrayLike<number>;
  /** What whoever installs grants, each as `grantOf` writes it: not services, but this pin in this mode. */
  _grants: string[];
  /** Lowest sequence number that is accepted, by name of the module; for other names 0. */
  _names: string[];
  _floors: number[];
  /** HSS public keys that are trusted. */
  _roots: string[];
}

/** The text that is to run. */
export interface ModuleText {
  /** Name that it is installed as. */
  _name: string;
  /** SHA-256 of the text, 32 bytes, and its length. */
  _sha: string;
  _bytes: number;
}

/** A check under way. When it is Good, what was read is true. */
export interface CertificateCheck {
  _verdict: number;
  _native: HssNative | undefined;
  _facts: TileFacts;
  _text: ModuleText;
  _cursor: CborCursor;
  /** Entries of the map still to read, the last positive key, the last negative one. */
  _left: number;
  _field: number;
  _note: number;
  _key: string;
  _signature: string;
  /** The signature's check, once all else is right. */
  _hss: HssCheck | undefined;
  _sequence: number;
  /** By Bound; -1: data decides. By Quota. Field.Restart and Field.State. */
  _bounds: Float64Array;
  _quotas: Float64Array;
  _restart: Float64Array;
  _state: Float64Array;
  /** Where the first entry of Field.Needs begins in the payload (`_cursor.s`), and how many there are, for who hands out the capabilities: 2, 3 … in this order. */
  _needsAt: number;
  _needs: number;
}

/** A grant as a tile keeps it: the bytes with which an entry of Field.Needs names it, so that one search in a list of strings is the whole comparison. */
export function grantOf(service: string, target: string, mode: number): string {
  return cborText(service) + cborText(target) + cborInt(mode);
}

/** Begins to check the certificate `bytes` of a text. */
export function certificateStart(native: HssNative | undefined, facts: TileFacts, text: ModuleText, bytes: string): CertificateCheck {
  const c: CborCursor = { s: bytes, p: coseHead.length + KeyId.Bytes + 1, f: 0, a: 0, e: 0 };
  const kid = bytes.substr(coseHead.length, KeyId.Bytes);
  let verdict = Cert.Envelope;
  let payload = "";
  let signature = "";
  let key = "";
  let left = 0;
  if (bytes.length <= Certificate.BytesMost && bytes.substr(0, coseHead.length) === coseHead && bytes.charAt(c.p - 1) === coseMiddle && cborNext(c) === 2 && !c.e) {
    payload = bytes.substr(c.p, c.a);
    c.p += c.a;
    if (cborNext(c) === 2 && !c.e && c.p + c.a === bytes.length) {
      signature = bytes.substr(c.p);
      verdict = Cert.Signer;
      for (const root of facts._roots) if (root.substr(KeyId.At, KeyId.Bytes) === kid) key = root;
      c.s = payload;
      c.p = 0;
      if (key) {
        verdict = Cert.Form;
        if (cborNext(c) === 5 && !c.e) {
          left = c.a;
          verdict = Cert.More;
        }
      }
    }
  }
  if (!native) verdict = Cert.NoHash;
  return {
    _verdict: verdict, _native: native, _facts: facts, _text: text, _cursor: c, _left: left, _field: 0, _note: 0, _key: key, _signature: signature, _hss: undefined,
    _sequence: 0, _bounds: new Float64Array(Certificate.BoundsCount), _quotas: new Float64Array(Certificate.QuotasCount), _restart: new Float64Array(Certificate.RestartCount), _state: new Float64Array(Certificate.StateCount), _needsAt: 0, _needs: 0,
  };
}

/** Goes on with a check: one field, or about `budget` hashes of the signature (at least 1). Returns the verdict, a Cert. */
export function certificateStep(check: CertificateCheck, budget: number): number {
  if (check._verdict) return check._verdict;
  const facts = check._facts;
  const c = check._cursor;
  let verdict = Cert.More;
  if (check._hss) {
    const found = hssStep(check._hss, budget);
    if (found) verdict = found === Hss.Good ? Cert.Good : found === Hss.NoHash ? Cert.NoHash : Cert.Forged;
    check._verdict = verdict;
    return verdict;
  }
  if (!check._left) {
    if (check._field < Certificate.Fields || c.p !== c.s.length) check._verdict = Cert.Form;
    else check._hss = hssStart(check._native, check._key, signedHead + check._key.substr(KeyId.At, KeyId.Bytes) + signedMiddle + cborHead(2, c.s.length) + c.s, check._signature);
    return check._verdict;
  }
  check._left--;

  const sign = cborNext(c);
  const field = c.a;
  if (c.e || sign > 1) verdict = Cert.Form;
  else if (sign) {
    // A note: -1, -2 … in order, each a text.
    if (field < check._note || check._field < Certificate.Fields || cborNext(c) !== 3 || c.e) verdict = Cert.Form;
    check._note = field + 1;
    c.p += c.a;
    check._verdict = verdict;
    return verdict;
  } else if (field > Certificate.Fields) verdict = Cert.Unknown;
  else if (field !== ++check._field) verdict = Cert.Form;
  if (verdict || cborNext(c) !== fieldMajors.charCodeAt(field - 1) - 48 || c.e) {
    check._verdict = verdict || Cert.Form;
    return check._verdict;
  }
  let n = c.a;
  let at = 0;
  let last = "";
  if (field === Field.Format) {
    if (n !== Certificate.Format) verdict = Cert.Unknown;
  } else if (field === Field.Name || field === Field.TextSha || field === Field.VerifierSha) {
    last = c.s.substr(c.p, n);
    c.p += n;
    if (field === Field.Name) {
      if (n < 1 || n > Certificate.NameBytes) verdict = Cert.Form;
      else if (last !== check._text._name) verdict = Cert.Name;
    } else if (n !== 32) verdict = Cert.Form;
    else if (field === Field.TextSha && last !== check._text._sha) verdict = Cert.Text;
  } else if (field === Field.Sequence) {
    at = facts._names.indexOf(check._text._name);
    if (at >= 0 && !(n >= (facts._floors[at] as number))) verdict = Cert.Sequence;
    check._sequence = n;
  } else if (field === Field.TextBytes) {
    if (n !== check._text._bytes) verdict = Cert.Text;
    else if (!(n <= (facts._free[Quota.TextBytes] as number))) verdict = Cert.Quota;
  } else if (field === Field.Kernel) {
    if (!(n <= facts._kernel)) verdict = Cert.Kernel;
  } else if (field === Field.VerifierVersion) {
    if (!(n >= facts._verifier)) verdict = Cert.Verifier;
  } else if (field === Field.Engines) {
    verdict = n > 0 && n <= Certificate.EnginesMost ? Cert.Engine : Cert.Form;
    while (n-- && verdict !== Cert.Form) {
      if (cborNext(c) !== 3 || c.e || c.a < 1) verdict = Cert.Form;
      else if (c.s.substr(c.p, c.a) === facts._engine) verdict = Cert.More;
      c.p += c.a;
    }
  } else if (field === Field.Operations) {
    let before = -2;
    if (n > Certificate.OperationsMost) verdict = Cert.Form;
    while (n-- && !verdict) {
      const major = cborNext(c);
      const operation = major ? -1 - c.a : c.a;
      if (major > 1 || c.e || operation <= before) verdict = Cert.Form;
      else if (operation >= facts._operations) verdict = Cert.Kernel;
      before = operation;
    }
  } else if (field !== Field.Needs && field >= Field.Bounds) {
    const into = field === Field.Bounds ? check._bounds : field === Field.Quotas ? check._quotas : field === Field.Restart ? check._restart : check._state;
    if (n !== into.length) verdict = Cert.Form;
    for (; at < n && !verdict; at++) {
      const major = cborNext(c);
      // Fuel and memory may be left to data: null.
      if (c.e || (major && (field !== Field.Bounds || major < 7 || c.a !== 22 || at > Bound.LoadMemory || (at & 2) > 0))) verdict = Cert.Form;
      into[at] = major ? -1 : c.a;
      if (!verdict && field === Field.Quotas && at < Quota.EnergyUc && !(c.a <= (facts._free[at] as number))) verdict = Cert.Quota;
    }
    if (!verdict && field === Field.Restart && (into[0] as number) > Restart.Quarantine) verdict = Cert.Unknown;
    if (!verdict && field === Field.State && !((into[1] as number) <= (facts._free[Quota.StateBytes] as number))) verdict = Cert.Quota;
    if (!verdict && field === Field.Quotas) {
      for (at = Bound.HandleFuel; at <= Bound.LoadFuel; at += Bound.LoadFuel) {
        if ((check._bounds[at] as number) > (into[Quota.Fuel] as number) || (check._bounds[at + 1] as number) > (into[Quota.Memory] as number)) verdict = Cert.Bound;
        if (!((check._bounds[at + Bound.HandleStackBytes] as number) <= (facts._free[Quota.StackBytes] as number))) verdict = Cert.Bound;
      }
      // Two periods: what one of them draws, for as long as the other is. Doubles round beyond 2^53, the same on every engine.
      if (!((into[Quota.EnergyUc] as number) * (facts._free[Quota.PeriodMs] as number) <= (facts._free[Quota.EnergyUc] as number) * (into[Quota.PeriodMs] as number))) verdict = Cert.Quota;
      if (!into[Quota.PeriodMs]) verdict = Cert.Form;
    }
  } else if (field === Field.Needs) {
    check._needsAt = c.p;
    check._needs = n;
    if (n > GuestLimit.Needs) verdict = Cert.Form;
    while (n-- && !verdict) {
      if (cborNext(c) !== 4 || c.e || c.a !== 5) verdict = Cert.Form;
      const from = c.p;
      let mode = 0;
      for (let part = 0; part < 5 && !verdict; part++) {
        const major = cborNext(c);
        if (c.e || (part === 2 ? major : part === 3 ? major !== (mode ? 1 : 0) || c.a > (mode ? 0 : 1) : major !== 3)) verdict = Cert.Form;
        else if (part === 2) {
          mode = c.a;
          if (mode > NeedMode.Read) verdict = Cert.Unknown;
          else if (facts._grants.indexOf(c.s.substring(from, c.p)) < 0) verdict = Cert.Grant;
        } else if (part !== 3) c.p += c.a;
      }
    }
  }
  check._verdict = verdict;
  return verdict;
}
