import { expect, it } from "vitest";
import { build } from "esbuild";
import { withShortChars } from "./short-chars.ts";

it("says String.fromCharCode once, however often the sources do, and it is that", async () => {
  const contents = "export const text = String.fromCharCode(71) + String.fromCharCode(101, 110) + [1].map(() => String.fromCharCode(33)).join('');";
  const { outputFiles } = await build(withShortChars({ stdin: { contents, loader: "ts" }, bundle: true, write: false, format: "iife", globalName: "made", minify: true }));
  const code = outputFiles![0]!.text;
  expect(code.split("fromCharCode")).toHaveLength(2);
  expect((new Function(`${code};return made.text`) as () => string)()).toBe("Gen!");
});
