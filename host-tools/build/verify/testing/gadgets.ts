// Confusions: ways to bring a value of another kind to a place where the text seems to hold a number, and places where that would matter.
//
// A whole and sound verifier rejects most of them, or the place makes them harmless; a hole in the inference lets one through, and the world of traps sees it.

interface Gadget {
  /** Functions and variables at module level. */
  top: string;
  /** Statements before. */
  before: string;
  /** Seems to be a number. */
  value: string;
}

const SOURCES: readonly ((id: string) => Gadget)[] = [
  (id) => ({ top: "", before: `const r${id} = { k: 1 }; const q${id} = r${id}; q${id}.k = data;`, value: `r${id}.k` }),
  (id) => ({ top: "", before: `const r${id} = { k: 1 }; const l${id} = [r${id}]; for (const q of l${id}) q.k = data;`, value: `r${id}.k` }),
  (id) => ({ top: `function put${id}(r) { r.k = "length"; }`, before: `const r${id} = { k: 1 }; put${id}(r${id});`, value: `r${id}.k` }),
  (id) => ({ top: `const kept${id} = { r: { k: 1 } }; function get${id}() { return kept${id}.r; }`, before: `get${id}().k = data;`, value: `kept${id}.r.k` }),
  (id) => ({ top: "", before: `const a${id} = { n: null, k: 1 }; const b${id} = { n: a${id}, k: 2 }; for (let at = b${id}; at !== null; at = at.n) at.k = "push";`, value: `a${id}.k` }),
  (id) => ({ top: "", before: `const l${id} = [1]; const m${id} = l${id}; m${id}[0] = data;`, value: `(l${id}[0] ?? 0)` }),
  (id) => ({ top: "", before: `const l${id} = [[1]]; const m${id} = l${id}[0] ?? [2]; m${id}.pop(); m${id}.push(data);`, value: `((l${id}[0] ?? [3])[0] ?? 0)` }),
  (id) => ({ top: "", before: `const l${id} = [1]; l${id}[3] = 2; let v${id} = 0; for (const x of l${id}) if (x !== 1 && x !== 2) v${id} = x;`, value: `v${id}` }),
  (id) => ({ top: "", before: `const l${id} = [1]; l${id}.pop();`, value: `l${id}.pop()` }),
  (id) => ({ top: "", before: `const l${id} = [1];`, value: `l${id}[5]` }),
  (id) => ({ top: "", before: `if (a === 12345) { var v${id} = 1; }`, value: `v${id}` }),
  (id) => ({ top: "", before: `for (const x of "") { var v${id} = 1; }`, value: `v${id}` }),
  (id) => ({ top: "", before: `try { throw 1; var v${id} = 1; } catch (e) { }`, value: `v${id}` }),
  (id) => ({ top: "", before: `switch (3) { case 4: var v${id} = 1; break; default: }`, value: `v${id}` }),
  (id) => ({ top: `function w${id}(x) { if (x) return 1; }`, before: "", value: `w${id}(0)` }),
  (id) => ({ top: `function w${id}(x) { switch (x) { case 1: return 1; default: if (x) return 2; } }`, before: "", value: `w${id}(0)` }),
  (id) => ({ top: `function w${id}(x) { while (x) return 1; }`, before: "", value: `w${id}(0)` }),
  (id) => ({ top: `function w${id}(x) { try { if (x) return 1; throw 2; } catch (e) { } }`, before: "", value: `w${id}(0)` }),
  (id) => ({ top: `function w${id}(x, y) { return y; }`, before: `w${id}(1, 2);`, value: `w${id}(1)` }),
  (id) => ({ top: `function w${id}(x) { return x; }`, before: `w${id}(data);`, value: `w${id}(1)` }),
  (id) => ({ top: `function w${id}(n) { return n > 0 ? w${id}(n - 1) : "x"; }`, before: "", value: `w${id}(2)` }),
  (id) => ({ top: "", before: `let r${id} = { k: 1, m: 2 }; if (b !== 12345) r${id} = { k: 3 };`, value: `r${id}.m` }),
  (id) => ({ top: `const kept${id} = [{ k: 1, m: 2 }]; kept${id};`.replace(/; kept\d+;$/, ";"), before: `kept${id}.push({ k: 3 }); let v${id} = 0; for (const r of kept${id}) v${id} = r.m;`, value: `v${id}` }),
  (id) => ({ top: "", before: `const r${id} = { k: 1 }; r${id}["" + "k"] = data;`, value: `r${id}.k` }),
  (id) => ({ top: "", before: `const r${id} = { 5: 1 }; r${id}[2 + 3] = data;`, value: `r${id}[5]` }),
  (id) => ({ top: "", before: `const r${id} = { "\\u263a": 1 }; r${id}["\\xe2\\x98\\xba"] = data;`, value: `r${id}["\\u263a"]` }),
  (id) => ({ top: "", before: `const r${id} = { k: 1 };`, value: `r${id}["" + "constructor"]` }),
  (id) => ({ top: `const early${id} = run${id}(); function run${id}() { return late${id}; } var late${id} = 1;`, before: "", value: `early${id}` }),
  (id) => ({ top: `let slot${id} = 1; function set${id}() { slot${id} = "x"; }`, before: `set${id}();`, value: `slot${id}` }),
  (id) => ({ top: "", before: `let x${id} = 1; let y${id} = 1; for (let i = 0; i < 3; i++) { y${id} = x${id}; x${id} = data; }`, value: `y${id}` }),
  (id) => ({ top: "", before: `let v${id} = "5"; v${id}++;`, value: `v${id}` }),
  (id) => ({ top: "", before: `let v${id} = 0; try { throw 7; } catch (e) { v${id} = e; }`, value: `v${id}` }),
  (id) => ({ top: "", before: `let v${id} = 1; (b === 12345) || (v${id} = data);`, value: `v${id}` }),
  () => ({ top: "", before: "", value: `(a === 12345 ? 1 : data)` }),
  (id) => ({ top: "", before: `let v${id} = 1;`, value: `(v${id} = data)` }),
  () => ({ top: "", before: "", value: "(1, data)" }),
  (id) => ({ top: "", before: `const l${id} = [1, data];`, value: `(l${id}[1] ?? 0)` }),
  (id) => ({ top: "", before: `let l${id} = [1]; if (b !== 12345) l${id} = ["x"];`, value: `(l${id}[0] ?? 0)` }),
  () => ({ top: "", before: "", value: "(a - a || null)" }),
];

const SINKS: readonly ((value: string) => string)[] = [
  (value) => `gate(${value});`, (value) => `gate(1, ${value});`, (value) => `gate([1, 2][${value}] | 0);`, (value) => `[1, 2][${value}] = 1;`, (value) => `new Uint8Array(4)[${value}] = 1;`, (value) => `gate("abc"[${value}] === "a" ? 1 : 0);`,
  (value) => `gate(1, 2, 3, 4, 5, "" + ${value});`, (value) => `gate(${value} | 0);`, (value) => `gate(${value} + 1);`, (value) => `gate([1, 2][${value} | 0] | 0);`, (value) => `gate(Math.floor(${value}));`, (value) => `gate(new Uint8Array(${value}).length);`, (value) => `gate({ z: 1 }["" + ${value}] | 0);`, (value) => `let s = ${value}; s += 1; gate(s);`, (value) => `gate(String.fromCharCode(${value}).length);`,
];

/** One confusion and one place for it. */
export function gadget(draw: (below: number) => number, id: number): { top: string; body: string } {
  const source = SOURCES[draw(SOURCES.length)]!(String(id));
  return { top: source.top, body: `{ ${source.before} ${SINKS[draw(SINKS.length)]!(source.value)} }` };
}
