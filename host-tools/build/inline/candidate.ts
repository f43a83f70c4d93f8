// Functions that are called at one place only and can stand there.

import { ancestor, isClass, isFunction, isInside, type CallNode, type FunctionNode } from "../dialect/tree.ts";
import type { Variable } from "../dialect/scope.ts";
import type { Node, Unit } from "../dialect/unit.ts";

export type Block = Extract<Node, { type: "BlockStatement" }>;
export type Identifier = Extract<Node, { type: "Identifier" }>;

export interface Candidate {
  name: string;
  node: FunctionNode;
  body: Block;
  params: readonly Identifier[];
  call: CallNode;
  /** Function that the call stands in. */
  caller: FunctionNode;
  /** Parameters and locals, at any depth. */
  own: readonly Variable[];
}

/** What a body may not have: it means something else in another function. */
const BOUND = new Set(["ThisExpression", "Super", "MetaProperty", "LabeledStatement", "YieldExpression", "AwaitExpression", "SpreadElement"]);

/** Candidates in text order. `kept`: names that are used from outside of the text. */
export function candidates(unit: Unit, kept: ReadonlySet<string>): Candidate[] {
  if (unit.scopes.references.some(({ name, variable }) => (name === "eval" || name === "Function") && variable === undefined)) return [];
  const live = liveFunctions(unit, kept);
  const found: Candidate[] = [];
  for (const node of [...live.keys(), ...innerFunctions(unit)]) {
    const variable = unit.scopes.declaredBy(node);
    if (variable === undefined || variable.id !== node.id || kept.has(variable.name)) continue;
    const uses = variable.references.filter((use) => isLive(unit, live, use.node));
    const [use] = uses;
    const call = use === undefined || uses.length > 1 ? undefined : unit.parentOf(use.node);
    if (use === undefined || call?.type !== "CallExpression" || call.callee !== use.node || call.optional || isInside(call, node)) continue;
    const caller = ancestor(unit, call, isFunction);
    const params = (node.params as Node[]).filter((one): one is Identifier => one.type === "Identifier");
    if (caller === undefined || node.body.type !== "BlockStatement" || node.async || node.generator || params.length < node.params.length) continue;
    if (call.arguments.length > params.length || call.arguments.some((one) => one.type === "SpreadElement" || isOwnFunction(unit, one))) continue;
    const own = unit.scopes.variables.filter(({ id }) => isInside(id, node) && id !== node.id);
    if (own.some(({ kind }) => kind === "var") || !isMovable(unit, node) || hasCapture(unit, node, call)) continue;
    found.push({ name: variable.name, node, body: node.body, params, call, caller, own });
  }
  return found.sort((a, b) => a.node.start - b.node.start);
}

/**
 * A function that its caller made: where it is stored is no longer told from where it is run once that stands in the same body, and whether all that it needs
 * is declared by then (Espruino does not hoist) can't be checked.
 */
function isOwnFunction(unit: Unit, argument: Node): boolean {
  if (isFunction(argument)) return true;
  const declaration = argument.type === "Identifier" ? unit.scopes.referenceAt(argument)?.variable?.declaration : undefined;
  return declaration?.type === "VariableDeclarator" && Boolean(declaration.init) && isFunction(declaration.init as Node);
}

/** Functions at the top that module code reaches, by name. A text that names a function which nobody reaches does not use it: the bundler drops both. */
function liveFunctions(unit: Unit, kept: ReadonlySet<string>): Map<FunctionNode, true> {
  const live = new Map<FunctionNode, true>();
  const functions = (unit.program.body as Node[]).filter((node): node is FunctionNode => node.type === "FunctionDeclaration");
  for (let isNew = true; isNew; ) {
    isNew = false;
    for (const node of functions) {
      if (live.has(node)) continue;
      const variable = unit.scopes.declaredBy(node);
      if (variable !== undefined && !kept.has(variable.name) && !variable.references.some((use) => !isInside(use.node, node) && isLive(unit, live, use.node))) continue;
      live.set(node, true);
      isNew = true;
    }
  }
  return live;
}

/** Functions that stand directly in the body of another one. */
function innerFunctions(unit: Unit): FunctionNode[] {
  return unit.nodes.filter((node): node is FunctionNode => {
    const body = node.type === "FunctionDeclaration" ? unit.parentOf(node) : undefined;
    const owner = body?.type === "BlockStatement" ? unit.parentOf(body) : undefined;
    return owner !== undefined && isFunction(owner);
  });
}

/** In module code, or in a function that is live. */
function isLive(unit: Unit, live: ReadonlyMap<FunctionNode, true>, node: Node): boolean {
  let top = node;
  for (let up = unit.parentOf(top); up !== undefined && up.type !== "Program"; up = unit.parentOf(up)) top = up;
  return top.type !== "FunctionDeclaration" || live.has(top);
}

function isMovable(unit: Unit, node: FunctionNode): boolean {
  return unit.nodesIn(node).every((inner) => {
    return !isFunction(inner) && !isClass(inner) && !BOUND.has(inner.type) && !(inner.type === "Identifier" && inner.name === "arguments") && !(inner.type === "ExpressionStatement" && typeof inner.directive === "string");
  });
}

/** A name of the body that means something else at the call. */
function hasCapture(unit: Unit, node: FunctionNode, call: Node): boolean {
  return unit.scopes.references.some(({ name, node: use, variable }) => {
    if (!isInside(use, node) || (variable !== undefined && isInside(variable.id, node))) return false;
    let seen: Variable | undefined;
    for (let scope: ReturnType<typeof unit.scopes.scopeOf> | undefined = unit.scopes.scopeOf(call); scope !== undefined && seen === undefined; scope = scope.parent) seen = scope.variables.get(name);
    return seen !== variable;
  });
}
