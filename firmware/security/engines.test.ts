// The check as it ships, on other engines: QuickJS always, real Espruino where GENESIS_ESPRUINO names one (with 2,500 variables, say), XS on QEMU where that is installed.
import { hash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { getQuickJS } from "quickjs-emscripten";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { qemuStorage } from "../../host-tools/bench/qemu-flash.ts";
import { bundleTile } from "../../host-tools/build/bundle.ts";
import { measureVariables, runOnEspruino } from "../../host-tools/build/espruino-run.ts";
import { startQemu } from "../../host-tools/qemu/machine.ts";
import { buildRuntime } from "../../host-tools/qemu/runtime-build.ts";
import { testCacheDir } from "../../host-tools/qemu/test-board.ts";
import { missingPrograms } from "../../host-tools/qemu/toolchain.ts";
import { acvpVectors, rfcVectors, type SignatureVector } from "./host/vectors.ts";
import { Hss, hssVerify, type HssNative } from "./hss.ts";

const binary = process.env["GENESIS_ESPRUINO"];
let folder = "";
let code = "";
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "genesis-hss-"));
  code = (await bundleTile({ entry: "firmware/security/host/check-main.ts", root: path.join(import.meta.dirname, "../.."), profile: "small", isMetered: false, mangleCachePath: path.join(folder, "names.json") })).code;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const native: HssNative = {
  sha: (data) => Uint8Array.from(hash("sha256", typeof data === "string" ? Buffer.from(data, "latin1") : data, "buffer")).buffer,
  bytes: (data) => Uint8Array.from(Buffer.from(data, "latin1")),
};

/** Published ones, and some that are wrong in each way. */
const all = [...rfcVectors(), ...acvpVectors()];
const one = all.find(({ isGood, name }) => isGood && /M24_H10/.test(name))!;
const wrong = (name: string, changed: Partial<SignatureVector>): SignatureVector => ({ ...one, ...changed, name, isGood: false });
const vectors = [
  ...all,
  wrong("no signature", { signature: "" }), wrong("no key", { publicKey: "" }), wrong("no key's start", { publicKey: one.publicKey.substring(0, 11) }),
  wrong("a byte too many", { signature: `${one.signature}\0` }), wrong("a byte too few", { signature: one.signature.slice(0, -1) }),
  wrong("half", { signature: one.signature.substring(0, 700) }), wrong("another message", { message: `${one.message} ` }), wrong("no message", { message: "" }),
  wrong("the last bit", { signature: one.signature.slice(0, -1) + String.fromCharCode(one.signature.charCodeAt(one.signature.length - 1) ^ 1) }),
  wrong("no such leaf", { signature: `\0\0\0\0\0\0\x04\0${one.signature.substring(8)}` }), wrong("a leaf of 2^32-1", { signature: `\0\0\0\0\xff\xff\xff\xff${one.signature.substring(8)}` }),
  wrong("nine levels", { publicKey: `\0\0\0\x09${one.publicKey.substring(4)}` }), wrong("type 0", { publicKey: `\0\0\0\x01\0\0\0\0${one.publicKey.substring(8)}` }),
];
const expected = vectors.map((v) => hssVerify(native, v.publicKey, v.message, v.signature));

const byteString = (text: string): string => JSON.stringify(text).replace(/[\u007f-\u00ff]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`);

test("the vectors are of all kinds", () => {
  expect([...new Set(expected)].sort((a, b) => a - b)).toEqual([Hss.Good, Hss.Key, Hss.Levels, Hss.Type, Hss.Length, Hss.Index, Hss.Forged]);
  expect(vectors.map(({ isGood }) => isGood)).toEqual(expected.map((verdict) => verdict === Hss.Good));
});

test("bytes of the check as it ships", () => {
  console.log(`check of HSS/LMS as a bundle of its own: ${code.length} bytes`);
  expect(code.length).toBeLessThan(2600);
});

test("QuickJS", async () => {
  const context = (await getQuickJS()).newContext();
  try {
    const digest = context.newFunction("digest", (hex) => context.newString(hash("sha256", Buffer.from(context.getString(hex), "hex"), "hex")));
    context.setProp(context.global, "digest", digest);
    digest.dispose();
    const port = `{ E: { toUint8Array: (s) => Uint8Array.from(s, (c) => c.charCodeAt(0)) }, require: () => ({ SHA256: (d) => {
      let hex = "";
      for (let i = 0; i < d.length; i++) hex += (256 + (typeof d === "string" ? d.charCodeAt(i) : d[i])).toString(16).substr(1);
      return Uint8Array.from(digest(hex).match(/../g), (h) => parseInt(h, 16)).buffer;
    } }) }`;
    for (let i = 0; i < vectors.length; i++) {
      const v = vectors[i]!;
      const result = context.unwrapResult(context.evalCode(`(() => { const t = (${code})(${port}); const c = t.start(${byteString(v.publicKey)}, ${byteString(v.message)}, ${byteString(v.signature)}); let v = 0; while (!v) v = t.step(c, ${1 + i % 50}); return v; })()`));
      expect(context.getNumber(result), v.name).toBe(expected[i]);
      result.dispose();
    }
  } finally {
    context.dispose();
  }
});

interface Found {
  verdict: number;
  /** Variables at most, beyond what was there before the check. */
  variables: number;
  steps: number;
  ms: number;
}

/** Files for Storage: the check, `list` and a program that prints what it finds of each, between `@@START` and `@@END`. */
function filesOf(list: readonly SignatureVector[], budget: number): Record<string, string> {
  const run = `print("@@START");(function(){function r(n){return require("Storage").read(n)||""}var t=eval(require("Storage").read("img",0,${code.length}))(global);for(var i=0;i<${list.length};i++){var u=process.memory().usage,m=u,n=0,b=getTime(),c=t.start(r("k"+i),r("m"+i),r("s"+i)),v=0;
while(!v){v=t.step(c,${budget});n++;m=Math.max(m,process.memory().usage)}print("@@"+v+","+(m-u)+","+n+","+(getTime()-b)*1e3);c=undefined}})();print("@@END")`;
  const files: Record<string, string> = { img: code, ".bootcde": run };
  list.forEach((v, i) => Object.assign(files, { [`k${i}`]: v.publicKey, [`m${i}`]: v.message, [`s${i}`]: v.signature }));
  // An empty file can't be stored.
  return Object.fromEntries(Object.entries(files).filter(([, content]) => content !== ""));
}

function foundIn(lines: readonly string[]): Found[] {
  return lines.filter((line) => /^@@\d/.test(line)).map((line) => {
    const [verdict, variables, steps, ms] = line.slice(2).split(",").map(Number) as [number, number, number, number];
    return { verdict, variables, steps, ms };
  });
}

const named = (verdicts: readonly number[], from: number): string[] => verdicts.map((verdict, i) => `${vectors[from + i]!.name}: ${verdict}`);

describe.skipIf(missingPrograms().length > 0)("XS on QEMU", () => {
  test("the same verdicts", async () => {
    const { elfPath } = await buildRuntime({ cacheDir: testCacheDir });
    const flashPath = path.join(folder, "flash.bin");
    const outputPath = path.join(folder, "output");
    qemuStorage(flashPath, (storage) => Object.entries(filesOf(vectors, 20)).forEach(([name, text]) => storage.write(name, text)));
    const machine = await startQemu({ elfPath, flashPath, icount: true, serial0: { outputPath } });
    try {
      let text = "";
      for (const deadlineMs = performance.now() + 120_000; !text.includes("@@END") && !text.includes("Uncaught") && performance.now() < deadlineMs; text = readFileSync(outputPath, "latin1")) await new Promise((resolve) => setTimeout(resolve, 50));
      const found = foundIn(text.split(/\r?\n/));
      expect(named(found.map(({ verdict }) => verdict), 0), text.slice(-300)).toEqual(named(expected, 0));
      console.log(`XS on QEMU (icount): ${acvpVectors().flatMap(({ isGood, name }) => (isGood ? [`${name.replace(/^.*: |,.*$/g, "")}: ${found[vectors.findIndex((v) => v.name === name)]!.ms.toFixed(0)} ms`] : [])).join(", ")}`);
    } finally {
      await machine.kill();
    }
  });
});

describe.skipIf(binary === undefined)("Espruino", () => {
  async function onEspruino(list: readonly SignatureVector[], budget: number): Promise<Found[]> {
    const { lines, failure } = await runOnEspruino(binary!, filesOf(list, budget), 120_000);
    expect(failure, lines.join("\n")).toBeUndefined();
    return foundIn(lines);
  }

  test("the same verdicts", async () => {
    for (let at = 0; at < vectors.length; at += 8) {
      const found = await onEspruino(vectors.slice(at, at + 8), 20);
      expect(named(found.map(({ verdict }) => verdict), at)).toEqual(named(expected.slice(at, at + 8), at));
    }
  });

  test("variables and time", async () => {
    const good = vectors.filter(({ isGood, name }) => isGood && name.startsWith("NIST"));
    const { before, evaluated, after } = await measureVariables(binary!, code, "f(global)");
    const lines = [`the code takes ${after - before} variables (${evaluated - before} of them before it is started)`];
    const found = await onEspruino(good, 16);
    good.forEach(({ name }, i) => lines.push(`${name}: ${found[i]!.variables} variables, ${found[i]!.ms.toFixed(0)} ms in ${found[i]!.steps} steps of 16 hashes`));
    console.log(lines.join("\n"));
    expect(after - before).toBeLessThan(60);
    for (const { variables } of found) expect(variables).toBeLessThan(420);
  });
});
