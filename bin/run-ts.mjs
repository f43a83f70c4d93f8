// Runs one TypeScript program of this repository: bundles it with esbuild (about 0.1 s) into .genesis/run/ and imports the result.
// `node bin/run-ts.mjs host-tools/cli.ts [arguments]`
import { mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");

/** Bundle `entry` (relative to the repository) and import it. Packages stay external; source maps point at the TypeScript. */
export async function runTs(entry) {
  let esbuild;
  try {
    esbuild = await import("esbuild");
  } catch {
    process.stderr.write("genesis: its npm packages are not installed here.\nNext: run `node bin/setup.cjs` in the project folder.\n");
    process.exit(1);
  }
  const outdir = path.join(root, ".genesis", "run");
  mkdirSync(outdir, { recursive: true });
  // One file per process: two commands started at once must not overwrite each other's program half-way.
  const outfile = path.join(outdir, `${entry.replace(/[\\/]/g, "-").replace(/\.ts$/, "")}.mjs`);
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
    define: { FULL: "true" },
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false, verbatimModuleSyntax: true } },
    outfile,
  });
  const { writeFileSync, renameSync, readFileSync, existsSync } = await import("node:fs");
  const text = built.outputFiles[0].text;
  if (!existsSync(outfile) || readFileSync(outfile, "utf8") !== text) {
    const temporary = `${outfile}.${process.pid}`;
    writeFileSync(temporary, text);
    renameSync(temporary, outfile);
  }
  process.setSourceMapsEnabled(true);
  process.env.GENESIS_ROOT ??= root;
  await import(pathToFileURL(outfile).href);
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
