// The interruption model holds in all its states (spin), can fail, and does what the kernel does (replay of its runs, step by step).
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import * as gate from "../../gate.ts";
import * as layout from "../../state.ts";
import { codes, parseTrace, replay, replayAll, type Step } from "./replay.ts";

const file = path.join(import.meta.dirname, "interruption.pml");
const kept = path.join(import.meta.dirname, "runs.txt");
const model = readFileSync(file, "utf8");
const enums = { ...gate, ...layout } as unknown as Record<string, Record<string, unknown> | undefined>;
const isThere = ["spin", "gcc"].every((name) => (process.env.PATH ?? "").split(path.delimiter).some((folder) => existsSync(path.join(folder, name))));
const skipped = isThere ? "" : " (skipped: spin or gcc is not installed)";

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(path.join(os.tmpdir(), "genesis-spin-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Searches all states of a model; pan's report, with what the model prints when `define` and `flag` ask for it. */
function search(text: string, define: string[] = [], flag: string[] = []): string {
  return inFolder((cwd) => {
    writeFileSync(path.join(cwd, "model.pml"), text);
    execFileSync("spin", [...define, "-a", "model.pml"], { cwd });
    execFileSync("gcc", ["-O1", "-DSAFETY", "-DNOREDUCE", "-DMEMLIM=2000", ...flag, "-o", "pan", "pan.c"], { cwd });
    return execFileSync("./pan", ["-m1000000", "-w22"], { cwd, encoding: "utf8", maxBuffer: 1 << 28 });
  });
}

/** A random run of the model, from its seed. */
function simulate(seed: number, depth: number): string {
  return inFolder((cwd) => {
    const out = execFileSync("spin", [`-n${seed}`, `-u${depth}`, "-T", file], { cwd, encoding: "utf8", maxBuffer: 1 << 26 });
    return out.split("\n").filter((line) => line.startsWith("@")).join("\n");
  });
}

describe("the model", () => {
  it("has the code's constants", () => {
    const constants = [...model.matchAll(/^#define (\w+)_(\w+) (\d+)$/gm)];
    expect(constants.length).toBeGreaterThan(14);
    for (const [, from, member, value] of constants) expect([from, member, Number(value)]).toEqual([from, member, enums[from!]?.[member!]]);
    for (const [name, value] of Object.entries(codes)) expect(model).toContain(`#define ${name} ${value}\n`);
  });
  it.skipIf(!isThere)(`holds in every state${skipped}`, () => {
    const report = search(model);
    expect(report).toContain("errors: 0");
    expect(report).not.toMatch(/max search depth too small|out of memory/);
    expect(Number(/(\d+) states, stored/.exec(report)![1])).toBe(830_861);
  });
  it.skipIf(!isThere).each([
    ["callers of a dead server are not told", ":: i <= B && st[i] == TaskState_BlockedOnReply -> rc = NONE; wake(i, Event_DeadReply); i++", ":: i <= B && st[i] == TaskState_BlockedOnReply -> i++"],
    ["a resumed caller stays in the reply object", "    rc = NONE;\n    if\n", "    if\n"],
    ["a call queues although the server waits", ":: st[S] == TaskState_BlockedOnReceive ->\n", ":: false ->\n"],
    ["the end of a revoke is told too early", ":: n >= Limit_Slice -> n = n - Limit_Slice\n", ":: n >= Limit_Slice -> n = n - Limit_Slice; work = 0; wake(V, Event_Done); told = 0\n"],
    ["a lost run takes effect", ":: d_step { runs(t) -> FROM; running = t; check()", ":: d_step { runs(t) -> FROM; running = t; home(t); check()"],
  ])(`would notice that %s${skipped}`, (_what, right, wrong) => {
    expect(model).toContain(right);
    expect(search(model.replace(right, wrong))).toContain("assertion violated");
  });
});

describe("model and kernel", () => {
  const different = (steps: readonly Step[]): number => new Set(steps.map((taken, i) => `${steps[i - 1]?.state} ${taken.line}`)).size;

  it("agree after every step of the runs kept in runs.txt", () => {
    const runs = readFileSync(kept, "utf8").trim().split("\n\n").map(parseTrace);
    expect(runs.length).toBeGreaterThan(3);
    const seen = new Set(runs.flat().map(({ step, what }) => `${step} ${what}`));
    expect(seen.size).toBe(12); // every kind of step and of run
    for (const run of runs) replay(run);
    expect(different(runs.flat())).toBeGreaterThan(500);
  });
  it.skipIf(!isThere)(`agree in random runs${skipped}`, () => {
    let steps = 0;
    for (let seed = 100; seed < 140; seed++) {
      const run = parseTrace(simulate(seed, 6000));
      replay(run);
      steps += run.length;
    }
    expect(steps).toBeGreaterThan(5000);
  });
  it.skipIf(!isThere)(`agree in every transition when nothing is derived${skipped}`, () => {
    const printed = search(model, ["-DCAPS=0", "-DPAIRS"], ["-DPRINTF"]);
    const { states, transitions } = replayAll(printed);
    // pan counts one state and two transitions more: the step that sets up the model.
    expect([states + 1, transitions + 2]).toEqual([Number(/(\d+) states, stored/.exec(printed)![1]), Number(/(\d+) transitions/.exec(printed)![1])]);
    expect(states).toBe(45_386);
  });
  it("a wrong state is noticed", () => {
    const [run] = readFileSync(kept, "utf8").trim().split("\n\n").map(parseTrace);
    const wrong = run!.map((taken, i) => (i === 40 ? { ...taken, state: taken.state.replace(/^\d/, "7").replace(/\d+$/, "4") } : taken));
    expect(() => replay(wrong)).toThrow("step 40");
  });
});
