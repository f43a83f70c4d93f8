// The table of rules: each bad example breaks its own rule and only it, each good one is accepted and runs.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { GATE_UNITS } from "./gate-price.ts";
import { MODULE_RULES, ModuleRejected } from "./rules.ts";
import { inNode } from "./testing/run.ts";
import { verifyModule } from "./verify.ts";

function rejectionsOf(text: string): readonly { ruleId: string; line: number; column: number }[] {
  try {
    verifyModule(text);
  } catch (error) {
    if (error instanceof ModuleRejected) return error.rejections;
    throw error;
  }
  return [];
}

describe("rules of the guest language", () => {
  it("are numbered once", () => {
    expect(new Set(MODULE_RULES.map((rule) => rule.number)).size).toBe(MODULE_RULES.length);
    expect(new Set(MODULE_RULES.map((rule) => rule.id)).size).toBe(MODULE_RULES.length);
  });

  it.each(MODULE_RULES.map((rule) => [rule.id, rule] as const))("%s rejects its bad example and nothing else does", (_, rule) => {
    const found = rejectionsOf(rule.bad);
    expect(found.map((one) => one.ruleId)).toContain(rule.id);
    expect([...new Set(found.map((one) => one.ruleId))]).toEqual([rule.id]);
  });

  it.each(MODULE_RULES.map((rule) => [rule.id, rule] as const))("%s accepts its good example, and it runs", (_, rule) => {
    const { text } = verifyModule(rule.good);
    const [outcomes] = inNode([{ text, events: [{ numbers: [0, 0, 0, 0, 0], data: "7" }] }]);
    expect(outcomes).toHaveLength(1);
    expect((outcomes as { thrown?: string }[])[0]?.thrown).toBeUndefined();
  });

  it("names the place in the source", () => {
    expect(rejectionsOf("const x = 1;\nexport function handle() {\n  gate(x);\n  Date.now();\n}")).toMatchObject([{ ruleId: "ambient-name", line: 4, column: 3 }]);
  });

  it("reports all rejections of a step", () => {
    expect(rejectionsOf("export function handle() { Date; eval; gate(this); }").map((one) => one.ruleId)).toEqual(["this"]);
    expect(rejectionsOf("export function handle() { Date; eval; gate(window); }").map((one) => one.ruleId)).toEqual(["ambient-name", "ambient-name", "ambient-name"]);
  });

  it("charges what the kernel charges", () => {
    const kernel = readFileSync("kernel/kernel.ts", "utf8");
    const body = /const enum Price \{([^}]*)\}/.exec(kernel)![1]!;
    expect(Object.fromEntries([...body.matchAll(/(\w+) = (\d+)/g)].map(([, name, units]) => [name, Number(units)]))).toEqual(GATE_UNITS);
  });
});
