// genesis module key, build --key and explain as processes: what is signed holds, what was changed is told with its exit code, and a copied key signs nothing.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cert, grantOf } from "../../firmware/modules/certificate.ts";
import { NeedMode } from "../../firmware/modules/certificate-format.ts";
import { checkCertificate, moduleText, plentyFacts } from "../build/certify/certify.ts";
import { TESTED_ENGINES } from "../build/certify/engines.ts";
import { readCertificate } from "../build/certify/read-certificate.ts";
import { CliWorld, root } from "../cli/testing/run-cli.ts";
import { readManifest } from "./manifest-file.ts";

const world = new CliWorld();
afterAll(() => world.close());
const at = (...parts: string[]): string => path.join(world.folder, ...parts);

let publicKey = "";
beforeAll(async () => {
  for (const name of ["blink", "irrigation"]) cpSync(path.join(root, "modules", name), at("pair", name), { recursive: true });
  const made = await world.run(["module", "key", "porch-key", "--json"]);
  expect(made.code, made.stdout).toBe(0);
  const key = made.events.find((event) => event.kind === "module-key")!;
  expect(key).toMatchObject({ folder: at("porch-key"), record: expect.stringContaining(path.join(world.home, "key-records")), publicKey: expect.stringMatching(/^[0-9a-f]{104}$/), signatures: 1024 });
  publicKey = String(key.publicKey);
  expect(readdirSync(at("porch-key")).sort()).toEqual(["key.json", "state.json", "tree.bin"]);
  expect(statSync(at("porch-key", "key.json")).mode & 0o77).toBe(0);
  const built = await world.run(["module", "build", "pair", "--key", "porch-key"]);
  expect([built.code, built.stdout]).toEqual([0, expect.stringMatching(/\nblink .* blink\.cert\nirrigation .* irrigation\.cert\n$/)]);
  expect(built.stderr).toContain("1022 signatures are left in porch-key");
  expect(built.stderr).not.toContain("UNSIGNED");
}, 60_000);

describe("a key", () => {
  it("is not overwritten, nor put among other files; where its two folders are is told", async () => {
    const before = readFileSync(at("porch-key", "key.json"));
    const again = await world.run(["module", "key", "porch-key", "--json"]);
    expect([again.code, again.events.at(-1)]).toEqual([2, expect.objectContaining({ code: "KEY_EXISTS", next: expect.any(String) })]);
    expect(readFileSync(at("porch-key", "key.json"))).toEqual(before);
    expect((await world.run(["module", "key", "pair", "--json"])).events.at(-1)).toMatchObject({ code: "EXISTS", exitCode: 2 });
    expect((await world.run(["module", "key"])).code).toBe(2);
    const told = await world.run(["module", "key", "second"]);
    expect(told.stdout).toMatch(/^secret +second .*1024.*\nrecord +\S.*key-records.*\npublic key +[0-9a-f]{104}\n$/);
    expect(told.stderr).toMatch(/Don't copy either/);
  });

  it("that was copied signs nothing, and nothing is written", async () => {
    cpSync(at("porch-key"), at("copied-key"), { recursive: true });
    const built = await world.run(["module", "build", "pair/blink", "--key", "porch-key", "--out", "first"]);
    expect(built.code, built.stderr).toBe(0);
    // The copy doesn't know what was signed since.
    await world.run(["module", "build", "pair/blink", "--key", "porch-key", "--out", "first"]);
    const copied = await world.run(["module", "build", "pair/blink", "--key", "copied-key", "--out", "second-out", "--json"]);
    expect([copied.code, copied.events.at(-1)]).toEqual([7, expect.objectContaining({ code: "KEY_IN_DOUBT" })]);
    expect(existsSync(at("second-out"))).toBe(false);
    const none = await world.run(["module", "build", "pair/blink", "--key", "pair", "--out", "second-out", "--json"]);
    expect([none.code, none.events.at(-1)]).toEqual([2, expect.objectContaining({ code: "NO_SIGNING_KEY" })]);
    // Another computer: the key without its record.
    const moved = await world.run(["module", "build", "pair/blink", "--key", "porch-key", "--json"], { environment: { GENESIS_HOME: at("other home") } });
    expect([moved.code, moved.events.at(-1)]).toEqual([7, expect.objectContaining({ code: "KEY_IN_DOUBT" })]);
  });

  it("is of build and explain only", async () => {
    for (const verb of ["verify", "test", "needs", "new", "key"]) expect((await world.run(["module", verb, "pair", "--key", "porch-key"])).stderr, verb).toContain("--key is of build and explain");
  });
});

describe("a certificate", () => {
  it("holds on a tile that grants the manifest's needs, and on no other; with its engines, order and reasons", () => {
    const bytes = readFileSync(at("dist", "modules", "irrigation.cert"));
    const text = moduleText("irrigation", readFileSync(at("dist", "modules", "irrigation.js"), "latin1"));
    const grants = [grantOf("pins", "A1", NeedMode.Analog), grantOf("pins", "D7", NeedMode.Output), grantOf("clock", "", NeedMode.Read), grantOf("telemetry", "", NeedMode.Append)];
    const verdict = (granted: string[], engine: string = TESTED_ENGINES[0]!): number => checkCertificate(plentyFacts(Buffer.from(publicKey, "hex"), engine, granted), text, bytes);
    for (const engine of TESTED_ENGINES) expect(verdict(grants, engine)).toBe(Cert.Good);
    for (const grant of grants) expect(verdict(grants.filter((one) => one !== grant))).toBe(Cert.Grant);
    expect(verdict(grants.with(1, grantOf("pins", "D7", NeedMode.Watch)))).toBe(Cert.Grant);
    expect(verdict(grants, "espruino 2v28")).toBe(Cert.Engine);
    const { needs, ...rest } = readManifest(path.join(root, "modules", "irrigation", "manifest.ts"));
    const read = readCertificate(bytes);
    expect([read.manifest, read.needs.map(({ why }) => why)]).toEqual([rest, needs.map(({ why }) => why)]);
  });

  it("is explained, and checked with the key's folder, its public key, or neither", async () => {
    const file = path.join("dist", "modules", "irrigation.cert");
    const shown = await world.run(["module", "explain", file, "--key", "porch-key"]);
    expect(shown.code, shown.stderr).toBe(0);
    for (const words of ["irrigation, version 1, state of version 1, at most 16 bytes", "needs (2) pin A1, analog: how wet the soil is", "needs (3) pin D7, output, 0 while it does not run: the water valve; closed when the module does not run", "needs (4) clock, read: ", "needs (5) telemetry, append: ", "irrigation.js is the one", "this checkout's\n", "signature  by the key"]) expect(shown.stdout).toContain(words);
    const byPublicKey = await world.run(["module", "explain", file, "--key", publicKey.toUpperCase(), "--json"]);
    expect(byPublicKey.events).toMatchObject([{ kind: "certificate", file, needs: [{ target: "A1", mode: "analog", safe: -1 }, { target: "D7", mode: "output", safe: 0 }, { service: "clock" }, { service: "telemetry" }], checks: { form: true, text: true, verifier: true, signature: true } }]);
    const without = await world.run(["module", "explain", file, "--json"]);
    expect([without.code, without.events[0]!.checks]).toEqual([0, { form: true, text: true, verifier: true, signature: null }]);
  });

  it("about another text, by another key, changed, or none at all: exit codes 6 and 7", async () => {
    mkdirSync(at("odd"));
    const good = readFileSync(at("dist", "modules", "blink.cert"));
    const explained = async (bytes: Uint8Array, key?: string): Promise<[number, unknown, unknown]> => {
      writeFileSync(at("odd", "blink.cert"), bytes);
      const { code, events } = await world.run(["module", "explain", "odd/blink.cert", ...(key === undefined ? [] : ["--key", key]), "--json"]);
      return [code, events.find((one) => one.kind === "certificate")?.checks, events.at(-1)!.code];
    };
    const all = { form: true, text: null, verifier: true, signature: true };
    expect(await explained(good, "porch-key")).toEqual([0, all, undefined]);
    writeFileSync(at("odd", "blink.js"), readFileSync(at("dist", "modules", "irrigation.js")));
    expect(await explained(good, "porch-key")).toEqual([6, { ...all, text: false }, "BAD_CERTIFICATE"]);
    rmSync(at("odd", "blink.js"));
    await world.run(["module", "key", "stranger"]);
    expect(await explained(good, "stranger")).toEqual([7, { ...all, signature: false }, "UNTRUSTED_CERTIFICATE"]);
    expect(await explained(good.with(good.length - 1, good.at(-1)! ^ 1), "porch-key")).toEqual([7, { ...all, signature: false }, "UNTRUSTED_CERTIFICATE"]);
    // The safe level of its pin turned round: the light on when the module faults.
    const safe = good.indexOf(Buffer.from("\x64LED1\x00\x00", "latin1")) + 6;
    expect(await explained(good.with(safe, 1), "porch-key")).toEqual([7, { ...all, signature: false }, "UNTRUSTED_CERTIFICATE"]);
    expect(await explained(good.with(safe, 2), "porch-key")).toEqual([6, { ...all, form: false, signature: false }, "BAD_CERTIFICATE"]);
    expect(await explained(good.subarray(0, 100))).toEqual([6, undefined, "BAD_CERTIFICATE"]);
    expect((await world.run(["module", "explain", "odd/none.cert"])).code).toBe(2);
    expect((await world.run(["module", "explain"])).code).toBe(2);
  });

  it("of an earlier build goes when the module is built without a key", async () => {
    for (const [key, signed] of [[["--key", "porch-key"], true], [[], false]] as const) {
      const built = await world.run(["module", "build", "pair/blink", "--out", "again", ...key, "--json"]);
      expect(built.events).toMatchObject([{ kind: "module", signed, certificateFile: signed ? at("again", "blink.cert") : null }]);
      expect(existsSync(at("again", "blink.cert"))).toBe(signed);
    }
    const plain = await world.run(["module", "build", "pair/blink", "--out", "again"]);
    expect([plain.stdout, plain.stderr]).toEqual([expect.stringContaining("UNSIGNED"), expect.stringContaining("UNSIGNED: no tile takes a module without a certificate")]);
  });
});
