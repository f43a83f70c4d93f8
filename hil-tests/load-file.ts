// Loads a scenario from any TypeScript file: bundles it with esbuild, as bin/run-ts.mjs does with programs, and imports the result.
//
// Such a file imports its types and checks from "genesis/scenario", which is this project's hil-tests/scenario.ts, wherever the file lies.
import { kernelConstants } from "../host-tools/build/kernel-features.ts";
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { featureConstants } from "../host-tools/build/features.ts";
import { Failure } from "../host-tools/cli/failure.ts";
import type { Scenario } from "./scenario.ts";

/** @param root the project's folder. @throws Failure NO_SCENARIO, BAD_SCENARIO. */
export async function loadScenarioFile(root: string, file: string): Promise<Scenario> {
  const entry = path.resolve(file);
  if (!existsSync(entry)) throw new Failure("NO_SCENARIO", 2, `there is no file ${file}`, "genesis test --list names the project's scenarios; a file of your own is named with its path");
  const bad = (why: string): Failure => new Failure("BAD_SCENARIO", 2, `${file} ${why}`, 'it has to `export const scenario: Scenario` (import type { Scenario } from "genesis/scenario")');
  const outdir = path.join(root, ".genesis", "run");
  let text: string;
  try {
    const built = await build({
      entryPoints: [entry],
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      packages: "external",
      plugins: [{ name: "genesis", setup: (b) => b.onResolve({ filter: /^genesis\/scenario$/ }, () => ({ path: path.join(root, "hil-tests", "scenario.ts") })) }],
      sourcemap: "inline",
      logLevel: "silent",
      write: false,
      define: { ...featureConstants("full"), ...kernelConstants("full") },
      outdir,
    });
    text = built.outputFiles[0]?.text ?? "";
  } catch (error) {
    throw bad(`does not build: ${(error as Error).message}`);
  }
  mkdirSync(outdir, { recursive: true });
  const out = path.join(outdir, `scenario-${createHash("sha256").update(text).digest("hex").slice(0, 16)}.mjs`);
  writeFileSync(out, text);
  let module: { scenario?: Partial<Scenario> };
  try {
    module = (await import(pathToFileURL(out).href)) as typeof module;
  } catch (error) {
    throw bad(`does not load: ${(error as Error).message}`);
  }
  const { scenario } = module;
  if (typeof scenario?.name !== "string" || typeof scenario.run !== "function" || !Array.isArray(scenario.needs)) throw bad("exports no scenario");
  return scenario as Scenario;
}
