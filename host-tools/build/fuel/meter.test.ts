// What the pass writes, what it refuses, and that hostile code ends.
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { FuelError, meter } from "./meter.ts";
import { HOSTILE } from "./testing/hostile.ts";

/** The text with each price replaced by `n`. */
const shape = (code: string): string => meter(code).code.replace(/\(\$-=\d+\)<0&&\$\(\)/g, "F");

describe("where a charge stands", () => {
  it.each([
    ["function f(a){g(a)}", "function f(a){F;g(a)}"],
    ["function f(){}", "function f(){F;}"],
    ["f=function(){'use strict';g()}", "f=function(){'use strict';F;g()}"],
    ["f=function(){'use strict'}", "f=function(){'use strict';F;}"],
    ["f=a=>g(a)", "f=a=>(F,g(a))"],
    ["f=a=>({b:a})", "f=a=>((F,{b:a}))"],
    ["f=a=>b=>c", "f=a=>(F,b=>(F,c))"],
    ["({get a(){return 1},set a(b){},m(){}})", "({get a(){F;return 1},set a(b){F;},m(){F;}})"],
    ["class A{constructor(){b()}static m(){}}", "class A{constructor(){F;b()}static m(){F;}}"],
    ["for(;;)g()", "for(;;)F,g()"],
    ["for(;;);", "for(;;)F;"],
    ["while(a())if(b)c();else d()", "while(a()){F;if(b)c();else d()}"],
    ["do g();while(a)", "do F,g();while(a)"],
    ["do{g()}while(a)", "do{F;g()}while(a)"],
    ["for(a in b)for(c of d)e()", "for(a in b){F;for(c of d)F,e()}"],
    ["f=()=>{for(;;)while(1)return a=>b}", "f=()=>{F;for(;;){F;while(1){F;return a=>(F,b)}}}"],
    ["try{a()}catch(e){b()}finally{c()}", "try{a()}catch(e){F;b()}finally{F;c()}"],
    ["if(a)for(;;)b();else c()", "if(a)for(;;)F,b();else c()"],
  ])("%s", (code, expected) => {
    expect(shape(code)).toBe(expected);
  });
  it("meters the whole text the same every time, and lists every charge", () => {
    const code = "function f(a){for(;;)try{g(()=>1)}catch(e){}}";
    const first = meter(code);
    expect(meter(code)).toEqual(first);
    expect(first.sites.map(({ kind }) => kind)).toEqual(["call", "turn", "call", "catch"]);
    expect(first.code.match(/\$-=/g)).toHaveLength(first.sites.length);
  });
  it("leaves out what is not metered", () => {
    expect(meter("function k(){for(;;);}function s(){for(;;);}", (at) => at >= 22).code).toMatch(/^function k\(\)\{for\(;;\);\}function s\(\)\{\(/);
  });
});

describe("what has no price", () => {
  it.each([
    ["a=/(a+)+$/", /regular expression/],
    ["f(...a)", /SpreadElement/],
    ["function f(a=f()){}", /AssignmentPattern/],
    ["function*f(){}", /generator/],
    ["async function f(){}", /async/],
    ["a:for(;;);", /LabeledStatement/],
    ["class A{a=new A}", /PropertyDefinition/],
    ["class A{static{for(;;);}}", /StaticBlock/],
    ["with(a)b()", /WithStatement/],
    ["a`b`", /TaggedTemplate/],
    ["a?.b()", /ChainExpression/],
    ["import('a')", /ImportExpression/],
    ["eval('for(;;);')", /eval/],
    ["new Function('for(;;);')", /Function/],
    ["$=1e9", /fuel counter/],
    ["function f($){}", /fuel counter/],
    ["var $", /fuel counter/],
    ["function $(){}", /fuel counter/],
    ["try{}catch($){}", /fuel counter/],
    ["\\u0024=1", /fuel counter/],
    ["({$})", /fuel counter/],
    ["debugger", /DebuggerStatement/],
  ])("%s", (code, why) => {
    expect(() => meter(code)).toThrow(FuelError);
    expect(() => meter(code)).toThrow(why);
  });
  it("a property of that name is no harm", () => {
    expect(meter("a.$=1").sites).toEqual([]);
  });
});

describe("hostile code", () => {
  it.each(HOSTILE)("ends: $name", ({ text }) => {
    const { run, left: fuelLeft } = runInNewContext(`($=>({run:${meter(`(${text})`).code},left:()=>$}))(20000)`) as { run: () => unknown; left: () => number };
    let thrown = false;
    try {
      runInNewContext("run()", { run }, { timeout: 5000 });
    } catch (error) {
      thrown = true;
      expect(String(error)).not.toMatch(/timed out/);
    }
    expect(thrown).toBe(true);
    const left = fuelLeft();
    expect(left).toBeLessThan(0);
    // What did not fit, and every handler that was on the stack: each paid for getting there.
    expect(left).toBeGreaterThan(-20_000);
  });
});
