// Rules from 30: what values may be where, proven for every run; and what the printed text may take.

const handler = (body: string): string => `export function handle(event, badge, label, a, b, data) { ${body} }`;

export const KIND_RULES = [
  {
    number: 30, id: "gate-argument", title: "Numbers and one byte string cross the gate",
    why: "an object that crosses would share memory with the kernel, and could look different each time it is read",
    instead: "make it a number with `x | 0` (or `x ?? 0`), a byte string with `\"\" + x`; at most five numbers, then the string",
    bad: handler("const list = [1]; gate(a, list[0]);"), good: handler("const list = [1]; gate(a, list[0] | 0);"),
  },
  {
    number: 31, id: "plus", title: "What + adds must be clear",
    why: "+ adds numbers or joins strings; with a record it runs conversions, and Espruino makes a string of undefined + undefined",
    instead: "make both numbers with `x | 0`, or the first a string with `\"\" + x`; join to a plain variable",
    bad: handler("const list = [1]; gate(a, list[0] + list[1]);"), good: handler("const list = [1]; gate(a, (list[0] | 0) + (list[1] | 0));"),
  },
  {
    number: 32, id: "arithmetic", title: "Arithmetic on something that is no number",
    why: "an object or a string would be converted, which engines do differently",
    instead: "take the field or element that is the number; a string becomes one by `parseInt(text, 10)`",
    bad: handler("gate(a, data * 2);"), good: handler("gate(a, parseInt(data, 10) * 2);"),
  },
  {
    number: 33, id: "comparison", title: "A comparison that would convert",
    why: "== and < convert objects to strings, and strings to numbers, which engines do differently",
    instead: "use ===, or compare numbers with numbers and strings with strings",
    bad: handler("if ([1] < 2) gate(a);"), good: handler("if (1 < 2) gate(a);"),
  },
  {
    number: 34, id: "key", title: "A computed key that is not proven",
    why: "a key that is not known to be a number could name a member of the engine (constructor, __proto__, hidden keys on Espruino)",
    instead: "index arrays by a number (`i | 0`); records also by a string (`\"\" + key`)",
    bad: handler("const list = [1]; const i = list[0]; gate(a, list[i] | 0);"), good: handler("const list = [1]; const i = list[0] | 0; gate(a, list[i] | 0);"),
  },
  {
    number: 35, id: "receiver", title: "A member of something that may not have it",
    why: "which object stands before the dot decides what its member is, so it must be known",
    instead: "give each variable, parameter and field one kind; use a second variable where it would have two",
    bad: handler("let x = [1]; if (a) x = { n: 1 }; gate(x.length);"), good: handler("let x = [1]; let y = { n: 1 }; gate(a ? x.length : y.n);"),
  },
  {
    number: 36, id: "field", title: "A field of something that is no record",
    why: "only records have fields of the module's own",
    instead: "strings and arrays have `length` and their methods; keep your own fields in a record",
    bad: handler("gate(a, data.size);"), good: handler("gate(a, data.length);"),
  },
  {
    number: 37, id: "method", title: "A method that the guest language does not have",
    why: "only methods that all engines have, that do the same and do a bounded amount of work can be called",
    instead: "strings: charCodeAt, charAt, substring, indexOf, startsWith, endsWith; arrays: push, pop; typed arrays: fill; write a loop for the rest",
    bad: handler("const list = [3, 1]; list.sort(); gate(a);"), good: handler("const list = [3, 1]; list.push(2); gate(a);"),
  },
  {
    number: 38, id: "element", title: "An element that can't be stored there",
    why: "a typed array would convert what is stored, and strings can't be changed",
    instead: "store a number (`x | 0`); make a new string with substring and +",
    bad: handler("const list = new Uint8Array(4); list[0] = data; gate(a);"), good: handler("const list = new Uint8Array(4); list[0] = data.charCodeAt(0); gate(a);"),
  },
  {
    number: 39, id: "throw", title: "Only numbers and strings are thrown",
    why: "what a module throws ends up in the kernel's fault record",
    instead: "throw a short text or a number",
    bad: handler("if (a) throw { code: 1 };"), good: handler(`if (a) throw "code 1";`),
  },
  {
    number: 40, id: "argument-count", title: "More arguments than parameters",
    why: "an argument that nobody reads is a mistake, and Espruino keeps it in the scope of the callee",
    instead: "drop the argument, or declare a parameter for it",
    bad: `function f(x) { return x; } ${handler("gate(f(1, 2));")}`, good: `function f(x) { return x; } ${handler("gate(f(1));")}`,
  },
  {
    number: 41, id: "intrinsic-argument", title: "An argument that the built-in does not take",
    why: "a built-in that converts its arguments does so differently on each engine",
    instead: "pass numbers and strings as its row in the language reference says (`x | 0`, `\"\" + x`)",
    bad: handler("gate(a, Math.floor(data));"), good: handler("gate(a, Math.floor(b / 2));"),
  },
  {
    number: 42, id: "gate-at-load", title: "The gate is not open while the module loads",
    why: "module code runs before the module is a task, so it has no authority yet",
    instead: "call the gate from handle, at the event Start (0)",
    bad: `const now = gate(0); ${handler("gate(now);")}`, good: `let now = 0; ${handler("if (event === 0) now = gate(0); gate(now);")}`,
  },
  {
    number: 43, id: "built-in-write", title: "A built-in member is written",
    why: "`length` of a list is the engine's: Espruino throws",
    instead: "pop elements, or keep an own count beside the list",
    bad: handler("const list = [1]; list.length = 0; gate(a);"), good: handler("const list = [1]; list.pop(); gate(a);"),
  },
  {
    number: 44, id: "switch", title: "A switch on an object",
    why: "objects are equal to themselves only, and engines differ in how cases compare",
    instead: "switch on a number or a string",
    bad: handler("const r = { n: 1 }; switch (r) { case r: gate(a); }"), good: handler("const r = { n: 1 }; switch (r.n) { case 1: gate(a); }"),
  },
  {
    number: 45, id: "iterate", title: "for-of over something that is no list",
    why: "for-of runs an iterator; only those of arrays, strings and typed arrays are known",
    instead: "loop over an array, a string or a typed array, or over an index",
    bad: handler("const r = { n: 1 }; for (const x of r) gate(a);"), good: handler("for (const x of [1]) gate(a);"),
  },
  {
    number: 60, id: "stack", title: "Deeper than the stack of a board",
    why: "a stack overflow can't be caught on Espruino: it ends whatever runs",
    instead: "call less deeply, take inner expressions out into variables, replace recursion by a loop, or lower its limit",
    bad: `function f(x) { return x ? g(x - 1) : 0; } function g(x) { return x ? f(x - 1) : 0; } function u(x) { return x ? u(f(x)) : 0; } function v(x) { return x ? v(u(x)) : 0; } function w(x) { return x ? w(v(x)) : 0; } ${handler("gate(w(a));")}`,
    good: `function f(x) { return x ? f(x - 1) : 0; } ${handler("gate(f(a));")}`,
  },
  {
    number: 61, id: "dialect", title: "The printed text would break the tile dialect",
    why: "Espruino would read it differently, or not at all",
    instead: "see the reference page of the tile dialect for the rule that is named",
    bad: handler("gate(a, (a * b) | 0);"), good: handler("gate(a, (a * 1000) | 0);"),
  },
] as const;
