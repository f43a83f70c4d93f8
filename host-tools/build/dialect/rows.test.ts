// Every row is held by something that exists, and every rule holds a row.

import { expect, it } from "vitest";
import { ALL_RULES } from "./all-rules.ts";
import { DIALECT_ROWS } from "./rows.ts";

it("each row names rules that exist, or says what holds it otherwise", () => {
  const ids = new Set(ALL_RULES.map((rule) => rule.id));
  for (const { row, rules, otherwise } of DIALECT_ROWS) {
    expect(rules.length > 0 || otherwise !== undefined, row).toBe(true);
    for (const rule of rules) expect(ids.has(rule), `${row}: ${rule}`).toBe(true);
  }
});

it("each rule holds a row", () => {
  const held = new Set(DIALECT_ROWS.flatMap(({ rules }) => rules));
  expect(ALL_RULES.map((rule) => rule.id).filter((id) => !held.has(id))).toEqual([]);
});
