/**
 * Builds and drives the runtime's engine-independent C files on the host (harness.c).
 *
 * The idea: flash, Storage, digests and compression are plain C; testing them in a process of their own with the
 * address and undefined-behaviour sanitizers finds in milliseconds what a board would only show as a crash.
 * Needs a host C compiler (`cc`); `nativeCompiler()` says whether there is one.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = import.meta.dirname;
const sources = ["flash.c", "storage.c", "crc32.c", "sha.c", "heatshrink.c"].map((file) => join(here, "../runtime", file));

export interface Geometry {
  readonly baseAddr: number;
  readonly flashBytes: number;
  readonly pageBytes: number;
  readonly storageBytes: number;
}

/** True when a host C compiler answers. */
export function nativeCompiler(): boolean {
  return spawnSync("cc", ["--version"], { stdio: "ignore" }).status === 0;
}

/** A compiled harness; `run` starts a fresh chip each time. */
export class NativeCore {
  readonly directory: string;
  readonly #program: string;

  /** @throws Error with the compiler's words when the C files do not compile without warnings. */
  constructor(geometry: Geometry) {
    this.directory = mkdtempSync(join(tmpdir(), "genesis-native-"));
    this.#program = join(this.directory, "harness");
    const defines = [
      `-DFLASH_BASE=${geometry.baseAddr}u`,
      `-DFLASH_SIZE=${geometry.flashBytes}u`,
      `-DFLASH_PAGE=${geometry.pageBytes}u`,
      `-DSTORAGE_LENGTH=${geometry.storageBytes}u`,
    ];
    const flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover"];
    execFileSync("cc", [...flags, ...defines, join(here, "harness.c"), ...sources, "-o", this.#program], { stdio: "pipe" });
  }

  /** Runs the commands on a fresh chip and returns one answer for each. */
  run(commands: readonly string[]): string[] {
    const result = spawnSync(this.#program, {
      input: commands.join("\n") + "\n",
      encoding: "latin1",
      maxBuffer: 1 << 28,
      timeout: 60_000,
      env: { ...process.env, ASAN_OPTIONS: "detect_leaks=0" },
    });
    if (result.status !== 0) throw new Error(`native harness failed (${result.status ?? result.signal}): ${result.stderr}`);
    const answers = result.stdout.split("\n").slice(0, -1);
    if (answers.length !== commands.length) throw new Error(`${commands.length} commands, ${answers.length} answers`);
    return answers.map((line) => line.trimEnd());
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
