// From sources to one minified text with its map, in three steps: bundled, functions inlined (inline/inline-once.ts), minified.
//
// Whatever runs the kernel as a tile has it is compiled by this: images, the conformance suite, the explorer.

import { build, type BuildOptions, type Metafile } from "esbuild";
import { TILE_BUILD_OPTIONS } from "./esbuild-gates.ts";
import { escapeControl } from "./escape-control.ts";
import { isService } from "./fuel/meter-bundle.ts";
import { inlineOnce, type InlineRules } from "./inline/inline-once.ts";
import type { MangleCache } from "./mangle-cache.ts";
import { withShortChars } from "./short-chars.ts";

/** The gate runs several times in every step. Services pay for what they run and the kernel does not (fuel/meter-bundle.ts), so neither stands in the other. */
const RULES: InlineRules = { hot: ["gate"], mayStandIn: (callee, caller) => isService(callee) === isService(caller) };

export interface CompiledText {
  code: string;
  /** Source map v3 of `code`, JSON. */
  sourceMap: string;
  metafile: Metafile;
  mangleCache: MangleCache;
}

/** `options`: esbuild's for the bundling, besides {@link TILE_BUILD_OPTIONS}; `form`: what the text is in the end. @throws BuildFailure of esbuild */
export async function compileText(options: Omit<BuildOptions, "write" | "metafile" | "mangleCache"> & { mangleCache?: MangleCache }, form: Pick<BuildOptions, "format" | "globalName" | "banner">): Promise<CompiledText> {
  const output = { outfile: "tile.js", sourcemap: "external", sourcesContent: false } as const;
  const bundled = await build({ ...withShortChars(options), ...TILE_BUILD_OPTIONS, ...output, minify: false, metafile: true, format: "esm" });
  const inlined = inlineOnce(fileOf(bundled.outputFiles, ".js"), fileOf(bundled.outputFiles, ".map"), RULES);
  const mapUrl = `data:application/json;base64,${Buffer.from(inlined.sourceMap).toString("base64")}`;
  const minified = await build({
    ...form,
    ...TILE_BUILD_OPTIONS,
    ...output,
    stdin: { contents: `${inlined.code}\n//# sourceMappingURL=${mapUrl}\n`, loader: "js", sourcefile: "tile.js" },
  });
  return { ...escapeControl(fileOf(minified.outputFiles, ".js"), fileOf(minified.outputFiles, ".map")), metafile: bundled.metafile, mangleCache: bundled.mangleCache ?? {} };
}

function fileOf(files: readonly { path: string; text: string }[], suffix: string): string {
  const file = files.find((candidate) => candidate.path.endsWith(suffix));
  if (file === undefined) throw new Error(`esbuild wrote no *${suffix}`);
  return file.text;
}
