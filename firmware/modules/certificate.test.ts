// A certificate holds for one text, one engine, one tile's grants and quotas, and one release; every other use of its bytes is refused with a code, never with an exception.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkCertificate, hostNative } from "../../host-tools/build/certify/certify.ts";
import { cborHead, cborInt, cborText, type CborValue } from "../wire/cbor.ts";
import { Cert, certificateStart, certificateStep, grantOf, type TileFacts } from "./certificate.ts";
import { Bound, Certificate, coseHead, Field, NeedMode, Quota, signedHead, signedMiddle } from "./certificate-format.ts";
import { GuestApi } from "./guest-api.ts";
import { bytesOf, changed, checkSteps, fieldOf, fixture, n24, n32, sign, testSigner, tileOf } from "./host/fixtures.ts";

const seed = Number(process.env["GENESIS_SEED"] ?? 20_261_123);
const signer = testSigner(n24, 1);
const other = testSigner(n24, 7);
const wide = testSigner(n32, 21);
const counter = fixture("counter", 2);
const lamp = fixture("lamp", 3);
const tile = tileOf(counter, [other.publicKey, signer.publicKey]);
const good = sign(counter.payload, signer);
const verdictOf = (bytes: string, facts: TileFacts = tile, text = counter.text): number => checkSteps(facts, text, bytes, 4096).verdict;
const flip = (text: string, at: number, bits: number): string => text.substring(0, at) + String.fromCharCode(text.charCodeAt(at) ^ bits) + text.substring(at + 1);
const payloadAt = coseHead.length + 17;
const signatureAt = payloadAt + cborHead(2, counter.payload.length).length + counter.payload.length;
/** With this payload and the signature of the good one: what is wrong before the signature must be found before it. */
const unsigned = (payload: string): string => good.substring(0, payloadAt) + cborHead(2, payload.length) + payload + good.substring(signatureAt);
/** The verdict about a payload that the trusted signer did sign. */
const signedVerdict = (payload: string, facts: TileFacts = tile): number => verdictOf(sign(payload, signer), facts);
const withField = (field: number, value: CborValue | undefined): number => signedVerdict(changed(counter.payload, { [field]: value }));

describe("a certificate that holds", () => {
  test("is good, with what it says read", () => {
    const check = certificateStart(hostNative, tile, counter.text, good);
    let verdict: number = check._verdict;
    while (!verdict) verdict = certificateStep(check, 10);
    expect(verdict).toBe(Cert.Good);
    expect(certificateStep(check, 10)).toBe(Cert.Good);
    const { handle, load } = counter.module.certificate.bounds;
    expect([check._sequence, [...check._state], [...check._restart], [...check._quotas]]).toEqual([7, [2, 16], [1, 1000, 3], [5000, 60, 32, 90_000, 60_000]]);
    expect([...check._bounds]).toEqual([handle.fuel, handle.memory ?? -1, handle.calls, handle.stackBytes, load.fuel, load.memory ?? -1, load.calls, load.stackBytes, 6]);
    // Where who hands out the capabilities begins to read: [service, target, mode, safe level, why].
    expect([check._needs, check._cursor.s.substr(check._needsAt, 12)]).toEqual([3, "\x85\x64pins\x62D4\x00\x00\x72".substring(0, 12)]);
  });

  test("whatever the steps are, with every key size; bytes and hashes", () => {
    const two = testSigner(n24, 40, n24);
    for (const [name, by] of [["n = 24, height 5", signer], ["n = 32, height 5", wide], ["n = 24, heights 5 and 5", two]] as const) {
      const bytes = sign(counter.payload, by);
      const facts = tileOf(counter, [by.publicKey]);
      for (const budget of [1, 7, 50, 4096]) expect(checkSteps(facts, counter.text, bytes, budget).verdict).toBe(Cert.Good);
      console.log(`${name}: ${bytes.length} bytes, ${counter.payload.length} of them the payload; ${checkSteps(facts, counter.text, bytes, 20).steps} steps of at most 20 hashes`);
      expect(bytes.length).toBeLessThan(Certificate.BytesMost);
    }
    expect(counter.payload.length).toBeLessThan(400);
  });

  test("what is signed is the Sig_structure of RFC 9052 §4.4", () => {
    const kid = good.substr(coseHead.length, 16);
    const header = `\xa2${cborInt(1)}${cborInt(-46)}${cborInt(4)}${cborHead(2, 16)}${kid}`;
    expect(signedHead + kid + signedMiddle).toBe(cborHead(4, 4) + cborText("Signature1") + cborHead(2, header.length) + header + cborHead(2, 14) + "genesis module");
    expect(good.startsWith(`\xd2${cborHead(4, 4)}${cborHead(2, header.length)}${header}\xa0${cborHead(2, counter.payload.length)}${counter.payload}`)).toBe(true);
  });

  test("also where data decides what it comes to", () => {
    const bounds = (fieldOf(counter.payload, Field.Bounds) as number[]).map((one, at) => (at === 0 || at === 1 || at === 4 || at === 5 ? null : one));
    expect(signedVerdict(changed(counter.payload, { [Field.Bounds]: bounds }))).toBe(Cert.Good);
  });
});

describe("bytes that were changed", () => {
  test("one bit of every byte", () => {
    const seen = new Set<number>();
    for (const [bytes, facts] of [[good, tile], [sign(counter.payload, wide), tileOf(counter, [wide.publicKey])]] as const) {
      for (let at = 0; at < bytes.length; at++) {
        const verdict = verdictOf(flip(bytes, at, 1 << ((at * 5) & 7)), facts);
        expect(verdict, `byte ${at}`).toBeGreaterThan(Cert.Good);
        seen.add(verdict);
      }
    }
    expect([...seen].sort((a, b) => a - b)).toEqual(expect.arrayContaining([Cert.Envelope, Cert.Signer, Cert.Forged, Cert.Form, Cert.Unknown, Cert.Text, Cert.Name]));
  });

  test("every byte to any other value, and several at once", () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = changes.reduce((text, [at, bits]) => flip(text, at, bits), good);
      return bytes === good || verdictOf(bytes) > Cert.Good;
    }), { seed, numRuns: 3000 });
  });

  test("every length but its own", () => {
    for (let length = 0; length < good.length; length++) expect(verdictOf(good.substring(0, length)), String(length)).toBe(Cert.Envelope);
    for (const more of ["\0", "\xff", good, "\xa0"]) expect(verdictOf(good + more)).toBe(Cert.Envelope);
    // One that holds, but for its length.
    const noted = (bytes: number): string => sign(changed(counter.payload, { "-1": "x".repeat(bytes) }), signer);
    const spare = Certificate.BytesMost - noted(6000).length;
    expect(verdictOf(noted(6000 + spare))).toBe(Cert.Good);
    expect(verdictOf(noted(6001 + spare))).toBe(Cert.Envelope);
  });

  test("a payload or a signature of another certificate", () => {
    const its = sign(lamp.payload, signer);
    expect(lamp.payload.length).not.toBe(counter.payload.length);
    const itsSignatureAt = payloadAt + cborHead(2, lamp.payload.length).length + lamp.payload.length;
    expect(verdictOf(good.substring(0, signatureAt) + its.substring(itsSignatureAt))).toBe(Cert.Forged);
    expect(verdictOf(its.substring(0, itsSignatureAt) + good.substring(signatureAt), tile, lamp.text)).toBe(Cert.Forged);
  });

  test("a signature over the same bytes for another purpose is none", () => {
    const kid = Buffer.from(signer.publicKey).toString("latin1").substr(12, 16);
    for (const message of [counter.payload, signedHead + kid + "\x40" + cborHead(2, counter.payload.length) + counter.payload]) {
      const signature = Buffer.from(signer.sign(Buffer.from(message, "latin1"))).toString("latin1");
      expect(verdictOf(good.substring(0, good.length - signature.length) + signature)).toBe(Cert.Forged);
    }
  });

  test("random bytes, random CBOR and pieces put together: a code, never an exception", () => {
    const seen = new Set<number>();
    const pieces = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }).map((text) => text.replace(/[^\x00-\xff]/g, "?")), fc.constantFrom(coseHead, "\xa0", counter.payload, "\xb0", "\x80", "\xf6", "\x1b\xff\xff\xff\xff\xff\xff\xff\xff", good.substring(0, 60), good.substring(26)));
    fc.assert(fc.property(fc.array(pieces, { maxLength: 8 }), fc.nat(good.length), (parts, at) => {
      for (const bytes of [parts.join(""), good.substring(0, at) + parts.join("") + good.substring(at), unsigned(parts.join(""))]) {
        const verdict = bytes === good ? Cert.Form : verdictOf(bytes);
        if (verdict <= Cert.Good || verdict > Cert.Grant) return false;
        seen.add(verdict);
      }
      return true;
    }), { seed, numRuns: 2000 });
    expect([...seen]).toEqual(expect.arrayContaining([Cert.Envelope, Cert.Form]));
  });

  test("a payload with pieces cut out and put in: a code, never an exception", () => {
    const seen = new Set<number>();
    fc.assert(fc.property(fc.nat(counter.payload.length), fc.nat(8), fc.string({ unit: "binary", maxLength: 9 }), (at, cut, put) => {
      const payload = counter.payload.substring(0, at) + put.replace(/[^\x00-\xff]/g, "?") + counter.payload.substring(at + cut);
      if (payload === counter.payload) return true;
      const verdict = verdictOf(unsigned(payload));
      seen.add(verdict);
      return verdict > Cert.Good && verdict <= Cert.Grant;
    }), { seed, numRuns: 4000 });
    expect(seen.size).toBeGreaterThan(5);
  });
});

describe("another text, name, release, engine, kernel", () => {
  test("another module's text, also under this name", () => {
    expect(verdictOf(good, tile, lamp.text)).toBe(Cert.Name);
    expect(verdictOf(good, tile, { ...lamp.text, _name: "counter" })).toBe(Cert.Text);
    expect(verdictOf(sign(lamp.payload, signer))).toBe(Cert.Name);
    expect(verdictOf(good, tile, { ...counter.text, _bytes: counter.text._bytes + 1 })).toBe(Cert.Text);
    expect(verdictOf(good, tile, { ...counter.text, _name: "Counter" })).toBe(Cert.Name);
  });

  test("one byte of the text changed", () => {
    const text = counter.module.text;
    for (let at = 0; at < text.length; at++) {
      const one = flip(text, at, 1);
      const digest = Buffer.from(new Uint8Array(hostNative.sha(one))).toString("latin1");
      expect(verdictOf(good, tile, { _name: "counter", _sha: digest, _bytes: one.length })).toBe(Cert.Text);
    }
  });

  test("older than what is installed, and revoked", () => {
    const older = fixture("counter", 2, 6);
    const newer = fixture("counter", 2, 8);
    expect(verdictOf(sign(older.payload, signer))).toBe(Cert.Sequence);
    expect(verdictOf(sign(newer.payload, signer))).toBe(Cert.Good);
    // Once the newer one is in, the one that was good is a replay; so it is when 7 itself was revoked.
    expect(verdictOf(good, { ...tile, _floors: [99, 8] })).toBe(Cert.Sequence);
    expect(verdictOf(good, { ...tile, _floors: [0, 9_007_199_254_740_991] })).toBe(Cert.Sequence);
    // A floor is of one name, and a floor that is no number lets nothing through.
    expect(verdictOf(good, { ...tile, _names: ["lamp", "count"], _floors: [99, 99] })).toBe(Cert.Good);
    expect(verdictOf(good, { ...tile, _floors: [99] })).toBe(Cert.Sequence);
    expect(verdictOf(good, { ...tile, _names: ["counter"], _floors: [8] })).toBe(Cert.Sequence);
  });

  test("made by a verifier that is no longer believed", () => {
    expect(verdictOf(good, { ...tile, _verifier: 4 })).toBe(Cert.Verifier);
  });

  test("another engine", () => {
    expect(verdictOf(good, { ...tile, _engine: "xs 2v29.genesis" })).toBe(Cert.Good);
    for (const engine of ["espruino 2v28", "espruino 2v2", "espruino 2v29 ", "quickjs 2v29", "", "xs"]) expect(verdictOf(good, { ...tile, _engine: engine })).toBe(Cert.Engine);
  });

  test("an older kernel, or one without an operation", () => {
    expect(verdictOf(good, { ...tile, _kernel: GuestApi.Version - 1 })).toBe(Cert.Kernel);
    expect(verdictOf(good, { ...tile, _kernel: GuestApi.Version + 1 })).toBe(Cert.Good);
    expect(fieldOf(counter.payload, Field.Kernel)).toBe(GuestApi.Version);
    expect(verdictOf(good, { ...tile, _operations: 2 })).toBe(Cert.Kernel);
    expect(verdictOf(good, { ...tile, _operations: 3 })).toBe(Cert.Good);
    expect(withField(Field.Operations, [-1, 2])).toBe(Cert.Good);
  });

  test("a signer that is not trusted, and one trusted key in the place of another", () => {
    expect(verdictOf(sign(counter.payload, wide))).toBe(Cert.Signer);
    expect(verdictOf(good, { ...tile, _roots: [] })).toBe(Cert.Signer);
    const kid = Buffer.from(other.publicKey).toString("latin1").substr(12, 16);
    expect(verdictOf(coseHead + kid + good.substring(coseHead.length + 16))).toBe(Cert.Forged);
  });

  test("an engine without SHA-256 can't tell", () => {
    expect(certificateStart(undefined, tile, counter.text, good)._verdict).toBe(Cert.NoHash);
    const most = { ...hostNative, sha: (data: string | Uint8Array) => {
      if (data.length > 300) throw new Error("Not enough stack memory for data");
      return hostNative.sha(data);
    } };
    const check = certificateStart(most, tile, counter.text, good);
    let verdict: number = check._verdict;
    while (!verdict) verdict = certificateStep(check, 100);
    expect(verdict).toBe(Cert.NoHash);
  });
});

describe("quotas, bounds, grants", () => {
  test.each(["fuel", "memory", "message bytes", "charge"].map((name, at) => [name, at] as const))("asks for more %s than is free", (_, at) => {
    const free = tile._free as number[];
    expect(verdictOf(good, { ...tile, _free: free.with(at, free[at]! - 1) })).toBe(Cert.Quota);
    expect(verdictOf(good, { ...tile, _free: free.with(at, free[at]! + 1) })).toBe(Cert.Good);
    // What a tile does not know it has not.
    expect(verdictOf(good, { ...tile, _free: free.with(at, NaN) })).toBe(Cert.Quota);
    expect(verdictOf(good, { ...tile, _free: [] })).toBe(Cert.Quota);
  });

  test("charge is compared as a mean draw, whatever the periods", () => {
    const free = (uc: number, ms: number): TileFacts => ({ ...tile, _free: (tile._free as number[]).with(Quota.EnergyUc, uc).with(Quota.PeriodMs, ms) });
    // It may draw 90,000 µC in 60,000 ms: 1.5 mA.
    for (const [uc, ms, verdict] of [[1_500, 1_000, Cert.Good], [1_499, 1_000, Cert.Quota], [5_400_000, 3_600_000, Cert.Good], [5_399_999, 3_600_000, Cert.Quota], [2, 1, Cert.Good], [1, 1, Cert.Quota], [90_000, 60_001, Cert.Quota], [90_000, NaN, Cert.Quota], [1e12, 86_400_000, Cert.Good]] as const) {
      expect(verdictOf(good, free(uc, ms)), `${uc} µC in ${ms} ms`).toBe(verdict);
    }
    expect(withField(Field.Quotas, [5000, 60, 32, 0, 0])).toBe(Cert.Form);
    expect(verdictOf(sign(changed(counter.payload, { [Field.Quotas]: [5000, 60, 32, 0, 1] }), signer), free(0, 1))).toBe(Cert.Good);
  });

  test("no room for the text or for what is saved, no stack for a run", () => {
    const free = [...(tile._free as number[])];
    expect(verdictOf(good, { ...tile, _free: free.with(Quota.TextBytes, free[Quota.TextBytes]! - 1) })).toBe(Cert.Quota);
    expect(verdictOf(good, { ...tile, _free: free.with(Quota.StackBytes, free[Quota.StackBytes]! - 1) })).toBe(Cert.Bound);
    expect(verdictOf(good, { ...tile, _free: free.with(Quota.StateBytes, 15) })).toBe(Cert.Quota);
    expect(verdictOf(good, { ...tile, _free: free.slice(0, 7) })).toBe(Cert.Quota);
    expect(verdictOf(good, { ...tile, _free: free.slice(0, 5).concat(NaN, 1e6, 1e6) })).toBe(Cert.Bound);
  });

  test.each([Bound.HandleFuel, Bound.HandleMemory, Bound.LoadFuel, Bound.LoadMemory])("comes to more than it asks for (bound %i)", (bound) => {
    const bounds = fieldOf(counter.payload, Field.Bounds) as number[];
    const quota = bound % 4 === 0 ? 5000 : 60;
    expect(withField(Field.Bounds, bounds.with(bound, quota + 1))).toBe(Cert.Bound);
    expect(withField(Field.Bounds, bounds.with(bound, quota))).toBe(Cert.Good);
  });

  test("needs what is not granted: each service, pin and mode counts", () => {
    const needs = fieldOf(counter.payload, Field.Needs) as CborValue[][];
    expect(needs.map((need) => need.slice(0, 4))).toEqual([["pins", "D4", NeedMode.Output, 0], ["telemetry", "", NeedMode.Append, -1], ["pins", "D5", NeedMode.Watch, -1]]);
    const granted = (...grants: string[]): number => verdictOf(good, { ...tile, _grants: grants });
    const [output, append, watch] = needs.map(([service, target, mode]) => grantOf(service as string, target as string, mode as number)) as [string, string, string];
    expect(granted(watch, append, output)).toBe(Cert.Good);
    for (const grants of [[], [output, append], [output, watch], [append, watch]]) expect(granted(...grants)).toBe(Cert.Grant);
    // The same pin in another mode, another pin in the same one, another service with a pin of that name, and texts that only begin or end like it.
    for (const other of [grantOf("pins", "D4", NeedMode.Input), grantOf("pins", "D5", NeedMode.Output), grantOf("pins", "", NeedMode.Output), grantOf("pin", "D4", NeedMode.Output), grantOf("pins", "D40", NeedMode.Output), `${output}\0`, output.slice(0, -1), output + append, ""]) {
      expect(granted(other, append, watch)).toBe(Cert.Grant);
    }
    // With all that may be granted to anybody: the modes of D4 one by one.
    for (let mode = NeedMode.Output; mode <= NeedMode.Read; mode++) {
      for (let wanted = NeedMode.Output; wanted <= NeedMode.Read; wanted++) {
        const payload = changed(counter.payload, { [Field.Needs]: [["pins", "D4", wanted, wanted === NeedMode.Output ? 1 : -1, ""]] });
        expect(verdictOf(unsigned(payload), { ...tile, _grants: [grantOf("pins", "D4", mode)] })).toBe(wanted === mode ? Cert.Forged : Cert.Grant);
      }
    }
    for (const name of ["__proto__", "constructor", "toString", "length", ""]) expect(withField(Field.Needs, [[name, "", 5, -1, ""]])).toBe(Cert.Grant);
    expect(withField(Field.Needs, [])).toBe(Cert.Good);
  });

  test("the order of needs is signed: it is what the text's addresses mean", () => {
    const needs = fieldOf(counter.payload, Field.Needs) as CborValue[][];
    for (const order of [[1, 0, 2], [0, 2, 1], [2, 1, 0], [1, 2, 0], [2, 0, 1]]) {
      const payload = changed(counter.payload, { [Field.Needs]: order.map((at) => needs[at]!) });
      expect(verdictOf(unsigned(payload))).toBe(Cert.Forged);
      // Under a signature of its own it is another certificate, and as good: whoever signs says what the addresses are.
      expect(signedVerdict(payload)).toBe(Cert.Good);
    }
    // So is the level at which the pin is safe.
    expect(verdictOf(unsigned(changed(counter.payload, { [Field.Needs]: needs.with(0, needs[0]!.with(3, 1)) })))).toBe(Cert.Forged);
  });
});

describe("the form, under a signature that is right", () => {
  test("a field left out, of another type, too small or too large", () => {
    for (let field = 1; field <= Certificate.Fields; field++) {
      expect(withField(field, undefined), `without ${field}`).toBe(Cert.Form);
      for (const value of [null, true, "text", bytesOf("bytes"), [], {}, -1, [[]], [-2], ["", ""]] satisfies CborValue[]) {
        const verdict = withField(field, value);
        const mayBe: Record<number, unknown> = { [Field.Name]: "text", [Field.Operations]: [], [Field.Needs]: [] };
        if (JSON.stringify(mayBe[field]) !== JSON.stringify(value)) expect(verdict, `${field}: ${JSON.stringify(value)}`).toBe(Cert.Form);
      }
    }
    for (const [field, value] of [
      [Field.Name, ""], [Field.Name, "n".repeat(25)], [Field.TextSha, bytesOf("x".repeat(31))], [Field.VerifierSha, bytesOf("x".repeat(33))], [Field.Engines, Array.from({ length: 9 }, () => "e")],
      [Field.Engines, ["espruino 2v29", ""]], [Field.Engines, [1]], [Field.Operations, [2, 2]], [Field.Operations, [3, 2]], [Field.Operations, Array.from({ length: 65 }, (_, i) => i)], [Field.Operations, ["2"]],
      [Field.Bounds, [1, 1, null, 1, 1, 1, 1, 1, 1]], [Field.Bounds, [1, 1, 1, 1, 1, 1, 1, 1, null]], [Field.Bounds, [true, 1, 1, 1, 1, 1, 1, 1, 1]], [Field.Bounds, [1, 1, 1, 1, 1, 1, 1, 1]], [Field.Quotas, [1, 1, 1, 1]],
      [Field.Quotas, [null, 1, 1, 1, 1]], [Field.Quotas, [1, 1, 1, 1, 1, 1]], [Field.Restart, [1, 1]], [Field.Restart, [1, 1, 1, 1]], [Field.State, [1]], [Field.State, [1, 1, 1]], [Field.State, [1, -1]], [Field.State, [0, null]],
      [Field.Needs, [["pins", "D4", 0, 0]]], [Field.Needs, [["pins", "D4", 0, 0, "", ""]]], [Field.Needs, [["pins", "D4", 0, -1, ""]]], [Field.Needs, [["pins", "D4", 0, 2, ""]]], [Field.Needs, [["pins", "D5", 3, 0, ""]]], [Field.Needs, [["pins", "D5", 3, -2, ""]]],
      [Field.Needs, [["pins", "D5", 3, null, ""]]], [Field.Needs, [["pins", "D5", "3", -1, ""]]], [Field.Needs, [["pins", "D5", -4, -1, ""]]], [Field.Needs, [["pins", "D5", 3, -1, 1]]], [Field.Needs, [[bytesOf("pins"), "D5", 3, -1, ""]]], [Field.Needs, [["pins", null, 3, -1, ""]]],
      [Field.Needs, Array.from({ length: 13 }, () => ["pins", "D5", 3, -1, ""])],
    ] as [Field, CborValue][]) expect(withField(field, value), `${field}: ${JSON.stringify(value)}`).toBe(Cert.Form);
  });

  test("an entry that says it has more or fewer parts than it has", () => {
    // The key behind the last need would be its sixth part: the same bytes, read in another way.
    for (const head of ["\x84", "\x86", "\x87", "\xa5", "\x45"]) expect(signedVerdict(counter.payload.replace("\x85\x64pins\x62D5", `${head}\x64pins\x62D5`)), JSON.stringify(head)).toBe(Cert.Form);
  });

  test("a format, a restart policy or a field that it does not know", () => {
    expect(withField(Field.Format, 2)).toBe(Cert.Unknown);
    expect(withField(Field.Restart, [4, 1, 1])).toBe(Cert.Unknown);
    for (const policy of [0, 1, 2, 3]) expect(withField(Field.Restart, [policy, 1, 1])).toBe(Cert.Good);
    expect(withField(Field.Needs, [["pins", "D4", 6, -1, ""]])).toBe(Cert.Unknown);
    expect(withField(Certificate.Fields + 1, 1)).toBe(Cert.Unknown);
    expect(withField(1000, "text")).toBe(Cert.Unknown);
    expect(signedVerdict(changed(counter.payload, { critical: 1 }))).toBe(Cert.Form);
  });

  test("notes are ignored, where they are texts in order", () => {
    expect(signedVerdict(changed(counter.payload, { "-1": undefined }))).toBe(Cert.Good);
    expect(signedVerdict(changed(counter.payload, { "-2": "more", "-30": "\xff" }))).toBe(Cert.Good);
    for (const value of [1, null, [], bytesOf("")] satisfies CborValue[]) expect(signedVerdict(changed(counter.payload, { "-1": value }))).toBe(Cert.Form);
    const head = counter.payload.charCodeAt(0);
    const more = (entries: string, count: number): number => signedVerdict(String.fromCharCode(head + count) + counter.payload.substring(1) + entries);
    expect(more(cborInt(-2) + cborText("x"), 1)).toBe(Cert.Good);
    expect(more(cborInt(-1) + cborText("x"), 1)).toBe(Cert.Form);
    // Before the last field: out of order.
    const last = "\x10\x82\x02\x10\x20\x66a test";
    expect(counter.payload.endsWith(last)).toBe(true);
    expect(signedVerdict(`${counter.payload.slice(0, -last.length)}\x20\x66a test\x10\x82\x02\x10`)).toBe(Cert.Form);
    expect(more(cborInt(-3) + cborText("x") + cborInt(-2) + cborText("y"), 2)).toBe(Cert.Form);
  });

  test("keys twice, in another order, heads that are not shortest, indefinite lengths, tags, floats, bytes left over", () => {
    const { payload } = counter;
    expect(payload.substring(1, 12)).toBe("\x01\x01\x02\x67counter");
    const rest = payload.substring(3);
    for (const [what, bytes] of [
      ["twice", String.fromCharCode(payload.charCodeAt(0) + 1) + "\x01\x01\x01\x01" + rest], ["order", payload[0] + "\x02\x67counter\x01\x01" + payload.substring(12)],
      ["long head", payload[0] + "\x01\x18\x01" + rest], ["long key", payload[0] + "\x18\x01\x01" + rest], ["indefinite map", `\xbf${payload.substring(1)}\xff`], ["tag", payload[0] + "\x01\xc0\x01" + rest],
      ["float", payload[0] + "\x01\xf9\x3c\x00" + rest], ["left over", `${payload}\0`], ["one entry more than there is", String.fromCharCode(payload.charCodeAt(0) + 1) + payload.substring(1)], ["one entry less", String.fromCharCode(payload.charCodeAt(0) - 1) + payload.substring(1)],
      ["indefinite text", payload[0] + "\x01\x01\x02\x7f\x67counter\xff" + payload.substring(12)], ["no map", "\x80"], ["nothing", ""], ["text", cborText("x")],
    ] as const) expect(signedVerdict(bytes), what).toBe(Cert.Form);
  });

  test("all at once by the host's function is the same check", () => {
    expect(checkCertificate(tile, counter.text, Buffer.from(good, "latin1"))).toBe(Cert.Good);
    expect(checkCertificate(tile, counter.text, Buffer.from(good.slice(1), "latin1"))).toBe(Cert.Envelope);
  });
});
