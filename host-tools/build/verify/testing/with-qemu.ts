// A board for tests of the verifier: its runtime built, a folder of its own that goes when they end.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildRuntime } from "../../../qemu/runtime-build.ts";
import { testCacheDir } from "../../../qemu/test-board.ts";
import { linesOnQemu } from "../../script-lines.ts";

/** Calls `use` with a function that gives what a script prints in XS on QEMU. */
export async function withQemu(use: (run: (script: string) => Promise<string[]>) => Promise<void>): Promise<void> {
  const { elfPath } = await buildRuntime({ cacheDir: testCacheDir });
  const folder = mkdtempSync(path.join(tmpdir(), "genesis-verify-"));
  try {
    await use((script) => linesOnQemu(elfPath, folder, script));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
