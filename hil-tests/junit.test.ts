// The report is well-formed XML whatever scenarios say, and its numbers add up.
import { describe, expect, it } from "vitest";
import { junitXml, xmlText } from "./junit.ts";
import type { Outcome } from "./runner.ts";

const outcome = (fields: Partial<Outcome>): Outcome => ({ scenario: "boot", rig: "sim", variant: "as-is", verdict: "passed", reason: "", seconds: 1.5, seed: 7, log: [], measured: {}, extra: [], ...fields });

/** A checker for the little XML that is written here: tags nest, attributes are quoted, nothing stands bare. Returns the names of the elements in order. */
function elements(xml: string): string[] {
  const names: string[] = [];
  const open: string[] = [];
  let at = xml.indexOf("?>") + 2;
  expect(xml.slice(0, at)).toBe(`<?xml version="1.0" encoding="UTF-8"?>`);
  const tag = /<(\/?)([a-z-]+)((?: [a-z]+="[^"<&]*(?:&#\d+;[^"<&]*)*")*)(\/?)>/y;
  const text = /(?:[^<>&]|&#\d+;)*/y;
  while (at < xml.length) {
    text.lastIndex = at;
    at += text.exec(xml)![0].length;
    if (at === xml.length) break;
    tag.lastIndex = at;
    const found = tag.exec(xml);
    expect(found, `a tag at ${at}: ${xml.slice(at, at + 40)}`).not.toBeNull();
    at += found![0].length;
    if (found![1]) expect(open.pop()).toBe(found![2]);
    else {
      names.push(found![2]!);
      if (!found![4]) open.push(found![2]!);
    }
  }
  expect(open).toEqual([]);
  return names;
}

describe("JUnit report", () => {
  it("counts verdicts and keeps the order of the schema", () => {
    const xml = junitXml({
      rig: "sim",
      startedAt: "2026-11-22T12:00:00",
      properties: { seed: 7 },
      outcomes: [outcome({ measured: { variables: 900 }, log: ["1.0 s: up"] }), outcome({ verdict: "failed", reason: "expected 1\nat scenario.ts:3", next: "look" }), outcome({ verdict: "skipped", reason: "no power switch", seconds: 0 })],
    });
    expect(elements(xml)).toEqual(["testsuites", "testsuite", "properties", "property", "testcase", "properties", "property", "system-out", "testcase", "failure", "testcase", "skipped"]);
    expect(xml).toContain(`tests="3" failures="1" errors="0" skipped="1" time="3.000"`);
    expect(xml).toContain(`<failure message="expected 1" type="failure">expected 1\nat scenario.ts:3\nnext: look\nseed: 7</failure>`);
    expect(xml).toContain(`<skipped message="no power switch"/>`);
  });

  it("stays well-formed with markup, control characters and lone surrogates in texts", () => {
    const nasty = `<&>"' \x1b[31m\x00 ]]> \ud800 \u{1f600}\r`;
    expect(xmlText(nasty)).toBe("&#60;&#38;&#62;&#34;&#39; \\x1b[31m\\x00 ]]&#62; \\xd800 \u{1f600}&#13;");
    elements(junitXml({ rig: nasty, startedAt: "", properties: { [nasty]: nasty }, outcomes: [outcome({ scenario: nasty, verdict: "failed", reason: nasty, log: [nasty], measured: { [nasty]: 1 } })] }));
  });
});
