/**
 * Builds the scripts that run outside of an image, each as one line of ASCII: `.bootcde` (the first stage, 3.1 kB at most) and the one-slot updater.
 *
 * The idea: the first stage is written once per board and never updated, so it is built from its own entry point, apart from the images. Control characters are escaped so that the text can travel over a console.
 */
import { buildSync } from "esbuild";
import { resolve } from "node:path";
import { TILE_BUILD_OPTIONS } from "../build/esbuild-gates.ts";

/** Budget of the first stage (docs/DESIGN.md): it shares the first Storage page of a small board with the configuration. */
export const firstStageLimitBytes = 3200;

/** `.bootcde`. @param rootDir the project's directory. @throws Error when it is larger than its budget. */
export function buildFirstStage(rootDir: string): string {
  const script = buildConsoleScript(rootDir, "firmware/update/first-stage-main.ts");
  if (script.length > firstStageLimitBytes) throw new Error(`the first stage has ${script.length} bytes, its budget is ${firstStageLimitBytes}`);
  return script;
}

/** The script that a host evaluates on a one-slot board to update it; leaves `genesisSlot` behind (firmware/update/one-slot.ts). */
export function buildOneSlotScript(rootDir: string): string {
  return buildConsoleScript(rootDir, "firmware/update/one-slot-main.ts");
}

function buildConsoleScript(rootDir: string, entry: string): string {
  const built = buildSync({ ...TILE_BUILD_OPTIONS, absWorkingDir: rootDir, entryPoints: [resolve(rootDir, entry)], format: "iife" });
  return built.outputFiles[0]!.text
    .replace(/^"use strict";/, "")
    .trim()
    .replace(/[\0-\x1f\x7f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
