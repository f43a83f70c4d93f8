// The rules and the types name the same globals and members: what the type checker lets through, the shipped text may contain, and the other way round.

import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { GLOBAL_ADVICE, METHOD_ADVICE, NAMESPACE_MEMBERS, PURE_GLOBALS } from "./vocabulary.ts";

const types = readFileSync(path.resolve(import.meta.dirname, "../../../hal/lib.tile.d.ts"), "utf8");

/** Members of an interface of lib.tile.d.ts. */
function membersOf(name: string): string[] {
  const body = new RegExp(`interface ${name}(?: extends [^{]*)? \\{([^}]*(?:\\{[^}]*\\}[^}]*)*)\\n\\}`).exec(types)?.[1] ?? "";
  return [...body.matchAll(/^ {2}(?:readonly )?([a-zA-Z]+)[(<:?]/gm)].map((match) => match[1] as string).filter((member) => member !== "new");
}

it("declares exactly the globals that tile code may name", () => {
  const declared = [...types.matchAll(/^declare (?:var|function) ([A-Za-z0-9]+)/gm)].map((match) => match[1] as string);
  expect(declared.sort()).toEqual([...PURE_GLOBALS].filter((name) => name !== "Boolean").sort());
});

it.each([["Math", "Math"], ["JSON", "JSON"], ["Object", "ObjectConstructor"], ["String", "StringConstructor"], ["Array", "ArrayConstructor"], ["Number", "NumberConstructor"]])("%s has the same members in both", (name, declaration) => {
  expect(membersOf(declaration).filter((member) => member !== "prototype").sort()).toEqual([...(NAMESPACE_MEMBERS.get(name) ?? [])].filter((member) => member !== "prototype").sort());
});

it("declares no method that the rules refuse", () => {
  for (const owner of ["Array<T>", "String", "TypedArray", "Number"]) {
    for (const member of membersOf(owner)) {
      const advice = METHOD_ADVICE.get(member);
      expect(advice === undefined || (owner === "String" && advice.stringHasIt === true), `${owner}.${member}`).toBe(true);
    }
  }
  expect(membersOf("Array<T>")).toContain("push");
});

it("gives no advice against a name that exists", () => {
  for (const name of GLOBAL_ADVICE.keys()) expect(PURE_GLOBALS.has(name), name).toBe(false);
});
