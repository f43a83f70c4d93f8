// The most that any path through code adds up to, for a cost that is given for each node.
//
// Two ways to look: a stretch is what one charge pays for (loops, catch and finally inside pay for themselves); the whole is everything that runs until
// the code is left, with a cost of its own (without bound) for loops.

import type { Node } from "./guest.ts";
import { partsOf } from "./syntax.ts";

export interface Costs {
  /** Of a node by itself: expressions, calls, and in the whole also loops and handlers. */
  of(node: Node): number;
  isWhole: boolean;
}

interface Ways {
  /** Dearest way to what follows, -1 where there is none. */
  on: number;
  /** Dearest way that leaves. */
  out: number;
}

const worst = (ways: Ways): number => Math.max(ways.on, ways.out, 0);

export function dearestExpression(node: Node | null | undefined, costs: Costs): number {
  if (!node) return 0;
  switch (node.type) {
    case "FunctionExpression":
      return 0;
    case "ConditionalExpression":
      return costs.of(node) + dearestExpression(node.test, costs) + Math.max(dearestExpression(node.consequent, costs), dearestExpression(node.alternate, costs));
    default: {
      let sum = costs.of(node);
      for (const part of partsOf(node)) sum += dearestExpression(part, costs);
      return sum;
    }
  }
}

export function dearestOf(nodes: readonly Node[], costs: Costs): number {
  return worst(sequence(nodes, costs));
}

function sequence(nodes: readonly Node[], costs: Costs): Ways {
  let on = 0;
  let out = -1;
  for (const node of nodes) {
    const ways = statement(node, costs);
    if (ways.out >= 0) out = Math.max(out, on + ways.out);
    if (ways.on < 0) return { on: -1, out };
    on += ways.on;
  }
  return { on, out };
}

function statement(node: Node, costs: Costs): Ways {
  const both = (units: number): Ways => ({ on: units, out: units });
  switch (node.type) {
    case "BlockStatement":
      return sequence(node.body, costs);
    case "IfStatement": {
      const test = dearestExpression(node.test, costs);
      const first = statement(node.consequent, costs);
      const second = node.alternate ? statement(node.alternate, costs) : { on: 0, out: -1 };
      const [on, out] = [Math.max(first.on, second.on), Math.max(first.out, second.out)];
      return { on: on < 0 ? -1 : test + on, out: out < 0 ? -1 : test + out };
    }
    case "ReturnStatement":
    case "ThrowStatement":
      return { on: -1, out: dearestExpression(node.argument, costs) };
    case "BreakStatement":
    case "ContinueStatement":
      return { on: -1, out: 0 };
    case "SwitchStatement": {
      const tests = node.cases.reduce((sum, one) => sum + dearestExpression(one.test, costs), dearestExpression(node.discriminant, costs));
      return both(tests + Math.max(0, ...node.cases.map((_, from) => dearestOf(node.cases.slice(from).flatMap((one) => one.consequent), costs))));
    }
    case "TryStatement": {
      const block = dearestOf(node.block.body, costs);
      if (!costs.isWhole) return both(block);
      const handler = node.handler ? costs.of(node.handler) + dearestOf(node.handler.body.body, costs) : 0;
      return both(block + handler + (node.finalizer ? costs.of(node) + dearestOf(node.finalizer.body, costs) : 0));
    }
    // The first look at the test belongs to what stands around; each turn pays for itself.
    case "ForStatement":
      return both(costs.of(node) + (node.init ? (node.init.type === "VariableDeclaration" ? worst(statement(node.init, costs)) : dearestExpression(node.init, costs)) : 0) + dearestExpression(node.test, costs));
    case "WhileStatement":
      return both(costs.of(node) + dearestExpression(node.test, costs));
    case "DoWhileStatement":
      return both(costs.of(node));
    case "ForOfStatement":
      return both(costs.of(node) + dearestExpression(node.right, costs));
    case "FunctionDeclaration":
      return { on: 0, out: -1 };
    case "ExpressionStatement":
      return { on: dearestExpression(node.expression, costs), out: -1 };
    case "VariableDeclaration":
      return { on: node.declarations.reduce((sum, one) => sum + dearestExpression(one.init, costs), 0), out: -1 };
    default:
      return { on: dearestExpression(node, costs), out: -1 };
  }
}
