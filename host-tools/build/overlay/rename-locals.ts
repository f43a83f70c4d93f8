// Locals of a root that would come between a moved helper and what it names, or that are called like the helper: they get new names.
//
// A minifier gives a local any short name that its own function does not need, also one that stands for something else at the top. Within the root nothing
// changes by a new name; the helpers, now inside of it, see what they saw before.

import type { Scope, Variable } from "../dialect/scope.ts";
import { isPlainKey, type FunctionNode } from "../dialect/tree.ts";
import type { Node, Unit } from "../dialect/unit.ts";
import type { Edit } from "./edit-text.ts";

/** Words that are no names, and those that Espruino does not take as names. */
const NO_NAMES = new Set(["as", "do", "if", "in", "is", "of", "for", "new", "try", "var", "let", "get", "set", "NaN"]);

/** New names in `root` for the sake of `guests` (helpers that will stand in it, at any depth) and of other `names` that have to be seen in it. */
export function renameLocals(unit: Unit, root: FunctionNode, guests: readonly FunctionNode[], names: readonly string[] = []): Edit[] {
  const wanted = new Set<string>(names);
  const taken = new Set<string>();
  for (const guest of guests) {
    if (guest.type === "FunctionDeclaration" && guest.id) wanted.add(guest.id.name);
    for (const { name, node, variable } of unit.scopes.references) {
      if (!isIn(node, guest)) continue;
      if (variable === undefined || !isIn(variable.id, guest)) wanted.add(name);
    }
  }
  for (const node of [root, ...guests]) for (const name of namesIn(unit, node)) taken.add(name);
  for (const name of wanted) taken.add(name);
  const found: Edit[] = [];
  for (const variable of unit.scopes.scopeOf(root).variables.values()) {
    if (!wanted.has(variable.name)) continue;
    const fresh = freshName(taken);
    taken.add(fresh);
    found.push(...renameVariable(unit, variable, root, fresh));
  }
  return found;
}

/** The new names of such edits. */
export function ownNames(edits: readonly Edit[]): string[] {
  return edits.flatMap(({ parts }) => parts.flatMap((part) => (typeof part === "object" && "own" in part ? [part.own.replace(/^.*:/, "")] : [])));
}

/** What gives a variable that is declared in `within` another name, everywhere. */
export function renameVariable(unit: Unit, variable: Variable, within: Node, name: string): Edit[] {
  return occurrences(unit, variable, within).map((node) => renaming(unit, node, name));
}

/** Identifiers that mean a variable: its declarations and its uses. */
function occurrences(unit: Unit, variable: Variable, within: Node): Node[] {
  return unit.nodes.filter((node) => node.type === "Identifier" && node.name === variable.name && isIn(node, within) && !isPlainKey(node, unit.parentOf(node)) && meaning(unit, node) === variable);
}

function meaning(unit: Unit, node: Node): Variable | undefined {
  const reference = unit.scopes.referenceAt(node);
  if (reference !== undefined) return reference.variable;
  const declared = unit.scopes.variables.find(({ id }) => id === node);
  if (declared !== undefined) return declared;
  // `var` said again: the variable of the function.
  let scope: Scope | undefined = unit.scopes.scopeOf(node);
  while (scope !== undefined && !scope.isFunction) scope = scope.parent;
  return node.type === "Identifier" ? scope?.variables.get(node.name) : undefined;
}

/** In `{a}` the name is the key as well. */
function renaming(unit: Unit, node: Node, fresh: string): Edit {
  const parent = unit.parentOf(node);
  const property = parent?.type === "AssignmentPattern" && parent.left === node ? unit.parentOf(parent) : parent;
  const isShorthand = property?.type === "Property" && property.shorthand;
  const own = isShorthand && node.type === "Identifier" ? `${node.name}:${fresh}` : fresh;
  return { from: node.start, to: node.end, parts: [{ own, origin: node.start }] };
}

/** All names that are used or declared in a function. */
export function namesIn(unit: Unit, node: Node): Set<string> {
  const names = new Set<string>();
  for (const reference of unit.scopes.references) if (isIn(reference.node, node)) names.add(reference.name);
  for (const variable of unit.scopes.variables) if (isIn(variable.id, node)) names.add(variable.name);
  return names;
}

const isIn = (node: Node, outer: Node): boolean => node.start >= outer.start && node.end <= outer.end;

const FIRST = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
const NEXT = `${FIRST}0123456789`;

/** The shortest name that is free; always the same for the same set. */
export function freshName(taken: ReadonlySet<string>): string {
  const isFree = (name: string): boolean => !taken.has(name) && !NO_NAMES.has(name);
  for (const one of FIRST) if (isFree(one)) return one;
  for (const one of FIRST) for (const two of NEXT) if (isFree(one + two)) return one + two;
  for (const one of FIRST) for (const two of NEXT) for (const three of NEXT) if (isFree(one + two + three)) return one + two + three;
  throw new Error("no name of three characters is free");
}
