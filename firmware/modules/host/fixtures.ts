// For tests: two modules with their certificates, tiles on which they hold, and keys that sign as many as are wanted.
import { growHssKey, hssPublicKey, hssSign } from "../../../host-tools/sign/hss-key.ts";
import type { LmsParameters } from "../../../host-tools/sign/lms-parameters.ts";
import { certificatePayload, grantOfNeed, hostNative, moduleText, sealPayload, type CertifiableModule, type CertificateSigner } from "../../../host-tools/build/certify/certify.ts";
import type { ModuleManifest } from "../../../host-tools/modules/manifest.ts";
import { verifyModule } from "../../../host-tools/build/verify/verify.ts";
import { CborBytes, cborDecode, cborEncode, type CborMap } from "../../wire/cbor.ts";
import { certificateStart, certificateStep, type ModuleText, type TileFacts } from "../certificate.ts";
import { GuestApi } from "../guest-api.ts";

/** A signer for tests: it takes its indexes round and round, which no real one may. */
export function testSigner(parameters: LmsParameters, fill: number, below?: LmsParameters): CertificateSigner {
  const key = growHssKey({ parameters, seed: Buffer.alloc(parameters.n, fill), id: Buffer.alloc(16, fill + 1) }, below);
  let index = 0;
  return { publicKey: hssPublicKey(key), sign: (message) => hssSign(key, index++ % 2 ** parameters.height, message) };
}

export const n24: LmsParameters = { n: 24, w: 4, height: 5 };
export const n32: LmsParameters = { n: 32, w: 4, height: 5 };

const source = (step: number): string => `let total = 0;
function add(n) { total += n * ${step}; return total; }
export function handle(event, badge, label, a, b, data) { if (a > 0) { gate(2, 3, 1, add(a), Math.floor(total / 2), "n=" + total + data.charAt(0)); } }`;

export interface Fixture {
  module: CertifiableModule;
  manifest: ModuleManifest;
  payload: string;
  text: ModuleText;
}

export const ENGINES = ["espruino 2v29", "xs 2v29.genesis"] as const;
export const verifier = { version: 3, sha256: Buffer.alloc(32, 0x5a), files: [] };

/** Its needs are in no alphabet's order: the order is the addresses'. */
export function fixture(name: string, step: number, version: number = 7): Fixture {
  const manifest: ModuleManifest = {
    name, version, notes: ["a test"],
    needs: [
      { as: "valve", service: "pins", pin: "D4", mode: "output", safe: 0, why: "opens for each ten" }, { as: "log", service: "telemetry", rights: "append", why: "what it counts" },
      { as: "door", service: "pins", pin: "D5", mode: "watch", why: "is what it counts" },
    ],
    quotas: { fuelPerRun: 5_000, memoryBlocks: 60, messageBytes: 32, energyUcPerPeriod: 90_000, periodMs: 60_000 }, restart: { policy: "threshold", backoffMs: 1_000, limit: 3 }, state: { version: 2, bytes: 16 },
  };
  const { text, certificate } = verifyModule(source(step));
  const module = { manifest, text, certificate };
  return { module, manifest, payload: certificatePayload(module, ENGINES, verifier), text: moduleText(name, text) };
}

/** What the fixtures need, and one that they don't. */
export const GRANTS: readonly string[] = [grantOfNeed({ as: "any", service: "clock", rights: "read", why: "not needed" }), ...fixture("counter", 2).manifest.needs.map(grantOfNeed)];

/** A tile with room and grants for the fixtures, and nothing to spare. */
export function tileOf({ manifest: { quotas, state }, module }: Fixture, roots: readonly Uint8Array[], change: Partial<TileFacts> = {}): TileFacts {
  const { bounds } = module.certificate;
  return {
    _engine: ENGINES[0], _kernel: GuestApi.Version, _operations: 47, _verifier: 3,
    _free: [quotas.fuelPerRun, quotas.memoryBlocks, quotas.messageBytes, quotas.energyUcPerPeriod, quotas.periodMs, Math.max(bounds.load.stackBytes, bounds.handle.stackBytes), module.text.length, state.bytes],
    _grants: [...GRANTS], _names: ["other", "counter"], _floors: [99, 7], _roots: roots.map((root) => Buffer.from(root).toString("latin1")), ...change,
  };
}

/** The whole check, its steps counted. */
export function checkSteps(facts: TileFacts, text: ModuleText, bytes: string, budget: number = 50): { verdict: number; steps: number } {
  const check = certificateStart(hostNative, facts, text, bytes);
  let verdict: number = check._verdict;
  let steps = 0;
  for (; !verdict; steps++) verdict = certificateStep(check, budget);
  return { verdict, steps };
}

/** A payload with fields changed (undefined: left out), in deterministic order. */
export function changed(payload: string, fields: Readonly<Record<string, CborMap[string] | undefined>>): string {
  const map: CborMap = { ...(cborDecode(payload, 0) as CborMap) };
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) delete map[key];
    else map[key] = value;
  }
  return cborEncode(map)!;
}

export const fieldOf = (payload: string, field: number): CborMap[string] => (cborDecode(payload, 0) as CborMap)[field]!;
export const bytesOf = (text: string): CborBytes => new CborBytes(text);
export const sign = (payload: string, signer: CertificateSigner): string => sealPayload(payload, signer.publicKey, (message) => signer.sign(message)).toString("latin1");
