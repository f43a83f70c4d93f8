// Every state that a small world can reach, on the shipped bytes: breadth first, each state once, all invariants in each.
//
// The kernel is the minified bundle; a state is its memory. Invariants are those of ../invariants.ts on the abstract state, and authority
// confinement. Published: bound, states, transitions, and a hash over all states, so that a run can be repeated and compared.

import { compileText } from "../../../host-tools/build/compile.ts";
import { kernelConstants } from "../../../host-tools/build/kernel-features.ts";
import path from "node:path";
import { runInNewContext } from "node:vm";
import { Rights } from "../../gate.ts";
import type { KernelState } from "../../state.ts";
import { inspect } from "../inspect-state.ts";
import { violation } from "../invariants.ts";
import { canonical, hash, HashSet } from "./canonical.ts";
import type { Shipped } from "./entry.ts";
import { authorities, buildWorld, confinement, WorldSize } from "./world.ts";
import type { Line, Plan } from "./world.ts";

export interface Exploration {
  world: string;
  states: number;
  transitions: number;
  /** Runs and actions of the composition root from the start; every state within it has been seen. */
  depth: number;
  /** Nothing new was left: these are all states. */
  isComplete: boolean;
  /** Sum over the states' hashes. */
  hash: string;
  seconds: number;
}

/** The kernel as a tile ships it. */
export async function shippedKernel(): Promise<(words: number, slots: number) => Shipped> {
  const sources = { entryPoints: [path.join(import.meta.dirname, "entry.ts")], define: { ...kernelConstants("full"), FULL: "true" }, mangleProps: /^_/ };
  const { code } = await compileText(sources, { format: "iife", globalName: "shipped" });
  const context = { Int32Array, Float64Array, Uint8Array, Math };
  runInNewContext(`${code};this.made=shipped.createShipped`, context);
  return (context as unknown as { made: (words: number, slots: number) => Shipped }).made;
}

/** States wait here: level by level, one memory behind the other. */
class Level {
  private readonly chunks: Int32Array[] = [];
  count = 0;

  constructor(private readonly words: number) {}

  push(memory: Int32Array): void {
    const inChunk = this.count % 1024;
    if (inChunk === 0) this.chunks.push(new Int32Array(this.words * 1024));
    (this.chunks[this.chunks.length - 1] as Int32Array).set(memory, inChunk * this.words);
    this.count++;
  }

  /** Memory number `i`; chunks that have been passed are given back. */
  at(i: number): Int32Array {
    const chunk = Math.floor(i / 1024);
    if (chunk > 0) this.chunks[chunk - 1] = new Int32Array(0);
    return (this.chunks[chunk] as Int32Array).subarray((i % 1024) * this.words, ((i % 1024) + 1) * this.words);
  }
}

/** @throws Error naming the violated invariant and the transition that led there. */
export function explore(create: (words: number, slots: number) => Shipped, plan: Plan, maxStates: number, say: (text: string) => void): Exploration {
  const started = performance.now();
  const k = create(WorldSize.Words, WorldSize.Slots);
  let current: Line = { name: "", calls: [], throws: false };
  let isRun = false;
  const world = buildWorld(k, plan, () => {
    isRun = true;
    for (const [op, address, label, a, b] of current.calls) k.gate(op, address, label, a, b, "");
    if (current.throws) throw new Error("");
  });
  const { memory, texts } = k;
  const view = { _m: memory, _d: k.doubles, _data: texts, _irq: k.irq, _boot: k.boot, _end: k.end } as unknown as KernelState;
  const seen = new HashSet();
  let sumX = 0;
  let sumY = 0;
  let transitions = 0;
  let next = new Level(memory.length);
  const isGranting = (plan.client & plan.server & Rights.Grant) > 0;
  canonical(memory, world.places);
  const start = authorities(inspect(view), world.cnodes);

  const arrive = (name: string): void => {
    transitions++;
    canonical(memory, world.places);
    const [x, y] = hash(memory);
    if (!seen.add(x, y)) return;
    sumX = (sumX + x) >>> 0;
    sumY = (sumY + y) >>> 0;
    const s = inspect(view);
    const wrong = violation(s) ?? confinement(s, world.cnodes, start, isGranting);
    if (wrong) throw new Error(`after "${name}": ${wrong}\n${JSON.stringify(s)}`);
    next.push(memory);
  };

  arrive("start");
  let depth = 0;
  let level = next;
  while (level.count > 0 && seen.size < maxStates) {
    next = new Level(memory.length);
    for (let i = 0; i < level.count; i++) {
      const from = level.at(i);
      const put = (): void => {
        memory.set(from);
        k.fresh();
        for (let n = 0; n < texts.length; n++) texts[n] = "";
      };
      for (const action of world.environment) {
        put();
        for (const [op, address, label, a, b] of action.calls) k.root(op, address, label, a, b);
        arrive(action.name);
      }
      for (const choice of world.menu) {
        put();
        current = choice;
        isRun = false;
        k.step(1);
        arrive(choice.name);
        // What a handler would do can't matter when nobody runs.
        if (!isRun) break;
      }
    }
    depth++;
    level = next;
    say(`${plan.name}: depth ${depth}, ${seen.size.toLocaleString("en")} states, ${transitions.toLocaleString("en")} transitions, ${Math.round((performance.now() - started) / 1000)} s`);
  }
  return { world: plan.name, states: seen.size, transitions, depth, isComplete: level.count === 0, hash: sumX.toString(16).padStart(8, "0") + sumY.toString(16).padStart(8, "0"), seconds: (performance.now() - started) / 1000 };
}
