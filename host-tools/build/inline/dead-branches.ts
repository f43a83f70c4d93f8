// What is never run, cut out of bundled text: branches of a constant condition (`if (false) …`, `true ? a : b`, `false && a`) and what stands behind a return.
//
// The bundler folds its constants into the text but leaves the branches for its minifier, which runs later. Until they are gone nobody can tell who calls whom.

import { ancestor } from "../dialect/tree.ts";
import { parseUnit, type Node, type Unit } from "../dialect/unit.ts";
import { editText, type Edit, type Part } from "../overlay/edit-text.ts";
import { inPlaceOf } from "./in-place.ts";

/** The text and its map without dead branches. @throws UnparsableText if it is not JavaScript. */
export function cutDeadBranches(code: string, sourceMap: string): { code: string; sourceMap: string } {
  const unit = parseUnit(code, "tile");
  const edits = unit.nodes.flatMap((node) => cut(unit, node));
  return edits.length === 0 ? { code, sourceMap } : editText(code, sourceMap, edits);
}

function cut(unit: Unit, node: Node): Edit[] {
  const whole = (...parts: Part[]): Edit[] => [{ from: node.start, to: node.end, parts }];
  const part = ({ start, end }: Node): Part => ({ from: start, to: end });
  switch (node.type) {
    case "BlockStatement": {
      const last = node.body.findIndex(isEnd);
      const dead = last < 0 ? [] : node.body.slice(last + 1).filter((one) => !isHoisted(one));
      return dead.map((one) => ({ from: one.start, to: one.end, parts: [""] }));
    }
    case "IfStatement": {
      const test = truth(node.test);
      if (test === undefined) return [];
      const taken = test ? node.consequent : node.alternate;
      return taken ? whole(part(taken)) : whole(isInList(unit, node) ? "" : ";");
    }
    case "ConditionalExpression": {
      const test = truth(node.test);
      return test === undefined ? [] : whole(...inPlaceOf(unit, node, part(test ? node.consequent : node.alternate)));
    }
    case "LogicalExpression": {
      const left = node.operator === "??" ? undefined : truth(node.left);
      if (left === undefined) return [];
      // `x && true` is not `x`: what it gives is the right one.
      return whole(...inPlaceOf(unit, node, part(left === (node.operator === "&&") ? node.right : node.left)));
    }
    default:
      return [];
  }
}

/** Counts before it is reached; on Espruino it does not, and the dialect has to see it. */
function isHoisted(node: Node): boolean {
  return node.type === "FunctionDeclaration" || (node.type === "VariableDeclaration" && node.kind === "var");
}

/** Nothing behind it is run. */
function isEnd(node: Node): boolean {
  if (node.type === "ReturnStatement" || node.type === "ThrowStatement") return true;
  if (node.type === "BlockStatement") return node.body.some(isEnd);
  const test = node.type === "IfStatement" ? truth(node.test) : undefined;
  if (node.type !== "IfStatement" || test === undefined) return false;
  const taken = test ? node.consequent : node.alternate;
  return Boolean(taken) && isEnd(taken as Node);
}

function isInList(unit: Unit, node: Node): boolean {
  const parent = ancestor(unit, node, () => true);
  return parent?.type === "Program" || parent?.type === "BlockStatement" || parent?.type === "SwitchCase";
}

/** The value of a condition made of `true` and `false`. */
function truth(node: Node): boolean | undefined {
  if (node.type === "Literal") return typeof node.value === "boolean" ? node.value : undefined;
  if (node.type === "UnaryExpression" && node.operator === "!") {
    const value = truth(node.argument);
    return value === undefined ? undefined : !value;
  }
  if (node.type !== "LogicalExpression" || node.operator === "??") return undefined;
  const left = truth(node.left);
  const decides = node.operator === "||";
  if (left === undefined) return undefined;
  return left === decides ? left : truth(node.right);
}
