/** The board's Storage, C and JavaScript, against answers and flash images recorded from the real interpreter. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordedGeometry, storageScenarios } from "../test-vectors/storage-vectors.ts";
import type { RecordedScenario, StorageScenario, StorageStep } from "../test-vectors/storage-vectors.ts";
import { roomyEspruino, runEspruino } from "./espruino-runner.ts";
import { NativeCore, nativeCompiler } from "./native-core.ts";
import { PreludeStorage } from "./prelude-storage.ts";
import type { TracedCall } from "./prelude-storage.ts";

const vectorFile = join(import.meta.dirname, "../test-vectors/storage-vectors.json");
const recorded = (existsSync(vectorFile) ? JSON.parse(readFileSync(vectorFile, "utf8")) : []) as RecordedScenario[];
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** A step as JavaScript for an engine with the Espruino API. */
function toJavaScript(step: StorageStep): string {
  const bytes = (hex: string): string => `atob("${Buffer.from(hex, "hex").toString("base64")}")`;
  const name = (text: string): string => bytes(Buffer.from(text, "latin1").toString("hex"));
  switch (step.op) {
    case "write":
      return `S.write(${name(step.name)},${bytes(step.data)},${step.offset ?? 0},${step.size ?? 0})`;
    case "read":
      return `hex(S.read(${name(step.name)}))`;
    case "erase":
      return `S.erase(${name(step.name)})`;
    case "eraseAll":
      return "S.eraseAll()";
    case "compact":
      return "S.compact()";
    case "list":
      return `S.list().map(hex).join(" ")`;
    case "listFiles":
      return `S.list(undefined,{sf:false}).map(hex).join(" ")`;
    case "listLogs":
      return `S.list(undefined,{sf:true}).map(hex).join(" ")`;
    case "stats":
      return `(s=S.getStats(),[s.totalBytes,s.freeBytes,s.fileBytes,s.fileCount,s.trashBytes,s.trashCount].join(" "))`;
    case "hash":
      return "S.hash()";
    case "open":
      return `(f=S.open(${name(step.name)},"${step.mode}"),f.chunk+" "+f.offset)`;
    case "append":
      return `f.write(${bytes(step.data)})`;
    case "take":
      return `hex(f.read(${step.length}))`;
    case "takeLine":
      return "hex(f.readLine())";
    case "length":
      return "f.getLength()";
    case "drop":
      return "f.erase()";
    case "flashErase":
      return `F.erasePage(${step.addr})`;
    case "flashWrite":
      return `F.write(${bytes(step.data)},${step.addr})`;
    case "flashRead":
      return `hex(E.toString(F.read(${step.length},${step.addr})))`;
  }
}

/** Runs a scenario through the board's storage.js; returns the answers and the calls that reach C. */
function runPrelude(scenario: StorageScenario): { answers: string[]; trace: readonly TracedCall[]; image: Buffer } {
  const board = new PreludeStorage(recordedGeometry);
  const variables = { f: undefined, s: undefined, atob: (text: string) => Buffer.from(text, "base64").toString("latin1"), hex: hexText };
  const scope = { ...board.scope, ...variables };
  const answers: string[] = [];
  const lines = scenario.steps.map((step) => `attempt(() => ${toJavaScript(step)});`).join("\n");
  const attempt = (run: () => unknown): void => {
    try {
      answers.push(String(run()));
    } catch (error) {
      answers.push(`Error: ${(error as Error).message}`);
    }
  };
  new Function("attempt", ...Object.keys(scope), lines)(attempt, ...Object.values(scope));
  return { answers, trace: board.trace, image: board.flash.bytes() };
}

const hexText = (text: string | undefined): string => (text === undefined ? "undefined" : Buffer.from(text, "latin1").toString("hex") || "-");

async function record(scenario: StorageScenario): Promise<RecordedScenario> {
  const program = `var S=require("Storage"),F=require("Flash"),f,s;\n` + scenario.steps.map((step) => `attempt(function(){return ${toJavaScript(step)}});`).join("\n");
  const run = await runEspruino(roomyEspruino as string, program);
  return { name: scenario.name, answers: run.lines, imageSha256: sha256(run.flash) };
}

describe.skipIf(!nativeCompiler())("Storage in C", () => {
  let core: NativeCore;
  beforeAll(() => {
    core = new NativeCore(recordedGeometry);
  }, 60_000);
  afterAll(() => core.close());

  it("has a recording for every scenario", () => {
    expect(recorded.map((r) => r.name)).toEqual(storageScenarios.map((s) => s.name));
  });

  it.each(storageScenarios)("gives Espruino's flash image and the answers its API needs: $name", (scenario) => {
    const reference = recorded.find((r) => r.name === scenario.name) as RecordedScenario;
    const { trace } = runPrelude(scenario);
    const image = join(core.directory, "image.bin");
    const answers = core.run([...trace.map((call) => call.command), `image ${image}`]);
    trace.forEach((call, i) => expect(answers[i], `call ${i}: ${call.command.slice(0, 200)}`).toBe(call.answer));
    expect(sha256(readFileSync(image))).toBe(reference.imageSha256);
  });
});

describe("storage.js of the board", () => {
  it.each(storageScenarios)("answers like Espruino: $name", (scenario) => {
    const reference = recorded.find((r) => r.name === scenario.name) as RecordedScenario;
    const { answers, image } = runPrelude(scenario);
    scenario.steps.forEach((step, i) => expect(answers[i], `step ${i}: ${JSON.stringify(step).slice(0, 200)}`).toBe(reference.answers[i]));
    expect(sha256(image)).toBe(reference.imageSha256);
  });
});

describe.skipIf(!roomyEspruino)("real Espruino", () => {
  it("still answers as recorded", async () => {
    const now: RecordedScenario[] = [];
    for (const scenario of storageScenarios) now.push(await record(scenario));
    if (process.env["GENESIS_RECORD"]) writeFileSync(vectorFile, JSON.stringify(now, null, 1) + "\n");
    else expect(now).toEqual(recorded);
  }, 300_000);
});
