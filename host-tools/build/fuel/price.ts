// The price of a stretch of code: the most that any path through it costs.
//
// A stretch is what one charge pays for: the body of a function, one turn of a loop, a catch or a finally, each without the stretches inside it
// (those pay for themselves). Of two branches the dearer one counts, plus the text of the other, which Espruino reads over. So the charge never
// falls short of what the table says is done, and it is known before anything is done.

import { isFunction, type FunctionNode } from "../dialect/tree.ts";
import { childrenOf, type Node } from "../dialect/unit.ts";
import { UNITS, NODE_UNITS } from "./costs.ts";

/** Dearest way through a statement to the one behind it, and dearest way that leaves (return, break, continue, throw). -1: there is no such way. */
interface Ways {
  on: number;
  out: number;
}

const skipped = (node: Node | null | undefined): number => (node ? Math.ceil((node.end - node.start) / UNITS.skippedCharacters) : 0);
const worst = (ways: Ways): number => Math.max(ways.on, ways.out, 0);
const both = (units: number): Ways => ({ on: units, out: units });

function own(node: Node): number {
  const units = NODE_UNITS[node.type];
  if (units === undefined) throw new RangeError(`${node.type} has no price`);
  return units;
}

export type LoopNode = Extract<Node, { type: "ForStatement" | "ForInStatement" | "ForOfStatement" | "WhileStatement" | "DoWhileStatement" }>;

export function isLoop(node: Node): node is LoopNode {
  return node.type === "ForStatement" || node.type === "ForInStatement" || node.type === "ForOfStatement" || node.type === "WhileStatement" || node.type === "DoWhileStatement";
}

/** Prices of stretches, each with the check that charges for it but `bodyUnits`. All throw RangeError for a node without a price. */
export interface Prices {
  /** A call's entry, parameters and body, without a check. */
  bodyUnits(node: FunctionNode): number;
  callUnits(node: FunctionNode): number;
  /** One turn: its test and update, and its body. */
  turnUnits(node: LoopNode): number;
  /** A catch or finally block. */
  handlerUnits(block: Node, isCatch: boolean): number;
}

type CallNode = Extract<Node, { type: "CallExpression" }>;

/** `calleeUnits`: what a call costs besides the call itself, where the function called does not pay for its own. */
export function pricesWith(calleeUnits: (call: CallNode) => number): Prices {
  /** Units of evaluating an expression once. Functions in it are made, not run. */
  function expression(node: Node | null | undefined): number {
    if (!node) return 0;
    if (isFunction(node)) return own(node) + skipped(node.body);
    switch (node.type) {
      case "Literal":
        return own(node) + (typeof node.value === "string" ? Math.floor(node.value.length / UNITS.stringCharacters) : 0);
      case "ConditionalExpression":
        return own(node) + expression(node.test) + either(expression(node.consequent), node.consequent, expression(node.alternate), node.alternate);
      case "CallExpression":
        return (node.callee.type === "MemberExpression" ? UNITS.methodCall : UNITS.call) + expression(node.callee) + list(node.arguments, UNITS.argument) + calleeUnits(node);
      case "NewExpression":
        return UNITS.construct + expression(node.callee) + list(node.arguments, UNITS.argument);
      case "ArrayExpression":
        return own(node) + list(node.elements, UNITS.arrayElement);
      case "MemberExpression":
        return own(node) + expression(node.object) + (node.computed ? expression(node.property) : 0);
      case "Property":
        return UNITS.property + expression(node.value);
      case "MethodDefinition":
        return own(node) + expression(node.value);
      default:
        return own(node) + childrenOf(node).reduce((sum, child) => sum + expression(child), 0);
    }
  }

  function list(nodes: readonly (Node | null)[], each: number): number {
    return nodes.reduce((sum, node) => sum + each + expression(node), 0);
  }

  /** The dearer of two branches with the other one's text. A branch that does not exist (-1) stays so. */
  function either(first: number, firstNode: Node | null | undefined, second: number, secondNode: Node | null | undefined): number {
    return Math.max(first < 0 ? -1 : first + skipped(secondNode), second < 0 ? -1 : second + skipped(firstNode));
  }

  /** One statement after the other. */
  function sequence(nodes: readonly Node[], start: number = 0): Ways {
    let on = start;
    let out = -1;
    for (const node of nodes) {
      const ways = statement(node);
      if (ways.out >= 0) out = Math.max(out, on + ways.out);
      // What stands behind a return is text that nobody runs.
      if (ways.on < 0) return { on: -1, out };
      on += ways.on;
    }
    return { on, out };
  }

  function statement(node: Node | null | undefined): Ways {
    if (!node) return { on: 0, out: -1 };
    switch (node.type) {
      case "BlockStatement":
        return sequence(node.body, own(node));
      case "IfStatement": {
        const test = own(node) + expression(node.test);
        const [first, second] = [statement(node.consequent), statement(node.alternate)];
        const on = either(first.on, node.consequent, second.on, node.alternate);
        const out = either(first.out, node.consequent, second.out, node.alternate);
        return { on: on < 0 ? -1 : test + on, out: out < 0 ? -1 : test + out };
      }
      case "ReturnStatement":
      case "ThrowStatement":
        return { on: -1, out: own(node) + expression(node.argument) };
      case "BreakStatement":
      case "ContinueStatement":
        return { on: -1, out: own(node) };
      case "SwitchStatement": {
        const tests = node.cases.reduce((sum, one) => sum + own(one) + expression(one.test), own(node) + expression(node.discriminant));
        const bodies = node.cases.map((_, from) => worst(sequence(node.cases.slice(from).flatMap((one) => one.consequent))));
        return both(tests + Math.max(0, ...bodies) + skipped(node));
      }
      case "TryStatement":
        own(node);
        return both(own(node) + worst(statement(node.block)));
      // A loop costs its surroundings the first look at its test.
      case "ForStatement":
        return both(own(node) + (node.init ? (node.init.type === "VariableDeclaration" ? worst(statement(node.init)) : expression(node.init)) : 0) + expression(node.test));
      case "WhileStatement":
        return both(own(node) + expression(node.test));
      case "DoWhileStatement":
        return both(own(node));
      case "ForInStatement":
      case "ForOfStatement":
        return both(own(node) + expression(node.right));
      case "FunctionDeclaration":
        return { on: own(node) + skipped(node.body), out: -1 };
      case "ExpressionStatement":
        return { on: own(node) + expression(node.expression), out: -1 };
      case "VariableDeclaration":
        return { on: own(node) + node.declarations.reduce((sum, one) => sum + own(one) + expression(one.init), 0), out: -1 };
      default:
        return { on: expression(node), out: -1 };
    }
  }

  function bodyUnits(node: FunctionNode): number {
    const body = node.body.type === "BlockStatement" ? worst(sequence(node.body.body)) : expression(node.body);
    return UNITS.functionEntry + UNITS.parameter * node.params.length + body;
  }

  function turnUnits(node: LoopNode): number {
    const around = UNITS.turn + worst(statement(node.body));
    if (node.type === "ForInStatement" || node.type === "ForOfStatement") return around + UNITS.nextValue;
    return around + expression(node.test) + (node.type === "ForStatement" ? expression(node.update) : 0);
  }

  function handlerUnits(block: Node, isCatch: boolean): number {
    return (isCatch ? UNITS.catchEntry : UNITS.finallyEntry) + worst(statement(block));
  }
  return {
    bodyUnits,
    callUnits: (node) => UNITS.check + bodyUnits(node),
    turnUnits: (node) => UNITS.check + turnUnits(node),
    handlerUnits: (block, isCatch) => UNITS.check + handlerUnits(block, isCatch),
  };
}

/** Where every function pays for itself. */
export const { callUnits, turnUnits, handlerUnits } = pricesWith(() => 0);
