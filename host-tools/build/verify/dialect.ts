// What printed text can still break of the tile dialect (host-tools/build/dialect): two of its rules, which are run on it.
//
// The others ask for forms that are never printed; the fuzzer and the samples hold the whole dialect beside what is accepted. Nesting is told by the bounds.

import type { Program } from "acorn";
import { ALL_RULES } from "../dialect/all-rules.ts";
import type { Unit } from "../dialect/unit.ts";
import type { Node } from "./guest.ts";
import { partsOf } from "./syntax.ts";

const RULES = ALL_RULES.filter((rule) => rule.id === "product-bits" || rule.id === "getter-statement");

/** Findings with their offsets in the text. */
export function checkPrinted(text: string, program: Program): { at: number; what: string }[] {
  const nodes: Node[] = [];
  const visit = (node: Node): void => {
    nodes.push(node);
    // The frame and what it gives out are function expressions, which the guest language has not.
    if (node.type === "FunctionExpression") visit(node.body);
    for (const part of partsOf(node)) visit(part);
  };
  visit(program);
  // These rules look at single nodes and at nothing else of a unit.
  const unit = { code: text, kind: "tile", program, nodes } as unknown as Unit;
  return RULES.flatMap((rule) => [...rule.find(unit)].map((hit) => ({ at: hit.at, what: `${rule.id}: ${hit.detail ?? rule.row}: ${rule.why}. ${rule.instead}` })));
}
