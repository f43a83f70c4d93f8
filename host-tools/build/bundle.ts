// From TypeScript to a tile: one ASCII file whose value is `boot`, a function of the port.
//
//   eval(file) → (port, config) => tile
//
// Tile dialect + esbuild alone (reference/packages §3, route A). The file is one expression, `(()=>{ …modules…; return boot })()`: module code
// runs once when the file is evaluated, `boot` is called for each tile, so one process starts 10,000 tiles from one compilation and on Espruino the
// functions stay in flash (evaluated from a Storage string, a function keeps a reference to its text, not a copy).

import { createHash } from "node:crypto";
import path from "node:path";
import type { BuildFailure, Metafile, Plugin } from "esbuild";
import { TileBuildError } from "./build-errors.ts";
import { type CompiledText, compileText } from "./compile.ts";
import { checkDialect, type Finding } from "./dialect/check.ts";
import { beyondProfile, type Feature, featureConstants } from "./features.ts";
import { kernelConstants } from "./kernel-features.ts";
import { counterOptions, METERED_HEAD } from "./fuel/bind-counter.ts";
import type { FuelSite } from "./fuel/meter.ts";
import { meterBundle } from "./fuel/meter-bundle.ts";
import { letGo, startOnlyNames } from "./overlay/let-go.ts";
import { renameReserved } from "./overlay/rename-reserved.ts";
import { readMangleCache, withTakenWords, writeMangleCache, type MangleCache } from "./mangle-cache.ts";
import { readSourceMap } from "./source-map.ts";
import { bytesPerSubsystem, type SubsystemBytes } from "./subsystems.ts";

/** Image profile (design §5); the same words as `hal/board.ts`. */
export type Profile = "small" | "full";

export interface BundleOptions {
  /** Entry file; exports `boot(port, config)` by that name or as default. */
  entry: string;
  /** Constants, as in esbuild, besides those of the features. */
  define?: Record<string, string>;
  profile: Profile;
  /** Features beyond those of the profile. */
  extra?: readonly Feature[];
  /** Services pay for what they run (fuel/README.md; default). False: for code that runs without a kernel that gives fuel. */
  isMetered?: boolean;
  /** Texts that stand in for source files, by their path from the root: for images that go wrong on purpose. */
  instead?: Readonly<Record<string, string>>;
  /** Committed dictionary of shortened property names. */
  mangleCachePath: string;
  /** Write names that are not yet in the dictionary (default). With false, a new name is an error: for CI. */
  updateMangleCache?: boolean;
  /** Root that paths in maps and errors are relative to. */
  root?: string;
  /** On a board the file is evaluated for one start: what only the start needs is let go (overlay/let-go.ts). Default: the value can be called again and again. */
  isStartedOnce?: boolean;
}

export interface TileBundle {
  /** The shipped text. */
  code: string;
  /** Source map v3 of `code`, JSON. Stays on the host. */
  sourceMap: string;
  /** Bytes of `code` by subsystem of the source that they come from; "build" is the wrapper and what no source accounts for. */
  bytesPerSubsystem: SubsystemBytes;
  /** Bytes of `code` by source file, biggest first. */
  bytesPerFile: readonly (readonly [file: string, bytes: number])[];
  /** SHA-256 of `code`, hexadecimal. */
  sha256: string;
  profile: Profile;
  /** Features beyond those of the profile. */
  extra: readonly Feature[];
  /** Dialect warnings (errors end the build). */
  warnings: readonly Finding[];
  /** Places that pay fuel; empty when it is not metered. */
  fuelSites: readonly FuelSite[];
}

const HEAD = "(()=>{";

/** Bundle, minify and check a tile image. Throws {@link TileBuildError} with every place that is wrong. */
export async function bundleTile(options: BundleOptions): Promise<TileBundle> {
  const cache = await readMangleCache(options.mangleCachePath);
  const built = await compile(options, cache);
  if (options.updateMangleCache === false) {
    const fresh = Object.keys(built.mangleCache).filter((name) => !(name in cache) && !name.startsWith("_taken_"));
    if (fresh.length > 0) throw new TileBuildError(options.entry, `property names not in the committed dictionary ${options.mangleCachePath}: ${fresh.join(", ")}. Build once without --frozen and commit the file`, [], []);
  }
  const written = renameReserved(asExpression(built.code, options.entry), built.sourceMap);
  const { code: plain, sourceMap: plainMap } = options.isStartedOnce === true ? letGo(written.code, written.sourceMap) : written;
  const { code, sourceMap, sites, addedBytes } = isMetered(options) ? meterBundle(options.entry, plain, plainMap, options.isStartedOnce === true ? startOnlyNames(written.code) : []) : { code: plain, sourceMap: plainMap, sites: [], addedBytes: 0 };
  const warnings = checkOrThrow(code, sourceMap, options.entry);
  if (options.updateMangleCache !== false) await writeMangleCache(options.mangleCachePath, built.mangleCache);
  const { perSubsystem, perFile } = bytesPerSubsystem(plain, plainMap);
  const bytesOfParts = addedBytes > 0 ? { ...perSubsystem, fuel: (perSubsystem["fuel"] ?? 0) + addedBytes } : perSubsystem;
  return { code, sourceMap, bytesPerSubsystem: bytesOfParts, bytesPerFile: perFile, sha256: sha256Hex(code), profile: options.profile, extra: beyondProfile(options.profile, options.extra ?? []), warnings, fuelSites: sites };
}

/** The sources as one text, with the settings of a tile. */
function isMetered({ isMetered: wanted }: Pick<BundleOptions, "isMetered">): boolean {
  return wanted !== false;
}

async function compile(options: Pick<BundleOptions, "entry" | "define" | "profile" | "extra" | "root" | "instead" | "isMetered">, cache: MangleCache): Promise<CompiledText> {
  const root = options.root ?? process.cwd();
  const counter = isMetered(options) ? counterOptions() : {};
  const plugins = [...(counter.plugins ?? []), ...(options.instead === undefined ? [] : [insteadOf(root, options.instead)])];
  try {
    const sources = {
      absWorkingDir: root,
      entryPoints: [options.entry],
      define: { ...featureConstants(options.profile, options.extra), ...kernelConstants(options.profile), FUEL: String(isMetered(options)), ...options.define },
      mangleProps: /^_/,
      mangleCache: withTakenWords(cache),
      ...counter,
      plugins,
    };
    const compiled = await compileText(sources, { format: "esm", banner: { js: isMetered(options) ? METERED_HEAD : HEAD } });
    refuseForeignInputs(options.entry, compiled.metafile);
    return compiled;
  } catch (error) {
    if (isBuildFailure(error)) throw new TileBuildError(options.entry, "esbuild refuses the sources", [], error.errors);
    throw error;
  }
}

/** @throws Error when a file that something stands in for is not part of the bundle: it would change nothing. */
function insteadOf(root: string, texts: Readonly<Record<string, string>>): Plugin {
  return {
    name: "instead",
    setup(plan) {
      const used = new Set<string>();
      plan.onLoad({ filter: /\.ts$/ }, (args) => {
        const file = path.relative(root, args.path).split(path.sep).join("/");
        const contents = texts[file];
        used.add(file);
        return contents === undefined ? undefined : { contents, loader: "ts" };
      });
      plan.onEnd(() => {
        const idle = Object.keys(texts).filter((file) => !used.has(file));
        if (idle.length > 0) throw new Error(`not part of the bundle: ${idle.join(", ")}`);
      });
    },
  };
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

/** A tile contains no npm package and no Node module: powers come in by the port. */
function refuseForeignInputs(entry: string, metafile: Metafile): void {
  const foreign = Object.keys(metafile.inputs).filter((file) => file.includes("node_modules/"));
  const external = Object.values(metafile.outputs).flatMap((output) => output.imports.filter((imported) => imported.external === true).map((imported) => imported.path));
  if (foreign.length + external.length === 0) return;
  throw new TileBuildError(entry, `a tile file may import no package and no Node module, but this one contains ${[...foreign, ...external].join(", ")}. Take the power from the port, or move the code to host-tools`, [], []);
}

/** esbuild's `…;export{a as boot};` becomes `…;return a})()`. */
function asExpression(code: string, entry: string): string {
  const body = code.trimEnd();
  const exported = /export\s*\{([^}]*)\};?$/.exec(body);
  if (exported === null) throw new TileBuildError(entry, "the file exports nothing. Export the function that starts a tile: `export function boot(port, config) {…}`", [], []);
  const names = new Map((exported[1] ?? "").split(",").map((item) => {
    const [local = "", alias] = item.trim().split(/\s+as\s+/);
    return [alias ?? local, local];
  }));
  const boot = names.get("boot") ?? names.get("default");
  if (boot === undefined) throw new TileBuildError(entry, `the file exports ${[...names.keys()].join(", ")} but no \`boot\`. Export the function that starts a tile: \`export function boot(port, config) {…}\``, [], []);
  return `${body.slice(0, exported.index)}return ${boot}})()`;
}

/** Warnings if the text is inside the dialect, {@link TileBuildError} if not. */
function checkOrThrow(code: string, sourceMap: string, entry: string): Finding[] {
  const findings = checkDialect(code, { kind: "tile", sourceMap: readSourceMap(sourceMap) });
  const errors = findings.filter((found) => found.severity === "error");
  if (errors.length > 0) throw new TileBuildError(entry, `${errors.length} ${errors.length === 1 ? "place" : "places"} outside the tile dialect`, errors, []);
  return findings;
}

export function sha256Hex(text: string): string {
  return createHash("sha256").update(text, "latin1").digest("hex");
}
