// A module's folder: manifest.ts, needs.ts (generated), module.ts, module.test.ts. What it holds as one text, as esbuild bundles it for the verifier.
//
// The bundle keeps the author's names and syntax: what the guest language has not is the verifier's to say, with the number of its rule.

import path from "node:path";
import { buildSync, type BuildFailure } from "esbuild";
import { Failure } from "../cli/failure.ts";
import { checkNeedsFile } from "./needs-file.ts";
import { readManifest } from "./manifest-file.ts";
import type { ModuleManifest } from "./manifest.ts";

export interface ModuleSource {
  folder: string;
  manifest: ModuleManifest;
  /** One ES module. */
  text: string;
  /** Source map v3 of `text`, JSON; sources relative to `folder`. */
  sourceMap: string;
}

/** What authors import, by the name they import it under. */
export function kitFiles(root: string): Record<string, string> {
  return {
    "genesis/module": path.join(root, "firmware", "modules", "guest-api.ts"),
    "genesis/manifest": path.join(root, "host-tools", "modules", "manifest.ts"),
    "genesis/module-test": path.join(root, "host-tools", "modules", "module-tests.ts"),
  };
}

/** Reads manifest and code. @throws ManifestError, Failure STALE, Failure BUNDLE */
export function readModule(root: string, folder: string): ModuleSource {
  const manifest = readManifest(path.join(folder, "manifest.ts"));
  checkNeedsFile(folder, manifest);
  try {
    const built = buildSync({
      entryPoints: [path.join(folder, "module.ts")],
      absWorkingDir: folder,
      outfile: path.join(folder, "module.js"),
      alias: kitFiles(root),
      bundle: true,
      write: false,
      format: "esm",
      platform: "neutral",
      target: "esnext",
      treeShaking: true,
      charset: "ascii",
      legalComments: "none",
      sourcemap: "external",
      sourcesContent: false,
      logLevel: "silent",
      // The checkout's own settings, whatever tsconfig stands near the folder.
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    });
    const textOf = (suffix: string): string => built.outputFiles.find((file) => file.path.endsWith(suffix))?.text ?? "";
    return { folder, manifest, text: textOf(".js"), sourceMap: textOf(".map") };
  } catch (error) {
    const { errors } = error as BuildFailure;
    if (!Array.isArray(errors)) throw error;
    const told = errors.map(({ location, text }) => `${location === null ? "module.ts" : `${path.relative(process.cwd(), path.resolve(folder, location.file))}:${location.line}`}: ${text}`);
    throw new Failure("BUNDLE", 1, told.join("; "), "correct the lines named above; a module may import its own files and \"genesis/module\"");
  }
}
