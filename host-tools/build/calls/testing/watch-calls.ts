// Runs a text in Node with every function noting when it is entered and left: which calls happen, and how deep.

import { isFunction } from "../../dialect/tree.ts";
import type { Unit } from "../../dialect/unit.ts";
import type { CallGraph } from "../sites.ts";

export class SeenCalls {
  readonly stack: number[] = [];
  /** "caller callee", by offset; where a stack begins the caller is -1. */
  readonly calls = new Set<string>();
  /** Functions at work at the deepest moment, by offset. */
  deepest: readonly number[] = [];

  enter(at: number): void {
    this.calls.add(`${this.stack.at(-1) ?? -1} ${at}`);
    this.stack.push(at);
    if (this.stack.length > this.deepest.length) this.deepest = [...this.stack];
  }

  /** Calls that a graph doesn't have. */
  beyond(graph: CallGraph): string[] {
    const known = new Set(graph.edges.map(({ from, to }) => `${isFunction(from) ? from.start : -1} ${to.start}`));
    for (const { frame } of graph.roots) known.add(`-1 ${frame.start}`);
    return [...this.calls].filter((call) => !known.has(call));
  }
}

/** The value of the text; what it does is noted. `print`: for texts that name it. */
export function evaluateWatched(unit: Unit, seen: SeenCalls, print?: (line: string) => void): unknown {
  const insertions: { at: number; text: string }[] = [];
  for (const node of unit.nodes) {
    if (!isFunction(node)) continue;
    const isBlock = node.body.type === "BlockStatement";
    // Brackets around an expression belong to it: they are not in its node.
    const [from, to] = isBlock ? [node.body.start + 1, node.body.end - 1] : [unit.code.lastIndexOf("=>", node.body.start) + 2, node.end];
    insertions.push({ at: from, text: `${isBlock ? "" : "{"}$in(${node.start});try{${isBlock ? "" : "return("}` }, { at: to, text: `${isBlock ? "" : ")"}}finally{$out()}${isBlock ? "" : "}"}` });
  }
  let text = "";
  let done = 0;
  for (const { at, text: more } of insertions.sort((a, b) => a.at - b.at)) {
    text += unit.code.slice(done, at) + more;
    done = at;
  }
  return new Function("$in", "$out", "print", `return ${text}${unit.code.slice(done)}`)((at: number) => seen.enter(at), () => seen.stack.pop(), print);
}
