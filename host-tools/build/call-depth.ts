// The deepest chain of calls that the shipped text shows, and the stack it takes on a board.
//
// Calls by name are followed exactly. A call of a method follows the one function of the bundle that is kept under that property name (`{step: function…}`,
// a class method, `o.step = …`); where several share a name, or a parameter is called, the text doesn't say who runs and the chain ends. So the answer is
// a lower bound: at least this deep. A circle is entered once and reported. Figures of the stack: dialect/rules/limits.ts.

import { frameBytes, STACK_BYTES } from "./dialect/rules/limits.ts";
import { ancestor, isFunction, isInside, memberName, type FunctionNode } from "./dialect/tree.ts";
import { parseUnit, type Node, type Unit } from "./dialect/unit.ts";

export interface CallDepth {
  /** Calls on the deepest chain, in number. */
  calls: number;
  /** Stack of the chain that takes most, bytes on an STM32F405. */
  stackBytes: number;
  /** Shipped offsets of the functions on the chain that takes most stack, outermost first. */
  path: readonly number[];
  /** Offsets of functions that can reach themselves. */
  circles: readonly number[];
}

/** Methods that built-in things have too: the receiver is rarely known, so these names end a chain. */
const BUILT_IN_METHODS = new Set(["set", "fill", "push", "pop", "indexOf", "read", "write", "map", "join", "length"]);

interface Edge {
  to: FunctionNode;
  /** Stack between the caller's entry and this call, bytes. */
  bytes: number;
}

/** Deepest chain of calls in a shipped file. Throws `UnparsableText` if it is not JavaScript. */
export function callDepth(code: string): CallDepth {
  const unit = parseUnit(code, "tile");
  const edges = collectEdges(unit);
  const circles = new Set<FunctionNode>();
  const best = new Map<FunctionNode, { calls: number; bytes: number; next: FunctionNode | undefined }>();
  const open = new Set<FunctionNode>();
  const visit = (at: FunctionNode): { calls: number; bytes: number; next: FunctionNode | undefined } => {
    const known = best.get(at);
    if (known !== undefined) return known;
    open.add(at);
    const worst: { calls: number; bytes: number; next: FunctionNode | undefined } = { calls: 0, bytes: 0, next: undefined };
    for (const { to, bytes } of edges.get(at) ?? []) {
      if (open.has(to)) {
        circles.add(to);
        continue;
      }
      const below = visit(to);
      worst.calls = Math.max(worst.calls, below.calls + 1);
      if (bytes + below.bytes > worst.bytes) {
        worst.bytes = bytes + below.bytes;
        worst.next = to;
      }
    }
    open.delete(at);
    best.set(at, worst);
    return worst;
  };
  let calls = 0;
  let deepest: { bytes: number; start: FunctionNode | undefined } = { bytes: 0, start: undefined };
  for (const node of unit.nodes) {
    if (!isFunction(node)) continue;
    const found = visit(node);
    calls = Math.max(calls, found.calls);
    if (found.bytes > deepest.bytes) deepest = { bytes: found.bytes, start: node };
  }
  const path: number[] = [];
  for (let at = deepest.start; at !== undefined; at = best.get(at)?.next) path.push(at.start);
  return { calls, stackBytes: deepest.bytes + STACK_BYTES.call, path, circles: [...circles].map((node) => node.start).sort((a, b) => a - b) };
}

function collectEdges(unit: Unit): Map<FunctionNode, Edge[]> {
  const byProperty = functionsByProperty(unit);
  const edges = new Map<FunctionNode, Edge[]>();
  for (const node of unit.nodes) {
    if (node.type !== "CallExpression" && node.type !== "NewExpression") continue;
    const from = ancestor(unit, node, isFunction);
    if (from === undefined) continue;
    const bytes = frameBytes(unit, node);
    for (const to of targets(unit, node.callee as Node, byProperty)) edges.set(from, [...(edges.get(from) ?? []), { to, bytes }]);
  }
  return edges;
}

function targets(unit: Unit, callee: Node, byProperty: ReadonlyMap<string, FunctionNode[]>): readonly FunctionNode[] {
  if (isFunction(callee)) return [callee];
  const name = memberName(callee);
  if (name !== undefined) {
    const holders = BUILT_IN_METHODS.has(name) ? [] : (byProperty.get(name) ?? []);
    return holders.length === 1 && !isInside(callee, holders[0]!) ? holders : [];
  }
  const variable = callee.type === "Identifier" ? unit.scopes.referenceAt(callee)?.variable : undefined;
  if (variable === undefined) return [];
  const { declaration } = variable;
  if (variable.kind === "function" && isFunction(declaration)) return [declaration];
  const init = declaration.type === "VariableDeclarator" ? declaration.init : declaration;
  if (init && isFunction(init) && variable.kind !== "parameter") return [init];
  if (init && (init.type === "ClassExpression" || init.type === "ClassDeclaration")) {
    for (const member of init.body.body) if (member.type === "MethodDefinition" && member.kind === "constructor") return [member.value as FunctionNode];
  }
  return [];
}

/** Functions that stand under a property name, wherever in the bundle. */
function functionsByProperty(unit: Unit): Map<string, FunctionNode[]> {
  const found = new Map<string, FunctionNode[]>();
  const add = (name: string | undefined, value: Node | null | undefined): void => {
    const code = value?.type === "Identifier" ? unit.scopes.referenceAt(value)?.variable?.declaration : value;
    if (name === undefined || !code || !isFunction(code) || code.params.includes(value as never)) return;
    const isParameter = value?.type === "Identifier" && unit.scopes.referenceAt(value)?.variable?.kind === "parameter";
    if (!isParameter) found.set(name, [...(found.get(name) ?? []), code]);
  };
  for (const node of unit.nodes) {
    if (node.type === "Property" && !node.computed && node.key.type === "Identifier") add(node.key.name, node.value);
    if (node.type === "MethodDefinition" && !node.computed && node.key.type === "Identifier" && node.kind === "method") add(node.key.name, node.value);
    if (node.type === "AssignmentExpression") add(memberName(node.left), node.right);
  }
  return found;
}
