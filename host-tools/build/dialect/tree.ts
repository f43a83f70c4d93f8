// Small questions about syntax trees that several rules ask.

import type { Node, Unit } from "./unit.ts";

export type FunctionNode = Extract<Node, { type: "FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression" }>;
export type ClassNode = Extract<Node, { type: "ClassDeclaration" | "ClassExpression" }>;
export type MemberNode = Extract<Node, { type: "MemberExpression" }>;
export type CallNode = Extract<Node, { type: "CallExpression" }>;

export function isFunction(node: Node | undefined): node is FunctionNode {
  return node !== undefined && (node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression");
}

export function isClass(node: Node | undefined): node is ClassNode {
  return node !== undefined && (node.type === "ClassDeclaration" || node.type === "ClassExpression");
}

/** Code that does not run where it stands: a function, or the value of an instance field. */
export function isDeferred(node: Node, parent: Node | undefined): boolean {
  return isFunction(node) || (parent?.type === "PropertyDefinition" && !parent.static && parent.value === node);
}

/** Nearest ancestor (not the node itself) that the test accepts. */
export function ancestor<T extends Node>(unit: Pick<Unit, "parentOf">, node: Node, test: (candidate: Node) => candidate is T): T | undefined;
export function ancestor(unit: Pick<Unit, "parentOf">, node: Node, test: (candidate: Node) => boolean): Node | undefined;
export function ancestor(unit: Pick<Unit, "parentOf">, node: Node, test: (candidate: Node) => boolean): Node | undefined {
  for (let up = unit.parentOf(node); up !== undefined; up = unit.parentOf(up)) if (test(up)) return up;
  return undefined;
}

export function isInside(inner: Node, outer: Node): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}

/** `x.name` or `x["name"]` as text; undefined for a key that is only known at run time. */
export function memberName(node: Node): string | undefined {
  if (node.type !== "MemberExpression") return undefined;
  if (!node.computed) return node.property.type === "Identifier" ? node.property.name : undefined;
  return node.property.type === "Literal" && typeof node.property.value === "string" ? node.property.value : undefined;
}

/** Name of the method called, for `x.name(…)`. */
export function calledMethod(node: Node): { name: string; callee: MemberNode; call: CallNode } | undefined {
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return undefined;
  const name = memberName(node.callee);
  return name === undefined ? undefined : { name, callee: node.callee, call: node };
}

/** All nodes of one type, in text order. */
export function* nodesOf<K extends Node["type"]>(unit: Unit, ...types: K[]): Generator<Extract<Node, { type: K }>> {
  const wanted = new Set<string>(types);
  for (const node of unit.nodes) if (wanted.has(node.type)) yield node as Extract<Node, { type: K }>;
}

/** True for an identifier that is only a label or a key, not a variable. */
export function isPlainKey(node: Node, parent: Node | undefined): boolean {
  if (parent === undefined) return false;
  switch (parent.type) {
    case "MemberExpression":
      return parent.property === node && !parent.computed;
    case "Property":
      return parent.key === node && !parent.computed && !parent.shorthand;
    case "MethodDefinition":
    case "PropertyDefinition":
      return parent.key === node && !parent.computed;
    case "LabeledStatement":
    case "BreakStatement":
    case "ContinueStatement":
      return true;
    case "MetaProperty":
      return true;
    default:
      return false;
  }
}
