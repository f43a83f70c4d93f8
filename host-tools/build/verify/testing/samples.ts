// Sample modules: what printing may get wrong, each with the events it is run with.
import type { GuestEvent } from "./run.ts";

export interface Sample {
  name: string;
  source: string;
  events: readonly GuestEvent[];
}

const event = (a: number = 0, data: string = ""): GuestEvent => ({ numbers: [1, 2, 3, a, 5], data });
const handle = (body: string): string => `export function handle(event, badge, label, a, b, data) {\n${body}\n}`;
const some = [event(0), event(3, "ab"), event(7, "\x00\xff\x80")];

export const SAMPLES: readonly Sample[] = [
  { name: "arithmetic and precedence", events: some, source: handle(`
    gate(1, (a + b) * 2 - -a, a - (b - label), (a - b) - label, a * 4 | 0);
    gate(2, -(-a), ~~a, - - a, a << 2 >>> 1);
    gate(3, (a & 3) === 1 ? 1 : a & (3 === 1 ? 1 : 2), a % 5, 7 % (a + 1));
    let x = a; let y = x++ + ++x; gate(4, x, y, x-- - --x, x);
    gate(5, !a ? 1 : 0, !(a && b) ? 1 : 0, a < 3 === true ? 1 : 0, (a, b));
    x = y = a + 1; x += y -= 2; x *= 2; x |= 64; x >>>= 1; x ^= 5; gate(6, x, y);
    gate(7, (a || b) && label, a ?? b, (a ?? 0) || 9, (a && b) ?? 3);
  `) },
  { name: "strings and their bytes", events: some, source: handle(`
    const s = "a\\"b\\\\\\n\\x80\\xff"; gate(1, s.length, 0, 0, 0, s);
    let t = ""; for (let i = 0; i < data.length; i++) t = data.charAt(i) + t;
    gate(2, t.length, t.indexOf("b"), t.indexOf("a", 1), 0, t);
    t += "x" + a; t += data; gate(3, 0, 0, 0, 0, t);
    gate(4, 0, 0, 0, 0, 1 + (2 + "x") + 3 + (4 + 5) + data + data + (data + data));
    gate(5, 0, 0, 0, 0, \`<\${a}-\${data}\${data}\${data}>\`);
    gate(6, data.charCodeAt(0) | 0, data.charCodeAt(99) | 0, 0, 0, data.substring(1) + data.substring(data.length - 1) + String.fromCharCode(65 + a));
    gate(7, "abc" < "abd" ? 1 : 0, data === "ab" ? 1 : 0, data.startsWith("a") ? 1 : 0, data.endsWith("b") ? 1 : 0, "" + data[0]);
    gate(8, parseInt("12x", 10), parseInt("ff", 16), 0, 0, "" + undefined + null + true);
    const r = { text: "" }; r.text += data; r.text += data + a + data; gate(9, 0, 0, 0, 0, r.text);
    const l = [""]; l[0] += "q" + a; gate(10, 0, 0, 0, 0, "" + l[0]);
  `) },
  { name: "text that is chained", events: some, source: handle(`
    let s = "" + a; s = s + s + s + s + s; gate(1, 0, 0, 0, 0, s);
    s = a + b + s + s + (a + b) + s; gate(2, 0, 0, 0, 0, s);
    s = (a + s) + (b + s) + (s + a + b); gate(3, 0, 0, 0, 0, s);
    s = a + (b + ("-" + s)); gate(4, 0, 0, 0, 0, s);
    s = a + \`\${b}\${s}\`; gate(5, 0, 0, 0, 0, s);
  `) },
  { name: "throw, catch, finally", events: some, source: `
    let log = "";
    function risky(n) { if (n === 3) throw "three"; if (n === 7) throw 7; return n; }
    function twice(n) { try { return risky(n); } catch (e) { log += "c" + e; return -1; } finally { log += "f"; } }
    function over(n) { for (let i = 0; i < 3; i++) { try { if (i === n) continue; if (i > n) break; log += i; } finally { log += "F"; } } return 1; }
    function again(n) { try { risky(n); } catch (error) { throw error + "!"; } }
    function nests(n) { try { try { risky(n); } finally { log += "n"; for (let i = 0; i < 3; i++) { if (i === 1) continue; log += i; } } } catch (e) { return 1; } return 0; }
    ${handle(`
      log = ""; gate(1, twice(a), over(1), nests(a), 0, log);
      try { again(a); gate(2); } catch (e) { gate(3, 0, 0, 0, 0, e); try { throw "in" + e; } catch (e) { gate(4, 0, 0, 0, 0, e); } gate(5, 0, 0, 0, 0, e); }
      try { null; risky(3); } catch { gate(6); }
      if (a === 7) throw "last " + log;
    `)}` },
  { name: "recursion", events: some, source: `
    function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
    function even(n) { return n === 0 ? true : odd(n - 1); }
    function odd(n) { return n === 0 ? false : even(n - 1); }
    function deep(n, m) { try { if (n > 0) return deep(n - 1); throw "bottom" + m; } catch (e) { return e + n; } }
    ${handle("gate(1, fib(5), even(4) ? 1 : 0, odd(3) ? 1 : 0); gate(2, 0, 0, 0, 0, deep(4, 1));")}` },
  { name: "records, fields and maps", events: some, source: `
    const state = { count: 0, "odd name": 1, 5: 2, next: null, length: 3 };
    const map = {};
    function tick(s) { s.count++; s["odd name"] += 2; return s; }
    ${handle(`
      tick(tick(state)).count += 10; gate(1, state.count, state["odd name"], state[5] | 0, state.length);
      const key = "k" + a; map[key] = a; map["constructor"] = 1; map[7] = 8;
      gate(2, map[key] | 0, map["k0"] | 0, map["missing"] === undefined ? 1 : 0, map[7] | 0);
      map["_proto__"] = 4; gate(3, map["_proto__"] | 0, map.constructor | 0);
      let list = { value: 1, next: null }; list = { value: 2, next: list }; let sum = 0;
      for (let at = list; at !== null; at = at.next) { sum += at.value | 0; if (at.next === undefined) break; }
      gate(4, sum);
    `)}` },
  { name: "arrays and typed arrays", events: some, source: `
    const names = ["a", "b"]; const bytes = new Uint8Array(4); const wide = new Float64Array(2);
    ${handle(`
      names.push("n" + a); gate(1, names.length, 0, 0, 0, names[names.length - 1] ?? "none");
      const rows = [[1, 2], [3]]; rows.push([a]); rows[1] = [9, 9, 9]; gate(2, (rows[1] ?? []).length, ((rows[0] ?? [])[1]) | 0, ((rows[2] ?? [])[0]) | 0);
      bytes[a & 3] = a * 100; bytes[1]++; bytes[2] += 5; gate(3, bytes[0] | 0, bytes[1] | 0, bytes[2] | 0, bytes[3] | 0);
      wide[0] = a / 4; gate(4, wide[0] ?? 0, wide.length); const more = new Uint16Array(a + 1); more.fill(513); gate(5, more.length, more[a] | 0);
      let text = ""; for (const one of names) text += one; for (const c of "xy") text += c; let sum = 0; for (const n of bytes) sum += n;
      gate(6, sum, names.pop() === undefined ? 1 : 0, 0, 0, text);
    `)}` },
  { name: "scopes, var and shadowing", events: some, source: `
    var x = 1; let shadow = 2; const f = 3;
    function inner(x) { var y = x; { let y = 5; x += y; } if (x > 5) { var z = x; } return x + y + (z ?? 0); }
    function loops() { let total = 0; for (let i = 0; i < 3; i++) { let fresh; if (i === 1) fresh = 5; total += fresh ?? 100; let shadow = i; total += shadow; } return total; }
    function unset() { var v; if (v === undefined) v = 4; return v | 0; }
    ${handle(`
      { let x = 10; gate(1, x, inner(a)); } gate(2, x, shadow, loops(), unset());
      for (var k = 0; k < 2; k++) { const shadow = k; gate(3, shadow, k); } gate(4, k, f);
      switch (a) { case 0: { let q = 1; gate(5, q); } case 3: gate(6); break; default: gate(7); }
      let n = 0; do { n++; if (n === 2) continue; } while (n < 4); gate(8, n); while (true) { if (n-- < 1) break; } gate(9, n);
    `)}` },
  { name: "module variables in order", events: some, source: `
    const table = makeTable(); var seen = late === undefined ? 1 : 0; var late = 5; let counter = 0;
    function makeTable() { const made = []; for (let i = 0; i < 4; i++) made.push(i * i); return made; }
    ${handle("counter++; gate(1, counter, seen, late ?? 0, table[2] | 0);")}` },
  { name: "dead ends", events: some, source: `
    function nothing() {} function gives(n) { if (n) return 1; } function dead(x) { return x.what.ever; }
    ${handle(`
      gate(1, nothing() === undefined ? 1 : 0, gives(a) ?? 9); let u; try { gate(2, u.x); } catch (e) { gate(3, 0, 0, 0, 0, e === "error" ? e : "error"); }
      ; { } if (a) ; else gate(4); if (a) { if (b) gate(5); } else gate(6); for (;;) { if (b) { break; } }
      (a === 3 ? gate : gate) === undefined;
    `.replace("(a === 3 ? gate : gate) === undefined;", ""))}` },
  { name: "names of the printed text", events: some, source: `
    const $ = 1, A = 2, K = 3, C = 4, N = 5, X = 6, I = 7, F = 8, g = 9, h = 10, E = 11, e = 12; function l(x) { return x + $ + A + K + C + N + X + I + F + g + h + E + e; }
    export { l2 as handle }; function l2(event, badge, label, y, d, f) { gate(1, l(y), $, A, d, f); }` },
];
