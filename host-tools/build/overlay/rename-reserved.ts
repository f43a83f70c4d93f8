// Names that a minifier makes up and Espruino does not take: `of`, `static` and `let` are reserved words there. With some hundred names at the top, esbuild comes
// to `of` sooner or later, and has no list of names to keep off.

import { parseUnit } from "../dialect/unit.ts";
import { editText } from "./edit-text.ts";
import { freshName, namesIn, renameVariable } from "./rename-locals.ts";

const RESERVED = new Set(["of", "static", "let"]);

/** Gives variables with such names others, of the same length where one is free. The text as it was where there is none. @throws UnparsableText if it is not JavaScript. */
export function renameReserved(code: string, sourceMap: string): { code: string; sourceMap: string } {
  // Looking for the words is cheap; parsing is not.
  if (![...RESERVED].some((word) => new RegExp(`\\b${word}\\b`).test(code.replaceAll(/\blet [\w$]/g, "")))) return { code, sourceMap };
  const unit = parseUnit(code, "tile");
  const taken = namesIn(unit, unit.program);
  for (let code = 97; code < 123; code++) taken.add(String.fromCharCode(code)).add(String.fromCharCode(code - 32));
  taken.add("_");
  const edits = unit.scopes.variables.filter(({ name }) => RESERVED.has(name)).flatMap((variable) => {
    const fresh = freshName(taken);
    taken.add(fresh);
    return renameVariable(unit, variable, unit.program, fresh);
  });
  return edits.length === 0 ? { code, sourceMap } : editText(code, sourceMap, edits);
}
