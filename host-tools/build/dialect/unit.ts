// One shipped file, parsed: its tree with parent links and its scopes. Every rule reads this and nothing else.

import { parse, type AnyNode, type Program } from "acorn";
import { analyseScopes, type ScopeTree } from "./scope.ts";

export type Node = AnyNode;

/** Which powers a file may name: a tile gets them as its port, the first stage runs on the board's own globals. */
export type UnitKind = "tile" | "first-stage";

export interface Unit {
  code: string;
  kind: UnitKind;
  program: Program;
  /** All nodes, parents before children, in text order. */
  nodes: readonly Node[];
  parentOf(node: Node): Node | undefined;
  /** All nodes inside of a node, itself not among them. */
  nodesIn(node: Node): readonly Node[];
  scopes: ScopeTree;
  /** Offsets at which the parser had to insert a semicolon. */
  insertedSemicolons: readonly number[];
  /** Offsets of comments. */
  comments: readonly number[];
}

/** Thrown when the text is not JavaScript at all; carries the offset. */
export class UnparsableText extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.name = "UnparsableText";
    this.at = at;
  }
}

/** Direct children of a node, in text order. */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (const value of Object.values(node) as unknown[]) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (isNode(item)) children.push(item);
    }
  }
  // A shorthand property {a} has its key and value at the same place: keep the value only.
  if (node.type === "Property" && node.shorthand) return [node.value];
  return children.sort((a, b) => a.start - b.start);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value && typeof value.type === "string";
}

/** Parse shipped text. Throws {@link UnparsableText} with the offset of the first thing that is not JavaScript. */
export function parseUnit(code: string, kind: UnitKind): Unit {
  const insertedSemicolons: number[] = [];
  const comments: number[] = [];
  let program: Program;
  try {
    program = parse(code, {
      ecmaVersion: "latest",
      sourceType: "script",
      onInsertedSemicolon: (at: number) => insertedSemicolons.push(at),
      onComment: (_isBlock: boolean, _text: string, start: number) => comments.push(start),
    });
  } catch (error) {
    const at = error instanceof SyntaxError && "pos" in error && typeof error.pos === "number" ? error.pos : 0;
    throw new UnparsableText(error instanceof Error ? error.message : String(error), at);
  }
  const nodes: Node[] = [];
  const parents = new Map<Node, Node>();
  const pending: Node[] = [program];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    nodes.push(node);
    const children = childrenOf(node);
    for (const child of children) parents.set(child, node);
    pending.push(...children.reverse());
  }
  const parentOf = (node: Node): Node | undefined => parents.get(node);
  // What is inside of a node follows it.
  const indices = new Map(nodes.map((node, index) => [node, index]));
  const nodesIn = (node: Node): readonly Node[] => {
    const first = (indices.get(node) ?? nodes.length) + 1;
    let end = first;
    for (let next = nodes[end]; next !== undefined && next.start < node.end; next = nodes[end]) end++;
    return nodes.slice(first, end);
  };
  return { code, kind, program, nodes, parentOf, nodesIn, scopes: analyseScopes(program, nodes, parentOf), insertedSemicolons, comments };
}
