// Rules 1 to 29: what the text may consist of, and which names it may use.

/** A handler around statements. */
const handler = (body: string): string => `export function handle(event, badge, label, a, b, data) { ${body} }`;

export const SYNTAX_RULES = [
  {
    number: 1, id: "unreadable", title: "The text is no ECMAScript module",
    why: "what a parser can't read can't be verified",
    instead: "run the type checker first; the place is where reading stopped",
    bad: "export function handle( {", good: handler("gate(0);"),
  },
  {
    number: 2, id: "too-large", title: "Text too long or nested too deep",
    why: "a tile reads module text from flash with a recursive parser and little stack",
    instead: "split the module in two, give inner expressions a name, or turn a long chain into a table",
    bad: handler(`gate(${"(1+".repeat(300)}1${")".repeat(300)});`), good: handler("let sum = 0; for (let i = 0; i < 300; i++) sum = sum + 1; gate(sum);"),
  },
  {
    number: 3, id: "top-level", title: "Only functions and variables at module level",
    why: "module code runs once when the module is loaded, and a restart loads it again: what it does must be visible at a glance",
    instead: "put the statement into a function, and call it from handle or from a variable's initialiser",
    bad: `let n = 0; for (let i = 0; i < 3; i++) n++; ${handler("gate(n);")}`, good: `function three() { let n = 0; for (let i = 0; i < 3; i++) n++; return n; } const n = three(); ${handler("gate(n);")}`,
  },
  {
    number: 4, id: "handle", title: "One export: the function handle(event, badge, label, a, b, data)",
    why: "the kernel calls a module in one way only: with five numbers and a byte string",
    instead: "declare `export function handle(event, badge, label, a, b, data)` with at most these six plain parameters, and export nothing else",
    bad: "export function handle(event, badge, label, a, b, data, extra) { gate(event); }", good: handler("gate(event);"),
  },
  {
    number: 5, id: "import", title: "No import at run time",
    why: "a module is one text: nothing is looked up on the tile",
    instead: "import in TypeScript, so that the build bundles it; what the tile offers is behind the gate",
    bad: `import { x } from "x"; ${handler("gate(x);")}`, good: `const x = 1; ${handler("gate(x);")}`,
  },
  {
    number: 6, id: "function-value", title: "Functions are no values",
    why: "a function object shows its scope and its code on Espruino (hidden keys), and a call whose callee is not known can't be bounded",
    instead: "declare the function at module level and call it by its name; to choose between several, call them in a switch",
    bad: handler("const twice = (x) => x * 2; gate(a, twice(b));"), good: `function twice(x) { return x * 2; } ${handler("gate(a, twice(b));")}`,
  },
  {
    number: 7, id: "class", title: "No class",
    why: "a class brings prototypes, `this` and functions as values",
    instead: "a record and functions that take it: `function tick(state) { state.count++; }`",
    bad: `class Counter {} ${handler("gate(a);")}`, good: `const counter = { count: 0 }; ${handler("counter.count++; gate(counter.count);")}`,
  },
  {
    number: 8, id: "this", title: "No this, super, new.target, import.meta or arguments",
    why: "`this` of a plain call is the engine's global object on Espruino",
    instead: "name the parameters and pass what is needed",
    bad: handler("gate(a, this.b);"), good: handler("gate(a, b);"),
  },
  {
    number: 9, id: "ambient-name", title: "A name that the module does not declare",
    why: "whatever an engine offers by name is authority that nobody granted",
    instead: "ask the tile by the gate; for calculation there are Math.abs, ceil, floor, max and min, parseInt, String.fromCharCode and the typed arrays",
    bad: handler("gate(a, Date.now());"), good: handler("gate(a, gate(0));"),
  },
  {
    number: 10, id: "gate-callee", title: "gate may only be called",
    why: "the gate must not be kept, passed on or replaced: its arguments have to be seen where it is called",
    instead: "call it: `gate(op, address, label, a, b, data)`",
    bad: handler("const door = gate; door(a);"), good: handler("gate(a);"),
  },
  {
    number: 11, id: "intrinsic-form", title: "An intrinsic in another form than its own",
    why: "a built-in that is handed around is a function value, and its members lead to the engine",
    instead: "write it exactly as `Math.floor(x)`, `parseInt(text, 10)`, `String.fromCharCode(code)` or `new Uint8Array(length)`",
    bad: handler("const m = Math; gate(m.floor(a));"), good: handler("gate(Math.floor(a));"),
  },
  {
    number: 12, id: "name-taken", title: "gate and the intrinsics can't be declared anew",
    why: "a reader and a scanner on the tile take these names for what they always mean",
    instead: "choose another name",
    bad: handler("let Math = 1; gate(Math);"), good: handler("let maths = 1; gate(maths);"),
  },
  {
    number: 13, id: "pattern", title: "No destructuring, default, rest or spread",
    why: "they run iterators and make arrays unseen, and Espruino can't read them",
    instead: "read the fields one by one, pass every argument, loop over the elements",
    bad: handler("const { x } = { x: 1 }; gate(x);"), good: handler("const r = { x: 1 }; const x = r.x; gate(x);"),
  },
  {
    number: 14, id: "operator", title: "An operator outside of the guest language",
    why: "delete, in and instanceof look at names and prototypes at run time; `**`, `?.` and `&&=` Espruino can't read",
    instead: "set the field to undefined; compare with undefined; multiply; write `a = a && b`",
    bad: handler("const r = { x: 1 }; delete r.x; gate(a);"), good: handler("const r = { x: 1 }; r.x = undefined; gate(a);"),
  },
  {
    number: 15, id: "statement", title: "A statement outside of the guest language",
    why: "for-in, labels, with, debugger, generators and async code have no bound in fuel or no meaning on Espruino",
    instead: "loop over an index; leave nested loops by a function and return; go on in the next event",
    bad: handler("for (const k in { x: 1 }) gate(a);"), good: handler("for (const k of [1]) gate(a);"),
  },
  {
    number: 16, id: "literal", title: "No regular expression, BigInt or tagged template",
    why: "a regular expression has no bound in time, and Espruino knows neither of the others",
    instead: "scan with charCodeAt in a loop; numbers are exact up to 2^53",
    bad: handler("const r = /a/; gate(a);"), good: handler("gate(a, data.charCodeAt(0));"),
  },
  {
    number: 17, id: "number-literal", title: "Only integers up to 2^53 as literals",
    why: "Espruino reads fractions one unit off and large literals as garbage, so engines would disagree",
    instead: "use a smaller unit (µs, mV, permille), or divide: `1 / 4`",
    bad: handler("gate(a, 0.25);"), good: handler("gate(a, 1 / 4);"),
  },
  {
    number: 18, id: "proto", title: "No __proto__, in any spelling",
    why: "it names the prototype, by which every engine leads to its functions",
    instead: "choose another name",
    bad: handler(`const r = { "__proto__": 1 }; gate(a);`), good: handler("const r = { parent: 1 }; gate(a);"),
  },
  {
    number: 19, id: "literal-form", title: "Records are `name: value`, arrays are elements",
    why: "getters, methods and computed keys run code or make functions unseen; a gap in an array is no element",
    instead: "write every field as `name: value`, and assign computed keys afterwards",
    bad: handler("const r = { get x() { return 1; } }; gate(a);"), good: handler("const r = { x: 1 }; gate(r.x);"),
  },
  {
    number: 20, id: "declaration-place", title: "Declared in a place that may be skipped",
    why: "Espruino does not hoist: a name that does not exist yet is looked up among the engine's own",
    instead: "declare above the first use; put braces around a case that declares something; put default last",
    bad: handler("gate(x); let x = 1;"), good: handler("let x = 1; gate(x);"),
  },
  {
    number: 21, id: "constant", title: "A constant is assigned",
    why: "it would throw at run time",
    instead: "declare it with let",
    bad: handler("const x = 1; x = 2; gate(x);"), good: handler("let x = 1; x = 2; gate(x);"),
  },
  {
    number: 22, id: "finally", title: "A finally that jumps or throws",
    why: "Espruino loses what is thrown inside of finally and ignores jumps out of it, so engines would go on differently",
    instead: "keep finally to plain statements: no return, throw or try, no break or continue out of it, no call of a function that throws; do the rest after the try",
    bad: handler("try { gate(a); } finally { return; }"), good: handler("try { gate(a); } finally { a = 0; } return;"),
  },
] as const;
