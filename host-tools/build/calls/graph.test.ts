// The graph against what programs do: no call happens that it doesn't have.

import fc from "fast-check";
import { expect, it } from "vitest";
import { bundleGroup, GROUPS } from "../../../kernel/conformance/host/bundle.ts";
import { parseUnit } from "../dialect/unit.ts";
import { behaviour, loggingPort, randomProgram } from "../overlay/testing/random-program.ts";
import { Chains, circles } from "./longest.ts";
import { callGraph } from "./sites.ts";
import { evaluateWatched, SeenCalls } from "./testing/watch-calls.ts";

/** Ways for a function to get to where it is called; `go` is called with a function and calls it somehow. */
const WAYS = [
  "function go(f,n){return f(n)}",
  "let held;function go(f,n){held=f;return held(n)}",
  "const table={a:0};function go(f,n){table.a=f;return table.a(n)}",
  "const table={};function go(f,n){table['k'+n%2]=f;return table['k'+n%2](n)}",
  "function go(f,n){return [f].map(function(g){return g(n)})[0]}",
  "function go(f,n){const l=[];l.push(f);return l.concat([])[0](n)}",
  "function go(f,n){return {valueOf:function(){return f(n)}}*1}",
  "function go(f,n){return {get v(){return f(n)}}.v}",
  "function go(f,n){return ''+[{toString:function(){return ''+f(n)}}]}",
  "function go(f,n){try{throw f}catch(e){return e(n)}}",
  "class K{constructor(f){this.f=f}run(n){return this.f(n)}}function go(f,n){return new K(f).run(n)}",
  "class B{run(n){return this.f(n)}}class K extends B{constructor(f){super();this.f=f}}function go(f,n){return new K(f).run(n)}",
  "class B{f=0;run(n){return this.f(n)}}class K extends B{}function go(f,n){const k=new K();k.f=f;return k.run(n)}",
  "function go(f,n){return f.call(0,n)+f.apply(0,[n])}",
  "function go(f,n){return f.bind(0)(n)}",
  "function go(f,n){for(const g of [f])return g(n)}",
  "function go(f,n){return [3,1].sort(function(a,b){f(n);return a-b}).length}",
  "function go(f,n){return 'a'.replace('a',function(){return f(n)})}",
  "function go(f,n){return JSON.parse(JSON.stringify({toJSON:function(){return f(n)}}))}",
  "function go(f,n){const o=Object.assign({},{f:f});return o.f(n)}",
  "function go(f,n){const {g}={g:f};return g(n)}",
  "function go(){return arguments[0](arguments[1])}",
  "function go(f,n,...more){return inner(...[f,n])}function inner(f,n){return f(n)}",
  "function go(f,n){const o={set v(x){f(x)}};o.v=n;o.v+=1;return n}",
  "function M(f){this.f=f}M.prototype.run=function(n){return this.f(n)};function go(f,n){return new M(f).run(n)}",
  "function go(f,n){return Object.keys({a:1}).reduce(function(a){return f(a)},n)}",
  "function go(f,n){return (n%2?f:0||f)(n)}",
  "function go(f,n){const w=function(g){return function(m){return g(m)}};return w(w(f))(n)}",
];

it.each(WAYS)("%s", (way) => {
  const unit = parseUnit(`(()=>{${way}function leaf(n){return n+1}function boot(p){return go(leaf,2)+go(function(n){return leaf(n)},3)}return boot})()`, "tile");
  const seen = new SeenCalls();
  (evaluateWatched(unit, seen) as (port: object) => unknown)({});
  expect(seen.calls.size).toBeGreaterThan(3);
  expect(seen.beyond(callGraph(unit))).toEqual([]);
});

it("has every call that random programs make", () => {
  fc.assert(
    fc.property(randomProgram, (modules) => {
      const unit = parseUnit(`(()=>{${modules}return boot})()`, "tile");
      const seen = new SeenCalls();
      behaviour(evaluateWatched(unit, seen) as Parameters<typeof behaviour>[0], loggingPort());
      expect(seen.beyond(callGraph(unit)), modules).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

it.each(GROUPS)("has every call that the conformance suite makes of the kernel: %s", async (group) => {
  for (const isFull of [true, false]) {
    const unit = parseUnit(await bundleGroup(group, isFull), "tile");
    const seen = new SeenCalls();
    const lines: string[] = [];
    evaluateWatched(unit, seen, (line) => lines.push(line));
    expect(lines.length).toBeGreaterThan(1);
    const graph = callGraph(unit);
    expect(seen.beyond(graph)).toEqual([]);
    // What numbers that are passed on rule out doesn't happen either.
    expect(circles(graph.edges)).toEqual([]);
    expect(seen.deepest.length).toBeLessThanOrEqual(new Chains(unit, graph.edges, () => 1).from(unit.program).weight);
  }
}, 60_000);
