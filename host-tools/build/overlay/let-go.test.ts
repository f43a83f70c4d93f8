// Functions of the start are let go on a board, stay for a fleet, and nothing that is needed later goes.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimateVariables } from "../variables.ts";
import { letGo } from "./let-go.ts";
import { behaviour, loggingPort, randomProgram } from "./testing/random-program.ts";
import { boardPort, bundleOf, evaluate, NO_MAP, outcome } from "./testing/run-bundle.ts";

const lean = (modules: string): string => letGo(bundleOf(modules), NO_MAP).code.replace("(()=>{\n", "").replace("return boot})()", "");

const makers = "function a(x){return x+1}function b(x){return a(x)*2}function later(x){return x-1}function c(x){return{get:function(y){return later(x+y)}}}";

describe("the text", () => {
  it("lets go as soon as enough is done with, and the entry itself at the end", () => {
    expect(lean(`${makers}function boot(e){let x=b(1),y=c(x);return y}`)).toBe(`${makers}function boot(e){let x=b(1),y=c(x);e.global===e&&(a=b=c=0);let d=y;e.global===e&&(boot=0);return d}`);
    expect(lean(`${makers}function d(){return 1}function boot(e){let x=b(1)+d(),y=c(x),z=y;return z}`)).toContain("let x=b(1)+d();e.global===e&&(a=b=d=0);let y=c(x),z=y;let f=z;e.global===e&&(c=boot=0);return f");
  });
  it("cuts lists of every kind at their commas only", () => {
    const three = "function a(){return 1}function b(){return 2}function c(){return 3}";
    expect(lean(`${three}function boot(e){e.p(a()+b()+c()),e.p(4);return 5}`)).toContain("{e.p(a()+b()+c());e.global===e&&(a=b=c=0);e.p(4);let d=5;");
    expect(lean(`${three}function boot(e){return e.p(a()),e.p(b()+c()),e.p(4),5}`)).toContain("{e.p(a()),e.p(b()+c());e.global===e&&(a=b=c=0);e.p(4);let d=5;");
    expect(lean(`${three}function boot(e){return e.p(a()),(e.p(b()+c()),7)}`)).toContain("{let d=(e.p(a()),(e.p(b()+c()),7));e.global===e&&(a=b=c=boot=0);return d}");
    expect(lean(`${three}function boot(e){for(let i=0;i<2;i++)e.p(a()+b()+c());e.q()}`)).toContain("e.p(a()+b()+c());e.global===e&&(a=b=c=0);e.q();e.global===e&&(boot=0);}");
  });
  it("stays as it is where there is too little to gain, no port, or no telling who calls", () => {
    for (const modules of ["function a(){return 1}function boot(e){return a()}", makers + "function boot(){return c(b(1))}", makers + "function boot(e){return eval('c')(b(1))}"]) expect(lean(modules)).toBe(modules);
  });
});

describe("what stays", () => {
  const gone = (modules: string): string => /&&\(([^)]*)=0\)/.exec(lean(modules))?.[1] ?? "";
  const three = "function a(){return 1}function b(){return 2}function c(){return 3}";
  it.each([
    ["what a closure calls, and what that calls", "function k(){return l()}function l(){return 4}function boot(e){a(),b(),c();return{f:function(){return k()}}}", "a=b=c"],
    ["what is handed on", "function k(){return 4}function boot(e){a(),b(),c();return k}", "a=b=c"],
    ["what a getter or a class calls", "function k(){return 4}function l(){return 5}class C{m(){return k()}}function boot(e){a(),b(),c();return[new C,{get v(){return l()}}]}", "a=b=c"],
    ["what is declared twice", "function k(){return 4}function k(){return 5}function boot(e){a(),b(),c(),k()}", "a=b=c"],
  ])("%s", (_what, modules, names) => {
    expect(gone(three + modules)).toBe(names);
  });
  it("does not go before its last use in a circle", () => {
    const code = lean("function a(n){return n?b(n-1):0}function b(n){return n?a(n-1):1}function d(){return 1}function boot(e){let x=d(),y=a(3),z=y;return z}");
    expect(code).toContain("let x=d(),y=a(3);e.global===e&&(d=a=b=0);let z=y;");
  });
});

describe("names", () => {
  it("gives a local or the port another name where it hides what goes", () => {
    const code = lean("function a(x){return x}function b(x){return a(x)}function c(x){return b(x)}function boot(a){let e={a},b=1;return[c(b),e.a===a]}");
    const boot = evaluate(bundleOf(code));
    expect(outcome(() => boot({}))).toBe("[1,true]");
    expect(outcome(() => boot(boardPort({})))).toBe("[1,true]");
    expect(outcome(() => boot(boardPort({})))).toBe("throws c is not a function");
  });
});

it("can be started again and again on ports of their own", () => {
  const boot = evaluate(bundleOf(lean(`${makers}function boot(e){let x=b(e.n),y=c(x);return y}`)));
  for (const n of [1, 2, 3]) expect((boot({ n }) as { get(y: number): number }).get(5)).toBe((n + 1) * 2 + 4);
  expect((boot(boardPort({ n: 4 })) as { get(y: number): number }).get(5)).toBe(14);
  expect(() => boot({ n: 1 })).toThrow();
});

it("is what the estimate says: a function less, its name stays; the entry is held by who started it", () => {
  const modules = `${makers}function boot(e){let x=b(1),y=c(x);return y}`;
  const [before, after] = [estimateVariables(bundleOf(modules)), estimateVariables(bundleOf(lean(modules)))];
  expect(after.evaluated).toBe(before.evaluated);
  expect(before.total - after.total).toBe(3 * (4 + 1));
});

it("changes no behaviour of random programs, on a board or in a fleet", () => {
  let changed = 0;
  fc.assert(
    fc.property(randomProgram, (modules) => {
      const code = bundleOf(modules);
      const made = letGo(code, NO_MAP).code;
      if (made !== code) changed++;
      const before = behaviour(evaluate(code), loggingPort());
      const fleet = evaluate(made);
      expect(behaviour(fleet, loggingPort()), made).toBe(before);
      expect(behaviour(fleet, loggingPort()), made).toBe(before);
      expect(behaviour(evaluate(made), boardPort(loggingPort())), made).toBe(before);
    }),
    { numRuns: 400 },
  );
  expect(changed).toBeGreaterThan(50);
});
