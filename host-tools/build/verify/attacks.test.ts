// Attacks on confinement as guest text (numbers as in the list of attacks of the design), and every way that was found into or around the verifier.
//
// Each is rejected, or accepted and harmless: then it runs in a world where everything ambient is a trap.
import { describe, expect, it } from "vitest";
import { ModuleRejected } from "./rules.ts";
import { handle, REJECTED } from "./testing/attack-texts.ts";
import { newWorld } from "./testing/oracle.ts";
import { verifyModule } from "./verify.ts";

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
