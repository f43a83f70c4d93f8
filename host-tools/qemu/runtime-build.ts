// Builds the QEMU board's runtime: our C files, the prelude and Moddable XS become one ELF file in the cache.
// Outputs are named by the hash of everything that goes into them, so an unchanged build is a lookup and works offline.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { needProgram, run } from "./toolchain.ts";
import { XS_INTEGRITY, fetchXs } from "./xs-source.ts";

const PARALLEL_COMPILERS = 2;
const KEEP_BUILDS = 4;
const KEEP_OBJECTS_MS = 30 * 24 * 3600_000;
const LOCK_STALE_MS = 15 * 60_000;

const CPU = ["-mcpu=cortex-m3", "-mthumb", "-O2", "-g0", "-std=gnu11", "-ffunction-sections", "-fdata-sections", "-fno-common"];
const XS_FLAGS = [
  "-DINCLUDE_XSPLATFORM", '-DXSPLATFORM="xsbare.h"', "-DmxLockdown=1", "-DmxMetering=1", "-DmxParse=1", "-DmxRun=1",
  "-DmxSloppy=1", "-DmxMinusZero=1", "-DmxBoundsCheck=1",
];
// xs.h is macros over setjmp and comma expressions: two warnings about its style are off.
const OUR_WARNINGS = ["-Wall", "-Wextra", "-Wno-unused-value", "-Wno-clobbered", "-Wno-unused-parameter"];

/** How our own files are compiled, include paths apart. */
export const COMPILER_FLAGS: readonly string[] = [...CPU, ...XS_FLAGS, ...OUR_WARNINGS];

/** Progress: what is being done, and how far it is (0..1) when known. */
export type BuildProgress = (message: string, fraction?: number) => void;

export interface BuildOptions {
  /** Folder for downloads and objects; made when missing. */
  cacheDir: string;
  onProgress?: BuildProgress;
}

/** The repository's folder: the nearest one above this file that holds the board. */
export function repositoryRoot(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, "boards", "qemu-mps2-an385", "runtime"))) {
    const up = path.dirname(folder);
    if (up === folder) throw new Error("the folder boards/qemu-mps2-an385/runtime was not found above this program; run it from a complete checkout");
    folder = up;
  }
  return folder;
}

const hash = (...parts: (string | Buffer)[]): string => {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part).update("\0");
  return digest.digest("hex").slice(0, 20);
};

interface Job {
  source: string;
  object: string;
  flags: string[];
}

/** Compiles what is missing, two at a time. */
async function compile(gcc: string, jobs: Job[], label: string, onProgress: BuildProgress): Promise<void> {
  const queue = jobs.filter((job) => !existsSync(job.object));
  const total = queue.length;
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let job = queue.shift(); job; job = queue.shift()) {
      const temporary = `${job.object}.${process.pid}.tmp`;
      const output = await run(gcc, [...job.flags, "-c", job.source, "-o", temporary], {
        next: "if the runtime's C code was changed, fix it there; if not, delete the cache folder (.genesis/cache) and build again",
      });
      if (output) onProgress(output);
      renameSync(temporary, job.object);
      done++;
      onProgress(`${label}: ${path.basename(job.source)}`, done / total);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_COMPILERS }, worker));
}

/** The prelude as one function of (native, global); its files in the order of their names. */
function preludeText(runtimeDir: string): string {
  const folder = path.join(runtimeDir, "prelude");
  const parts = readdirSync(folder).filter((name) => name.endsWith(".js")).sort().map((name) => readFileSync(path.join(folder, name), "utf8"));
  return `(function (native, global) {\n"use strict";\n${parts.join("\n")}\n})`;
}

/** Holds the cache for one builder at a time (test files run in parallel). */
async function withLock<T>(cacheDir: string, work: () => Promise<T>): Promise<T> {
  const lock = path.join(cacheDir, "build.lock");
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(path.join(lock, "pid"), String(process.pid));
      break;
    } catch {
      if (isStale(lock)) rmSync(lock, { recursive: true, force: true });
      else await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function isStale(lock: string): boolean {
  try {
    if (Date.now() - statSync(lock).mtimeMs > LOCK_STALE_MS) return true;
    const holder = Number(readFileSync(path.join(lock, "pid"), "utf8"));
    if (!holder) return false;
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

interface Sources {
  runtimeDir: string;
  files: string[];
  headersHash: string;
  prelude: string;
  /** Hash of everything that goes into the ELF file. */
  key: string;
}

function readSources(): Sources {
  const runtimeDir = path.join(repositoryRoot(), "boards", "qemu-mps2-an385", "runtime");
  const names = readdirSync(runtimeDir).sort();
  const read = (name: string): Buffer => readFileSync(path.join(runtimeDir, name));
  const files = names.filter((name) => name.endsWith(".c"));
  const headersHash = hash(XS_INTEGRITY, ...CPU, ...XS_FLAGS, ...OUR_WARNINGS, ...names.filter((name) => name.endsWith(".h")).map(read));
  const prelude = preludeText(runtimeDir);
  const key = hash(headersHash, prelude, read("mps2.ld"), ...files.map(read));
  return { runtimeDir, files, headersHash, prelude, key };
}

/**
 * Builds the runtime if anything changed and returns its ELF file.
 * The first build fetches XS (0.7 MB) and takes about two minutes on two cores; unchanged it takes milliseconds and needs no network.
 * @throws ToolError when the cross compiler or npm is missing, a download fails or is not the pinned file, or the C code does not compile.
 */
export async function buildRuntime(options: BuildOptions): Promise<{ elfPath: string }> {
  const onProgress = options.onProgress ?? (() => undefined);
  const sources = readSources();
  const objectsDir = path.join(options.cacheDir, "qemu");
  const elfPath = path.join(objectsDir, `runtime-${sources.key}.elf`);
  if (existsSync(elfPath)) return { elfPath };
  const gcc = needProgram("arm-none-eabi-gcc");
  mkdirSync(objectsDir, { recursive: true });
  return withLock(options.cacheDir, async () => {
    if (existsSync(elfPath)) return { elfPath };
    const xs = await fetchXs(options.cacheDir, onProgress);
    const include = [sources.runtimeDir, path.join(xs, "includes"), path.join(xs, "platforms"), path.join(xs, "sources")].map((dir) => `-I${dir}`);

    const xsFlags = [...CPU, ...XS_FLAGS, "-w", ...include];
    const xsDir = path.join(objectsDir, `xs-${hash(XS_INTEGRITY, ...CPU, ...XS_FLAGS, readFileSync(path.join(sources.runtimeDir, "xsbare.h")))}`);
    mkdirSync(xsDir, { recursive: true });
    const xsJobs = readdirSync(path.join(xs, "sources")).filter((name) => name.endsWith(".c")).sort()
      .map((name): Job => ({ source: path.join(xs, "sources", name), object: path.join(xsDir, name.replace(/c$/, "o")), flags: xsFlags }));
    await compile(gcc, xsJobs, "compiling the JavaScript engine", onProgress);

    const ourFlags = [...COMPILER_FLAGS, ...include];
    const ourJobs = sources.files.map((name): Job => ({
      source: path.join(sources.runtimeDir, name),
      object: path.join(objectsDir, `${name.slice(0, -2)}-${hash(sources.headersHash, readFileSync(path.join(sources.runtimeDir, name)))}.o`),
      flags: ourFlags,
    }));
    ourJobs.push(preludeJob(sources, objectsDir));
    await compile(gcc, ourJobs, "compiling the runtime", onProgress);

    onProgress("linking");
    const temporary = `${elfPath}.${process.pid}.tmp`;
    await run(gcc, [...CPU, "--specs=nano.specs", "-nostartfiles", "-T", path.join(sources.runtimeDir, "mps2.ld"), "-Wl,--gc-sections,--wrap=fxNewGrowableChunk",
      ...ourJobs.map((job) => job.object), ...xsJobs.map((job) => job.object), "-lm", "-o", temporary], { next: "fix the runtime's C code" });
    renameSync(temporary, elfPath);
    prune(objectsDir);
    return { elfPath };
  });
}

/** Drops what older builds left: all but the newest runtimes and preludes, and objects nobody used for a month. */
function prune(objectsDir: string): void {
  const files = readdirSync(objectsDir, { withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => ({ name, changedMs: statSync(path.join(objectsDir, name)).mtimeMs }));
  files.sort((a, b) => b.changedMs - a.changedMs);
  for (const kind of [/^runtime-.*\.elf$/, /^prelude-.*\.js$/, /^prelude-.*\.S$/, /^prelude-.*\.o$/]) {
    for (const { name } of files.filter((file) => kind.test(file.name)).slice(KEEP_BUILDS)) rmSync(path.join(objectsDir, name), { force: true });
  }
  for (const { name, changedMs } of files) {
    if (name.endsWith(".o") && Date.now() - changedMs > KEEP_OBJECTS_MS) rmSync(path.join(objectsDir, name), { force: true });
  }
}

/** The prelude's text goes into the ELF file by an assembler file that includes it. */
function preludeJob(sources: Sources, objectsDir: string): Job {
  const base = path.join(objectsDir, `prelude-${hash(sources.prelude)}`);
  writeFileSync(`${base}.js`, sources.prelude);
  writeFileSync(`${base}.S`, `.section .rodata.prelude\n.global preludeStart, preludeEnd\npreludeStart: .incbin "${base}.js"\npreludeEnd: .byte 0\n`);
  return { source: `${base}.S`, object: `${base}.o`, flags: CPU };
}
