// From a module that compiled to a signed certificate, which carries its manifest.
//
// The payload is made from the compiler's result, never from the text of a file. Before anything is signed the tile's scanner has to agree with the text, and the tile's own check has to
// find nothing wrong but the missing signature, so that no index of a key is used for what no tile would take; before it is given out the check has to find it good.
// Format: firmware/modules/certificate-format.ts.

import { hash } from "node:crypto";
import { Cert, certificateStart, certificateStep, grantOf, type ModuleText, type TileFacts } from "../../../firmware/modules/certificate.ts";
import { Certificate, coseHead, coseMiddle, Field, KeyId, signedHead, signedMiddle } from "../../../firmware/modules/certificate-format.ts";
import { GuestApi } from "../../../firmware/modules/guest-api.ts";
import { Scan } from "../../../firmware/modules/scan-format.ts";
import { scanStart, scanStep } from "../../../firmware/modules/scan.ts";
import type { HssNative } from "../../../firmware/security/hss.ts";
import { CborBytes, cborBytes, cborEncode, type CborMap } from "../../../firmware/wire/cbor.ts";
import type { CompiledModule } from "../../modules/compile-module.ts";
import { checkManifest, MODES, needParts, type Need, POLICIES } from "../../modules/manifest.ts";
import type { FunctionBound } from "../verify/bounds.ts";
import { intrinsicBits } from "./intrinsic-bits.ts";
import { refusalText } from "./refusals.ts";
import type { VerifierHash } from "./verifier-hash.ts";

/** What a certificate is made from: of compileModule. */
export type CertifiableModule = Pick<CompiledModule, "manifest" | "text" | "certificate">;

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

/** The text as a tile has it. */
export function moduleText(name: string, text: string): ModuleText {
  return { _name: name, _sha: hash("sha256", Buffer.from(text, "latin1"), "buffer").toString("latin1"), _bytes: text.length };
}

/** Payload of a certificate, unsigned: deterministic CBOR. @throws ManifestError; RangeError for engines; Error when the scanner refuses the text */
export function certificatePayload({ manifest, text, certificate }: CertifiableModule, engines: readonly string[], verifier: VerifierHash): string {
  const { bounds, operations, intrinsics, recursionLimit } = certificate;
  const { name, version, quotas, restart, needs, state, notes = [] } = checkManifest(manifest);
  if (engines.length < 1 || engines.length > Certificate.EnginesMost) throw new RangeError(`engines: 1 to ${Certificate.EnginesMost}, not ${engines.length}`);
  assertScanned(text);
  const four = (one: FunctionBound): (number | null)[] => [one.fuel ?? null, one.memory ?? null, one.calls, one.stackBytes];
  const payload: CborMap = {
    [Field.Format]: Certificate.Format,
    [Field.Name]: name,
    [Field.Sequence]: version,
    [Field.TextSha]: new CborBytes(moduleText(name, text)._sha),
    [Field.TextBytes]: text.length,
    [Field.Kernel]: GuestApi.Version,
    [Field.VerifierVersion]: verifier.version,
    [Field.VerifierSha]: new CborBytes(verifier.sha256.toString("latin1")),
    [Field.Engines]: [...engines],
    [Field.Operations]: operations.map((one) => (one === "any" ? -1 : one)),
    [Field.Intrinsics]: intrinsicBits(intrinsics),
    [Field.Bounds]: [...four(bounds.handle), ...four(bounds.load), recursionLimit],
    [Field.Quotas]: [quotas.fuelPerRun, quotas.memoryBlocks, quotas.messageBytes, quotas.energyUcPerPeriod, quotas.periodMs],
    // In the manifest's order: the text calls the third need by its address 4.
    [Field.Needs]: needs.map((need) => {
      const { service, target, mode, safe } = needParts(need);
      return [service, target, MODES.indexOf(mode), safe, need.why];
    }),
    [Field.Restart]: [POLICIES.indexOf(restart.policy), restart.backoffMs, restart.limit],
    [Field.State]: [state.version, state.bytes],
    ...Object.fromEntries(notes.map((note, index) => [String(-1 - index), note])),
  };
  const bytes = cborEncode(payload);
  if (bytes === undefined) throw new Error("certificate: a value that CBOR can't hold. This is a mistake of ours: keep the manifest");
  return bytes;
}

/** What a need has to be granted as (TileFacts._grants). */
export function grantOfNeed(need: Need): string {
  return grantOfRead(needParts(need));
}

/** The same for a need that was read from a certificate. */
export function grantOfRead({ service, target, mode }: Pick<ReturnType<typeof needParts>, "service" | "target" | "mode">): string {
  return grantOf(service, target, MODES.indexOf(mode));
}

/** @throws Error when the tile's scanner refuses a text */
function assertScanned(text: string): void {
  const scan = scanStart(hostNative.bytes, text);
  let verdict: number = scan._verdict;
  while (!verdict) verdict = scanStep(scan, 4096);
  if (verdict !== Scan.Good) throw new Error(`the scanner of tiles refuses the text at ${scan._at} (${verdict}): ${JSON.stringify(text.substr(scan._at, 40))}. Verifier and scanner don't agree: keep the module, it is a mistake of ours`);
}

/** A payload in its envelope (COSE_Sign1), with the signature that `sign` makes of what is signed. @throws what it throws */
export function sealPayload(payload: string, publicKey: Uint8Array, sign: (message: Uint8Array) => Uint8Array): Buffer {
  const kid = Buffer.from(publicKey).toString("latin1").substr(KeyId.At, KeyId.Bytes);
  const signature = sign(Buffer.from(signedHead + kid + signedMiddle + cborBytes(payload), "latin1"));
  return Buffer.from(coseHead + kid + coseMiddle + cborBytes(payload) + cborBytes(Buffer.from(signature).toString("latin1")), "latin1");
}

/** Facts of a tile with plenty of everything that grants all of these needs. */
export function plentyFacts(publicKey: Uint8Array, engine: string, grants: readonly string[]): TileFacts {
  const plenty = Number.MAX_SAFE_INTEGER;
  return {
    _engine: engine, _kernel: plenty, _operations: 256, _verifier: 0, _free: [plenty, plenty, plenty, plenty, 1, plenty, plenty, plenty],
    _grants: [...grants], _names: [], _floors: [], _roots: [Buffer.from(publicKey).toString("latin1")],
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
 * @throws ManifestError, RangeError, or Error when scanner or check refuse what is to be signed, all before the key is used; what the signer throws
 */
export function certify(module: CertifiableModule, engines: readonly string[], verifier: VerifierHash, signer: CertificateSigner): Buffer {
  const payload = certificatePayload(module, engines, verifier);
  const { manifest, text } = module;
  const verdicts = (bytes: Buffer): number[] => engines.map((engine) => checkCertificate(plentyFacts(signer.publicKey, engine, manifest.needs.map(grantOfNeed)), moduleText(manifest.name, text), bytes));
  // Without a signature: all is well but that.
  const wrong = verdicts(sealPayload(payload, signer.publicKey, () => new Uint8Array(0))).find((verdict) => verdict !== Cert.Forged);
  if (wrong !== undefined) throw new Error(`tiles would refuse the certificate: ${refusalText(wrong)}`);
  const bytes = sealPayload(payload, signer.publicKey, (message) => signer.sign(message));
  const refused = verdicts(bytes).find((verdict) => verdict !== Cert.Good);
  if (refused !== undefined) throw new Error(`the certificate that was made is refused: ${refusalText(refused)}. Its index of the key is used up; keep the manifest, it is a mistake of ours`);
  return bytes;
}
