// Each rule of the bound on a text where it decides: who can be called, what begins a stack of its own, what a circle is.

import { expect, it } from "vitest";
import { callDepth } from "./call-depth.ts";
import { STACK_BYTES } from "./dialect/rules/limits.ts";

const depth = (body: string) => callDepth(`(()=>{function z(){return 1}function y(){return z()}function x(){return y()}${body}return c})()`);
/** Functions on the deepest chain from `c`, which the file gives out. */
const chain = (body: string): string => depth(body).roots.find((root) => root.name === "c")!.path.join(" ");

it("follows calls by name and adds up their stack", () => {
  const found = depth("function c(q){if(q)return x()}");
  expect(found.whole).toMatchObject({ calls: 3, callbacks: 0, path: ["c", "x", "y", "z"] });
  expect(found.heaviest.stackBytes).toBe(4 * STACK_BYTES.call + STACK_BYTES.statement);
});

it("follows a table of handlers to every function in it, and to no other", () => {
  expect(chain("const t=[z,x];function c(i){return t[i]()}")).toBe("c x y z");
  expect(chain("const t=[z,y];function c(i){return t[i]()}")).toBe("c y z");
  expect(chain("const k={h:[]};function s(f){k.h.push(f)}function c(i){s(z);s(y);return k.h[i]()}")).toBe("c y z");
  expect(chain("const k={h:[]};function s(i,f){k.h[i]=f}function c(i){s(0,x);return k.h[i]()}")).toBe("c x y z");
  expect(chain("const t=[z],u=t.concat([x]);function c(){return u.pop()()}")).toBe("c x y z");
});

it("follows methods by what the thing in front of the dot is", () => {
  expect(chain("class K{go(){return x()}}class L{go(){return 1}}function c(){return new K().go()}")).toBe("c go x y z");
  expect(chain("class K{go(){return x()}}class L{go(){return 1}}const l=new L();function c(){return l.go()}")).toBe("c go");
  expect(chain("class K{go(){return x()}}class L extends K{}function c(){return new L().go()}")).toBe("c go x y z");
  expect(chain("const o={},p={go(){return 1}};o.go=()=>x();function c(q){return (q?o:p).go()}")).toMatch(/^c function at \d+ x y z$/);
  expect(chain("class K{constructor(){this.q=x()}}function c(){return new K()}")).toBe("c constructor x y z");
  expect(chain("class K{q=x()}function c(){return new K()}")).toMatch(/ x y z$/);
  expect(chain("const o={push(){return x()}};function c(){return o.push(1)}")).toBe("c push x y z");
});

it("follows what comes by a parameter, a variable, a result or an exception", () => {
  expect(chain("function s(f){return f()}function c(){return s(x)}")).toBe("c s x y z");
  expect(chain("function s(f){return f}function c(){return s(x)()}")).toBe("c x y z");
  expect(chain("let f;function s(){f=x}function c(){s();return f()}")).toBe("c x y z");
  expect(chain("function s(){throw {f:x}}function c(){try{s()}catch(e){e.f()}}")).toBe("c x y z");
  expect(chain("function c(){return x.call(0)}")).toBe("c x y z");
});

it("nests what the engine calls at once", () => {
  const found = depth("function c(a){return a.sort(function(p,q){return x()})}");
  expect(found.whole).toMatchObject({ calls: 4, callbacks: 1 });
  expect(found.heaviest.stackBytes).toBeGreaterThan(5 * STACK_BYTES.call + 800);
  expect(chain('function c(){return "a".replace("a",x)}')).toBe("c x y z");
  expect(chain("function c(p){return p.anything({deep:[x]})}")).toBe("c x y z");
  expect(chain('function c(){return ""+{toString(){return x()}}}')).toBe("c toString x y z");
  expect(chain("function c(){return 1<[{valueOf(){return x()}}]}")).toBe("c valueOf x y z");
  expect(chain("const o={get q(){return x()}};function c(){return o.q}")).toBe("c q x y z");
});

it("gives a callback that the engine keeps a stack of its own", () => {
  const found = depth("function c(p){p.setTimeout(x,5)}");
  expect(found.whole).toMatchObject({ calls: 2, path: ["x", "y", "z"] });
  expect(found.roots.map((root) => [root.name, root.calls])).toEqual([["x, called by the port", 2], ["the file", 1], ["c", 0]]);
  expect(depth("function c(p){p.later(x,5)}").whole.calls).toBe(3);
  expect(depth('function c(p){p.on("data",function(){x()})}').roots[0]).toMatchObject({ calls: 3 });
  // What boot gives out is called from outside.
  expect(depth("function c(){return {step:function(){return x()}}}").whole.calls).toBe(3);
});

it("names a circle, however it closes", () => {
  expect(depth("function a(n){return n?c(n-1):0}function c(n){return a(n)}").circles).toEqual(["a > c > a"]);
  expect(depth("const o={};function a(){return o.f()}o.f=a;function c(){return a()}").circles).toEqual(["a > a"]);
  expect(depth("function a(l){return l.map(a)}function c(l){return a(l)}").circles).toEqual(["a > a"]);
  const map = '{"version":3,"sources":["kernel/trace.ts"],"names":[],"mappings":"AAAA"}';
  const once = "(()=>{function a(n){return n?a(n-1):0}return a})()";
  expect(callDepth(once, { sourceMap: map, bounded: new Map([["kernel/trace.ts", "it ends"]]) }).circles).toEqual([]);
  expect(callDepth(once, { sourceMap: map, bounded: new Map() }).circles).toHaveLength(1);
});

it("takes what it doesn't understand for a call of anything", () => {
  // `c` is a value too, so it may be called as well.
  for (const wild of ["eval('x')", "arguments[0]()", "Object.assign(q,p).f()", "q`a`"]) expect(depth(`function c(p,q){return ${wild}}`).circles, wild).toEqual(["c > c"]);
  expect(depth("const held=[x];function c(p){return eval(p)}").unknown).toEqual(["eval(p)"]);
  expect(depth("function s(f){return f()}function c(p){return s(...p)}").circles).toEqual(["c > c", "c > s > c"]);
});

it("leaves out what a number that is passed on rules out", () => {
  const gate = "function g(o,a){if(o===1)return 2;if(o>4&&o!==6){return o===7?y():x()}return o===2&&z()}";
  expect(chain(`${gate}function c(){return g(1)}`)).toBe("c g");
  expect(chain(`${gate}function c(){return g(2)}`)).toBe("c g z");
  expect(chain(`${gate}function c(){return g(7)}`)).toBe("c g y z");
  expect(chain(`${gate}function c(){return g(5)}`)).toBe("c g x y z");
  expect(chain(`${gate}function h(o){return g(o|0)}function c(){return h(6)}`)).toBe("c h g");
  expect(chain(`${gate}function c(q){return g(q)}`)).toBe("c g x y z");
  // Not where it can be another by then.
  expect(chain("function g(o){o=o+1;return o===2&&x()}function c(){return g(1)}")).toBe("c g x y z");
  expect(chain("function g(o){return arguments.length&&o===2&&x()}function c(){return g(1)}")).toBe("c g x y z");
});
