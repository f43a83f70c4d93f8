// What the verifier says about a module besides its text: bounds, imports, places; and that its text does not depend on how it was written.
import { describe, expect, it } from "vitest";
import { ModuleRejected } from "./rules.ts";
import { verifyModule } from "./verify.ts";

const SOURCE = `// A counter.
const step = 2;
let total = 0;
function add(n) {
  total += n * step;
  return total;
}
export function handle(event, badge, label, a) {
  if (a > 0) {
    gate(2, 3, 1, add(a), Math.floor(total / 2), "n=" + total);
  }
}
`;

describe("a verified module", () => {
  it("is printable ASCII on one line", () => {
    expect(verifyModule(`${SOURCE} // \u00e9\u2028`).text).toMatch(/^\(function\(g,\$,A\)\{[\x20-\x7e]*\}\)$/);
  });

  it("is the same text however it was laid out", () => {
    expect(verifyModule(SOURCE.replaceAll(/\s+/g, " ").replace("// A counter.", "")).text).toBe(verifyModule(SOURCE).text);
    expect(verifyModule(SOURCE.replaceAll("total", "somethingElse").replaceAll("step", "t\\u0061ll")).text).toBe(verifyModule(SOURCE).text);
    expect(verifyModule(SOURCE.replace("export function", "function") + "export { handle };").text).toBe(verifyModule(SOURCE).text);
  });

  it("tells operations and intrinsics", () => {
    expect(verifyModule(SOURCE).certificate).toMatchObject({ operations: [2], intrinsics: ["Math.floor"], recursionLimit: 6, textBytes: verifyModule(SOURCE).text.length });
    expect(verifyModule(`${SOURCE.replace("gate(2,", "gate(label,")}`).certificate.operations).toEqual(["any"]);
  });

  it("has bounds where there is neither loop nor recursion", () => {
    const { bounds } = verifyModule(SOURCE).certificate;
    expect(bounds.handle.fuel).toBeGreaterThan(690);
    expect(bounds.handle).toMatchObject({ calls: 2 });
    expect(bounds.load.fuel).toBeGreaterThan(0);
    const looping = verifyModule(SOURCE.replace("if (a > 0)", "while (a-- > 0)")).certificate.bounds;
    expect(looping.handle.fuel).toBeUndefined();
    expect(looping.functions.find((one) => one.name === "add")?.fuel).toBe(bounds.functions.find((one) => one.name === "add")?.fuel);
    const recursive = verifyModule(SOURCE.replace("return total;", "return n > 1 ? add(n - 1) : total;"), { recursionLimit: 3 }).certificate.bounds;
    expect(recursive.handle.fuel).toBeUndefined();
    expect(recursive.handle.calls).toBeGreaterThanOrEqual(5);
    expect(recursive.handle.stackBytes).toBeGreaterThan(bounds.handle.stackBytes + 3 * 336);
  });

  it("tells for each place of the text where it comes from", () => {
    const { text, sites } = verifyModule(SOURCE);
    const sourceOf = (piece: string): string => {
      const at = text.indexOf(piece);
      const site = sites.findLast((one) => one.at <= at)!;
      return SOURCE.split("\n")[site.line - 1]!.slice(site.column - 1);
    };
    expect(text.indexOf("g(2,")).toBeGreaterThan(0);
    expect(sourceOf("g(2,")).toMatch(/^gate\(2,/);
    expect(sourceOf("Math.floor")).toMatch(/^Math\.floor/);
    expect(sourceOf("if(")).toMatch(/^if \(a > 0\)/);
    expect(sites.every((one, index) => index === 0 || one.at > sites[index - 1]!.at)).toBe(true);
  });

  it("is refused when it is too large, with the limit", () => {
    expect(() => verifyModule(SOURCE, { sourceBytes: 100 })).toThrow(/at most 100/);
    expect(() => verifyModule(SOURCE, { stackBytes: 400 })).toThrow(ModuleRejected);
    expect(() => verifyModule(SOURCE, { recursionLimit: -1 })).toThrow(RangeError);
  });

  it("is read in time that grows with its length, also when it is hostile", () => {
    const many = (count: number): string => `${Array.from({ length: count }, (_, index) => `function f${index}(x) { return f${(index + 1) % count}(x) + x; }`).join("\n")}\nexport function handle(event) { gate(f0(event)); }`;
    const chain = `${Array.from({ length: 600 }, (_, index) => `let v${index} = ${index === 0 ? "[1]" : "0"};`).join("")} export function handle(a) { ${Array.from({ length: 599 }, (_, index) => `v${599 - index} = v${598 - index};`).join("")} gate(1); }`;
    const startedMs = performance.now();
    for (const source of [many(600), chain, `export function handle(a) { ${"a;".repeat(30_000)} }`, `export function handle(a) { ${"b;".repeat(30_000)} }`, `export function handle(a) { gate(${"(".repeat(5000)}1${")".repeat(5000)}); }`, `export function handle(a) { gate(${"1+".repeat(20_000)}1); }`, `export function handle(a) { ${"if(a)a=1;else ".repeat(4000)}a=2; }`, `export function handle(a) { ${"[".repeat(20_000)} }`]) {
      try {
        verifyModule(source, { stackBytes: 1e9 });
      } catch (error) {
        if (!(error instanceof ModuleRejected)) throw error;
      }
    }
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  });
});
