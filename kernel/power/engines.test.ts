// The same numbers on every engine: Node, QuickJS (a simulated tile) and, when GENESIS_ESPRUINO names a binary, real Espruino run the same minified text.
import { build } from "esbuild";
import { expect, it } from "vitest";
import { runOnEspruino } from "../../host-tools/build/espruino-run.ts";
import { checkDialect, formatFinding } from "../../host-tools/build/dialect/check.ts";
import { TypedTile } from "../../host-tools/sim/testing/typed-tile.ts";
import { runTape } from "./testing/tape.ts";

const binary = process.env["GENESIS_ESPRUINO"]?.split(",")[0];

async function shipped(): Promise<string> {
  const contents = 'import { runTape } from "./testing/tape.ts"; runTape().forEach(function (line) { print("@" + line); }); print("@@END");';
  const { outputFiles } = await build({ stdin: { contents, resolveDir: import.meta.dirname, loader: "ts" }, bundle: true, write: false, minify: true, format: "esm", target: "es2015", mangleProps: /^_/ });
  return outputFiles[0]!.text;
}
const linesOf = (text: string): string[] => [...text.matchAll(/^@(\w+ .*?)\r?$/gm)].map(([, line]) => line!);

it("the tape reaches all parts", () => {
  const lines = runTape();
  expect(lines).toHaveLength(1 + 5 + 12 + 1);
  expect(new Set(lines.filter((line) => line.startsWith("set")).map((line) => line.split(" ")[2])).size).toBeGreaterThan(1);
  expect(lines.filter((line) => line.startsWith("row")).every((line) => Number(line.split(" ")[2]) > 0)).toBe(true);
});

it("keeps to the dialect", async () => {
  expect(checkDialect(await shipped(), { kind: "first-stage" }).filter(({ severity }) => severity === "error").map(formatFinding)).toEqual([]);
});

it("QuickJS", async () => {
  const typed = await TypedTile.start();
  try {
    typed.tile.hardware.storage.write("program", await shipped());
    expect(linesOf(typed.type('\x10eval(require("Storage").read("program"))\n', 5000))).toEqual(runTape());
  } finally {
    typed.close();
  }
});

it.skipIf(binary === undefined)("Espruino", async () => {
  const { lines, failure } = await runOnEspruino(binary!, { ".bootcde": await shipped() }, 60_000);
  expect(failure).toBeUndefined();
  expect(linesOf(lines.join("\n"))).toEqual(runTape());
});
