// How deep the calls of a shipped text can nest, and the stack that takes: an upper bound for every run, from the text alone.
//
// calls/sites.ts finds whom each call may reach; here are the longest chains, from everything that the engine calls. A circle has no longest chain: it ends
// the build, unless it stands in BOUNDED with the reason. Not counted is what the engine's own functions take (docs/decisions/0016-nested-calls.md).

import { Chains, circles, type Chain } from "./calls/longest.ts";
import { callGraph, type CallGraph, type Edge } from "./calls/sites.ts";
import type { Frame } from "./calls/text.ts";
import { frameBytes, STACK_BYTES } from "./dialect/rules/limits.ts";
import { ancestor, isFunction } from "./dialect/tree.ts";
import { parseUnit, type Node, type Unit } from "./dialect/unit.ts";
import { placeByOffset } from "./source-map.ts";

/** Functions that a value can reach again, as far as the text tells, and why they don't. */
export const BOUNDED: ReadonlyMap<string, string> = new Map([
  [
    "kernel/trace.ts",
    "a trace stands in for each handler and calls the one it found there; os-server.ts stops the trace before it begins another, so what it finds is no trace (nesting.test.ts). A start that an overflow or a full memory cuts short leaves one that nobody stops: one call more, each time",
  ],
]);

export interface Nesting {
  /** Calls of functions of the tile by functions of the tile, one inside of the other; the first function is called by the engine. */
  calls: number;
  /** Of these, through a function of the engine (`sort`, `reduce`). */
  callbacks: number;
  /** Stack of all of it, bytes on an STM32F405. */
  stackBytes: number;
  /** Names of the functions, outermost first: `step (kernel/scheduler.ts:220)`. */
  path: readonly string[];
}

export interface CallDepth {
  /** What the engine calls, deepest first: the file, `boot`, what boot gives out, callbacks of the port. */
  roots: readonly (Nesting & { name: string })[];
  /** The deepest chain of all, in calls; the one that takes most stack; the one with most callbacks. */
  whole: Nesting;
  heaviest: Nesting;
  mostCallbacks: Nesting;
  /** The deepest chain inside of the kernel, from where others enter it to where it calls others. */
  kernel: Nesting;
  /** Functions that may reach themselves, as names: without a bound. The numbers above don't hold then. */
  circles: readonly string[];
  /** Places of which the text doesn't tell whom they call: they may reach every function that is a value. */
  unknown: readonly string[];
}

export interface CallDepthOptions {
  /** Source map of the text (JSON): for names, and to tell which functions are the kernel's. */
  sourceMap?: string;
  /** File of functions that may call themselves, and why it ends. */
  bounded?: ReadonlyMap<string, string>;
}

export const isKernel = (file: string): boolean => file.startsWith("kernel/");

/** Where a function of the text comes from. */
export interface FrameNames {
  name(frame: Frame): string;
  file(frame: Frame): string;
}

export function frameNames(unit: Unit, sourceMap: string | undefined): FrameNames {
  const place = sourceMap === undefined ? () => undefined : placeByOffset(unit.code, sourceMap);
  const placeOf = (frame: Frame) => ("id" in frame && frame.id ? place(frame.id.start) : undefined) ?? place(frame.start);
  return {
    file: (frame) => placeOf(frame)?.file ?? "",
    name: (frame) => {
      if (frame.type === "Program") return "the file";
      const from = placeOf(frame);
      const own = "id" in frame ? frame.id?.name : undefined;
      const parent = unit.parentOf(frame);
      const key = parent !== undefined && "key" in parent && parent.key.type === "Identifier" ? parent.key.name : undefined;
      const name = from?.name ?? own ?? key ?? "function";
      return from === undefined ? (own ?? key ?? `function at ${frame.start}`) : `${name} (${from.file}:${from.line})`;
    },
  };
}

/** What is left of a graph without the calls that BOUNDED accounts for. */
export function boundedEdges(graph: CallGraph, names: FrameNames, bounded: ReadonlyMap<string, string> = BOUNDED): readonly Edge[] {
  return graph.edges.filter((edge) => edge.from !== edge.to || !bounded.has(names.file(edge.from)));
}

/** Throws `UnparsableText` if the text is not JavaScript. */
export function callDepth(code: string, options: CallDepthOptions = {}): CallDepth {
  const unit = parseUnit(code, "tile");
  const graph = callGraph(unit);
  const names = frameNames(unit, options.sourceMap);
  const edges = boundedEdges(graph, names, options.bounded);
  const round = circles(edges).map((way) => [...way, way[0]!].map((frame) => names.name(frame)).join(" > "));
  const unknown = graph.unknown.map((node) => unit.code.slice(node.start, Math.min(node.end, node.start + 60)));
  const bytes = (edge: Edge): number => frameBytes(unit, edge.site) + (edge.isCallback ? STACK_BYTES.callback - STACK_BYTES.call : 0);
  // What the innermost function takes below its own entry.
  const own = new Map<Node, number>();
  for (const node of unit.nodes) {
    const frame = ancestor(unit, node, isFunction);
    if (frame !== undefined) own.set(frame, Math.max(own.get(frame) ?? 0, frameBytes(unit, node) - STACK_BYTES.call));
  }
  const last = (frame: Frame): number => own.get(frame) ?? 0;
  const told = ({ start, edges: chain }: Chain): Nesting => ({
    calls: chain.length,
    callbacks: chain.filter((edge) => edge.isCallback).length,
    stackBytes: chain.reduce((sum, edge) => sum + bytes(edge), STACK_BYTES.call + last(chain.at(-1)?.to ?? start)),
    path: [start, ...chain.map((edge) => edge.to)].map((frame) => names.name(frame)),
  });
  if (round.length > 0) {
    const none: Nesting = { calls: Infinity, callbacks: Infinity, stackBytes: Infinity, path: [] };
    return { roots: [], whole: none, heaviest: none, mostCallbacks: none, kernel: none, circles: round, unknown };
  }
  const inKernel = new Map(edges.flatMap(({ from, to }) => [from, to]).map((frame) => [frame, isKernel(names.file(frame))]));
  const starts = graph.roots.map((root) => root.frame);
  const most = (weigh: (edge: Edge) => number | undefined, from: readonly Frame[], end?: (frame: Frame) => number): Nesting => {
    const chains = new Chains(unit, edges, weigh, end);
    return told(from.map((frame) => chains.from(frame)).reduce((a, b) => (b.weight > a.weight ? b : a), { start: unit.program, edges: [], weight: -1 }));
  };
  const whole = new Chains(unit, edges, () => 1);
  return {
    roots: graph.roots.map(({ frame, why }) => ({ name: `${names.name(frame)}${why === "callback" ? ", called by the port" : ""}`, ...told(whole.from(frame)) })).sort((a, b) => b.calls - a.calls),
    whole: most(() => 1, starts),
    heaviest: most(bytes, starts, last),
    mostCallbacks: most((edge) => (edge.isCallback ? 1 : 0), starts),
    kernel: most((edge) => (inKernel.get(edge.from) === true && inKernel.get(edge.to) === true ? 1 : undefined), [...inKernel].filter(([, isIn]) => isIn).map(([frame]) => frame)),
    circles: [],
    unknown,
  };
}
