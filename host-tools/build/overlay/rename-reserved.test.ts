// `of` made up by a minifier gets another name; `of` in loops and keys stays.
import { expect, it } from "vitest";
import { checkDialect } from "../dialect/check.ts";
import { renameReserved } from "./rename-reserved.ts";
import { bundleOf, evaluate, NO_MAP } from "./testing/run-bundle.ts";

const renamed = (code: string): string => renameReserved(code, NO_MAP).code;

it("renames functions, locals and parameters, not keys, strings and loops", () => {
  const code = bundleOf("function of(n){return n+1}function aa(of){let r={of,static:of};for(let x of [of])r.of+=x;return r}function boot(p){var n=of(1);return[n,aa(2),aa('of')]}");
  const made = renamed(code);
  expect(evaluate(made)({})).toEqual(evaluate(code)({}));
  expect(made).toContain("function ab(n)");
  expect(made).toContain("{of:ac,static:ac}");
  expect(made).toContain("for(let x of [ac])r.of+=x");
  expect(checkDialect(code, { kind: "tile" }).map(({ ruleId }) => ruleId)).toContain("reserved-name");
  expect(checkDialect(made, { kind: "tile" }).map(({ ruleId }) => ruleId)).not.toContain("reserved-name");
});

it("leaves everything else as it is", () => {
  for (const code of [bundleOf("function a(n){let t=0;for(let x of n)t+=x;return t}function boot(p){return a(p.of)}"), bundleOf("function boot(p){let a=p.of;return{static:a}}")]) expect(renamed(code)).toBe(code);
});
