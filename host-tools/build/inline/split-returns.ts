// `return a ? f() : b` as `if (a) return f(); return b`: a call that is one of two ways of a return becomes a statement of its own, which a body can replace.
//
// The minifier writes the shorter form again wherever nothing came of it.

import { parseUnit, type Node, type Unit } from "../dialect/unit.ts";
import { editText, type Part } from "../overlay/edit-text.ts";
import { part } from "./body-parts.ts";
import { candidates } from "./candidate.ts";

type Return = Extract<Node, { type: "ReturnStatement" }>;

/** Splits the returns that call a function which is called nowhere else. `kept` as in {@link candidates}. */
export function splitReturns(code: string, sourceMap: string, kept: ReadonlySet<string>): { code: string; sourceMap: string } {
  const unit = parseUnit(code, "tile");
  const found = new Set(candidates(unit, kept).map(({ call }) => returnOf(unit, call)).filter((one) => one !== undefined));
  const edits = [...found].map((statement) => {
    const isInList = unit.parentOf(statement)?.type === "BlockStatement";
    const parts = ways(statement.argument as Node);
    return { from: statement.start, to: statement.end, parts: isInList ? parts : ["{", ...parts, "}"] };
  });
  return edits.length === 0 ? { code, sourceMap } : editText(code, sourceMap, edits);
}

/** The return that a call is one of the ways of. */
function returnOf(unit: Unit, call: Node): Return | undefined {
  let isWay = false;
  for (let node = call; ; ) {
    const parent = unit.parentOf(node);
    if (parent?.type === "ReturnStatement") return isWay ? parent : undefined;
    if (parent?.type === "ConditionalExpression" && parent.test !== node) isWay = true;
    else if (parent?.type !== "ParenthesizedExpression") return undefined;
    node = parent;
  }
}

function ways(value: Node): Part[] {
  if (value.type === "ParenthesizedExpression") return ways(value.expression);
  if (value.type !== "ConditionalExpression") return ["return ", part(value), ";"];
  return ["if(", part(value.test), "){", ...ways(value.consequent), "}", ...ways(value.alternate)];
}
