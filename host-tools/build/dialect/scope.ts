// Who declares each name, and who uses it: JavaScript's scopes (ECMA-262 §9.1) over an acorn tree.
//
// Espruino has the same block scopes but no hoisting, so what matters here beyond the binding is WHERE a declaration is executed.

import type { Program } from "acorn";
import type { Node } from "./unit.ts";
import { isClass, isFunction, isPlainKey } from "./tree.ts";

export type VariableKind = "var" | "let" | "const" | "function" | "class" | "parameter" | "catch" | "self";

export interface Variable {
  name: string;
  kind: VariableKind;
  /** The identifier that declares it. */
  id: Node;
  /** The declaring construct: declarator, function, class, parameter list owner. */
  declaration: Node;
  /** Where the name is visible from; `var` and functions in blocks belong to their function. */
  scope: Scope;
  /** The block the declaration is written in (differs from `scope` for `var` and functions inside blocks). */
  writtenIn: Scope;
  /** Text offset from which the name exists on an engine that doesn't hoist. */
  existsFrom: number;
  references: Reference[];
}

export interface Reference {
  name: string;
  node: Node;
  scope: Scope;
  read: boolean;
  write: boolean;
  variable: Variable | undefined;
}

export interface Scope {
  node: Node;
  parent: Scope | undefined;
  /** True where `var` lands: a function or the program. */
  isFunction: boolean;
  variables: Map<string, Variable>;
}

export interface ScopeTree {
  program: Scope;
  variables: readonly Variable[];
  references: readonly Reference[];
  scopeOf(node: Node): Scope;
  /** The use that an identifier node is, if it is one. */
  referenceAt(node: Node): Reference | undefined;
  /** The variable that a declarator, function or class declares (not the self-name of an expression). */
  declaredBy(declaration: Node): Variable | undefined;
}

const BLOCKS = new Set(["BlockStatement", "ForStatement", "ForInStatement", "ForOfStatement", "SwitchStatement", "CatchClause", "StaticBlock"]);

/** Identifiers that a pattern binds. */
export function boundNames(pattern: Node): Extract<Node, { type: "Identifier" }>[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) => boundNames(property.type === "Property" ? property.value : property.argument));
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => (element === null ? [] : boundNames(element)));
    case "AssignmentPattern":
      return boundNames(pattern.left);
    case "RestElement":
      return boundNames(pattern.argument);
    default:
      return [];
  }
}

/** Scopes, variables and resolved references of a parsed program. */
export function analyseScopes(program: Program, nodes: readonly Node[], parentOf: (node: Node) => Node | undefined): ScopeTree {
  const scopes = new Map<Node, Scope>();
  const variables: Variable[] = [];
  const references: Reference[] = [];
  const declaring = new Set<Node>();

  const scopeOf = (node: Node): Scope => {
    for (let up: Node | undefined = node; up !== undefined; up = parentOf(up)) {
      const found = scopes.get(up);
      if (found !== undefined) return found;
    }
    throw new Error("every node stands inside the program's scope");
  };
  const functionScope = (scope: Scope): Scope => (scope.isFunction || scope.parent === undefined ? scope : functionScope(scope.parent));

  for (const node of nodes) {
    const parent = parentOf(node);
    // The body block of a function shares the function's scope, as parameters and locals may not clash in the dialect.
    const isBody = node.type === "BlockStatement" && parent !== undefined && (isFunction(parent) || parent.type === "CatchClause");
    const opens = node === program || isFunction(node) || (BLOCKS.has(node.type) && !isBody) || isClass(node);
    if (!opens) continue;
    scopes.set(node, { node, parent: parent === undefined ? undefined : scopeOf(parent), isFunction: node === program || isFunction(node), variables: new Map() });
  }

  const declare = (id: Extract<Node, { type: "Identifier" }>, kind: VariableKind, declaration: Node, scope: Scope, existsFrom: number): void => {
    declaring.add(id);
    const home = kind === "var" || kind === "function" ? functionScope(scope) : scope;
    const before = home.variables.get(id.name);
    if (before !== undefined) {
      // `var x` twice is one variable; what counts is the first place it exists.
      before.existsFrom = Math.min(before.existsFrom, existsFrom);
      return;
    }
    const variable: Variable = { name: id.name, kind, id, declaration, scope: home, writtenIn: scope, existsFrom, references: [] };
    home.variables.set(id.name, variable);
    variables.push(variable);
  };

  for (const node of nodes) {
    if (isFunction(node)) {
      const own = scopeOf(node);
      for (const parameter of node.params) for (const id of boundNames(parameter)) declare(id, "parameter", node, own, node.start);
      if (node.type === "FunctionDeclaration" && node.id) declare(node.id, "function", node, own.parent ?? own, node.end);
      else if (node.type === "FunctionExpression" && node.id) declare(node.id, "self", node, own, node.start);
    } else if (isClass(node)) {
      const own = scopeOf(node);
      if (node.type === "ClassDeclaration" && node.id) declare(node.id, "class", node, own.parent ?? own, node.end);
      else if (node.id) declare(node.id, "self", node, own, node.start);
    } else if (node.type === "VariableDeclaration") {
      const kind = node.kind === "var" ? "var" : node.kind === "let" ? "let" : "const";
      for (const declarator of node.declarations) for (const id of boundNames(declarator.id)) declare(id, kind, declarator, scopeOf(node), declarator.start);
    } else if (node.type === "CatchClause" && node.param) {
      for (const id of boundNames(node.param)) declare(id, "catch", node, scopeOf(node), node.start);
    }
  }

  for (const node of nodes) {
    if (node.type !== "Identifier" || declaring.has(node)) continue;
    const parent = parentOf(node);
    if (isPlainKey(node, parent)) continue;
    const scope = scopeOf(node);
    const isTarget = (parent?.type === "AssignmentExpression" && parent.left === node) || ((parent?.type === "ForInStatement" || parent?.type === "ForOfStatement") && parent.left === node);
    const write = isTarget || parent?.type === "UpdateExpression";
    const read = !(isTarget && (parent.type !== "AssignmentExpression" || parent.operator === "="));
    let variable: Variable | undefined;
    for (let up: Scope | undefined = scope; up !== undefined && variable === undefined; up = up.parent) variable = up.variables.get(node.name);
    const reference: Reference = { name: node.name, node, scope, read, write, variable };
    variable?.references.push(reference);
    references.push(reference);
  }
  const byNode = new Map(references.map((reference) => [reference.node, reference]));
  const byDeclaration = new Map<Node, Variable>();
  for (const variable of variables) if (variable.kind !== "self" && variable.kind !== "parameter") byDeclaration.set(variable.declaration, variable);
  return { program: scopeOf(program), variables, references, scopeOf, referenceAt: (node) => byNode.get(node), declaredBy: (node) => byDeclaration.get(node) };
}
