// Crash-only on QuickJS, with the engine's own failures: in and behind every operation the stack ends, memory ends, or the program is stopped uncatchably.
import { build } from "esbuild";
import { getQuickJS } from "quickjs-emscripten";
import type { QuickJSContext, QuickJSRuntime } from "quickjs-emscripten";
import { afterAll, beforeAll, expect, it } from "vitest";
import { kernelConstants } from "../../../host-tools/build/kernel-features.ts";
import { Op } from "../../gate.ts";
import { Judge } from "./verdict.ts";
import type { Report } from "./verdict.ts";

const STACK = 1 << 18;
/** QuickJS looks at its interrupt handler after so many calls and turns of loops. */
const POLLS = 10_000;

let runtime: QuickJSRuntime;
let context: QuickJSContext;
let isStopping = false;
let polls = 0;
const judge = new Judge();

beforeAll(async () => {
  const built = await build({
    entryPoints: [`${import.meta.dirname}/guest-quickjs.ts`],
    bundle: true, write: false, minify: true, format: "iife", globalName: "G", target: "es2020", mangleProps: /^_/,
    define: { ...kernelConstants("full"), FULL: "true" },
  });
  runtime = (await getQuickJS()).newRuntime();
  runtime.setMaxStackSize(STACK);
  context = runtime.newContext();
  context.unwrapResult(context.evalCode(built.outputFiles[0]!.text)).dispose();
  runtime.setInterruptHandler(() => {
    polls++;
    return isStopping;
  });
});
afterAll(() => {
  context.dispose();
  runtime.dispose();
});

/** Calls a function of the guest; undefined when it was ended by an exception. */
function call(name: string, ...args: number[]): unknown {
  const g = context.getProp(context.global, "G");
  const f = context.getProp(g, name);
  const handles = args.map((value) => context.newNumber(value));
  const result = context.callFunction(f, context.undefined, ...handles);
  for (const handle of [g, f, ...handles]) handle.dispose();
  if (result.error) {
    result.error.dispose();
    return undefined;
  }
  const value = context.typeof(result.value) === "undefined" ? null : (context.dump(result.value) as unknown);
  result.value.dispose();
  return value;
}

/** Blocks of the engine's heap in use. */
function blocks(): number {
  const usage = runtime.computeMemoryUsage();
  const { malloc_count: count } = context.dump(usage) as { malloc_count: number };
  usage.dispose();
  return count;
}

interface Counts {
  tries: number;
  fault: number;
  done: number;
  untouched: number;
  nothing: number;
  /** Most blocks that a try left behind. */
  leaked: number;
}

/** No try leaves more behind than its message and its frame; and all together leave nothing. */
function checkMemory(counts: Counts, first: number): void {
  expect(counts.leaked).toBeLessThan(12);
  call("prepare", Op.Now, 0);
  expect(Math.abs(blocks() - first)).toBeLessThan(12);
}

/** The engine's heap with the scene in it. */
function baseline(): number {
  call("prepare", Op.Now, 0);
  return blocks();
}

/** One try: `fail` arranges the failure, `heal` takes it away. */
function attempt(op: Op, after: number, counts: Counts, fail: () => void, heal: () => void): string {
  expect(call("prepare", op, after)).toBe(null);
  const before = blocks();
  fail();
  const came = call("enter");
  heal();
  const text = call("find");
  expect(typeof text).toBe("string");
  const verdict = judge.judge(JSON.parse(text as string) as Report);
  // Who came back without an exception has done the operation, or is told on for what it caught.
  if (came === null) expect(["fault", "done"]).toContain(verdict);
  expect(verdict).not.toBe("nothing");
  counts.tries++;
  counts[verdict]++;
  counts.leaked = Math.max(counts.leaked, blocks() - before);
  return verdict;
}

const none = (): Counts => ({ tries: 0, fault: 0, done: 0, untouched: 0, nothing: 0, leaked: 0 });
const OPS = Array.from({ length: Op.Count }, (_, op) => op as Op);

it("has the same scene as here", () => {
  expect(JSON.parse(call("scene") as string)).toEqual([...judge.scene]);
});

it("a stack that ends anywhere", () => {
  const counts = none();
  const first = baseline();
  for (const op of OPS) {
    const seen = new Set<string>();
    for (let bytes = 200; ; bytes += 24) {
      const verdict = attempt(op, 0, counts, () => runtime.setMaxStackSize(bytes), () => runtime.setMaxStackSize(STACK));
      seen.add(verdict);
      if (verdict === "done") break;
      expect(bytes).toBeLessThan(20_000);
    }
    expect(seen.has("fault"), `operation ${op} ends inside`).toBe(true);
    // Recursion behind it.
    expect(attempt(op, 1, counts, () => undefined, () => undefined)).toBe("fault");
  }
  process.stdout.write(`QuickJS, stack: ${JSON.stringify(counts)}\n`);
  checkMemory(counts, first);
});

it("memory that ends anywhere", () => {
  const counts = none();
  const first = baseline();
  for (const op of OPS) {
    for (let room = 0; room <= 400; room += 8) attempt(op, 0, counts, () => runtime.setMemoryLimit(8 * blocks() + room), () => runtime.setMemoryLimit(-1));
    expect(attempt(op, 2, counts, () => runtime.setMemoryLimit(8 * blocks() + 100_000), () => runtime.setMemoryLimit(-1))).toBe("fault");
  }
  process.stdout.write(`QuickJS, memory: ${JSON.stringify(counts)}\n`);
  checkMemory(counts, first);
});

it("stopped uncatchably at any call or turn of a loop", () => {
  const counts = none();
  const first = baseline();
  for (const op of OPS) {
    const seen = new Set<string>();
    for (let left = 1; ; left++) {
      const verdict = attempt(
        op,
        0,
        counts,
        () => {
          // Right behind a look, all but `left` are burnt.
          isStopping = false;
          polls = 0;
          while (polls === 0) call("burn", 1);
          call("burn", POLLS - left);
          isStopping = true;
        },
        () => (isStopping = false),
      );
      seen.add(verdict);
      if (verdict === "done" && left > 12) break;
      expect(left).toBeLessThan(400);
    }
    expect(seen.has("fault"), `operation ${op} is stopped inside`).toBe(true);
  }
  process.stdout.write(`QuickJS, interrupted: ${JSON.stringify(counts)}\n`);
  checkMemory(counts, first);
});
