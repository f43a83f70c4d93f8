import { SourceMap } from "node:module";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { escapeControl } from "./escape-control.ts";

describe("escapeControl", () => {
  it("escapes control characters and keeps every position of the map", async () => {
    const source = 'export const a = "\\x06\\x09x\\x14";\nexport const b = first("\\x00\\x7f", second);\n';
    const built = await build({ stdin: { contents: source, sourcefile: "a.ts", loader: "ts" }, bundle: true, external: ["*"], format: "esm", minify: true, write: false, sourcemap: "external", outfile: "a.js" });
    const code = built.outputFiles.find((file) => file.path.endsWith(".js"))?.text ?? "";
    const map = built.outputFiles.find((file) => file.path.endsWith(".map"))?.text ?? "";
    const escaped = escapeControl(code, map);
    expect(escaped.code).toMatch(/^[\x20-\x7e\n]*$/);
    expect(escaped.code).toContain("\\x06\\x09x\\x14");
    const before = new SourceMap(JSON.parse(map));
    const after = new SourceMap(JSON.parse(escaped.sourceMap));
    const at = (text: string, lookup: SourceMap): unknown => {
      const { originalLine, originalColumn } = lookup.findEntry(0, text.indexOf("second")) as { originalLine: number; originalColumn: number };
      return [originalLine, originalColumn];
    };
    expect(at(escaped.code, after)).toEqual(at(code, before));
    expect(at(escaped.code, after)).toEqual([1, 35]);
  });

  it("leaves text without control characters alone", () => {
    expect(escapeControl("a;\nb", "{}")).toEqual({ code: "a;\nb", sourceMap: "{}" });
  });
});
