// From a verified module and what it asks for to a signed certificate.
//
// The payload is made from the verifier's result, never from the text of a file; before anything is signed the tile's scanner has to agree with the text, and before it is
// given out the tile's own check has to find it good. Format: firmware/modules/certificate-format.ts.

import { hash } from "node:crypto";
import { Cert, certificateStart, certificateStep, type ModuleText, type TileFacts } from "../../../firmware/modules/certificate.ts";
import { Certificate, coseHead, coseMiddle, Field, KeyId, signedHead, signedMiddle } from "../../../firmware/modules/certificate-format.ts";
import { Scan } from "../../../firmware/modules/scan-format.ts";
import { scanStart, scanStep } from "../../../firmware/modules/scan.ts";
import type { HssNative } from "../../../firmware/security/hss.ts";
import { CborBytes, cborBytes, cborEncode, type CborMap } from "../../../firmware/wire/cbor.ts";
import type { FunctionBound } from "../verify/bounds.ts";
import type { VerifiedModule } from "../verify/verify.ts";
import { intrinsicBits } from "./intrinsic-bits.ts";
import { checkManifest, RESTARTS, type ModuleManifest } from "./manifest.ts";
import { refusalText } from "./refusals.ts";
import type { VerifierHash } from "./verifier-hash.ts";

/** What signs: a Signer of host-tools/sign, or what tests have. */
export interface CertificateSigner {
  /** HSS public key. */
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** SHA-256 and bytes of this computer, for code of tiles. */
export const hostNative: HssNative = {
  sha: (data) => Uint8Array.from(hash("sha256", typeof data === "string" ? Buffer.from(data, "latin1") : data, "buffer")).buffer,
  bytes: (bytes) => Uint8Array.from(Buffer.from(bytes, "latin1")),
};

/** The name of an engine in certificates: what board.ts calls it, and its `process.version`. @throws RangeError */
export function engineName(engine: string, version: string): string {
  const name = `${engine} ${version}`;
  if (!/^[\x21-\x7e]+ [\x21-\x7e]+$/.test(name) || name.length > 64) throw new RangeError(`engine: a word and a version, not ${JSON.stringify(name)}`);
  return name;
}

/** The text as a tile has it. */
export function moduleText(name: string, text: string): ModuleText {
  return { _name: name, _sha: hash("sha256", Buffer.from(text, "latin1"), "buffer").toString("latin1"), _bytes: text.length };
}

/** Payload of a certificate, unsigned: deterministic CBOR. @throws RangeError, TypeError for a manifest that is not so; Error when the scanner refuses the text */
export function certificatePayload(module: VerifiedModule, manifest: ModuleManifest, engines: readonly string[], verifier: VerifierHash): string {
  const { certificate: { bounds, operations, intrinsics, recursionLimit }, text } = module;
  checkManifest(manifest, module.certificate);
  if (engines.length < 1 || engines.length > Certificate.EnginesMost) throw new RangeError(`engines: 1 to ${Certificate.EnginesMost}, not ${engines.length}`);
  assertScanned(text);
  const four = (one: FunctionBound): (number | null)[] => [one.fuel ?? null, one.memory ?? null, one.calls, one.stackBytes];
  const { name, sequence, quotas, restart, needs, stateSchema, minimumKernel, notes = [] } = manifest;
  const payload: CborMap = {
    [Field.Format]: Certificate.Format,
    [Field.Name]: name,
    [Field.Sequence]: sequence,
    [Field.TextSha]: new CborBytes(moduleText(name, text)._sha),
    [Field.TextBytes]: text.length,
    [Field.Kernel]: minimumKernel,
    [Field.VerifierVersion]: verifier.version,
    [Field.VerifierSha]: new CborBytes(verifier.sha256.toString("latin1")),
    [Field.Engines]: [...engines],
    [Field.Operations]: operations.map((one) => (one === "any" ? -1 : one)),
    [Field.Intrinsics]: intrinsicBits(intrinsics),
    [Field.Bounds]: [...four(bounds.handle), ...four(bounds.load), recursionLimit],
    [Field.Quotas]: [quotas.fuel, quotas.chargeUah, quotas.memory, quotas.messages],
    [Field.Needs]: [...needs].sort((a, b) => (a.service < b.service ? -1 : 1)).map(({ service, rights, why }) => [service, rights, why]),
    [Field.Restart]: [RESTARTS[restart.policy], restart.most, restart.withinS],
    [Field.StateSchema]: stateSchema,
    ...Object.fromEntries(notes.map((note, index) => [String(-1 - index), note])),
  };
  const bytes = cborEncode(payload);
  if (bytes === undefined) throw new Error("certificate: a value that CBOR can't hold. This is a mistake of ours: keep the manifest");
  return bytes;
}

/** @throws Error when the tile's scanner refuses a text */
function assertScanned(text: string): void {
  const scan = scanStart(hostNative.bytes, text);
  let verdict: number = scan._verdict;
  while (!verdict) verdict = scanStep(scan, 4096);
  if (verdict !== Scan.Good) throw new Error(`the scanner of tiles refuses the text at ${scan._at} (${verdict}): ${JSON.stringify(text.substr(scan._at, 40))}. Verifier and scanner don't agree: keep the module, it is a mistake of ours`);
}

/** Signs a payload (COSE_Sign1). @throws what the signer throws */
export function signPayload(payload: string, signer: CertificateSigner): Buffer {
  const kid = Buffer.from(signer.publicKey).toString("latin1").substr(KeyId.At, KeyId.Bytes);
  const signature = signer.sign(Buffer.from(signedHead + kid + signedMiddle + cborBytes(payload), "latin1"));
  return Buffer.from(coseHead + kid + coseMiddle + cborBytes(payload) + cborBytes(Buffer.from(signature).toString("latin1")), "latin1");
}

/** Facts of a tile on which nothing is missing, but for what the certificate is checked against. */
export function plentyFacts(publicKey: Uint8Array, engine: string, manifest: ModuleManifest): TileFacts {
  const plenty = Number.MAX_SAFE_INTEGER;
  return {
    _engine: engine, _kernel: manifest.minimumKernel, _operations: 256, _verifier: 0, _free: [plenty, plenty, plenty, plenty, plenty, plenty],
    _services: manifest.needs.map(({ service }) => service), _rights: manifest.needs.map(({ rights }) => rights), _names: [], _floors: [], _roots: [Buffer.from(publicKey).toString("latin1")],
  };
}

/** The whole check of a certificate at once. Returns a Cert other than More. */
export function checkCertificate(facts: TileFacts, text: ModuleText, bytes: Uint8Array): number {
  const check = certificateStart(hostNative, facts, text, Buffer.from(bytes).toString("latin1"));
  let verdict: number = check._verdict;
  while (!verdict) verdict = certificateStep(check, 4096);
  return verdict;
}

/**
 * Makes and signs the certificate of a module for some engines (of engineName).
 * @throws RangeError, TypeError for a manifest that is not so; Error when scanner or check refuse what was made; what the signer throws
 */
export function certify(module: VerifiedModule, manifest: ModuleManifest, engines: readonly string[], verifier: VerifierHash, signer: CertificateSigner): Buffer {
  const payload = certificatePayload(module, manifest, engines, verifier);
  const bytes = signPayload(payload, signer);
  for (const engine of engines) {
    const verdict = checkCertificate(plentyFacts(signer.publicKey, engine, manifest), moduleText(manifest.name, module.text), bytes);
    if (verdict !== Cert.Good) throw new Error(`the certificate that was made is refused: ${refusalText(verdict)}. Its index of the key is used up; keep the manifest, it is a mistake of ours`);
  }
  return bytes;
}
