// The scanner accepts all that the verifier prints, and refuses what it never prints; beside it, as a judge, stands the second look of the host (recheck.ts), which parses.
import { parse } from "acorn";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostNative } from "../../host-tools/build/certify/certify.ts";
import { recheck } from "../../host-tools/build/verify/recheck.ts";
import { ModuleRejected } from "../../host-tools/build/verify/rules.ts";
import { REJECTED } from "../../host-tools/build/verify/testing/attack-texts.ts";
import { ProgramWriter, random } from "../../host-tools/build/verify/testing/fuzz-program.ts";
import { SAMPLES } from "../../host-tools/build/verify/testing/samples.ts";
import { verifyModule } from "../../host-tools/build/verify/verify.ts";
import { scanStart, scanStep } from "./scan.ts";
import { Scan } from "./scan-format.ts";

const seed = Number(process.env["GENESIS_SEED"] ?? 20_261_123);

function look(text: string, budget: number = 100): { verdict: number; at: number; steps: number } {
  const scan = scanStart(hostNative.bytes, text);
  let verdict: number = scan._verdict;
  let steps = 0;
  for (; !verdict; steps++) {
    const place = (): string => [scan._at, scan._ranged, scan._called.length, scan._free.length].join(" ");
    const before = place();
    verdict = scanStep(scan, budget);
    if (!verdict && place() === before) throw new Error(`the scan stands still at ${before}`);
  }
  return { verdict, at: scan._at, steps };
}
const scanned = (text: string): number => look(text, 1e6).verdict;
const printed = SAMPLES.map(({ name, source }) => ({ name, text: verifyModule(source).text }));

const HEAD = "(function(g,$,A){($-=99)<0&&$();";
const TAIL = "return[function(e,b,l,x,y,d,f,m){$=f;A=m;h(e,b,l,x,y,d);return $},function(){return $},function(){return A}]})";
/** A module of these functions and variables, and handle with this body. */
const withBody = (body: string, functions: string = "", variables: string = ""): string => `${HEAD}${functions}function h(a,b,c,d,e,f){($-=9)<0&&$();var i,j;${body}}${variables}${TAIL}`;
const TEXT = "function C(s){($-=40)<0&&$();(A-=1+(s.length>>3))<0&&($=-1)();return s}";

describe("what the verifier prints", () => {
  test.each(printed)("$name", ({ text }) => {
    expect(look(text), text).toMatchObject({ verdict: Scan.Good });
    for (const budget of [1, 3, 50]) expect(look(text, budget)).toMatchObject({ verdict: Scan.Good });
  });

  test("generated programs", { timeout: 180_000 }, () => {
    const slips = [0, 0, 1, 3, 10, 40];
    let accepted = 0;
    for (let index = 0; index < 2_000; index++) {
      let text: string;
      try {
        text = verifyModule(new ProgramWriter(seed + index, slips[index % 6]!).module(index % 3), { stackBytes: 100_000 }).text;
      } catch (error) {
        if (error instanceof ModuleRejected) continue;
        throw error;
      }
      accepted++;
      const { verdict, at } = look(text);
      expect(verdict, `seed ${seed + index}, at ${at}: ${text.substr(at - 40, 80)}`).toBe(Scan.Good);
    }
    console.log(`${accepted} printed programs from seed ${seed}`);
    expect(accepted).toBeGreaterThan(300);
  });

  test("forms that are rare", () => {
    const rare = (body: string, before: string = ""): string => verifyModule(`${before}\nexport function handle(event, badge, label, a, b, data) { ${body} }`, { stackBytes: 100_000 }).text;
    for (const text of [
      rare(`const l = [1, 2]; gate(l[data === "x" ? 1 : 0] | 0, l[(a ? "x" : "y") === "x" ? 1 : 0] | 0, l["abc".length] | 0, l["x" + a === data ? 1 : 0] | 0); gate(l["5" ? 1 : 0] | 0, l[("x", 1)] | 0, l[((a ? "x" : "y"), 1)] | 0);`),
      rare(`const l = [1, 2]; gate(l[!"x" ? 1 : 0] | 0, l[("q" + data).length] | 0, l[("q" + data) === data ? 1 : 0] | 0, l[((data || "y") < "x") ? 1 : 0] | 0);`),
      rare(`const r = { "a b": 1, "": 2, "\\xff\\"\\\\": 3 }; gate(r["a b"], r[""], r["\\xff\\"\\\\"]); const m = {}; m[data + "x" + a] = 1; m[a] = 2; m[a ? "x" : data] = 3; gate(m["q"] | 0);`),
      rare("gate(0, 1, 4294967295, 9007199254740991, 1000000); gate(- -a, -(-a), !(--a) ? 1 : 0, a-- - --b, (a--) > 0 ? 1 : 0);"),
      rare("for (;;) break; for (let i = 0, k = 1; i < 3, k < 3; i++, k++) ; do a--; while (a > 0); do { if (a) continue; b--; } while (b > 0); while (a) if (b) a--; else break;"),
      rare(`switch (a ? 1 : 2) { case a ? 1 : 0: case (a, 2): gate(1); { gate(2); } default: switch (b) { default: } } if (a) ; else if (b) { gate(1); } else for (const c of "ab") gate(2, 0, 0, 0, 0, "" + c);`),
      rare('try { gate(1); } catch { } finally { gate(2); } try { gate(1); } catch (e) { } try { try { gate(1); } catch (e) { throw e; } } catch (e) { gate(2, 0, 0, 0, 0, "" + e); }'),
      rare("({ k: 0 }).k++; ({}, gate(1)); ({ k: { j: 1 } }).k.j = 2; [1][0] = 2; gate([[1]][0] === undefined ? 1 : 0);"),
      rare("gate(deep(a, 3));", "function deep(n, m) { return n > 0 ? deep(n - 1, m) + other(m) : m; } function other(m) { return m; }"),
      verifyModule("export function handle(n) { if (n > 0) handle(n - 1); }").text, verifyModule("export function handle() {}").text, verifyModule("export function handle(event, badge) { handle2(badge); } function handle2(n) { if (n) handle(n - 1, 0); }").text,
      rare(Array.from({ length: 120 }, (_, i) => `let v${i} = ${i};`).join("") + `gate(${Array.from({ length: 120 }, (_, i) => `v${i}`).join("+")});`),
    ]) expect(look(text), text).toMatchObject({ verdict: Scan.Good });
  });
});

describe("attacks", () => {
  /** What needs kinds, or the order in which functions run, to be seen; or what stands in the head of handle. */
  const UNSEEN = /^(kinds confused|var (before|in)|module variable before|let in the dead zone|result of a function|undefined [+*|]|A21 array to text|A43|A24|A12 (array|record|fromCharCode) as a key|gate by for-of|gate as a parameter)/;
  const asPrinted = (body: string): string => body.replaceAll(/\b(const|let) (\w+) = /g, "$2 = ").replaceAll(/\bgate\b/g, "g").replaceAll(/\bhandle\b/g, "h").replaceAll(/\bdata\b/g, "f").replace(/^.*function h\([^)]*\) \{/s, "").replace(/\}\s*$/, "").trim();

  test.each(REJECTED)("%s", (name, source) => {
    // As it is, within the frame, and with the names that a printer gives, so that more than its words are strange.
    expect(scanned(withBody(source)), source).toBeGreaterThan(Scan.Good);
    expect(scanned(source)).toBe(Scan.Frame);
    const body = asPrinted(source);
    const names = [...new Set([...body.matchAll(/(?<![.\w$"'])([a-z])(?= =)/g)].map(([, one]) => one!).filter((one) => !"abcdefgij".includes(one)))];
    const text = withBody(body, TEXT).replace("var i,j;", `var ${["i", "j", ...names].join(",")};`);
    if (!UNSEEN.test(name)) expect(scanned(text), text).toBeGreaterThan(Scan.Good);
  });

  test("the frame around them is sound, so that it is the attack that is refused", () => {
    expect(scanned(withBody("g(1);i=a"))).toBe(Scan.Good);
    expect(scanned(withBody("g(1);i=C(f+a)", TEXT, "var k=1,l=[1];"))).toBe(Scan.Good);
  });

  test.each<[string, Scan, string, string?, string?]>([
    ["a member of the engine", Scan.Member, "i=f.constructor"], ["a method that is not called", Scan.Member, "i=f.charAt"], ["a field that is called", Scan.Member, "f.$x()"], ["length called", Scan.Member, "f.length()"], ["a method of nothing", Scan.Member, "i=f.()"],
    ["__proto__", Scan.Member, "i=f.__proto__"], ["a banned member of Math", Scan.Member, "i=Math.constructor(1)"], ["Math as a value", Scan.Member, "i=Math"], ["String as a function", Scan.Member, "i=String(a)"], ["new of a name", Scan.Member, "i=new a(1)"], ["new Function", Scan.Member, "i=new Function(f)"], ["new without brackets", Scan.Member, "i=new Uint8Array;g(1)"],
    ["parseInt as a value", Scan.Member, "i=parseInt;g(1)"], ["a callee in brackets", Scan.Bracket, "(a)()"], ["a callee of a callee", Scan.Bracket, "g(1)(2)"], ["a computed callee", Scan.Bracket, "f[0]()"], ["a string called", Scan.Bracket, "\"a\"()"],
    ["this", Scan.Token, "i=this"], ["eval", Scan.Token, "eval(f)"], ["a global", Scan.Token, "i=global"], ["E", Scan.Token, "i=E"], ["E called", Scan.Token, "E(1)"], ["import", Scan.Token, "import(f)"], ["a class", Scan.Token, "class i{}"], ["with", Scan.Token, "with(a)g(1)"], ["delete", Scan.Token, "delete f.$x"], ["in", Scan.Token, "i=\"a\"in f"], ["instanceof", Scan.Token, "i=f instanceof a"],
    ["yield", Scan.Token, "yield a"], ["await", Scan.Token, "await a"], ["async", Scan.Token, "async a"], ["let", Scan.Token, "let i=1"], ["const", Scan.Token, "const i=1"], ["debugger", Scan.Token, "debugger"], ["arguments", Scan.Token, "i=arguments"], ["super", Scan.Token, "super(1)"], ["a label", Scan.Token, "i:for(;;){($-=1)<0&&$();break}"], ["a break to a label", Scan.Token, "for(;;){($-=1)<0&&$();break i}"],
    ["for-in", Scan.Token, "for(i in f)($-=1)<0&&$(),g(1)"], ["an arrow", Scan.Token, "i=a=>b"], ["a template", Scan.Token, "i=`a`"], ["single quotes", Scan.Token, "i='a'"], ["a regular expression", Scan.Token, "i=/a/"], ["a regular expression after if", Scan.Token, "if(a)/b/.exec(f)"], ["a regular expression behind do", Scan.Token, "do{($-=1)<0&&$()}while(a)/b/;g(1)"],
    ["a comment", Scan.Token, "i=a//b"], ["a comment in the middle", Scan.Token, "i=a/*b*/"], ["a comment of HTML", Scan.Token, "i=a<!--b"], ["the other one", Scan.Token, "i=a-->b"], ["a spread", Scan.Token, "g(...f)"], ["a chain", Scan.Token, "i=f?.$x"], ["an exponent", Scan.Token, "i=a**2"], ["a private name", Scan.Member, "i=f.#x"], ["a decorator", Scan.Token, "@a"], ["an escape in a name", Scan.Token, "\\u0069=1"],
    ["||=", Scan.Token, "i||=1"], ["??=", Scan.Token, "i??=1"], ["a fraction", Scan.Token, "i=0.5"], ["an exponent of a number", Scan.Token, "i=1e9"], ["an octal number", Scan.Token, "i=017"], ["a hexadecimal number", Scan.Token, "i=0x1f"], ["a big integer", Scan.Token, "i=1n"], ["a member of a number", Scan.Token, "i=1..toString()"], ["a plus in front", Scan.Token, "i=+a"], ["two operands", Scan.Token, "i=a b"],
    ["a getter", Scan.Key, "i={get $x(){return 1}}"], ["a method", Scan.Key, "i={$x(){return 1}}"], ["a shorthand", Scan.Key, "i={a}"], ["a key without the prefix", Scan.Key, "i={x:1}"], ["a text key without it", Scan.Key, "i={\"x\":1}"], ["a number as key", Scan.Key, "i={1:1}"], ["a computed key", Scan.Key, "i={[f]:1}"], ["__proto__ as a key", Scan.Key, "i={__proto__:1}"], ["a gap at the end of a record", Scan.Key, "i={$a:1,}"],
    ["a text in brackets", Scan.Key, "i=f[\"constructor\"]"], ["one that is put together", Scan.Key, "i=f[\"con\"+\"structor\"]"], ["a conditional one", Scan.Key, "i=f[a?\"constructor\":0]"], ["one in brackets", Scan.Key, "i=f[(\"constructor\")]"], ["one at the end of a list", Scan.Key, "i=f[(0,\"constructor\")]"], ["one that is assigned", Scan.Key, "i=f[j=\"constructor\"]"], ["one by ||", Scan.Key, "i=f[0||\"constructor\"]"], ["one by &&", Scan.Key, "i=f[1&&\"constructor\"]"], ["one by ??", Scan.Key, "i=f[j??\"constructor\"]"],
    ["one by the helper", Scan.Key, "i=f[C(\"constr\"+\"uctor\")]", TEXT], ["one behind the prefix", Scan.Key, "i=f[C(\"$\"+a?\"constructor\":0)]", TEXT], ["one behind a comma", Scan.Token, "i=f[C(\"$\"+a,\"constructor\")]", TEXT], ["one by the prefix and &&", Scan.Key, "i=f[C(\"$\"+a&&\"constructor\")]", TEXT], ["one by a prefix compared", Scan.Key, "i=f[\"$x\"?\"constructor\":0]"], ["one in brackets by the helper", Scan.Key, "i=f[(C(\"constr\"+\"uctor\"))]", TEXT], ["one by +", Scan.Key, "i=f[\"\"+\"constructor\"]"], ["one behind +", Scan.Key, "i=f[j+\"constructor\"]"],
    ["a key of two", Scan.Token, "i=f[0,\"constructor\"]"],
    ["an unknown name", Scan.Name, "i=k"], ["an unknown function", Scan.Name, "k(1)"], ["a name of another function", Scan.Name, "i=q", "function k(q){($-=1)<0&&$();return q}"], ["the name of a catch behind it", Scan.Name, "try{g(1)}catch(k){($-=1)<0&&$();k=X(k)}i=k", "function X(e){($-=29)<0&&$();return typeof e==\"object\"?\"error\":\"\"+e}"], ["a name before its var", Scan.Name, "k=1;var k"],
    ["a function as a value", Scan.Name, "i=k", "function k(l){($-=1)<0&&$();return l}"], ["handle as a value", Scan.Name, "i=h"], ["the gate as a value", Scan.Name, "i=g"], ["the gate handed on", Scan.Name, "g(g)"], ["the gate assigned", Scan.Name, "g=a"], ["a helper as a value", Scan.Name, "i=C", TEXT], ["a helper that is not there", Scan.Name, "i=C(f)"], ["a variable called", Scan.Name, "i()"], ["a variable of the module called", Scan.Name, "k()", "", "var k=1;"], ["a function assigned", Scan.Name, "k=1", "function k(){($-=1)<0&&$()}"],
    ["a variable twice", Scan.Name, "g(1)", "", "var k=1,k=2;"], ["more parameters than one step should take", Scan.Name, "g(1)", `function k(${Array.from({ length: 134 }, (_, i) => `${"klmnopq"[i % 7]}${"abcdefghijklmnopqrst"[(i / 7) | 0]}`).join(",")}){($-=1)<0&&$()}`], ["a function twice", Scan.Name, "g(1)", "function k(){($-=1)<0&&$()}function k(){($-=1)<0&&$()}"], ["a name of the module in a function", Scan.Name, "g(1)", "", "var a=1;"], ["a function of the name of a parameter", Scan.Name, "g(1)", "function k(l){($-=1)<0&&$()}function l(){($-=1)<0&&$()}"], ["a typed array of a list", Scan.Member, "i=new Uint8Array([1])"], ["a function called g", Scan.Name, "g(1)", "function g(){($-=1)<0&&$()}"], ["a parameter called $", Scan.Name, "g(1)", "function k($){($-=1)<0&&$()}"], ["var $", Scan.Name, "var $;g(1)"], ["var A", Scan.Name, "var A;g(1)"], ["var of the engine", Scan.Name, "var JSON=1"], ["a function in a function", Scan.Name, "function k(){($-=1)<0&&$()}"], ["a function expression", Scan.Token, "i=function(){return 1}"],
    ["a var in a block", Scan.Token, "if(a){var k=1}"], ["a module variable before it is declared", Scan.Name, "g(1)", "", "var k=l,l=1;"], ["a module statement that uses what is not declared", Scan.Name, "g(1)", "", "k=1;var k;"],
    ["fuel that is refilled", Scan.Token, "$=1e9"], ["fuel in brackets", Scan.Charge, "($-=-5)<0&&$()"], ["fuel by +=", Scan.Token, "($+=5)<0&&$()"], ["a charge of nothing in particular", Scan.Charge, "($-=a)<0&&$()"], ["a charge that stops nothing", Scan.Charge, "($-=5)<0&&1"], ["memory refilled", Scan.Token, "A=9"], ["memory by a charge", Scan.Token, "($-=1)<0&&$(),(A-=-9)<0&&($=-1)()"], ["fuel read", Scan.Token, "i=$"], ["fuel called", Scan.Token, "$()"], ["the depth set back", Scan.Token, "K=0"],
    ["a loop that is free", Scan.Charge, "for(;;){g(1)}"], ["a loop without a block that is free", Scan.Charge, "for(;;)g(1)"], ["while that is free", Scan.Charge, "while(a)g(1)"], ["do that is free", Scan.Charge, "do{g(1)}while(a)"], ["a handler that is free", Scan.Charge, "try{g(1)}catch{g(2)}"], ["finally that is free", Scan.Charge, "try{g(1)}finally{g(2)}"], ["a function that is free", Scan.Charge, "g(1)", "function k(){g(2)}"], ["what is caught kept as it is", Scan.Token, "try{g(1)}catch(k){($-=1)<0&&$();g(k)}"],
    ["a helper that is another", Scan.Token, "g(1)", "function C(s){($-=40)<0&&$();return s}"], ["a helper with other parameters", Scan.Name, "g(1)", "function C(t){($-=40)<0&&$();return t}"],
    ["a block that ends in the middle", Scan.Bracket, "if(a){i=}g(1)"], ["a regular expression with flags behind do", Scan.Token, "do{($-=1)<0&&$()}while(a)/i/j;g(1)"], ["do with something else behind it", Scan.Token, "do{($-=1)<0&&$()}      a);g(1)"], ["a var that may not run", Scan.Token, "if(a)var k=1;g(1)"], ["a function that may not be there", Scan.Token, "if(a)function k(){($-=1)<0&&$()}g(1)"],
    ["a depth where nothing is recursive", Scan.Token, "g(1)", "function k(l){($-=1)<0&&$();l<0&&(K=1,$=-1)();return 1}"], ["K where nothing is recursive", Scan.Name, "g(1)", "var K=0;"], ["a comma behind the parameters", Scan.Token, "g(1)", "function k(l,){($-=1)<0&&$()}"], ["a text that is kept by ||", Scan.Key, "i=f[\"constructor\"||0]"], ["one that is kept by &&", Scan.Key, "i=f[\"a\"&&\"constructor\"]"], ["one that is kept by ??", Scan.Key, "i=f[\"constructor\"??0]"],
    ["brackets that cross", Scan.Bracket, "i=(a[b)]"], ["a bracket too many", Scan.Bracket, "i=a)"], ["a brace too many", Scan.Bracket, "}g(1)"], ["a brace too few", Scan.Frame, "if(a){g(1)"], ["a block", Scan.Bracket, "{g(1)}"], ["a string without an end", Scan.String, "i=\"a"], ["an escape that is never printed", Scan.String, "i=\"\\n\""], ["an escape of Unicode", Scan.String, "i=\"\\u0041\""], ["an escape with capitals", Scan.String, "i=\"\\xFF\""], ["a string over lines", Scan.Ascii, "i=\"\n\""], ["a byte from 128", Scan.Ascii, "i=\"\xff\""], ["a tab", Scan.Ascii, "i=\ta"], ["a delete", Scan.Ascii, "i=\x7fa"],
    ["return outside", Scan.Token, "g(1)", "", "return 1;"], ["a loop outside", Scan.Charge, "g(1)", "", "for(;;)g(1);"], ["a second module", Scan.Token, `g(1)}${TAIL}`.replace("]})", "]})(function(){"), ""],
  ])("%s", (_, verdict, body, functions = "", variables = "") => {
    expect(look(withBody(body, functions, variables)), withBody(body, functions, variables)).toMatchObject({ verdict });
  });

  test("another head or tail", () => {
    const good = withBody("g(1)");
    expect(scanned(good)).toBe(Scan.Good);
    for (const [from, to] of [["(function(g,$,A){", "(function(g,$,B){"], ["(function", "(function k"], ["(function", " (function"], ["]})", "]})()"], ["]})", "]});"], ["]})", ",1]})"], ["{$=f;A=m;", "{$=f;A=1e9;"], ["{$=f;", "{$=f;h=g;"], ["h(e,b,l,x,y,d)", "h(e,b,x,l,y,d)"], ["h(e,b,l,x,y,d)", "h(e,b,l,x,y,d,g)"], ["h(e,b,l,x,y,d)", "h(e,,b)"], ["h(e,b,l,x,y,d)", "h(-1)"], ["h(e,b,l,x,y,d)", "h(01)"], ["function(){return A}", "function(){return g}"], ["{return A}", "{return A},function(){return K}"], ["{$=f;A=m;", "{$=f;A=m;K=0;"]] as const) {
      expect(scanned(good.replace(from, to.replaceAll("$", "$$$$"))), to).toBeGreaterThan(Scan.Good);
    }
    for (const to of ["h()", "h(e)", "h(e,b,l)", "h(6)", "h(e,b,l,x,y,d,6)"]) expect(scanned(good.replace("h(e,b,l,x,y,d)", to))).toBe(Scan.Good);
    for (const text of ["", "(", HEAD, TAIL, HEAD + TAIL.slice(1), "x".repeat(5000), "\0".repeat(100)]) expect(scanned(text)).toBeGreaterThan(Scan.Good);
    expect(scanned(HEAD + TAIL)).toBe(Scan.Name);
    // The fourth function and its variable: both, once, or neither.
    const deep = printed.find(({ name }) => name === "recursion")!.text;
    expect(scanned(deep.replace("var K=0;", "var K=0;var K=0;"))).toBe(Scan.Name);
    expect(scanned(deep.replace("var K=0;", ""))).toBe(Scan.Token);
    expect(scanned(good.replace("A=m;", "A=m;K=0;").replace("]})", ",function(){return K}]})"))).toBe(Scan.Frame);
  });

  test("every length but its own", () => {
    for (const { text } of printed.slice(0, 4)) for (let length = 0; length < text.length; length++) expect(scanned(text.substring(0, length))).toBe(Scan.Frame);
  });
});

describe("printed text that was changed", () => {
  const SNIPPETS = [
    "[\"constructor\"]", ".constructor", ".__proto__", "this", "eval(", "g", "g=", "h", "$=9", "A=9", "($-=1)<0&&$()", "K=0", "function(){", "=>", "`", "/x/", "//", "/*", "-->", "<!--", "...", "[", "]", "(", ")", "{", "}", ";", ",", ":", "?", ".", "\"", "\\", "\\u0041", " ", "in", " of ", "new ", "var a", "a", "E", "C(", "{$a:", "get ", "[C(\"$\"+", "for(;;)", "while(1)", "try{", "catch(a){", "return", "\"$\"", "0x1", "1n", "async ", "import(", "++", "=", "\xff", "\n", "break a;",
  ];
  const around = fc.record({ sample: fc.nat(printed.length - 1), at: fc.nat(2000), cut: fc.nat(6), from: fc.nat(2000), length: fc.nat(30), snippet: fc.nat(SNIPPETS.length - 1), kind: fc.nat(3), code: fc.nat(255) });
  type Change = typeof around extends fc.Arbitrary<infer T> ? T : never;

  const mutate = ({ sample, at, cut, from, length, snippet, kind, code }: Change): string => {
    const { text } = printed[sample]!;
    const where = at % text.length;
    const put = kind === 0 ? String.fromCharCode(code) : kind === 1 ? SNIPPETS[snippet]! : kind === 2 ? "" : text.substr(from % text.length, length);
    return text.substring(0, where) + put + text.substring(where + (kind === 0 ? 1 : cut));
  };
  /** What the host's second look says: undefined when it passes; a text that does not parse runs nowhere. */
  const judge = (text: string): string | undefined => {
    try {
      return recheck(text, parse(text, { ecmaVersion: "latest", sourceType: "script" }));
    } catch {
      return undefined;
    }
  };

  test("what the scanner lets pass, the second look of the host lets pass, or it is no program", { timeout: 180_000 }, () => {
    const counts = { good: 0, refused: 0, same: 0 };
    fc.assert(fc.property(around, (change) => {
      const text = mutate(change);
      if (text === printed[change.sample]!.text) {
        counts.same++;
        return true;
      }
      const verdict = scanned(text);
      counts[verdict === Scan.Good ? "good" : "refused"]++;
      return verdict !== Scan.Good || judge(text) === undefined;
    }), { seed, numRuns: 30_000 });
    console.log(`seed ${seed}: ${counts.refused} changed texts refused, ${counts.good} are such as the printer could print`);
    expect(counts.refused).toBeGreaterThan(20_000);
    expect(counts.good).toBeGreaterThan(100);
  });

  test("every byte of a text set to another: refused, or harmless to the host's second look as well", { timeout: 180_000 }, () => {
    const draw = random(seed);
    let passed = 0;
    for (const { text } of printed) {
      for (let at = 0; at < text.length; at++) {
        const put = String.fromCharCode(32 + (draw() % 95));
        const one = text.substring(0, at) + put + text.substring(at + 1);
        if (one === text || scanned(one) !== Scan.Good) continue;
        passed++;
        expect(judge(one), one).toBeUndefined();
      }
    }
    // Another digit, letter of a text, or operator: that is what the hash is for.
    console.log(`${passed} of ${printed.reduce((sum, { text }) => sum + text.length, 0)} changed bytes leave a text of the printer's shape`);
  });

  test("random text: a verdict, never an exception, and it ends", () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.constantFrom(...SNIPPETS), fc.string({ unit: "binary", maxLength: 5 }).map((text) => text.replace(/[^\x00-\xff]/g, "?"))), { maxLength: 30 }), fc.boolean(), (parts, isFramed) => {
      const { verdict } = look(isFramed ? withBody(parts.join("")) : parts.join(""), 5);
      return verdict >= Scan.Good && verdict <= Scan.Charge;
    }), { seed, numRuns: 5_000 });
  });
});
