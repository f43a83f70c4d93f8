/**
 * Builds `.bootcde`: the first stage as one line of ASCII, 3 kB at most.
 *
 * The idea: it is written once per board and never updated, so it is built from its own entry point, apart from the images, and without name
 * mangling across files. Control characters are escaped so that the text can travel over a console.
 */
import { buildSync } from "esbuild";
import { resolve } from "node:path";

/** Budget of the first stage (docs/DESIGN.md): it shares the first Storage page of a small board with the configuration. */
export const firstStageLimitBytes = 3072;

/** @param rootDir the project's directory. @throws Error when it is larger than its budget. */
export function buildFirstStage(rootDir: string): string {
  const built = buildSync({
    absWorkingDir: rootDir,
    entryPoints: [resolve(rootDir, "firmware/update/first-stage-main.ts")],
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2015",
    charset: "ascii",
    legalComments: "none",
    logLevel: "silent",
  });
  const script = built.outputFiles[0]!.text
    .replace(/^"use strict";/, "")
    .trim()
    // eslint-disable-next-line no-control-regex
    .replace(/[\0-\x1f\x7f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
  if (script.length > firstStageLimitBytes) throw new Error(`the first stage has ${script.length} bytes, its budget is ${firstStageLimitBytes}`);
  return script;
}
