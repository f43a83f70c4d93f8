// Certificate and scanner as they ship, on other engines: QuickJS always, real Espruino where GENESIS_ESPRUINO names one (with 2,500 variables, say), XS on QEMU where that is installed.
import { hash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { getQuickJS } from "quickjs-emscripten";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { qemuStorage } from "../../host-tools/bench/qemu-flash.ts";
import { bundleTile } from "../../host-tools/build/bundle.ts";
import { hostNative } from "../../host-tools/build/certify/certify.ts";
import { measureVariables, runOnEspruino } from "../../host-tools/build/espruino-run.ts";
import { SAMPLES } from "../../host-tools/build/verify/testing/samples.ts";
import { verifyModule } from "../../host-tools/build/verify/verify.ts";
import { startQemu } from "../../host-tools/qemu/machine.ts";
import { buildRuntime } from "../../host-tools/qemu/runtime-build.ts";
import { testCacheDir } from "../../host-tools/qemu/test-board.ts";
import { missingPrograms } from "../../host-tools/qemu/toolchain.ts";
import type { CborValue } from "../wire/cbor.ts";
import { Cert } from "./certificate.ts";
import { Field } from "./certificate-format.ts";
import { changed, checkSteps, fieldOf, fixture, n24, sign, testSigner, tileOf } from "./host/fixtures.ts";
import { scanStart, scanStep } from "./scan.ts";
import { Scan } from "./scan-format.ts";

const binary = process.env["GENESIS_ESPRUINO"];
let folder = "";
let code = "";
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "genesis-modules-"));
  code = (await bundleTile({ entry: "firmware/modules/host/check-main.ts", root: path.join(import.meta.dirname, "../.."), profile: "small", isMetered: false, mangleCachePath: path.join(folder, "names.json") })).code;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const signer = testSigner(n24, 1);
const counter = fixture("counter", 2);
const facts = tileOf(counter, [signer.publicKey]);
const good = sign(counter.payload, signer);
const put = (text: string, at: number, piece: string): string => text.substring(0, at) + piece + text.substring(at + piece.length);
const signed = (fields: Parameters<typeof changed>[1]): string => sign(changed(counter.payload, fields), signer);

/** Certificates of the module, by what is wrong with them. */
const certificates: [string, string][] = [
  ["good", good], ["cut", good.slice(0, -1)], ["a byte too many", `${good}\0`], ["nothing", ""], ["another key", put(good, 9, "\xff")], ["last bit", put(good, good.length - 1, String.fromCharCode(good.charCodeAt(good.length - 1) ^ 1))],
  ["format", signed({ [Field.Format]: 2 })], ["field", signed({ 17: 1 })], ["name", signed({ [Field.Name]: "lamp" })], ["text", signed({ [Field.TextBytes]: 1 })], ["older", signed({ [Field.Sequence]: 6 })], ["verifier", signed({ [Field.VerifierVersion]: 2 })],
  ["engine", signed({ [Field.Engines]: ["espruino 2v28"] })], ["kernel", signed({ [Field.Kernel]: 5 })], ["operation", signed({ [Field.Operations]: [2, 47] })], ["quota", signed({ [Field.Quotas]: [5001, 60, 32, 90_000, 60_000] })], ["stack", signed({ [Field.Bounds]: [1, null, 1, 99_999, 1, null, 1, 1, 6] })],
  ["charge", signed({ [Field.Quotas]: [5000, 60, 32, 90_001, 60_000] })], ["pin", signed({ [Field.Needs]: [["pins", "D6", 0, 0, ""]] })], ["mode of a pin", signed({ [Field.Needs]: [["pins", "D5", 3, -1, ""], ["pins", "D4", 3, -1, ""]] })],
  ["order of needs", good.replace(counter.payload, changed(counter.payload, { [Field.Needs]: [...fieldOf(counter.payload, Field.Needs) as CborValue[]].reverse() }))],
  ["safe level changed", good.replace("\x85\x64pins\x62D4\x00\x00", "\x85\x64pins\x62D4\x00\x01")], ["no safe level", signed({ [Field.Needs]: [["pins", "D4", 0, -1, ""]] })], ["missing", signed({ [Field.State]: undefined })], ["high numbers", signed({ [Field.Sequence]: 9_007_199_254_740_991 })],
];
const wantedCertificates = certificates.map(([, bytes]) => checkSteps(facts, counter.text, bytes).verdict);

/** Printed texts, and such that are not. */
const printed = SAMPLES.map(({ source }) => verifyModule(source).text);
const long = printed[1]!;
const texts = [
  counter.module.text, ...printed, long.replace(".charAt", ".charBt"), long.replace("\"x\"", "\"\\n\""), long.replace("a=>b", ""), long.replace("g(3,", "gg(3,"), long.replace("var j", "var J"), long.replace("for(m=0;m<f.length;m++)($-=47)<0&&$(),", "for(m=0;m<f.length;m++)"), long.replace("k.$text=", "k.text="),
  long.replace("l[0]=", "l[\"x\"]="), long.replace("=f;A=m", "=9;A=m"), `${long} `, long.replace("g(9,", "\xff(9,"), long.replace("k={", "k={get "), long.replace("C(\"q\"+d)", "this"), long.replace("j=\"\"", "$=1"), long.replace("(d+\"", "(E+\""), long.replace("g(1,", "(1,"), long.slice(0, -3), "",
];
function scanAll(text: string): [number, number] {
  const scan = scanStart(hostNative.bytes, text);
  while (!scan._verdict) scanStep(scan, 50);
  return [scan._verdict, scan._at];
}
const wantedTexts = texts.map(scanAll);

test("what is run is of all kinds", () => {
  const verdicts = [...new Set(wantedCertificates)].sort((a, b) => a - b);
  expect(verdicts).toEqual([Cert.Good, Cert.Envelope, Cert.Signer, Cert.Forged, Cert.Form, Cert.Unknown, Cert.Text, Cert.Name, Cert.Sequence, Cert.Verifier, Cert.Engine, Cert.Kernel, Cert.Quota, Cert.Bound, Cert.Grant]);
  expect([...new Set(wantedTexts.map(([verdict]) => verdict))].sort((a, b) => a - b)).toEqual([Scan.Good, Scan.Ascii, Scan.Frame, Scan.Token, Scan.String, Scan.Member, Scan.Key, Scan.Name, Scan.Charge]);
});

test("bytes as it ships", async () => {
  const alone = (await bundleTile({ entry: "firmware/security/host/check-main.ts", root: path.join(import.meta.dirname, "../.."), profile: "small", isMetered: false, mangleCachePath: path.join(folder, "names.json") })).code.length;
  console.log(`certificate, scanner and HSS/LMS as a bundle of their own: ${code.length} bytes, HSS/LMS ${alone} of them`);
  expect(code.length).toBeLessThan(15_000);
});

const list = (values: ArrayLike<number>): string => `[${Array.from(values).join(",")}]`;
/** Prints a line for each certificate and text: verdict, steps, ms and variables at most; `@@END` last. Files of Storage hold what is long. */
const program = (read: string): string => `print("@@START");(function(){var r=${read},t=eval(r("img"))(P),F=t.facts("espruino 2v29",${list(facts._free)},[${facts._grants.map((_, i) => `r("g${i}")`).join()}],["other","counter"],[99,7],r("key")),i,v,n,b,u,m,c,T=t.text("counter",r("t0"));
for(i=0;i<${certificates.length};i++){u=U();m=u;n=0;b=getTime();c=t.start(F,T,r("c"+i));v=t.verdict(c);while(!v){v=t.step(c,16);n++;m=Math.max(m,U())}print("@@"+v+",0,"+n+","+(getTime()-b)*1e3+","+(m-u));c=undefined}
for(i=0;i<${texts.length};i++){u=U();m=u;n=0;b=getTime();c=t.scan(r("t"+i));v=t.scanVerdict(c);while(!v){v=t.scanStep(c,20);n++;m=Math.max(m,U())}print("@@"+v+","+t.scanAt(c)+","+n+","+(getTime()-b)*1e3+","+(m-u));c=undefined}})();print("@@END")`;

/** `usage`: text that tells the variables in use. Where that collects garbage first, it would be most of the time measured. */
const files = (usage: string = "0"): Record<string, string> => Object.fromEntries(Object.entries({
  img: code, key: facts._roots[0]!, ".bootcde": `var P=global;function U(){return ${usage}}${program('function(n){return require("Storage").read(n)||""}')}`,
  ...Object.fromEntries([...certificates.map(([, bytes], i) => [`c${i}`, bytes] as const), ...texts.map((text, i) => [`t${i}`, text] as const), ...facts._grants.map((grant, i) => [`g${i}`, grant] as const)]),
}).filter(([, content]) => content !== ""));

interface Found {
  verdict: number;
  at: number;
  steps: number;
  ms: number;
  variables: number;
}

function foundIn(lines: readonly string[]): Found[] {
  return lines.filter((line) => /^@@\d/.test(line)).map((line) => {
    const [verdict, at, steps, ms, variables] = line.slice(2).split(",").map(Number) as [number, number, number, number, number];
    return { verdict, at, steps, ms, variables };
  });
}

function expectSame(found: readonly Found[], lines: readonly string[]): void {
  const names = [...certificates.map(([name]) => name), ...texts.map((text, i) => `text ${i}: ${text.slice(0, 20)}`)];
  const wanted = [...wantedCertificates.map((verdict) => [verdict, 0]), ...wantedTexts];
  expect(found.map(({ verdict, at }, i) => `${names[i]}: ${verdict} at ${at}`), lines.slice(-4).join("\n")).toEqual(wanted.map(([verdict, at], i) => `${names[i]}: ${verdict} at ${at}`));
}

const byteString = (text: string): string => JSON.stringify(text).replace(/[\u007f-\u00ff]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`);

test("QuickJS", async () => {
  const context = (await getQuickJS()).newContext();
  try {
    const lines: string[] = [];
    const digest = context.newFunction("digest", (hex) => context.newString(hash("sha256", Buffer.from(context.getString(hex), "hex"), "hex")));
    context.setProp(context.global, "digest", digest);
    digest.dispose();
    const print = context.newFunction("print", (text) => void lines.push(context.getString(text)));
    context.setProp(context.global, "print", print);
    print.dispose();
    const port = `var P = { E: { toUint8Array: (s) => Uint8Array.from(s, (c) => c.charCodeAt(0)), toString: (b) => String.fromCharCode(...new Uint8Array(b)) }, require: () => ({ SHA256: (d) => {
      let hex = "";
      for (let i = 0; i < d.length; i++) hex += (256 + (typeof d === "string" ? d.charCodeAt(i) : d[i])).toString(16).substr(1);
      return Uint8Array.from(digest(hex).match(/../g), (h) => parseInt(h, 16)).buffer;
    } }) }; var S = { ${Object.entries(files()).filter(([name]) => name !== ".bootcde").map(([name, content]) => `${name}: ${byteString(content)}`).join(", ")} }; function U() { return 0; } function getTime() { return 0; }`;
    context.unwrapResult(context.evalCode(`${port}\n${program('function(n){return S[n]||""}')}`)).dispose();
    expectSame(foundIn(lines), lines);
  } finally {
    context.dispose();
  }
});

describe.skipIf(missingPrograms().length > 0)("XS on QEMU", () => {
  test("the same verdicts", async () => {
    const { elfPath } = await buildRuntime({ cacheDir: testCacheDir });
    const flashPath = path.join(folder, "flash.bin");
    const outputPath = path.join(folder, "output");
    qemuStorage(flashPath, (storage) => Object.entries(files()).forEach(([name, text]) => storage.write(name, text)));
    const machine = await startQemu({ elfPath, flashPath, icount: true, serial0: { outputPath } });
    try {
      let text = "";
      for (const deadlineMs = performance.now() + 110_000; !text.includes("@@END") && !text.includes("Uncaught") && performance.now() < deadlineMs; text = readFileSync(outputPath, "latin1")) await new Promise((resolve) => setTimeout(resolve, 50));
      const lines = text.split(/\r?\n/);
      const found = foundIn(lines);
      expectSame(found, lines);
      console.log(`XS on QEMU (icount): certificate ${found[0]!.ms.toFixed(0)} ms, scan of ${long.length} bytes ${found[certificates.length + 2]!.ms.toFixed(0)} ms`);
    } finally {
      await machine.kill();
    }
  });
});

describe.skipIf(binary === undefined)("Espruino", () => {
  test("the same verdicts; variables and time", async () => {
    const { lines, failure } = await runOnEspruino(binary!, files("process.memory().usage"), 110_000);
    expect(failure, lines.join("\n")).toBeUndefined();
    const found = foundIn(lines);
    expectSame(found, lines);
    const { before, evaluated, after } = await measureVariables(binary!, code, "f(global)");
    const scan = found[certificates.length + 2]!;
    console.log([
      `the code takes ${after - before} variables (${evaluated - before} of them before it is started)`,
      `certificate of ${good.length} bytes: ${found[0]!.variables} variables, ${found[0]!.ms.toFixed(0)} ms in ${found[0]!.steps} steps of a field or 16 hashes`,
      `scan of ${long.length} bytes: ${scan.variables} variables, ${scan.ms.toFixed(0)} ms in ${scan.steps} steps of 20 tokens`,
    ].join("\n"));
    expect(after - before).toBeLessThan(340);
    for (const { variables } of found) expect(variables).toBeLessThan(450);
  });
});
