// Nothing goes on for ever, takes all memory or all stack: fuel, memory and depth stop it, and no catch or finally swallows the stop.
import { describe, expect, it } from "vitest";
import { missingPrograms } from "../../qemu/toolchain.ts";
import { inNode, inQuickJs, onEspruino, onQemu, type GuestOutcome, type GuestRun } from "./testing/run.ts";
import { withQemu } from "./testing/with-qemu.ts";
import { verifyModule } from "./verify.ts";

const handle = (body: string, before: string = ""): string => `${before}\nexport function handle(event, badge, label, a, b, data) { ${body} }`;

const FUEL: readonly [string, string][] = [
  ["empty loops", handle("for (;;);")],
  ["while without braces", handle("while (true) a++;")],
  ["do without braces", handle("do a++; while (1);")],
  ["catch that swallows", handle("for (;;) { try { for (;;); } catch (e) { } }")],
  ["catch without a name", handle("for (;;) { try { throw 1; } catch { } }")],
  ["finally in loops", handle("for (;;) { try { for (;;) { a++; } } finally { b++; } }")],
  ["nested handlers", handle("for (;;) { try { try { for (;;); } catch (e) { for (;;); } finally { while (1); } } catch (e) { } }")],
  ["loops in functions that catch", handle("for (;;) f(a);", "function f(n) { try { for (;;) n++; } catch (e) { return 1; } return n; }")],
  ["for-of over text that grows", handle("const l = [1]; for (const x of l) { l.push(x); l.pop(); l.push(x); }")],
  ["continue everywhere", handle("for (let i = 0; ; i++) { if (i) continue; else continue; }")],
  ["switch in a loop", handle("for (;;) { switch (a) { case 1: continue; default: break; } }")],
  ["gate in a loop", handle("for (;;) gate(2, 1, 2, 3, 4, data);")],
  ["gate in a loop that catches", handle("for (;;) { try { gate(2, 1, 2, 3, 4, data); } catch (e) { } }")],
  ["search in long text", handle(`let s = "a"; for (let i = 0; i < 7; i++) s += s; for (;;) gate(s.indexOf(s + "b"));`)],
  ["fill", handle("const l = new Uint8Array(1000); for (;;) l.fill(1);")],
];

const MEMORY: readonly [string, string][] = [
  ["doubled text", handle(`let s = "x"; for (;;) s += s;`)],
  ["doubled text, caught", handle(`let s = "x"; for (;;) { try { s = s + s; } catch (e) { } }`)],
  ["text by template", handle("let s = \"x\"; for (;;) s = `${s}${s}${s}`;")],
  ["text in a record", handle(`const r = { s: "x" }; for (;;) r.s += r.s;`)],
  ["text by substring", handle(`const l = ["abcdefgh"]; for (;;) l.push("abcdefghijklmnop".substring(1, 9));`)],
  ["numbers as text", handle(`const l = [""]; for (;;) l.push("" + a);`)],
  ["push", handle("const l = [1]; for (;;) l.push(1);")],
  ["push that catches", handle("const l = [1]; for (;;) { try { l.push(1); } catch (e) { } finally { a++; } }")],
  ["index", handle("const l = [1]; for (let i = 0; ; i++) l[i] = i;")],
  ["nested arrays", handle("let l = [0]; for (;;) { const n = [0]; n.push(1); l = n; }")],
  ["records", handle("let l = { next: null }; for (;;) l = { next: l };")],
  ["map keys", handle(`const m = {}; for (let i = 0; ; i++) m["k" + i] = i;`)],
  ["typed arrays", handle("const l = [new Uint8Array(1)]; for (;;) l.push(new Uint8Array(a + 1000));")],
  ["one large typed array", handle("const l = new Float64Array(60000 + a); gate(1, l.length);")],
  ["large literal length", handle("const l = new Float64Array(60000); gate(1, l.length);")],
  ["state over functions", handle("for (;;) grow();", "const kept = [\"\"]; function grow() { try { kept.push(\"abcdefghijklmnopqrstuvwxyz\" + kept.length); } catch (e) { } }")],
];

const DEPTH: readonly [string, string][] = [
  ["a function that calls itself", handle("f(a);", "function f(n) { return f(n + 1); }")],
  ["in circles", handle("f(a);", "function f(n) { return g(n); } function g(n) { return f(n); }")],
  ["that catches", handle("for (;;) { try { f(a); } catch (e) { } }", "function f(n) { try { f(n + 1); } catch (e) { } f(n); }")],
  ["handle itself", handle("handle(1, 2, 3, 4, 5, data);")],
  ["with missing arguments", handle("f();", "function f(n, m) { f(1); }")],
];

const run = (source: string, fuel: number, memory: number): GuestRun => ({ text: verifyModule(source).text, events: [{ numbers: [1, 2, 3, 0, 5], data: "abc", fuel, memory }] });
const espruino = process.env["GENESIS_ESPRUINO"]?.split(",")[0];

async function onAll(runs: readonly GuestRun[]): Promise<[string, GuestOutcome[]][]> {
  const first = (found: (GuestOutcome[] | string)[]): GuestOutcome[] => found.map((one) => (one as GuestOutcome[])[0]!);
  const engines: [string, GuestOutcome[]][] = [["Node", first(inNode(runs))], ["QuickJS", first(await inQuickJs(runs))]];
  if (espruino !== undefined) {
    const outcomes: GuestOutcome[] = [];
    for (const one of runs) outcomes.push(...first(await onEspruino(espruino, [one])));
    engines.push(["Espruino", outcomes]);
  }
  if (missingPrograms().length === 0) await withQemu(async (run) => void engines.push(["XS on QEMU", first(await onQemu(run, runs))]));
  return engines;
}

describe("stops", () => {
  it("by fuel", { timeout: 300_000 }, async () => {
    for (const [engine, outcomes] of await onAll(FUEL.map(([, source]) => run(source, 20_000, 1_000_000)))) {
      outcomes.forEach((one, index) => {
        expect(one, `${engine}: ${FUEL[index]![0]}`).toMatchObject({ deep: 0 });
        expect(one.fuel, `${engine}: ${FUEL[index]![0]}`).toBeLessThan(0);
        expect(one.memory, `${engine}: ${FUEL[index]![0]}`).toBeGreaterThan(0);
        expect(one.gate.length, `${engine}: ${FUEL[index]![0]}`).toBeLessThanOrEqual(20_000 / 690);
      });
    }
  });

  it("by memory", { timeout: 300_000 }, async () => {
    for (const [engine, outcomes] of await onAll(MEMORY.map(([, source]) => run(source, 1_000_000, 500)))) {
      outcomes.forEach((one, index) => {
        expect(one.memory, `${engine}: ${MEMORY[index]![0]}`).toBeLessThan(0);
        expect(one.fuel, `${engine}: ${MEMORY[index]![0]}`).toBeLessThan(0);
        expect(one, `${engine}: ${MEMORY[index]![0]}`).toMatchObject({ deep: 0, gate: [] });
      });
    }
  });

  it("by depth", { timeout: 300_000 }, async () => {
    for (const [engine, outcomes] of await onAll(DEPTH.map(([, source]) => run(source, 1_000_000, 1_000_000)))) {
      outcomes.forEach((one, index) => {
        expect(one, `${engine}: ${DEPTH[index]![0]}`).toMatchObject({ deep: 1 });
        expect(one.fuel, `${engine}: ${DEPTH[index]![0]}`).toBeLessThan(0);
      });
    }
  });

  it("what recursion took is given back on every way out", () => {
    const source = handle(
      "for (let i = 0; i < 50; i++) { try { gate(1, down(5)); } catch (e) { gate(2, 0, 0, 0, 0, e); } gate(3, up(5)); }",
      `function down(n) { if (n === 0) throw "end"; return down(n - 1); } function up(n) { try { return n === 0 ? 0 : 1 + up(n - 1); } finally { n = 0; } }`,
    );
    const [outcome] = (inNode([run(source, 10_000_000, 1_000_000)])[0] as GuestOutcome[]);
    expect(outcome).toMatchObject({ deep: 0, thrown: undefined });
    expect(outcome!.gate).toHaveLength(100);
  });

  it("long literals are paid for each time", () => {
    const [outcome] = (inNode([run(handle(`const l = [""]; for (;;) { l.push("${"x".repeat(800)}"); gate(1, l.length); }`), 1_000_000, 1_000)])[0] as GuestOutcome[]);
    expect(outcome!.gate.length).toBeLessThanOrEqual(1_000 / 100);
    expect(outcome!.memory).toBeLessThan(0);
  });

  it("text is paid for before it is twice what was paid", () => {
    // Every way to join, doubled: what was charged has to cover half of the longest text at any time.
    for (const join of ["s = s + s;", "s = s + s + s + s + s + s + s + s;", "s += s + s + s;", "s = `${s}${s}${s}${s}`;", "s = (s + s) + (s + s);", "r.s += s; s = r.s + r.s;", "s = s + (s + (s + (s + s)));"]) {
      const { text } = verifyModule(handle(`let s = "12345678"; const r = { s: "" }; for (let i = 0; i < 30; i++) { ${join} gate(1, s.length); }`));
      const [outcome] = (inNode([{ text, events: [{ numbers: [1, 2, 3, 0, 5], data: "", memory: 1000 }] }])[0] as GuestOutcome[]);
      const longest = Math.max(8, ...outcome!.gate.map((one) => Number(one.split(",")[1])));
      expect(longest, join).toBeLessThanOrEqual(8 * 1000);
      expect(outcome!.memory, join).toBeLessThan(0);
      expect(outcome!.memory, join).toBeGreaterThan(-2 * 1000);
    }
  });
});
