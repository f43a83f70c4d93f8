// Free functions cost no text, and never less fuel than when each function pays for itself.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UNITS } from "./costs.ts";
import { meter } from "./meter.ts";
import { inNode } from "./testing/engines.ts";
import { endless, program } from "./testing/programs.ts";

const metered = (text: string): string => meter(text, undefined, () => false).code;
const ENOUGH = 100_000_000;

describe("a function", () => {
  it("that is called by its name alone is paid for by who calls it", () => {
    const text = "(function(a){function g(b){return b+1}return g(a)*g(2)})";
    expect(metered(text)).toMatch(/^\(function\(a\)\{\(\$-=\d+\)<0&&\$\(\);function g\(b\)\{return b\+1\}return g\(a\)\*g\(2\)\}\)$/);
    const [price = 0, alone = 0, own = 0] = [meter(text, undefined, () => false).sites[0]?.units, ...meter(text).sites.map(({ units }) => units)];
    expect(price).toBe(alone + 2 * (own - UNITS.check));
  });
  it.each([
    ["calls itself", "function g(b){return b?g(b-1):0}g(9)"],
    ["calls itself by way of another", "function g(b){return b?h(b-1):0}function h(b){return g(b)}h(9)"],
    ["is a value as well", "function g(b){return b}[g(1)].map(g)"],
    ["is kept", "function g(b){return b}let k={g:g};g(1)"],
    ["may be replaced", "function g(b){return b}g=a;g(1)"],
    ["is dear", `function g(b){${"b=b*b+b;".repeat(60)}return b}g(1)`],
  ])("that %s pays", (_, body) => {
    expect(metered(`(function(a){${body}})`)).toMatch(/function [gh]\(b\)\{\(\$-=\d+\)<0/);
  });
  it("that somebody calls who does not pay pays itself, unless that one is trusted", () => {
    const text = "(function(){function k(){return g(1)}function s(){return g(2)}function g(b){return b}return[k,s]})()";
    const isKernel = (at: number): boolean => at === text.indexOf("function k");
    const paying = (isTrusted: boolean): string => meter(text, (_, functionAt) => !isKernel(functionAt), (functionAt) => isTrusted && isKernel(functionAt)).code;
    expect(paying(false)).toContain("function g(b){($-=");
    expect(paying(true)).toContain("function g(b){return b}");
  });
  it("of a circle: at least one pays, whichever is asked first", () => {
    const bodies = ["function g(b){return h(b)}", "function h(b){return i(b)}", "function i(b){return b?g(b-1):h(b)}"];
    for (const order of [[0, 1, 2], [2, 1, 0], [1, 0, 2]]) {
      const code = `(function(a){${order.map((i) => bodies[i]).join("")}return i(a)})`;
      const [outcome] = inNode([{ text: code.slice(1, -1), argument: 5000, units: 20_000, form: "callers" }]);
      expect(outcome!.left).toBeLessThan(0);
    }
  });
});

describe("random programs", () => {
  it("compute the same, burn no less but for the checks that are gone, and need exactly what they burn", () => {
    fc.assert(
      fc.property(program, fc.integer({ min: -9, max: 9 }), (text, argument) => {
        const [plain, each, callers, counted] = inNode([
          { text, argument, units: 0, form: "plain" },
          { text, argument, units: ENOUGH },
          { text, argument, units: ENOUGH, form: "callers" },
          { text, argument, units: ENOUGH, form: "counted" },
        ]);
        expect(callers!.result).toBe(plain!.result);
        const used = ENOUGH - callers!.left;
        expect(used).toBeGreaterThanOrEqual(ENOUGH - each!.left - UNITS.check * (ENOUGH - counted!.left));
        const [exact, short] = inNode([{ text, argument, units: used, form: "callers" }, { text, argument, units: used - 1, form: "callers" }]);
        expect([exact!.left, exact!.result]).toEqual([0, plain!.result]);
        expect([short!.left < 0, short!.result]).toEqual([true, undefined]);
      }),
      { numRuns: 300 },
    );
  });
  it("end when they would not", () => {
    fc.assert(
      fc.property(endless, fc.integer({ min: 0, max: 20_000 }), (text, units) => {
        const [outcome] = inNode([{ text, argument: 1, units, form: "callers" }]);
        expect(outcome!.result).toBeUndefined();
        expect(outcome!.left).toBeLessThan(0);
      }),
      { numRuns: 200 },
    );
  });
});
