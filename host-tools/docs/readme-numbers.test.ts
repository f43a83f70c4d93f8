// The README's table says what results/bench.json says, marks what is missed, and fails loudly when it can't be made.
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { readBench } from "../bench/page.ts";
import { numbersTable, withNumbers } from "./readme-numbers.ts";

const root = path.resolve(import.meta.dirname, "../..");
const bench = readBench(root)!;

it("gives each number as measured, and marks what is over its limit", () => {
  const over = structuredClone(bench);
  const call = over.sections["kernel"]!.figures.find(({ id }) => id === "xs.call")!;
  call.value = 1234;
  expect(numbersTable(over)).toMatch(/call \+ reply.*1,234.*20: \*\*not met\*\*/);
  over.sections["scheduler"]!.figures.find(({ id }) => id === "espruino-wifi.light")!.value = 0.9;
  over.sections["scheduler"]!.figures.find(({ id }) => id === "solar.genesis.brownouts")!.value = 2;
  expect(numbersTable(over)).toMatch(/where slack allows it.*0\.7: \*\*not met\*\* for 1 of 2/);
  expect(numbersTable(over)).toMatch(/brown-outs.* \/ 2 \| 0: \*\*not met\*\*/);
  for (const figure of over.sections["kernel"]!.figures) figure.value = 1;
  expect(numbersTable(over)).not.toMatch(/call \+ reply.*not met/);
});

it("refuses a bench without a figure, and a README without its marks", () => {
  const poor = structuredClone(bench);
  poor.sections["boots"]!.figures = [];
  expect(() => numbersTable(poor)).toThrow(/no figure boots\/node.seconds: npm run bench -- --write boots/);
  const readme = readFileSync(path.join(root, "README.md"), "utf8");
  expect(() => withNumbers(readme.replace("<!-- numbers: end -->", ""), bench)).toThrow(/lost its marks/);
  expect(withNumbers(withNumbers(readme, bench), bench)).toBe(withNumbers(readme, bench));
});
