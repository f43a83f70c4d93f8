// Puts the charges into the printed text: fuel at each function, turn of a loop, catch and finally, and memory where a stretch makes something.
//
//   function f(a){($-=22)<0&&$();…}           ($-=45)<0&&$(),(A-=3)<0&&($=-1)();
//
// The prices are those of the metering pass (host-tools/build/fuel), read from this very text, plus those of gate operations. Exhausted is a state: `$` stays
// below 0, and every catch and finally on the way out looks at it, so nothing swallows the stop. Memory that runs out sets `$` to -1 for the same reason.

import { parse } from "acorn";
import type { FunctionNode } from "../dialect/tree.ts";
import { UNITS } from "../fuel/costs.ts";
import { callUnits, handlerUnits, turnUnits, type LoopNode } from "../fuel/price.ts";
import { insertText, type Insertion } from "../insert-mapped.ts";
import { dearestExpression, dearestOf, type Costs } from "./dearest.ts";
import { gateUnits } from "./gate-price.ts";
import type { Node } from "./guest.ts";
import { FRAME } from "./names.ts";
import type { Mark } from "./output.ts";
import type { PrintedModule } from "./print.ts";
import { partsOf } from "./syntax.ts";

export interface Charge {
  fuel: number;
  memory: number;
}

export interface Instrumented {
  text: string;
  marks: readonly Mark[];
  /** The frame: what the text is one expression of, as it was before the charges were put in. */
  frame: FunctionNode;
  /** Functions of the module and helpers, by printed name. */
  functions: ReadonlyMap<string, FunctionNode>;
  /** Charge of each function, loop, CatchClause, and (as TryStatement) finally. */
  charges: ReadonlyMap<Node, Charge>;
}

/** Text of a charge: an expression. */
function chargeText({ fuel, memory }: Charge): string {
  const first = `($-=${fuel})<0&&$()`;
  return memory === 0 ? first : `${first},(A-=${memory})<0&&($=-1)()`;
}

export function gateOperation(node: Node): number | undefined {
  const op = node.type === "CallExpression" ? node.arguments[0] : undefined;
  return op?.type === "Literal" && typeof op.value === "number" ? op.value : undefined;
}

export function isGateCall(node: Node): boolean {
  return node.type === "CallExpression" && node.callee.type === "Identifier" && node.callee.name === FRAME.gate;
}

export function instrument(printed: PrintedModule): Instrumented {
  const program = parse(printed.text, { ecmaVersion: "latest", sourceType: "script" });
  const frame = frameOf(program);
  const functions = new Map<string, FunctionNode>();
  const charges = new Map<Node, Charge>();
  const insertions: Insertion[] = [];

  const gate: Costs = { isWhole: false, of: (node) => (isGateCall(node) ? gateUnits(gateOperation(node)) : 0) };
  const memory: Costs = { isWhole: false, of: (node) => ownMemory(node) + (node.type.endsWith("Statement") ? 0 : (printed.allocations.get(node.start) ?? 0) * Number(owns(node))) };
  /** Several expressions may begin at one place; what is charged there counts once. */
  const owns = (node: Node): boolean => node.type === "AssignmentExpression" || node.type === "CallExpression" || node.type === "NewExpression";

  const charge = (node: Node, units: number, stretch: (costs: Costs) => number): string => {
    const made: Charge = { fuel: units + stretch(gate), memory: stretch(memory) };
    if (made.memory > 0) made.fuel += UNITS.check;
    charges.set(node, made);
    return chargeText(made);
  };
  const intoBlock = (block: Node, text: string): void => void insertions.push({ at: block.start + 1, text: `${text};` });

  const loop = (node: LoopNode): void => {
    const { body } = node;
    const stretch = (costs: Costs): number => {
      const around = node.type === "ForStatement" ? dearestExpression(node.test, costs) + dearestExpression(node.update, costs) : node.type === "WhileStatement" || node.type === "DoWhileStatement" ? dearestExpression(node.test, costs) : 0;
      return around + dearestOf([body], costs);
    };
    const text = charge(node, turnUnits(node), stretch);
    if (body.type === "BlockStatement") intoBlock(body, text);
    else if (body.type === "ExpressionStatement") insertions.push({ at: body.start, text: `${text},` });
    else insertions.push({ at: body.start, text: `{${text};` }, { at: body.end, text: "}" });
  };
  const visit = (node: Node): void => {
    switch (node.type) {
      case "FunctionDeclaration":
        functions.set(node.id!.name, node);
        intoBlock(node.body, charge(node, callUnits(node), (costs) => dearestOf(node.body.body, costs)));
        break;
      case "ForStatement":
      case "ForOfStatement":
      case "WhileStatement":
      case "DoWhileStatement":
        loop(node);
        break;
      case "CatchClause":
        intoBlock(node.body, charge(node, handlerUnits(node.body, true), (costs) => dearestOf(node.body.body, costs)));
        break;
      case "TryStatement": {
        const { finalizer } = node;
        if (finalizer) intoBlock(finalizer, charge(node, handlerUnits(finalizer, false), (costs) => dearestOf(finalizer.body, costs)));
        break;
      }
      default:
    }
    for (const part of partsOf(node)) if (part.type.endsWith("Statement") || part.type === "FunctionDeclaration" || part.type === "CatchClause" || part.type === "SwitchCase") visit(part);
  };
  for (const node of frame.body.type === "BlockStatement" ? frame.body.body : []) visit(node);
  intoBlock(frame.body, charge(frame, callUnits(frame), (costs) => (frame.body.type === "BlockStatement" ? dearestOf(frame.body.body, costs) : 0)));

  // An inner body ends before an outer one does: closing brackets at one place come out from the inside.
  insertions.sort((a, b) => a.at - b.at);
  return { text: insertText(printed.text, insertions), marks: moveMarks(printed.marks, insertions), frame, functions, charges };
}

function frameOf(program: Node): FunctionNode {
  const only = program.type === "Program" && program.body.length === 1 ? program.body[0] : undefined;
  if (only?.type !== "ExpressionStatement" || only.expression.type !== "FunctionExpression") throw new Error("the printed text is no single function expression");
  return only.expression;
}

/** What making a literal takes, in variables of Espruino: one, and two for each element or field; one for 8 characters of text beyond the first. */
function ownMemory(node: Node): number {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value.length >> 3 : 0;
  if (node.type === "ArrayExpression") return 1 + 2 * node.elements.length;
  return node.type === "ObjectExpression" ? 1 + 2 * node.properties.length : 0;
}

function moveMarks(marks: readonly Mark[], insertions: readonly Insertion[]): Mark[] {
  const moved: Mark[] = [];
  let next = 0;
  let shift = 0;
  for (const mark of [...marks].sort((a, b) => a.at - b.at)) {
    for (; next < insertions.length && insertions[next]!.at <= mark.at; next++) shift += insertions[next]!.text.length;
    moved.push({ at: mark.at + shift, from: mark.from });
  }
  return moved;
}
