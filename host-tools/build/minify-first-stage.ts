// The first stage (what stands in `.bootcde` and an update never touches) built like a tile, but as a script that runs by itself on the board's own globals.

import { checkOrThrow, runEsbuild, sha256Hex, type BundleOptions } from "./bundle.ts";
import type { Finding } from "./dialect/check.ts";
import { readMangleCache, writeMangleCache } from "./mangle-cache.ts";

export interface FirstStage {
  /** The shipped script, ASCII. */
  code: string;
  /** Source map v3, JSON. */
  sourceMap: string;
  sha256: string;
  warnings: readonly Finding[];
}

export type FirstStageOptions = Pick<BundleOptions, "entry" | "define" | "profile" | "root" | "mangleCachePath" | "updateMangleCache">;

/** Bundle, minify and check a script. The whole text is one call, `(()=>{…})()`, so that nothing becomes a global. Throws `TileBuildError`. */
export async function minifyFirstStage(options: FirstStageOptions): Promise<FirstStage> {
  const cache = await readMangleCache(options.mangleCachePath);
  const built = await runEsbuild(options, cache, "first-stage");
  const code = built.code.trimEnd().replace(/;$/, "");
  const warnings = checkOrThrow(code, built.sourceMap, "first-stage", options.entry);
  if (options.updateMangleCache !== false) await writeMangleCache(options.mangleCachePath, built.mangleCache);
  return { code, sourceMap: built.sourceMap, sha256: sha256Hex(code), warnings };
}
