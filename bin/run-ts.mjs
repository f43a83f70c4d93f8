// Runs one TypeScript program of this repository: bundles it with esbuild (about 0.1 s) into .genesis/run/ and imports the result.
// `node bin/run-ts.mjs host-tools/cli.ts [arguments]`
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import setup from "./setup.cjs";

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");

/** Says why nothing can run, and ends. */
function fail(what, next) {
  process.stderr.write(`genesis: ${what}\nnext:  ${next}\n`);
  process.exit(1);
}

/** The program as one ES module. Packages stay external; source maps point at the TypeScript. */
async function bundle(entry, outfile) {
  const esbuild = await import("esbuild");
  const built = await esbuild.build({
    entryPoints: [path.join(root, entry)],
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    sourcemap: "inline",
    sourcesContent: false,
    logLevel: "silent",
    write: false,
    // host-tools/build/features.ts and kernel-features.ts, which are not built yet.
    define: { FULL: "true", ...Object.fromEntries(["UPLOAD", "NEIGHBOR", "SENSOR", "FRAMES", "BUDGETS", "DONATION", "TRANSFER", "RETYPE", "CNODES", "WIRING", "POWER"].map((name) => [name, "true"])) },
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false, verbatimModuleSyntax: true } },
    outfile,
  });
  return built.outputFiles[0].text;
}

/** Bundle `entry` (relative to the repository) and import it. */
export async function runTs(entry) {
  const nodeProblem = setup.nodeProblem(process.versions.node);
  if (nodeProblem) fail(...nodeProblem.split("\nNext: "));
  const outdir = path.join(root, ".genesis", "run");
  const outfile = path.join(outdir, `${entry.replace(/[\\/]/g, "-").replace(/\.ts$/, "")}.mjs`);
  let text;
  try {
    text = await bundle(entry, outfile);
  } catch (error) {
    if (error.errors === undefined) fail(`esbuild does not run here (${error.message.split("\n")[0]})`, "node bin/setup.cjs installs the npm packages; npm ci does it anew");
    fail(`${entry} does not build:\n${error.errors.map(({ location, text: what }) => `${location?.file ?? entry}:${location?.line ?? 0}: ${what}`).join("\n")}`, "correct the lines named above, or take the files back from git");
  }
  try {
    // Two commands at once may build two versions: each file appears whole, and an import reads it only once.
    if (!existsSync(outfile) || readFileSync(outfile, "utf8") !== text) {
      mkdirSync(outdir, { recursive: true });
      const temporary = `${outfile}.${process.pid}`;
      writeFileSync(temporary, text);
      renameSync(temporary, outfile);
    }
  } catch (error) {
    fail(`can't write into the checkout: ${error.message}`, `make ${outdir} yours`);
  }
  process.setSourceMapsEnabled(true);
  process.env.GENESIS_ROOT ??= root;
  try {
    await import(pathToFileURL(outfile).href);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    fail(`an npm package is missing (${error.message.split("\n")[0]})`, "node bin/setup.cjs installs the npm packages; npm ci does it anew");
  }
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const entry = process.argv[2];
  if (!entry) {
    process.stderr.write("usage: node bin/run-ts.mjs <program.ts> [arguments]\n");
    process.exit(2);
  }
  process.argv.splice(1, 2, path.join(root, entry));
  await runTs(entry);
}
