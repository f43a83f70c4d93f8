// What the parameters of a function become where it is called: the argument itself, or a local with its value.

import { isInside } from "../dialect/tree.ts";
import type { Node, Unit } from "../dialect/unit.ts";
import type { Edit, Part } from "../overlay/edit-text.ts";
import { renameVariable } from "../overlay/rename-locals.ts";
import { part } from "./body-parts.ts";
import { inPlaceOf } from "./in-place.ts";
import type { Candidate, Identifier } from "./candidate.ts";
import { assigns, isAtom, isStable } from "./stable.ts";

export interface Binding {
  /** Statements before the body. */
  lets: Part[];
  /** Edits of the body: new names, and arguments in place of parameters. */
  edits: Edit[];
}

/** Parameters as locals, but for those whose argument can stand in their place. `nameOf` gives a name that is free in the caller. */
export function bindArguments(unit: Unit, candidate: Candidate, nameOf: (wanted: string) => string): Binding {
  const lets: Part[] = [];
  const edits: Edit[] = [];
  const isQuiet = !candidate.call.arguments.some(assigns);
  candidate.params.forEach((param, index) => {
    const argument: Node | undefined = candidate.call.arguments[index];
    const uses = usesOf(candidate, param);
    if (!uses.some(({ write }) => write) && (argument === undefined || (isQuiet && isAtom(argument) && isStable(unit, argument, candidate.call)))) {
      edits.push(...uses.map(({ node }) => inPlaceOfName(unit, node, argument)));
    } else if (uses.length === 0 && argument !== undefined) {
      lets.push("(", part(argument), ");");
    } else {
      const name = nameOf(param.name);
      lets.push(`let ${name}`, ...(argument === undefined ? [] : (["=(", part(argument), ")"] as Part[])), ";");
      edits.push(...rename(unit, candidate, param, name));
    }
  });
  return { lets, edits: [...edits, ...renameLocals(unit, candidate, nameOf)] };
}

/** The edits of an expression when its arguments can all stand where the parameters do: each is stable, or used once and in the order of the arguments. */
export function bindInExpression(unit: Unit, candidate: Candidate, expression: Node): Edit[] | undefined {
  const { call, params } = candidate;
  const edits: Edit[] = [];
  const isQuiet = !call.arguments.some(assigns);
  let before = expression.start;
  for (const [index, param] of params.entries()) {
    const argument: Node | undefined = call.arguments[index];
    const uses = usesOf(candidate, param);
    if (uses.some(({ write }) => write)) return undefined;
    edits.push(...uses.map(({ node }) => inPlaceOfName(unit, node, argument)));
    if (argument === undefined || (isQuiet && isStable(unit, argument, call) && (isAtom(argument) || uses.length <= 1))) continue;
    const [use] = uses;
    if (use === undefined || uses.length > 1 || use.node.start < before || !runsFirst(unit, candidate, expression, use.node)) return undefined;
    before = use.node.end;
  }
  return edits;
}

/** Nothing that does or reads anything but names runs in the expression before a use, and that use surely runs. */
function runsFirst(unit: Unit, candidate: Candidate, expression: Node, use: Node): boolean {
  for (let node = use; node !== expression; ) {
    const parent = unit.parentOf(node) as Node;
    if (parent.type === "LogicalExpression" ? parent.left !== node : parent.type === "ConditionalExpression" ? parent.test !== node : /Function|Assignment/.test(parent.type)) return false;
    node = parent;
  }
  return unit.nodes.every((node) => !isInside(node, expression) || node.start >= use.start || isInside(use, node) || isStable(unit, node, candidate.call) || candidate.params.some((param) => node.type === "Identifier" && node.name === param.name));
}

const usesOf = ({ own }: Candidate, param: Identifier) => own.find(({ id }) => id === param)?.references ?? [];

/** In `{a}` the name is the key as well. */
function inPlaceOfName(unit: Unit, node: Node, argument: Node | undefined): Edit {
  const parent = unit.parentOf(node);
  const key = parent?.type === "Property" && parent.shorthand && node.type === "Identifier" ? `${node.name}:` : "";
  const value: Part[] = argument === undefined ? ["(void 0)"] : argument.type === "Identifier" ? [part(argument)] : inPlaceOf(unit, node, part(argument));
  return { from: node.start, to: node.end, parts: [key, ...value] };
}

function renameLocals(unit: Unit, candidate: Candidate, nameOf: (wanted: string) => string): Edit[] {
  return candidate.own.filter(({ kind }) => kind !== "parameter").flatMap(({ id, name }) => rename(unit, candidate, id, nameOf(name)));
}

function rename(unit: Unit, { own, node }: Candidate, id: Node, name: string): Edit[] {
  const variable = own.find((one) => one.id === id);
  return variable === undefined || variable.name === name ? [] : renameVariable(unit, variable, node, name);
}
