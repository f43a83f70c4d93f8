// Making, signing and reading certificates: with a real signing key on disk, and with everything about a manifest wrong.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ENGINES, fixture, n24, testSigner, tileOf, verifier } from "../../../firmware/modules/host/fixtures.ts";
import { Cert } from "../../../firmware/modules/certificate.ts";
import { Scan } from "../../../firmware/modules/scan-format.ts";
import { cborDecode } from "../../../firmware/wire/cbor.ts";
import { createKey, openSigner } from "../../sign/signer.ts";
import { repositoryRoot } from "../../qemu/runtime-build.ts";
import { BYTES_METHODS, MATH, STRING_METHODS, ARRAY_METHODS, TYPED_ARRAYS } from "../verify/intrinsics.ts";
import { verifyModule } from "../verify/verify.ts";
import { certificatePayload, certify, checkCertificate, engineName, moduleText, plentyFacts } from "./certify.ts";
import { INTRINSIC_BITS, intrinsicBits, intrinsicNames } from "./intrinsic-bits.ts";
import { checkManifest, type ModuleManifest } from "./manifest.ts";
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
      const made = certify(counter.module, counter.manifest, ENGINES, verifier, real);
      expect(real.remaining).toBe(31);
      expect(checkCertificate(tileOf(counter, [publicKey]), counter.text, made)).toBe(Cert.Good);
      expect(checkCertificate(tileOf(counter, [signer.publicKey]), counter.text, made)).toBe(Cert.Signer);
      const again = certify(counter.module, counter.manifest, ENGINES, verifier, real);
      expect(real.remaining).toBe(30);
      expect(again.equals(made)).toBe(false);
      expect(readCertificate(again)).toEqual(readCertificate(made));
    } finally {
      real.close();
    }
  });

  test("the same bytes for the same module, whatever the order of needs", () => {
    const turned = { ...counter.manifest, needs: [...counter.manifest.needs].reverse() };
    expect(certificatePayload(counter.module, turned, ENGINES, verifier)).toBe(counter.payload);
    expect(Object.keys(cborDecode(counter.payload, 0) as object).length).toBe(17);
  });

  test("a signer that signs something else gives out nothing", () => {
    const faulty = { publicKey: signer.publicKey, sign: (message: Uint8Array) => signer.sign(message.map((byte, at) => (at === 99 ? byte ^ 1 : byte))) };
    expect(() => certify(counter.module, counter.manifest, ENGINES, verifier, faulty)).toThrow(/is not one of that key/);
  });

  test("a text that the scanner refuses is not signed", () => {
    let signed = 0;
    const counting = { publicKey: signer.publicKey, sign: (message: Uint8Array) => {
      signed++;
      return signer.sign(message);
    } };
    expect(() => certify({ ...counter.module, text: counter.module.text.replace(".charAt(", ".constructor(") }, counter.manifest, ENGINES, verifier, counting)).toThrow(/scanner of tiles refuses the text at \d+ \(7\)/);
    expect(signed).toBe(0);
  });

  test.each<[string, (manifest: ModuleManifest) => unknown, RegExp]>([
    ["name", (m) => ({ ...m, name: "Counter" }), /^name: 1 to 32/], ["name", (m) => ({ ...m, name: "" }), /^name/], ["name", (m) => ({ ...m, name: "x".repeat(33) }), /^name/], ["name", (m) => ({ ...m, name: 5 }), /^name/],
    ["sequence", (m) => ({ ...m, sequence: -1 }), /^sequence: a whole number/], ["sequence", (m) => ({ ...m, sequence: 1.5 }), /^sequence/], ["sequence", (m) => ({ ...m, sequence: "1" }), /^sequence: a number, not string/], ["sequence", (m) => ({ ...m, sequence: 2 ** 53 }), /^sequence/],
    ["minimumKernel", (m) => ({ ...m, minimumKernel: NaN }), /^minimumKernel/], ["stateSchema", (m) => ({ ...m, stateSchema: -1 }), /^stateSchema/], ["fuel", (m) => ({ ...m, quotas: { ...m.quotas, fuel: 10 } }), /^quotas.fuel: loading comes to \d+, so 10 is too little/], ["memory", (m) => ({ ...m, quotas: { ...m.quotas, memory: 1 } }), /^quotas.memory/], ["fuel", (m) => ({ ...m, quotas: { ...m.quotas, fuel: 200 } }), /^quotas.fuel: one event comes to/],
    ["messages", (m) => ({ ...m, quotas: { ...m.quotas, messages: undefined } }), /^quotas.messages/], ["restart", (m) => ({ ...m, restart: { ...m.restart, policy: "toString" } }), /^restart.policy/], ["restart", (m) => ({ ...m, restart: { ...m.restart, most: -1 } }), /^restart.most/],
    ["needs", (m) => ({ ...m, needs: [...m.needs, ...m.needs] }), /^needs: each service once/], ["needs", (m) => ({ ...m, needs: [{ service: "radio", rights: 16, why: "x" }] }), /^needs\[0\].rights/], ["needs", (m) => ({ ...m, needs: [{ service: "radio", rights: 0, why: "x" }] }), /^needs\[0\].rights/],
    ["needs", (m) => ({ ...m, needs: [{ service: "radio", rights: 1, why: "" }] }), /^needs\[0\].why/], ["needs", (m) => ({ ...m, needs: [{ service: "radio", rights: 1, why: "a\nb" }] }), /^needs\[0\].why/], ["needs", (m) => ({ ...m, needs: Array.from({ length: 17 }, (_, i) => ({ service: `s${i}`, rights: 1, why: "x" })) }), /^needs: at most 16/],
    ["notes", (m) => ({ ...m, notes: ["x".repeat(81)] }), /^notes\[0\]/], ["notes", (m) => ({ ...m, notes: Array.from({ length: 9 }, () => "x") }), /^notes: at most 8/],
  ])("a manifest with a wrong %s", (_, change, message) => {
    expect(() => checkManifest(change(counter.manifest) as ModuleManifest, counter.module.certificate)).toThrow(message);
  });

  test("engines", () => {
    expect(engineName("espruino", "2v29")).toBe("espruino 2v29");
    for (const [engine, version] of [["", "1"], ["espruino", ""], ["esp ruino", "1"], ["espruino", "2v29\n"], ["x", "y".repeat(64)]] as const) expect(() => engineName(engine, version)).toThrow(RangeError);
    expect(() => certificatePayload(counter.module, counter.manifest, [], verifier)).toThrow(/^engines/);
    expect(() => certificatePayload(counter.module, counter.manifest, Array.from({ length: 9 }, (_, i) => `e ${i}`), verifier)).toThrow(/^engines/);
  });

  test("every module that is made holds on the tile it was made for, whatever its numbers", () => {
    const number = fc.oneof(fc.nat(30), fc.nat(), fc.constant(Number.MAX_SAFE_INTEGER));
    const seed = Number(process.env["GENESIS_SEED"] ?? 20_261_123);
    fc.assert(fc.property(number, number, number, fc.array(fc.record({ service: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/), rights: fc.integer({ min: 1, max: 15 }), why: fc.stringMatching(/^[ -~]{1,80}$/) }), { maxLength: 16 }), (sequence, stateSchema, chargeUah, needs) => {
      const manifest = { ...counter.manifest, sequence, stateSchema, needs: [...new Map(needs.map((need) => [need.service, need])).values()], quotas: { ...counter.manifest.quotas, chargeUah } };
      const made = certify(counter.module, manifest, ENGINES, verifier, signer);
      const read = readCertificate(made);
      expect(read.manifest).toEqual({ ...manifest, needs: [...manifest.needs].sort((a, b) => (a.service < b.service ? -1 : 1)) });
      return checkCertificate({ ...plentyFacts(signer.publicKey, ENGINES[1], manifest), _names: ["counter"], _floors: [sequence] }, moduleText("counter", counter.module.text), made) === Cert.Good;
    }), { seed, numRuns: 150 });
  });
});

describe("reading", () => {
  test("everything that is in it, for people", () => {
    const made = certify(counter.module, counter.manifest, ENGINES, verifier, signer);
    const read = readCertificate(made);
    const { bounds } = counter.module.certificate;
    expect(read).toMatchObject({ textBytes: counter.module.text.length, engines: ENGINES, operations: [2], intrinsics: ["Math.floor", ".charAt"], verifier: { version: 3, sha256: "5a".repeat(32) }, bounds: { handle: { fuel: bounds.handle.fuel, memory: bounds.handle.memory, calls: 2, stackBytes: bounds.handle.stackBytes }, recursionLimit: 6 } });
    const text = explainCertificate(read);
    for (const words of ["counter, release 7, state of version 2", "espruino 2v29, xs 2v29.genesis", "kernel interface 4", "gate operations: 2;", "Math.floor, .charAt", "5000 fuel", "900 µAh a day", "needs radio (write, grant reply): sends what it counts", "needs clock (read): stamps it", "on-fault, at most 3 in 3600 s", "note: a test", `${made.length} bytes`, read.textSha256]) expect(text).toContain(words);
    expect(explainCertificate({ ...read, manifest: { ...read.manifest, notes: ["\x1b[31m\n\u202e"] } })).toContain("note: \\u001b[31m\\u000a\\u202e");
  });

  test("bytes that are none: a SyntaxError, whatever they are", () => {
    const made = certify(counter.module, counter.manifest, ENGINES, verifier, signer);
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
