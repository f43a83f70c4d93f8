// Every rule has a text that it refuses and a text that it lets pass.

import { describe, expect, it } from "vitest";
import { ALL_RULES } from "./all-rules.ts";
import { checkDialect, formatFinding } from "./check.ts";
import { ALL_FIXTURES } from "./fixtures/all-fixtures.ts";

describe("the rules and their fixtures", () => {
  it("each rule has a failing and a passing fixture, and each fixture a rule", () => {
    const ids = ALL_RULES.map((rule) => rule.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...new Set(ALL_FIXTURES.map((fixture) => fixture.rule))].sort()).toEqual([...ids].sort());
    for (const fixture of ALL_FIXTURES) {
      expect(fixture.bad.length, fixture.rule).toBeGreaterThan(0);
      expect(fixture.good.length, fixture.rule).toBeGreaterThan(0);
    }
  });
  it("each rule says what happens and what to write instead", () => {
    for (const rule of ALL_RULES) for (const words of [rule.row, rule.why, rule.instead]) expect(words.length, rule.id).toBeGreaterThan(1);
  });
});

describe.each(ALL_FIXTURES.map((fixture) => [fixture.rule, fixture] as const))("%s", (ruleId, fixture) => {
  const kind = fixture.asTile === true ? "tile" : "first-stage";
  it.each(fixture.bad)("refuses %s", (code) => {
    const findings = checkDialect(code, { kind });
    expect(findings.map((found) => found.ruleId), findings.map(formatFinding).join("\n")).toContain(ruleId);
  });
  it.each(fixture.good)("accepts %s", (code) => {
    expect(checkDialect(code, { kind }).map(formatFinding)).toEqual([]);
  });
});

describe("findings", () => {
  it("name the shipped place, the excerpt and the remedy", () => {
    const [found] = checkDialect("print(1);\nprint(2**3)", { kind: "first-stage" });
    expect(found).toMatchObject({ ruleId: "exponent", severity: "error", line: 2, column: 7, excerpt: expect.stringContaining("2**3") as string });
    expect(formatFinding(found!)).toContain("Instead: multiply");
  });
  it("say so when the text is not JavaScript", () => {
    const [found] = checkDialect("var a = ;", { kind: "tile" });
    expect(found).toMatchObject({ ruleId: "not-javascript", line: 1, column: 9 });
  });
  it("put errors before warnings", () => {
    const order = checkDialect("function f(n){return n?f(n-1):0}print(f(2**2))", { kind: "first-stage" }).map((found) => found.severity);
    expect(order).toEqual([...order].sort());
    expect(order).toContain("warning");
  });
});
