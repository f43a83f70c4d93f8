// What an entry does one after the other, finer than its statements: a minifier makes lists of them (`let a=f(),b=g()`, `f(),g()`, `return f(),g()`).

import type { FunctionNode } from "../dialect/tree.ts";
import type { Node } from "../dialect/unit.ts";
import type { Edit } from "./edit-text.ts";

export interface StartStep {
  /** All that runs in this step. */
  node: Node;
  /** Edits that put a statement behind the step; with "" those that the way it is taken apart needs anyway. `result` is a free name. */
  dismiss(statement: string, result: string): Edit[];
}

export function startSteps(code: string, entry: FunctionNode): StartStep[] {
  if (entry.body.type !== "BlockStatement") return [];
  return entry.body.body.flatMap((statement): StartStep[] => {
    if (statement.type === "VariableDeclaration") return listSteps(code, statement, statement.declarations, `${statement.kind} `);
    if (statement.type === "ExpressionStatement" && statement.expression.type === "SequenceExpression") return listSteps(code, statement, statement.expression.expressions, "");
    if (statement.type === "ReturnStatement" && statement.argument) return returnSteps(code, statement, statement.argument);
    return [wholeStep(code, statement)];
  });
}

function wholeStep(code: string, statement: Node, node: Node = statement): StartStep {
  return { node, dismiss: (text) => (text === "" ? [] : [{ from: statement.end, to: statement.end, parts: [/[;}]$/.test(code.slice(statement.start, statement.end)) ? text : `;${text}`] }]) };
}

/** A list that can be cut at its commas: what follows a cut begins with `again`. */
function listSteps(code: string, statement: Node, parts: readonly Node[], again: string): StartStep[] {
  if (!isCuttable(code, parts, again !== "")) return [wholeStep(code, statement)];
  return parts.map((node, index): StartStep => {
    const next = parts[index + 1];
    if (next === undefined) return wholeStep(code, statement, node);
    return { node, dismiss: (text) => (text === "" ? [] : [{ from: node.end, to: next.start, parts: [`;${text}${again}`] }]) };
  });
}

/** `return f(),g()` as `f();return g()`. */
function returnSteps(code: string, statement: Node, argument: Node): StartStep[] {
  const parts = argument.type === "SequenceExpression" ? argument.expressions : [argument];
  const last = parts.at(-1) as Node;
  const isPlain = parts.length > 1 && isCuttable(code, parts, false) && /^return\s+$/.test(code.slice(statement.start, argument.start));
  const [open, close] = isPlain || parts.length === 1 ? ["", ""] : ["(", ")"];
  const value = isPlain ? last : argument;
  const end: StartStep = {
    node: value,
    dismiss(text, result) {
      const parts = text === "" ? ["return ", { from: value.start, to: value.end }, ";"] : [`let ${result}=${open}`, { from: value.start, to: value.end }, `${close};${text}return ${result}`];
      return text === "" && !isPlain ? [] : [{ from: isPlain ? value.start : statement.start, to: statement.end, parts }];
    },
  };
  if (!isPlain) return [end];
  const before = parts.slice(0, -1).map((node, index): StartStep => {
    const next = parts[index + 1] as Node;
    const head: Edit[] = index === 0 ? [{ from: statement.start, to: node.start, parts: [] }] : [];
    return { node, dismiss: (text) => (text === "" && next !== last ? head : [...head, { from: node.end, to: next.start, parts: [`;${text}`] }]) };
  });
  return [...before, end];
}

/** Nothing but commas between the parts (a bracket around one would be cut), and no part that means something else at the beginning of a statement. */
function isCuttable(code: string, parts: readonly Node[], isDeclaration: boolean): boolean {
  return parts.every((part, index) => {
    const before = parts[index - 1];
    if (!isDeclaration && /^(\{|function\b|class\b|let\b|async\b)/.test(code.slice(part.start, part.end))) return false;
    return before === undefined || /^\s*,\s*$/.test(code.slice(before.end, part.start));
  });
}
