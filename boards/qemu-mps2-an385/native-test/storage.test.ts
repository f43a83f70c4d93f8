/** The board's Storage in C against answers and flash images recorded from the real interpreter. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordedGeometry, storageScenarios } from "../test-vectors/storage-vectors.ts";
import type { RecordedScenario, StorageScenario, StorageStep } from "../test-vectors/storage-vectors.ts";
import { espruinoBinary, runEspruino } from "./espruino-runner.ts";
import { NativeCore, nativeCompiler } from "./native-core.ts";

const vectorFile = join(import.meta.dirname, "../test-vectors/storage-vectors.json");
const recorded = (existsSync(vectorFile) ? JSON.parse(readFileSync(vectorFile, "utf8")) : []) as RecordedScenario[];
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const latin1Hex = (text: string): string => Buffer.from(text, "latin1").toString("hex") || "-";

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

/** A step as a command of the native harness. */
function toCommand(step: StorageStep): string {
  switch (step.op) {
    case "write":
      return `write ${latin1Hex(step.name)} ${step.data || "-"} ${step.offset ?? 0} ${step.size ?? 0}`;
    case "read":
    case "erase":
      return `${step.op} ${latin1Hex(step.name)}`;
    case "listFiles":
    case "listLogs":
      return "list";
    case "open":
      return `open ${latin1Hex(step.name)} ${step.mode}`;
    case "append":
      return `append ${step.data}`;
    case "take":
      return `take ${step.length}`;
    case "flashErase":
      return `flasherase ${step.addr}`;
    case "flashWrite":
      return `flashwrite ${step.addr} ${step.data}`;
    case "flashRead":
      return `flashread ${step.addr} ${step.length}`;
    default:
      return step.op.toLowerCase();
  }
}

/** The harness's answer in the words of the JavaScript API (what js_storage.c adds on top of the core). */
function toAnswer(step: StorageStep, answer: string): string {
  const isError = /^[A-Z]/.test(answer);
  switch (step.op) {
    case "write":
      if ((step.offset ?? 0) < 0) return "false";
      return isError ? `Error: ${answer}` : "true";
    case "read":
      return answer === "none" ? "undefined" : answer;
    case "list":
    case "listFiles":
    case "listLogs":
      return listed(step.op, answer);
    case "take":
    case "takeLine": {
      const [taken] = answer.split(" ");
      return taken === "-" || taken === undefined ? "undefined" : taken;
    }
    case "stats":
    case "hash":
    case "open":
    case "length":
    case "flashRead":
      return answer;
    default:
      return isError ? `Error: ${answer}` : "undefined";
  }
}

function listed(op: "list" | "listFiles" | "listLogs", answer: string): string {
  const names: string[] = [];
  for (const entry of answer.split(" ").filter((part) => part !== "")) {
    const [name, , flags] = entry.split(":") as [string, string, string];
    const isLog = flags === "64";
    if (isLog && (op === "listFiles" || !name.endsWith("01"))) continue;
    if (!isLog && op === "listLogs") continue;
    names.push(op === "listLogs" ? name.slice(0, -2) : name);
  }
  return names.join(" ");
}

async function record(scenario: StorageScenario): Promise<RecordedScenario> {
  const program = `var S=require("Storage"),F=require("Flash"),f,s;\n` + scenario.steps.map((step) => `attempt(function(){return ${toJavaScript(step)}});`).join("\n");
  const run = await runEspruino(espruinoBinary as string, program);
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

  it.each(storageScenarios)("answers like Espruino and leaves the same flash image: $name", (scenario) => {
    const reference = recorded.find((r) => r.name === scenario.name) as RecordedScenario;
    const image = join(core.directory, "image.bin");
    // The reads of a negative offset never reach the core: js_storage.c answers false.
    const steps = scenario.steps.map((step) => (step.op === "write" && (step.offset ?? 0) < 0 ? "crc -" : toCommand(step)));
    const answers = core.run([...steps, `image ${image}`]);
    const got = scenario.steps.map((step, i) => toAnswer(step, answers[i] as string));
    scenario.steps.forEach((step, i) => expect(got[i], `step ${i}: ${JSON.stringify(step).slice(0, 200)}`).toBe(reference.answers[i]));
    expect(sha256(readFileSync(image))).toBe(reference.imageSha256);
  });
});

describe.skipIf(!espruinoBinary)("real Espruino", () => {
  it("still answers as recorded", async () => {
    const now: RecordedScenario[] = [];
    for (const scenario of storageScenarios) now.push(await record(scenario));
    if (process.env["GENESIS_RECORD"]) writeFileSync(vectorFile, JSON.stringify(now, null, 1) + "\n");
    else expect(now).toEqual(recorded);
  }, 300_000);
});
