// Attacks on confinement as guest text (numbers as in the list of attacks of the design), and every way that was found into or around the verifier.
//
// Each is rejected, or accepted and harmless: then it runs in a world where everything ambient is a trap.
import { describe, expect, it } from "vitest";
import { ModuleRejected } from "./rules.ts";
import { newWorld } from "./testing/oracle.ts";
import { verifyModule } from "./verify.ts";

const handle = (body: string, before: string = ""): string => `${before}\nexport function handle(event, badge, label, a, b, data) { ${body} }`;

const REJECTED: readonly [string, string][] = [
  ["A01 Function from an array", handle(`[].constructor.constructor("gate(1)")();`)],
  ["A01 Function from a function", handle("(function () {}).constructor;")],
  ["A02 through the prototype chain", handle("handle.__proto__.constructor;")],
  ["A02 __proto__ of an array", handle("const p = [].__proto__; gate(p);")],
  ["A03 async function", handle("(async () => {}).constructor;")],
  ["A03 generator", `function* f() {} ${handle("f();")}`],
  ["A04 assembled name on an array", handle(`const f = [1]["constr" + "uctor"]; gate(f);`)],
  ["A04 assembled name on a string", handle(`const f = data["constr" + "uctor"]; gate(f);`)],
  ["A04 assembled name on a number", handle(`const f = a["constr" + "uctor"]; gate(f);`)],
  ["A05 escapes in a name", handle(`const f = [].\\u0063onstructor; gate(f);`)],
  ["A05 escapes in a key", handle(`const f = []["\\x63onstructor"]; gate(f);`)],
  ["A05 escapes in a keyword", handle("v\\u0061r x = eval;")],
  ["A06 eval", handle(`eval("1");`)],
  ["A06 indirect eval", handle(`(0, eval)("1");`)],
  ["A07 setTimeout with text", handle(`setTimeout("gate(1)");`)],
  ["A08 hidden scope", handle(`gate(handle["\\xffsco"].secret);`)],
  ["A10 replaceWith", handle("handle.replaceWith(handle);")],
  ["A12 atob", handle(`const k = atob("/3Njbw=="); gate([1][k]);`)],
  ["A12 array as a key", handle(`const k = ["constructor"]; const r = { x: 1 }; gate(r[k]);`)],
  ["A12 record as a key", handle("const k = { x: 1 }; gate([1][k]);")],
  ["A12 fromCharCode as a key", handle("const l = [1]; gate(l[String.fromCharCode(255) + data]);")],
  ["A13 global", handle(`gate(global["\\xff"]);`)],
  ["A14 clearInterval", handle("clearInterval();")],
  ["A15 poisoned prototype", handle("Array.prototype.push = 1;")],
  ["A16 getter on the prototype", handle("Object.prototype.x = 1;")],
  ["A17 JSON overwritten", handle("JSON = 1;")],
  ["A17 Math.max overwritten", handle("Math.max = 1;")],
  ["A18 this", handle("gate(this.x);")],
  ["A18 this at module level", `const t = this; ${handle("gate(t);")}`],
  ["A19 callback", handle("[1].map(handle);")],
  ["A20 getter with two faces", handle("const r = { get op() { return 1; } }; gate(r.op);")],
  ["A21 valueOf with two faces", handle("const r = { valueOf: handle }; gate(r + 1);")],
  ["A21 toString as a method", handle(`const r = { toString() { return "x"; } }; gate("" + r);`)],
  ["A21 array to text", handle(`gate(1, 2, 3, 4, 5, "" + [1]);`)],
  ["A22 thenable", handle("const r = { then: handle }; gate(r);")],
  ["A23 sort comparator", handle("[3, 1].sort();")],
  ["A24 thrown object", handle("throw { message: data };")],
  ["A29 dynamic import", handle(`import("x");`)],
  ["A29 import.meta", handle("gate(import.meta);")],
  ["A31 raw byte as a keyword", handle("gate(1); \u00a8;")],
  ["A32 body that closes the wrapper", `${handle("gate(1); } ), evil(), (function () {")}`],
  ["A33 regular expression", handle("gate(/x/.lastIndex);")],
  ["A34 arguments.callee", handle("arguments.callee();")],
  ["A34 caller", handle("gate(handle.caller);")],
  ["A35 module cache", handle(`Modules.addCached("x", "");`)],
  ["A36 hardware", handle("digitalWrite(1, 1);")],
  ["A36 E", handle("E.reboot();")],
  ["A36 poke", handle("poke8(0, 0);")],
  ["A36 require", handle(`require("Storage");`)],
  ["A37 emit on an array", handle(`[1].emit("tick");`)],
  ["A37 emit on a string", handle(`data.on("x", 1);`)],
  ["A38 __proto__ in a literal", handle(`const r = { "__proto__": [1] }; gate(1);`)],
  ["A38 __proto__ by escapes", handle(`const r = { "\\x5f_proto__": [1] }; gate(1);`)],
  ["A38 __proto__ assigned", handle("const r = { x: 1 }; r.__proto__ = [1];")],
  ["A38 __proto__ as a shorthand", handle("let __proto__ = 1; const r = { __proto__ };")],
  ["A40 one buffer for two", handle("const l = new Uint8Array(new ArrayBuffer(4));")],
  ["A40 typed array of an array", handle("const l = new Uint8Array([1]);")],
  ["A41 toString of a function", handle("gate(handle.toString());")],
  ["A41 stack of an error", handle("try { handle(); } catch (e) { gate(1, 2, 3, 4, 5, e.stack); }")],
  ["A43 an object for a number", handle("gate({ valueOf: 1 });")],
  ["A43 text for a number", handle(`gate("1");`)],
  ["A43 a number for text", handle("gate(1, 2, 3, 4, 5, 6);")],
  ["gate handed on", handle("gate(gate);")],
  ["gate in a record", handle("const r = { gate }; gate(1);")],
  ["gate assigned", handle("gate = handle;")],
  ["gate by for-of", handle("for (gate of [1]) ;")],
  ["gate declared anew", handle("let gate = 1; gate;")],
  ["gate as a parameter", "export function handle(gate) { gate(1); }"],
  ["gate with a member", handle("gate.call(1);")],
  ["gate made new", handle("new gate(1);")],
  ["Math declared anew", handle("var Math = { floor: 1 }; gate(1);")],
  ["undefined declared anew", handle("let undefined = 1; gate(undefined);")],
  ["undefined assigned", handle("undefined = 1;")],
  ["NaN assigned", handle("NaN++;")],
  ["computed member of Math", handle(`Math["constructor"](1);`)],
  ["constructor of Math", handle("gate(Math.constructor);")],
  ["String as a function", handle("gate(1, 2, 3, 4, 5, String(1));")],
  ["String.fromCharCode handed on", handle("const f = String.fromCharCode; gate(1);")],
  ["a method handed on", handle("const f = [1].push; gate(1);")],
  ["a method by a computed name", handle(`[1]["push"](2);`)],
  ["length as a callee", handle("data.length();")],
  ["kinds confused through an array", handle(`const l = [1]; l.push([2]); const k = l[0]; gate([1][k]);`)],
  ["kinds confused through a record", handle(`const r = { k: 1 }; r.k = data; gate([1][r.k]);`)],
  ["kinds confused through a result", handle("gate([1][f(a)]);", "function f(x) { if (x) return 1; }")],
  ["kinds confused through a parameter", handle(`f(1); f("x");`, "function f(x) { return [1][x]; }")],
  ["kinds confused through a missing argument", handle("f();", "function f(x) { gate(x); }")],
  ["kinds confused by two names of one record", handle(`const r = { k: 1 }; const q = r; q.k = data; gate([1][r.k]);`)],
  ["kinds confused by a list of records", handle(`const r = { k: 1 }; const l = [r]; for (const q of l) q.k = data; gate([1][r.k]);`)],
  ["kinds confused by a computed key", handle(`const r = { k: 1 }; r["" + data] = data; gate([1][r.k]);`)],
  ["kinds confused by a number as a key", handle(`const r = { 5: 1 }; r[a] = data; gate([1][r[5]]);`)],
  ["kinds confused by two spellings of a key", handle(`const r = { "\u263a": 1, "\\xe2\\x98\\xba": data }; gate([1][r["\u263a"]]);`)],
  ["kinds confused by a loop", handle(`let x = 1; let y = 1; for (let i = 0; i < 3; i++) { gate([1][y]); y = x; x = data; }`)],
  ["kinds confused by a conditional", handle("const k = a ? 1 : data; gate([1][k]);")],
  ["kinds confused by &&", handle("const k = a && data; gate([1][k]);")],
  ["kinds confused by ||", handle("const k = a || data; gate([1][k]);")],
  ["kinds confused by a comma", handle("const k = (1, data); gate([1][k]);")],
  ["kinds confused by an assignment's value", handle("let k = 1; gate([1][k = data]);")],
  ["kinds confused by what is caught", handle("try { throw 1; } catch (e) { gate([1][e]); }")],
  ["kinds confused by what for-of gives", handle("for (const k of data) gate([1][k]);")],
  ["kinds confused by gaps", handle("const l = [1]; l[5] = 2; for (const k of l) gate(k);")],
  ["kinds confused by pop", handle("const l = [1]; gate(l.pop());")],
  ["kinds confused by recursion", handle("gate([1][f(3)]);", `function f(n) { return n ? f(n - 1) : "x"; }`)],
  ["var before its value", handle("gate([1][x]); var x = 1;")],
  ["var in a branch", handle("if (a) { var x = 1; } gate([1][x]);")],
  ["var in a branch without braces", handle("if (a) var x = 1; gate([1][x]);")],
  ["var in a try", handle(`try { f(); var x = 1; } catch (e) { } gate([1][x]);`, "function f() { throw 1; }")],
  ["var in another case", handle("switch (a) { case 0: var x = 1; break; default: gate([1][x]); }")],
  ["var in a loop that does not run", handle("for (const q of []) { var x = 1; } gate([1][x]);")],
  ["var of a for-of that does not run", handle("for (var x of [1]) { } gate(x);")],
  ["module variable before its value", handle("gate(1);", "const n = f(); function f() { return [1][late] | 0; } var late = 1;")],
  ["let in the dead zone of another function", handle("gate(1);", "const n = f(); function f() { return [1][late] | 0; } let late = 1;")],
  ["result of a function that only throws in finally", handle("gate(f());", `function f() { try { } finally { throw "x"; } }`)],
  ["undefined + undefined", handle("const l = [1]; gate([1][l[1] + l[2]]);")],
  ["undefined * undefined", handle("const l = [1]; gate(l[1] * l[2]);")],
  ["undefined | undefined", handle("const l = [1]; gate([1][l[1] | l[2]]);")],
  ["undefined |= undefined", handle("const l = [1]; let x = l[1]; x |= l[2]; gate(x);")],
];

/** Accepted; the calls of the gate that it makes are all that it does. */
const HARMLESS: readonly [string, string, string[]?][] = [
  ["a field called constructor", handle(`const r = { constructor: 1, prototype: 2 }; gate(r.constructor, r.prototype); const q = { x: 1 }; gate(q.x, q.toString === undefined ? 1 : 0);`), ["1,2", "1,1"]],
  ["computed keys that are names of the engine", handle(`const m = {}; for (const k of ["__prot" + "o__", "_proto__", "constructor", "toString", "\\xffsco", "on", "emit", "length", ""]) { gate(m[k] === undefined ? 1 : 0); m[k] = 5; gate(m[k] | 0); }`), ["1", "5", "1", "5", "1", "5", "1", "5", "1", "5", "1", "5", "1", "5", "1", "5", "1", "5"]],
  ["odd numbers as keys", handle(`const m = {}; m[0 / 0] = 1; m[-1] = 2; m[1 / 0] = 3; gate(m[0 / 0] | 0, m["NaN"] | 0, m["-1"] | 0, m[0 - 1] | 0);`), ["1,1,2,2"]],
  ["a thrown engine error is a word", handle("let u; try { u.x = 1; } catch (e) { gate(1, 2, 3, 4, 5, e); }"), ["1,2,3,4,5,x6572726f72"]],
  ["comments of HTML are operators", handle("let i = 3; let n = 0; while (i-->0) n++; if (0<!--i) n = 9; gate(n, i);"), ["3,-2"]],
  ["a record that begins a statement when + is dropped", handle("+({ k: 0 }.k | 0); ({ k: 1 }).k = 2; ({ k: 1 }).k++; ({}, gate(1)); gate(2);"), ["1", "2"]],
  ["lists with commas in every place", handle("const l = [1, 2, 3]; gate(l[(a, 2)] | 0); for (let i = (a, 1); i < (a, 2); i++, b++) gate((a, i)); if ((a, 0)) gate(9); switch ((a, 1)) { case (a, 1): gate(4); } for (const x of (a, [5])) gate(x); const m = { k: (a, 7) }; gate(m[(a, \"k\")] | 0);"), ["3", "1", "4", "5", "7"]],
  ["text that closes the wrapper", handle(`gate(1, 2, 3, 4, 5, "})},evil(),function(){//<!--\\u2028</script>");`), ["1,2,3,4,5,x7d297d2c6576696c28292c66756e6374696f6e28297b2f2f3c212d2de280a83c2f7363726970743e"]],
];

describe("attacks", () => {
  it.each(REJECTED)("%s is rejected", (_, source) => {
    expect(() => verifyModule(source)).toThrow(ModuleRejected);
  });

  it.each(HARMLESS)("%s is harmless", async (_, source, calls) => {
    const world = await newWorld();
    try {
      const outcome = world.run(verifyModule(source).text, [{ numbers: [0, 0, 0, 0, 0], data: "constructor" }]);
      expect(outcome.escapes).toEqual([]);
      expect(outcome.gate).toEqual(calls);
    } finally {
      world.dispose();
    }
  });

  it("the oracle sees what a raw module could do", async () => {
    const world = await newWorld();
    try {
      const raw = (body: string): string => `(function(g,$,A){return[function(e,b,l,x,y,d,f,m){${body}},function(){return 0},function(){return 0}]})`;
      for (const body of [`[].constructor.constructor("return 1")()`, "Date.now()", "this.x=1", "var p=[].__proto__", "''.on", "g([])", "g('1')", "Array.prototype.x=1", "q=1", "({}).toString()", "''+[]", "[].map", "JSON.stringify(1)", "''.constructor", "g.call", "(function(){}).constructor", "0+{}", "g(1,2,3,4,5,6)", "return [][undefined]+{}"]) {
        expect(world.run(raw(body), [{ numbers: [0, 0, 0, 0, 0], data: "" }]).escapes, body).not.toEqual([]);
      }
    } finally {
      world.dispose();
    }
  });
});
