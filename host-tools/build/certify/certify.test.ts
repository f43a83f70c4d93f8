// Making, signing and reading certificates: with a real signing key on disk, and with everything about a manifest wrong.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ENGINES, fieldOf, fixture, n24, testSigner, tileOf, verifier } from "../../../firmware/modules/host/fixtures.ts";
import { Cert } from "../../../firmware/modules/certificate.ts";
import { Field, NeedMode, Restart } from "../../../firmware/modules/certificate-format.ts";
import { GuestApi } from "../../../firmware/modules/guest-api.ts";
import { Scan } from "../../../firmware/modules/scan-format.ts";
import { cborDecode } from "../../../firmware/wire/cbor.ts";
import { createKey, openSigner } from "../../sign/signer.ts";
import { simVersion } from "../../sim/sim-tile.ts";
import { repositoryRoot } from "../../qemu/runtime-build.ts";
import { BYTES_METHODS, MATH, STRING_METHODS, ARRAY_METHODS, TYPED_ARRAYS } from "../verify/intrinsics.ts";
import { verifyModule } from "../verify/verify.ts";
import { checkManifest, MODES, needParts, POLICIES, type ModuleManifest } from "../../modules/manifest.ts";
import { ManifestError } from "../../modules/manifest-check.ts";
import { certificatePayload, certify, checkCertificate, grantOfNeed, plentyFacts } from "./certify.ts";
import { engineName, TESTED_ENGINES } from "./engines.ts";
import { INTRINSIC_BITS, intrinsicBits, intrinsicNames } from "./intrinsic-bits.ts";
import { explainCertificate, readCertificate } from "./read-certificate.ts";
import { CERTIFICATE_REFUSALS, refusalText, SCAN_REFUSALS, scanRefusalText } from "./refusals.ts";
import { verifierHash } from "./verifier-hash.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "genesis-certify-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const counter = fixture("counter", 2);
const signer = testSigner(n24, 1);

describe("certify", () => {
  test("with a signing key on disk: one index for each, and the certificate holds", () => {
    const place = { key: path.join(folder, "key"), records: path.join(folder, "records") };
    const publicKey = createKey(place, [n24]);
    const real = openSigner(place);
    try {
      const made = certify(counter.module, ENGINES, verifier, real);
      expect(real.remaining).toBe(31);
      expect(checkCertificate(tileOf(counter, [publicKey]), counter.text, made)).toBe(Cert.Good);
      expect(checkCertificate(tileOf(counter, [signer.publicKey]), counter.text, made)).toBe(Cert.Signer);
      const again = certify(counter.module, ENGINES, verifier, real);
      expect(real.remaining).toBe(30);
      expect(again.equals(made)).toBe(false);
      expect(readCertificate(again)).toEqual(readCertificate(made));
    } finally {
      real.close();
    }
  });

  test("the same bytes for the same module; needs stand in the manifest's order", () => {
    expect(certificatePayload({ ...counter.module }, ENGINES, verifier)).toBe(counter.payload);
    expect(Object.keys(cborDecode(counter.payload, 0) as object).length).toBe(17);
    const turned = { ...counter.manifest, needs: [...counter.manifest.needs].reverse() };
    const payload = certificatePayload({ ...counter.module, manifest: turned }, ENGINES, verifier);
    expect(payload).not.toBe(counter.payload);
    expect(fieldOf(payload, Field.Needs)).toEqual([...(fieldOf(counter.payload, Field.Needs) as unknown[])].reverse());
  });

  test("a signer that signs something else gives out nothing", () => {
    const faulty = { publicKey: signer.publicKey, sign: (message: Uint8Array) => signer.sign(message.map((byte, at) => (at === 99 ? byte ^ 1 : byte))) };
    expect(() => certify(counter.module, ENGINES, verifier, faulty)).toThrow(/is not one of that key/);
  });

  test("a text that the scanner refuses is not signed", () => {
    let signed = 0;
    const counting = { publicKey: signer.publicKey, sign: (message: Uint8Array) => {
      signed++;
      return signer.sign(message);
    } };
    expect(() => certify({ ...counter.module, text: counter.module.text.replace(".charAt(", ".constructor(") }, ENGINES, verifier, counting)).toThrow(/scanner of tiles refuses the text at \d+ \(7\)/);
    // Nor what the tile's check would refuse: bounds above the quotas, an operation that no gate has.
    const { bounds } = counter.module.certificate;
    expect(() => certify({ ...counter.module, certificate: { ...counter.module.certificate, bounds: { ...bounds, handle: { ...bounds.handle, fuel: counter.manifest.quotas.fuelPerRun + 1 } } } }, ENGINES, verifier, counting)).toThrow(/^tiles would refuse the certificate: what it comes to is more/);
    expect(() => certify({ ...counter.module, certificate: { ...counter.module.certificate, operations: [2, 256] } }, ENGINES, verifier, counting)).toThrow(/lacks an operation/);
    expect(signed).toBe(0);
    expect(certify(counter.module, ENGINES, verifier, counting).length).toBeGreaterThan(1_000);
    expect(signed).toBe(1);
  });

  test("a manifest that is wrong is not certified", () => {
    for (const wrong of [{ version: 0 }, { name: "Counter" }, { needs: [{ as: "led", service: "pins", pin: "D4", mode: "output", why: "no safe level" }] }, { notes: ["a\nb"] }, { more: 1 }]) {
      expect(() => certificatePayload({ ...counter.module, manifest: { ...counter.manifest, ...wrong } as ModuleManifest }, ENGINES, verifier)).toThrow(ManifestError);
    }
  });

  test("the modes and policies of manifests are the certificate's numbers", () => {
    expect([MODES[NeedMode.Output], MODES[NeedMode.Input], MODES[NeedMode.Analog], MODES[NeedMode.Watch], MODES[NeedMode.Append], MODES[NeedMode.Read]]).toEqual([...MODES]);
    expect([POLICIES[Restart.Always], POLICIES[Restart.Threshold], POLICIES[Restart.Stop], POLICIES[Restart.Quarantine]]).toEqual([...POLICIES]);
  });

  test("engines", () => {
    const recorded = /"espruino": "([^"]*)"/.exec(readFileSync(path.join(repositoryRoot(), "results", "espruino.json"), "utf8"))![1]!;
    const xsVersion = /#define BOARD_VERSION "([^"]*)"/.exec(readFileSync(path.join(repositoryRoot(), "boards", "qemu-mps2-an385", "runtime", "runtime.h"), "utf8"))![1]!;
    expect(engineName("espruino", "2v29")).toBe("espruino 2v29");
    for (const [engine, version] of [["", "1"], ["espruino", ""], ["esp ruino", "1"], ["espruino", "2v29\n"], ["x", "y".repeat(64)]] as const) expect(() => engineName(engine, version)).toThrow(RangeError);
    expect(TESTED_ENGINES).toEqual([engineName("espruino", recorded), engineName("xs", xsVersion), engineName("quickjs", simVersion)]);
    expect(() => certificatePayload(counter.module, [], verifier)).toThrow(/^engines/);
    expect(() => certificatePayload(counter.module, Array.from({ length: 9 }, (_, i) => `e ${i}`), verifier)).toThrow(/^engines/);
  });

  test("every module that is made holds on the tile it was made for, whatever its numbers", () => {
    const { needs: _, ...common } = counter.manifest;
    const why = fc.stringMatching(/^[ -~]{5,120}$/);
    const pin = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,15}$/);
    const need = fc.oneof(
      fc.record({ service: fc.constant("pins" as const), pin, mode: fc.constantFrom("input" as const, "analog" as const, "watch" as const), why }),
      fc.record({ service: fc.constant("pins" as const), pin, mode: fc.constant("output" as const), safe: fc.constantFrom(0 as const, 1 as const), why }),
      fc.record({ service: fc.constant("telemetry" as const), rights: fc.constant("append" as const), why }),
      fc.record({ service: fc.constantFrom("sensor" as const, "clock" as const), rights: fc.constant("read" as const), why }),
    );
    const seed = Number(process.env["GENESIS_SEED"] ?? 20_261_123);
    fc.assert(fc.property(fc.record({
      version: fc.integer({ min: 1, max: 2 ** 31 - 1 }), needs: fc.array(need, { maxLength: 12 }), policy: fc.constantFrom(...POLICIES), backoffMs: fc.nat(3_600_000), limit: fc.nat(100),
      energy: fc.nat(1e12), periodMs: fc.integer({ min: 1, max: 86_400_000 }), bytes: fc.nat(32), notes: fc.array(fc.stringMatching(/^[ -~]{1,80}$/), { minLength: 1, maxLength: 8 }),
    }), ({ version, needs, policy, backoffMs, limit, energy, periodMs, bytes, notes }) => {
      const distinct = [...new Map(needs.map((one) => [one.service === "pins" ? `pin ${one.pin}` : one.service, one])).values()].map((one, index) => ({ as: `n${index}`, ...one }));
      const manifest: ModuleManifest = checkManifest({ ...common, version, notes, needs: distinct, restart: { policy, backoffMs, limit }, state: { version: 1, bytes }, quotas: { ...common.quotas, energyUcPerPeriod: energy, periodMs } });
      const made = certify({ ...counter.module, manifest }, ENGINES, verifier, signer);
      const read = readCertificate(made);
      const { needs: asked, ...rest } = manifest;
      expect(read.manifest).toEqual(rest);
      expect(read.needs).toEqual(asked.map((one) => ({ ...needParts(one), why: one.why })));
      const facts = { ...plentyFacts(signer.publicKey, ENGINES[1], asked.map(grantOfNeed)), _names: ["counter"], _floors: [version] };
      expect(asked.length === 0 ? Cert.Grant : checkCertificate({ ...facts, _grants: facts._grants.slice(1) }, counter.text, made)).toBe(Cert.Grant);
      return checkCertificate(facts, counter.text, made) === Cert.Good;
    }), { seed, numRuns: 150 });
  });
});

describe("reading", () => {
  test("everything that is in it, for people", () => {
    const made = certify(counter.module, ENGINES, verifier, signer);
    const read = readCertificate(made);
    const { bounds } = counter.module.certificate;
    expect(read).toMatchObject({ textBytes: counter.module.text.length, engines: ENGINES, operations: [2], intrinsics: ["Math.floor", ".charAt"], verifier: { version: 3, sha256: "5a".repeat(32) }, bounds: { handle: { fuel: bounds.handle.fuel, memory: bounds.handle.memory, calls: 2, stackBytes: bounds.handle.stackBytes }, recursionLimit: 6 } });
    const text = explainCertificate(read);
    for (const words of [
      "counter, version 7, state of version 2, at most 16 bytes", "espruino 2v29, xs 2v29.genesis", `kernel interface ${GuestApi.Version} or later`, "gate operations: 2;", "Math.floor, .charAt", "5000 fuel", "90000 µC in 60000 ms",
      "needs (2) pin D4, output, 0 while it does not run: opens for each ten\nneeds (3) telemetry, append: what it counts\nneeds (4) pin D5, watch: is what it counts", "after a fault: it is started again after 1000 ms, then twice that …; at most 3 times in 60000 ms, then it stays stopped\n", "note: a test", `${made.length} bytes`, read.textSha256,
    ]) expect(text).toContain(words);
    for (const [policy, words] of [["restart", "twice that …\n"], ["stop", "fault: it stays stopped\n"], ["quarantine", "and no tile that hears of it starts this version\n"]] as const) {
      expect(explainCertificate({ ...read, manifest: { ...read.manifest, restart: { ...read.manifest.restart, policy }, state: { version: 0, bytes: 0 } } })).toMatch(new RegExp(`^counter, version 7, without state\n[^]*${words}`));
    }
    expect(explainCertificate({ ...read, manifest: { ...read.manifest, notes: ["\x1b[31m\n\u202e"] } })).toContain("note: \\u001b[31m\\u000a\\u202e");
  });

  test("bytes that are none: a SyntaxError, whatever they are", () => {
    const made = certify(counter.module, ENGINES, verifier, signer);
    let readable = 0;
    for (let at = 0; at < 26 + 3 + counter.payload.length; at++) {
      for (const bytes of [made.subarray(0, at), Buffer.from(made.map((byte, index) => (index === at ? byte ^ 0x41 : byte)))]) {
        try {
          readCertificate(bytes);
          readable++;
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }
    }
    // Hashes, numbers and letters can be changed without breaking the form: what says so is the check.
    expect(readable).toBeGreaterThan(30);
  });

  test("advice for each code, and for no other", () => {
    expect(Object.keys(CERTIFICATE_REFUSALS).map(Number)).toEqual(Array.from({ length: Cert.Grant - 1 }, (_, at) => at + 2));
    expect(Object.keys(SCAN_REFUSALS).map(Number)).toEqual(Array.from({ length: Scan.Charge - 1 }, (_, at) => at + 2));
    expect(refusalText(Cert.Engine)).toBe("it does not hold for the tile's engine. Next: certify it for this engine as well, once the verifier's tests have run on it");
    expect(refusalText(99)).toBe("verdict 99");
    expect(scanRefusalText(Scan.Key, 12)).toContain("at 12. Next:");
    for (const { what, next } of Object.values(CERTIFICATE_REFUSALS)) expect([what.length, next.length].every((length) => length > 10 && length < 140)).toBe(true);
  });
});

describe("built-ins", () => {
  test("each that the verifier lets pass has one bit, and bits are names again", () => {
    const all = [...[...MATH.keys()].map((name) => `Math.${name}`), "parseInt", "String.fromCharCode", ...TYPED_ARRAYS.keys(), ...[...STRING_METHODS.keys(), ...ARRAY_METHODS.keys(), ...BYTES_METHODS.keys()].map((name) => `.${name}`)];
    expect([...INTRINSIC_BITS].sort()).toEqual(all.sort());
    for (const name of all) expect(intrinsicNames(intrinsicBits([name]))).toEqual([name]);
    expect(intrinsicNames(intrinsicBits(all)).sort()).toEqual(all);
    expect(intrinsicNames(2 ** 40)).toEqual(["bit 40"]);
    expect(() => intrinsicBits(["eval"])).toThrow(RangeError);
    const used = verifyModule("export function handle(e, a, b, c, d, s) { gate(Math.max(1, parseInt(s, 10)), new Uint8Array(3).fill(1).length); }").certificate.intrinsics;
    expect(intrinsicNames(intrinsicBits(used)).sort()).toEqual([...used].sort());
  });
});

describe("which verifier it was", () => {
  const root = repositoryRoot();

  test("its hash covers each of its files and the parser, and nothing of a computer", async () => {
    const { sha256, files, version } = await verifierHash(root);
    expect(version).toBeGreaterThan(0);
    expect((await verifierHash(root)).sha256.equals(sha256)).toBe(true);
    expect(files).toEqual(expect.arrayContaining(["host-tools/build/verify/verify.ts", "host-tools/build/verify/recheck.ts", "host-tools/build/verify/infer.ts", "host-tools/build/fuel/costs.ts", "host-tools/build/dialect/rules/limits.ts"]));
    expect(files.some((file) => /acorn/.test(file))).toBe(true);
    const own = files.filter((file) => /verify\/[^/]*\.ts$/.test(file));
    expect(own.length).toBeGreaterThan(25);
    for (const file of ["host-tools/build/verify/verify.ts", "host-tools/build/verify/names.ts", "host-tools/build/verify/heap.ts", "host-tools/build/fuel/price.ts"]) {
      const source = readFileSync(path.join(root, file), "utf8");
      expect((await verifierHash(root, { [file]: `${source}\nglobalThis.changed = 1;` })).sha256.equals(sha256), file).toBe(false);
      expect((await verifierHash(root, { [file]: `// nothing but a comment\n${source}` })).sha256.equals(sha256), file).toBe(true);
    }
  });
});
