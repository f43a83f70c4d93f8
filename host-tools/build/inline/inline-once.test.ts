// Functions that are called once stand where they were called, wherever that can be done without a change in what happens; everything else stays.

import { transformSync } from "esbuild";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { behaviour, loggingPort, randomProgram } from "../overlay/testing/random-program.ts";
import { NO_MAP, outcome } from "../overlay/testing/run-bundle.ts";
import { readSourceMap } from "../source-map.ts";
import { inlineOnce, type InlineRules } from "./inline-once.ts";
import { onceProgram } from "./testing/once-program.ts";

const ANYWHERE: InlineRules = { hot: [], mayStandIn: () => true };

const inline = (modules: string, rules: InlineRules = ANYWHERE): { code: string; inlined: readonly string[] } => inlineOnce(`${modules}\nexport { boot };`, NO_MAP, rules);

/** The text as the minifier leaves it, without its export. */
const tidy = (modules: string, rules?: InlineRules): string => {
  const { code } = inline(modules, rules);
  return transformSync(code, { minifySyntax: true, minifyWhitespace: true }).code.replace(/export\{boot\};\n$/, "");
};

/** What `boot` gives before and after. */
function bothWays<T extends unknown[]>(modules: string, ...args: T): { before: string; after: string; inlined: readonly string[] } {
  const run = (code: string): string => outcome(() => (new Function(`${code.replace(/export \{ boot \};\s*$/, "")}return boot`)() as (...all: T) => unknown)(...args));
  const made = inline(modules);
  return { before: run(modules), after: run(made.code), inlined: made.inlined };
}

describe("where a body goes", () => {
  it.each([
    ["an expression", "function f(x){return x+1}function boot(a){return f(a)*2}", "function boot(a){return(a+1)*2}"],
    ["a value", "function f(x){let y=x+1;return y*y}function boot(a){let v=f(a);return v}", "function boot(a){let y=a+1;return y*y}"],
    ["a statement", "function f(p,x){p.log(x);p.log(2)}function boot(p){f(p,1);p.log(3)}", "function boot(p){p.log(1),p.log(2),p.log(3)}"],
    ["a return", "function f(x){if(x)return 1;return 2}function boot(a){a++;return f(a)}", "function boot(a){return a++,a?1:2}"],
    ["one of two ways of a return", "function f(p){p.log(1);return 2}function boot(p,a){return a?f(p):3}", "function boot(p,a){return a?(p.log(1),2):3}"],
    ["early returns of a value", "function f(x){if(x)return 1;g(x);return 2}function g(x){x.y()}function boot(a){let v=f(a);a.z(v)}", "function boot(a){let result_1;a?result_1=1:(a.y(),result_1=2);let v=result_1;a.z(v)}"],
    ["early returns in the middle of nothing", "function f(p){if(p.a)return;p.b()}function boot(p){f(p);p.c()}", "function boot(p){p.a||p.b(),p.c()}"],
    ["a function in a function", "function boot(p){function f(x){return x+p.n}return{get:function(y){return f(y)}}}", "function boot(p){return{get:function(y){return y+p.n}}}"],
  ])("%s", (_what, modules, expected) => {
    expect(tidy(modules).trimEnd()).toBe(expected);
  });
  it("has returns in a loop of its own when its paths can't be closed", () => {
    const modules = "function f(p,a){if(a>1){if(a>2)return 7;p.log(1)}p.log(2);return 8}function boot(p,a){let v=f(p,a);return v}";
    expect(tidy(modules)).toContain("do{");
    for (const a of [1, 2, 3]) {
      const { before, after } = bothWays(modules, { log: (): void => undefined }, a);
      expect(after).toBe(before);
    }
  });
  it("is not where it would be skipped in a hot function", () => {
    const modules = "function f(p){p.log(1);p.log(2)}function boot(p,a){if(a)f(p);return a}";
    expect(inline(modules).inlined).toEqual(["f"]);
    expect(inline(modules, { ...ANYWHERE, hot: ["boot"] }).inlined).toEqual([]);
  });
  it("is in files that may have it", () => {
    const modules = "function f(p){p.log(1);p.log(2)}function boot(p){f(p)}";
    expect(inline(modules, { hot: [], mayStandIn: () => false }).inlined).toEqual([]);
  });
  it("is not so deep that its stack is more than one function may take", () => {
    const deep = (inner: string): string => "if(a)".repeat(5) + `{${inner}}`;
    const modules = `function f(p,a){${deep("p.log(1)")}p.log(3)}function boot(p,a){${deep("f(p,a)")}p.log(2)}`;
    expect(inline(modules).inlined).toEqual([]);
  });
});

describe("what stays", () => {
  it.each([
    ["a function with two calls", "function f(x){return x+1}function boot(a){return f(a)+f(2)}"],
    ["one that is handed on", "function f(x){return x+1}function boot(a){return f}"],
    ["one that is exported", "function boot(a){return a}function f(a){return boot(a)}"],
    ["one that calls itself", "function f(x){return x?f(x-1):1}function boot(a){return a}"],
    ["one that makes functions", "function f(x){return function(){return x}}function boot(a){return f(a)}"],
    ["one with `this` or `arguments`", "function f(){return arguments.length}function boot(a){return f(a)}"],
    ["one whose call comes after something it may change", "let n=0;function f(){n++;n++;return 1}function boot(a){return n+f()}"],
    ["one whose call may not come", "function f(p){p.log(1);p.log(2);return 1}function boot(p,a){return a&&f(p)}"],
    ["one in the head of a loop", "function f(p){p.log(1);return p.n--}function boot(p){while(f(p))p.log(2)}"],
    ["a name that means something else at the call", "let n=1;function f(){let m=n;return m+n}function boot(n){let v=f();return v+n}"],
    ["returns in a loop, without a form for them", "function f(p){for(;;)if(p.next())return 1}function boot(p){let v=f(p);return v}"],
    ["one that gets a function of its caller: where it is run can't be told then", "function f(p,g){p.g=g;p.h()}function boot(p){let g=function(){return 1};f(p,g)}"],
    ["everything beside eval", "function f(x){return x+1}function boot(a){return eval('f')(a)+f(a)}"],
  ])("%s", (_what, modules) => {
    expect(inline(modules).inlined).toEqual([]);
  });
});

describe("order and names", () => {
  it.each([
    ["arguments come first, in their order", "function f(a,b){return b-a}function boot(say){return f(say('a'),say('b')*10)}"],
    ["an argument that is not used comes all the same", "function f(a,b){return b}function boot(say){return f(say('a'),say('b'))}"],
    ["a parameter that is assigned to is another variable", "function f(a){a=a+1;return a}function boot(say,a){let v=f(a);return[v,a]}"],
    ["locals of both keep apart", "function f(x){let y=x*2;let z=y+1;return z}function boot(say,a){let y=a;let z=f(y);return[y,z]}"],
    ["an argument that assigns comes before what reads it", "function f(a,b){return a-b}function boot(say,a){return f(a,a=5)}"],
    ["a missing argument is undefined", "function f(a,b){return[a,b===undefined]}function boot(say,a){return f(a)}"],
    ["a shorthand key keeps its name", "function f(key){return{key}}function boot(say,other){return f(other)}"],
    ["no value is undefined", "function f(say){say('x')}function boot(say){let v=f(say);return v===undefined}"],
  ])("%s", (_what, modules) => {
    const said: string[][] = [];
    const made = modules.replace(/boot\(say(.*?)\)\{/, "boot(make$1){let say=make();");
    const { before, after, inlined } = bothWays(made, () => {
      const mine: string[] = [];
      said.push(mine);
      return (what: string): number => mine.push(what);
    }, 3);
    expect(after).toBe(before);
    expect(said[1]).toEqual(said[0]);
    expect(inlined).toEqual(["f"]);
  });
});

describe("what a first reader found", () => {
  it.each([
    ["a free name that the result could hide", "const result=7;function f(a){if(a>1)return result+a;return 2}function boot(p){let v=f(p);return[v,1]}"],
    ["the same as a function", "function result(x){return x+1}function f(a){if(a>1)return result(a);return 2}function boot(p){let v=f(p);return[v,result(1)]}"],
    ["a comma in the value of a declaration", "function f(a){let y=a+1;let z=y*2;return y+z}function boot(p){let v=(f(p),p);return[v,[1,2].map(function(x){return x+v})]}"],
    ["its last part", "function f(a){let y=a+1;let z=y*2;return y+z}function boot(p){let v=(p,f(p));return[v,[1,2].map(function(x){return x+v})]}"],
    ["a function that is taken from an object and called", "function f(o){return o.run}function boot(p){let o={run:function(){return this===o}};return f(o)(1)}"],
    ["the same after a statement", "function f(o){let q=o;q.n++;return q.run}function boot(p){let o={n:5,run:function(){return this===o}};return f(o)(1)}"],
    ["a function handed on from an object", "function f(g){return g(1)}function boot(p){let o={run:function(){return this===o}};return f(o.run)}"],
    ["one behind a constant condition", "function boot(p){let o={run:function(){return this===o}};return[(true?o.run:0)(1),(true&&o.run)(1)]}"],
    ["a tag from an object", "function f(o){return o.run}function boot(p){let o={run:function(){return this===o}};return f(o)`x`}"],
    ["what is not deleted", "function f(o){return o.x}function boot(p){let o={x:1};delete f(o);return o.x}"],
    ["a global that the function writes", "function f(){gg=gg+1;let z=gg;return z}function boot(p){gg=1;return[gg+f()]}"],
    ["a list that is text before the function changes it", "function f(l){l.push(1);let n=l.length;return n}function boot(p){let l=[p];return'a'+l+f(l)}"],
    ["the same in arguments", "function f(a,b){return b+a}function boot(p){let l=[p];return f('a'+l,l.push(3))}"],
    ["a function that stands behind a return", "function boot(p){return g(p)+g(2);function g(x){return x+1}}"],
    ["var, which a block does not keep", "function f(a){let y=a+1;let z=y*2;return y+z}function boot(p){if(p){var v=f(p)}return[v,[1].map(function(x){return x+v})]}"],
    ["two callers, one in the other", "const result_1=3;function X(a){a.push(1);return result_1}function Y(a){if(a>1)return 5;return 6}function boot(p){let v=Y(p);let g=function(){let w=X([]);return w+w};return[v,v,g()]}"],
  ])("%s", (_what, modules) => {
    const { before, after } = bothWays(modules, 3);
    expect(after).toBe(before);
    expect(before).not.toContain("throws");
  });
});

it("cuts what never runs, and counts no call from there", () => {
  expect(tidy("function f(p){p.log(1);return 2}function boot(p){if(!true){return f(p)}if(true)return f(p);p.log(f(p));return 1}").trimEnd()).toBe("function boot(p){return p.log(1),2}");
});

it("maps each part to where it was written", () => {
  const source = "function f(p: { log(n: number): void }): void {\n  p.log(11);\n}\nfunction boot(p: { log(n: number): void }): void {\n  f(p);\n  p.log(22);\n}\nexport { boot };\n";
  const { code, map } = transformSync(source, { loader: "ts", sourcemap: true, sourcefile: "a.ts" });
  const made = inlineOnce(code, map, ANYWHERE);
  const place = readSourceMap(made.sourceMap);
  const at = (text: string): number | undefined => {
    const before = made.code.slice(0, made.code.indexOf(text)).split("\n");
    return place.lookUp(before.length, (before.at(-1) ?? "").length + 1)?.line;
  };
  expect(made.inlined).toEqual(["f"]);
  expect([at("log(11"), at("log(22")]).toEqual([2, 6]);
});

describe("random programs", () => {
  const run = (code: string): string => behaviour(new Function(`${code.replace(/export \{ boot \};\s*$/, "")}return boot`)() as Parameters<typeof behaviour>[0], loggingPort());
  it.each([
    ["of many calls", randomProgram],
    ["of single calls in every place", onceProgram],
  ])("do the same: %s", { timeout: 60_000 }, (_what, programs) => {
    let inlined = 0;
    fc.assert(
      fc.property(programs, (modules) => {
        const made = inline(modules);
        inlined += made.inlined.length;
        expect(run(made.code), made.code).toBe(run(modules));
      }),
      { numRuns: 1500, seed: 20261123 },
    );
    expect(inlined).toBeGreaterThan(100);
  });
});
