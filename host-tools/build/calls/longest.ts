// The heaviest chains of a call graph, and its circles.

import type { Unit } from "../dialect/unit.ts";
import { isReached, NOTHING_KNOWN, passed, type Known } from "./narrow.ts";
import type { Edge } from "./sites.ts";
import type { Frame } from "./text.ts";

/** A chain of calls, outermost first. */
export interface Chain {
  start: Frame;
  edges: readonly Edge[];
  /** What was to be the most. */
  weight: number;
}

/** Functions that can reach themselves, as one way round for each place where a circle closes. */
export function circles(edges: readonly Edge[]): Frame[][] {
  const next = new Map<Frame, Set<Frame>>();
  for (const { from, to } of edges) next.set(from, (next.get(from) ?? new Set()).add(to));
  const state = new Map<Frame, "open" | "done">();
  const found: Frame[][] = [];
  const way: Frame[] = [];
  const visit = (at: Frame): void => {
    state.set(at, "open");
    way.push(at);
    for (const to of next.get(at) ?? []) {
      if (state.get(to) === "open") found.push(way.slice(way.indexOf(to)));
      else if (!state.has(to)) visit(to);
    }
    way.pop();
    state.set(at, "done");
  };
  for (const at of next.keys()) if (!state.has(at)) visit(at);
  return found;
}

/** Heaviest chains in a graph without circles. `weigh`: of one call; undefined: the chain doesn't go there. */
export class Chains {
  readonly #unit: Unit;
  readonly #last: (frame: Frame) => number;
  readonly #out = new Map<Frame, { edge: Edge; weight: number }[]>();
  readonly #best = new Map<string, { weight: number; edge: Edge | undefined; then: string }>();

  /** `last`: what the innermost function weighs by itself. */
  constructor(unit: Unit, edges: readonly Edge[], weigh: (edge: Edge) => number | undefined, last: (frame: Frame) => number = () => 0) {
    this.#unit = unit;
    this.#last = last;
    for (const edge of edges) {
      const weight = weigh(edge);
      if (weight !== undefined) this.#out.set(edge.from, [...(this.#out.get(edge.from) ?? []), { edge, weight }]);
    }
  }

  from(start: Frame): Chain {
    const edges: Edge[] = [];
    const first = this.#visit(start, NOTHING_KNOWN);
    for (let at = this.#best.get(first); at?.edge !== undefined; at = this.#best.get(at.then)) edges.push(at.edge);
    return { start, edges, weight: this.#best.get(first)!.weight };
  }

  #visit(at: Frame, known: Known): string {
    const key = `${at.start} ${at.end} ${[...known].map(([variable, value]) => `${variable.id.start}=${value}`).join()}`;
    if (this.#best.has(key)) return key;
    const found = { weight: this.#last(at), edge: undefined as Edge | undefined, then: "" };
    for (const { edge, weight } of this.#out.get(at) ?? []) {
      if (!isReached(this.#unit, edge.site, at, known)) continue;
      const then = this.#visit(edge.to, edge.isCallback ? NOTHING_KNOWN : passed(this.#unit, edge.site, edge.to, known));
      const whole = weight + this.#best.get(then)!.weight;
      if (whole > found.weight) Object.assign(found, { weight: whole, edge, then });
    }
    this.#best.set(key, found);
    return key;
  }
}
