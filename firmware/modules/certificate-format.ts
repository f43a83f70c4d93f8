// The certificate of a module, byte by byte: the numbers that tile and host share.
//
//   COSE_Sign1 = 18([ h'{1: -46, 4: kid}', {}, payload, signature ])
//
// Standards: RFC 9052 §4.2 and §4.4 (COSE_Sign1, Sig_structure), RFC 8778 (HSS/LMS is algorithm -46, the signature is RFC 8554's), RFC 8949 §4.2 (deterministic).
// kid: the identifier I of the top tree, which stands in the public key. Everything but the signature is signed, and the external data says what for, so that
// no signature of the same key over something else is a certificate. The payload is one map: keys 1 to 16, all of them, in order; then, as people like, keys
// -1, -2 … with text that no tile reads. So a positive key that a tile does not know is one that it must not ignore.

export const enum Certificate {
  /** Value of Field.Format. */
  Format = 1,
  /** Positive keys. */
  Fields = 16,
  /** Longest name of a module, bytes. */
  NameBytes = 24,
  /** Most engines, and operations (those of the gate and -1). Most needs: GuestLimit.Needs of guest-api.ts. */
  EnginesMost = 8,
  OperationsMost = 64,
  BoundsCount = 9,
  QuotasCount = 5,
  RestartCount = 3,
  StateCount = 2,
  /** Bytes of the whole that a tile takes: HSS of one level, n = 32, height 25 is 3 kB. */
  BytesMost = 8192,
}

/** Keys of the payload. */
export const enum Field {
  /** Certificate.Format. */
  Format = 1,
  /** Text: name of the module. */
  Name = 2,
  /** Sequence number, the manifest's version: grows with each release of that name. */
  Sequence = 3,
  /** Bytes: SHA-256 of the module's exact text. */
  TextSha = 4,
  TextBytes = 5,
  /** Lowest interface of the kernel that it runs on: GuestApi.Version of the build that made it. */
  Kernel = 6,
  /** Version of the verifier: counts its releases. */
  VerifierVersion = 7,
  /** Bytes: SHA-256 of the verifier. */
  VerifierSha = 8,
  /** Texts: engines that it holds for, as `engine version`. */
  Engines = 9,
  /** Numbers of the gate operations in the text, ascending; -1 in front: one is computed. */
  Operations = 10,
  /** Built-ins of the engine in the text: one bit each (host-tools/build/certify/intrinsic-bits.ts). */
  Intrinsics = 11,
  /** What it comes to, as the verifier found: numbers by Bound; null where data decides. */
  Bounds = 12,
  /** What it may take: numbers by Quota. */
  Quotas = 13,
  /** [service, target, NeedMode, safe level, why] by address from 2 on: in the manifest's order, because that is what the text's addresses mean. */
  Needs = 14,
  /** [Restart, wait before the first one in ms, most of them]. */
  Restart = 15,
  /** [version of the schema that it saves, 0 for none; most bytes]. */
  State = 16,
}

/** Places in Field.Bounds, and in CertificateCheck._bounds, where null is -1. `Load` is evaluating its text, `Handle` one event. */
export const enum Bound {
  HandleFuel = 0,
  HandleMemory = 1,
  HandleCalls = 2,
  HandleStackBytes = 3,
  LoadFuel = 4,
  LoadMemory = 5,
  LoadCalls = 6,
  LoadStackBytes = 7,
  RecursionLimit = 8,
}

/** Places in Field.Quotas, and of what a tile has free. */
export const enum Quota {
  /** Units of fuel for one run. */
  Fuel = 0,
  /** Variables that one run may make. */
  Memory = 1,
  /** Longest byte string to or from it. */
  MessageBytes = 2,
  /** Charge, µC, in each PeriodMs. Together a mean draw: a tile says what it has to spare over a period of its own. */
  EnergyUc = 3,
  PeriodMs = 4,
  /** Only of the tile: stack for a run, room for the text, room for what is saved, bytes. */
  StackBytes = 5,
  TextBytes = 6,
  StateBytes = 7,
}

/** What may be done with a need's target. */
export const enum NeedMode {
  /** A pin; its safe level is 0 or 1. All other modes have -1 there. */
  Output = 0,
  Input = 1,
  Analog = 2,
  Watch = 3,
  /** Telemetry. */
  Append = 4,
  /** Sensor, clock. */
  Read = 5,
}

/** What happens after a fault; the words are those of the manifest (host-tools/modules/manifest.ts). */
export const enum Restart {
  Always = 0,
  Threshold = 1,
  Stop = 2,
  Quarantine = 3,
}

/** Major types (RFC 8949 §3.1) of the values of keys 1 to 16. */
export const fieldMajors = "0302000244044444";

/** Tag 18, array of 4, the protected header up to its kid of 16 bytes; the empty header behind it. */
export const coseHead = "\xd2\x84\x56\xa2\x01\x38\x2d\x04\x50";
export const coseMiddle = "\xa0";

/** What is signed (RFC 9052 §4.4): this, the kid, this, and the payload as a byte string. */
export const signedHead = "\x84\x6aSignature1\x56\xa2\x01\x38\x2d\x04\x50";
export const signedMiddle = "\x4egenesis module";

/** Offset and length of I in an HSS public key. */
export const enum KeyId {
  At = 12,
  Bytes = 16,
}
