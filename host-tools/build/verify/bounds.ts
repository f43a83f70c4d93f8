// What a module can come to, as far as the text shows it: fuel and memory where there is no loop and no recursion, and the stack always.
//
// Functions are bounded callees first. Fuel: the charges of the dearest way through, calls with all that they may run. Stack: bytes down to each call
// by the figures of the tile dialect (host-tools/build/dialect/rules/limits.ts), and what the callee takes from there; recursion as deep as its limit.

import type { Program } from "acorn";
import { levelBytes, STACK_BYTES } from "../dialect/rules/limits.ts";
import type { CallGraph } from "./calls.ts";
import { dearestOf, type Costs } from "./dearest.ts";
import type { GuestFunction, GuestModule, Node } from "./guest.ts";
import type { Charge, Instrumented } from "./instrument.ts";
import { FRAME, type Names } from "./names.ts";
import { partsOf } from "./syntax.ts";

export interface FunctionBound {
  /** As in the source; the frame's own code is "(load)". */
  name: string;
  /** Units of fuel of one call with all that it runs; undefined: a loop or recursion decides. */
  fuel: number | undefined;
  /** Variables of Espruino that one call may make; undefined: data decides. */
  memory: number | undefined;
  /** Nested calls, itself one. */
  calls: number;
  /** Stack, bytes of a Cortex-M. */
  stackBytes: number;
  /** Of that, its own: down to its innermost expression. */
  frameBytes: number;
}

export interface Bounds {
  handle: FunctionBound;
  /** Module code: what loading takes. */
  load: FunctionBound;
  functions: readonly FunctionBound[];
}

interface Sum {
  fuel: number;
  memory: number;
  calls: number;
  stackBytes: number;
  frameBytes: number;
  /** Bytes down to the deepest call of a function that it is recursive with. */
  againBytes: number;
}

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);

/** `program` is the text with its charges, parsed: those take stack as well. */
export function boundsOf(module: GuestModule, text: Instrumented, program: Program, names: Names, graph: CallGraph, recursionLimit: number): Bounds {
  const shipped = bodiesOf(program);
  const sums = new Map<string, Sum>();
  const chargeOf = (node: Node): Charge => text.charges.get(node) ?? { fuel: 0, memory: 0 };

  /** Sum of one function; calls into `inside` are recursion. */
  const sumOf = (name: string, node: Node, body: readonly Node[], inside: ReadonlySet<string>): Sum => {
    const along = (which: "fuel" | "memory"): Costs => ({
      isWhole: true,
      of: (one) => {
        if (one.type.startsWith("For") || one.type === "WhileStatement" || one.type === "DoWhileStatement") return Infinity;
        if (one.type === "CatchClause" || one.type === "TryStatement") return chargeOf(one)[which];
        if (one.type !== "CallExpression" || one.callee.type !== "Identifier") return 0;
        const { name } = one.callee;
        if (inside.has(name)) return Infinity;
        return (sums.get(name)?.[which] ?? 0) + (DATA_DECIDES[name]?.[which] ?? 0);
      },
    });
    const { calls, own, againBytes } = frameOf(shipped.get(name) ?? [], inside, sums);
    const charge = chargeOf(node);
    return { fuel: charge.fuel + dearestOf(body, along("fuel")), memory: charge.memory + dearestOf(body, along("memory")), calls: calls.calls + 1, stackBytes: Math.max(own, calls.stackBytes), frameBytes: own, againBytes };
  };

  for (const [name, node] of text.functions) {
    if (!names.functions.some((one) => names.of(one) === name) && node.body.type === "BlockStatement") sums.set(name, sumOf(name, node, node.body.body, new Set()));
  }
  for (const component of graph.components) {
    const recursive = graph.isRecursive(component[0]!);
    const inside = new Set(recursive ? component.map((one) => names.of(one)) : []);
    const made = component.map((one) => {
      const node = text.functions.get(names.of(one))!;
      return node.body.type === "BlockStatement" ? sumOf(names.of(one), node, node.body.body, inside) : undefined;
    });
    // From the limit down to 0, and one more that finds out and stops.
    const levels = recursionLimit + 2;
    const most = (which: "calls" | "stackBytes" | "againBytes"): number => Math.max(...made.map((one) => one?.[which] ?? 0));
    component.forEach((one, index) => {
      const sum = made[index]!;
      sums.set(names.of(one), recursive ? { ...sum, calls: levels - 1 + most("calls"), stackBytes: (levels - 1) * most("againBytes") + most("stackBytes") } : sum);
    });
  }
  const told = (name: string, sum: Sum): FunctionBound => ({ name, fuel: finite(sum.fuel), memory: finite(sum.memory), calls: sum.calls, stackBytes: sum.stackBytes, frameBytes: sum.frameBytes });
  const ofFunction = (one: GuestFunction): FunctionBound => told(one.name, sums.get(names.of(one))!);
  const load = sumOf(LOAD, text.frame, text.frame.body.type === "BlockStatement" ? text.frame.body.body : [], new Set());
  return { handle: ofFunction(module.handle), load: told("(load)", load), functions: names.functions.map(ofFunction) };
}

const LOAD = "";

/** Bodies of the functions by name, and of the frame. */
function bodiesOf(program: Program): Map<string, readonly Node[]> {
  const bodies = new Map<string, readonly Node[]>();
  const only = program.body[0];
  if (only?.type !== "ExpressionStatement" || only.expression.type !== "FunctionExpression") return bodies;
  bodies.set(LOAD, only.expression.body.body);
  for (const node of only.expression.body.body) if (node.type === "FunctionDeclaration") bodies.set(node.id.name, node.body.body);
  return bodies;
}

/** Helpers that charge by what they are given. */
const DATA_DECIDES: Readonly<Record<string, { fuel: number; memory: number }>> = {
  C: { fuel: 0, memory: Infinity }, N: { fuel: 0, memory: Infinity }, I: { fuel: Infinity, memory: 0 }, F: { fuel: Infinity, memory: 0 },
};

/** Stack of a body down to its deepest node, and of what it calls from where it calls it. */
function frameOf(body: readonly Node[], inside: ReadonlySet<string>, sums: ReadonlyMap<string, Sum>): { own: number; againBytes: number; calls: { calls: number; stackBytes: number } } {
  let own: number = STACK_BYTES.call;
  let againBytes = 0;
  const calls = { calls: 0, stackBytes: 0 };
  const visit = (node: Node, parent: Node | undefined, above: number): void => {
    if (node.type === "FunctionExpression" || node.type === "FunctionDeclaration") return;
    const bytes = above + levelBytes(node, parent);
    own = Math.max(own, bytes);
    if (node.type === "CallExpression" && node.callee.type === "Identifier" && node.callee.name !== FRAME.gate) {
      const callee = sums.get(node.callee.name);
      if (inside.has(node.callee.name)) againBytes = Math.max(againBytes, bytes);
      else {
        calls.calls = Math.max(calls.calls, callee?.calls ?? 0);
        calls.stackBytes = Math.max(calls.stackBytes, bytes + (callee?.stackBytes ?? 0));
      }
    }
    for (const part of partsOf(node)) visit(part, node, bytes);
  };
  for (const node of body) visit(node, undefined, STACK_BYTES.call);
  return { own, againBytes, calls };
}
