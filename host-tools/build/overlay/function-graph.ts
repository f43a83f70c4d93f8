// The functions at the top of a bundle, and who names whom.

import { isFunction, type FunctionNode } from "../dialect/tree.ts";
import type { Node, Unit } from "../dialect/unit.ts";

export interface TopFunction {
  /** Name in the shipped text. */
  name: string;
  node: FunctionNode;
  /** The name where it is declared. */
  id: Node;
  /** False where the text does not tell who uses it: it is declared twice, or something is evaluated near it. */
  isKnown: boolean;
  uses: readonly Use[];
}

export interface Use {
  node: Node;
  /** Function at the top that it stands in; undefined: module code. */
  from: TopFunction | undefined;
  /** `name(…)`; everything else may hand the function on, change it or compare it. */
  isCall: boolean;
}

/** Functions declared directly in the wrapping function of a bundle, in text order. Empty for text of another shape. */
export function topFunctions(unit: Unit): TopFunction[] {
  const found = new Map<Node, TopFunction & { uses: Use[] }>();
  const names = new Map<string, number>();
  for (const node of moduleBody(unit)) {
    if (node.type !== "FunctionDeclaration" || !node.id) continue;
    found.set(node, { name: node.id.name, node, id: node.id, isKnown: true, uses: [] });
    names.set(node.id.name, (names.get(node.id.name) ?? 0) + 1);
  }
  const holder = (node: Node): TopFunction | undefined => {
    for (let up: Node | undefined = node; up !== undefined; up = unit.parentOf(up)) {
      const top = found.get(up);
      if (top !== undefined) return top;
    }
    return undefined;
  };
  const evaluates = unit.scopes.references.some(({ name, variable }) => name === "eval" && variable === undefined);
  for (const top of found.values()) {
    const variable = unit.scopes.declaredBy(top.node);
    top.isKnown = !evaluates && variable?.id === top.id && names.get(top.name) === 1;
    for (const { node } of variable?.references ?? []) {
      const parent = unit.parentOf(node);
      top.uses.push({ node, from: holder(node), isCall: parent?.type === "CallExpression" && parent.callee === node && !parent.optional });
    }
  }
  return [...found.values()];
}

/** Statements of the function around a bundle's modules. */
export function moduleBody(unit: Unit): readonly Node[] {
  const [statement] = unit.program.body;
  if (statement?.type !== "ExpressionStatement" || statement.expression.type !== "CallExpression") return [];
  const wrapper: Node = statement.expression.callee;
  return isFunction(wrapper) && wrapper.body.type === "BlockStatement" ? wrapper.body.body : [];
}
