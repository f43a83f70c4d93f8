/**
 * Keeps a simulated flash chip in a file: the bytes survive a restart and `kill -9`.
 *
 * The idea: write-through. Every operation is one `pwrite` of just the bytes it changed, before the operation returns to the tile,
 * so the file never lags behind what the tile believes; the page cache outlives the process. (A power failure of the *host* is not covered:
 * nothing is fsynced.) A new chip's file appears whole or not at all: it is written under another name and renamed.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { FlashStore } from "./nor-flash.ts";

/** @param path the chip's file; made, with its folder, when there is none. */
export function flashFile(path: string): FlashStore {
  let descriptor: number | undefined;
  return {
    load(): Uint8Array | undefined {
      return existsSync(path) ? readFileSync(path) : undefined;
    },
    save(offset: number, bytes: Uint8Array): void {
      if (!existsOnDisk()) {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(`${path}.new`, bytes);
        renameSync(`${path}.new`, path);
        return;
      }
      descriptor ??= openSync(path, "r+");
      writeSync(descriptor, bytes, 0, bytes.length, offset);
    },
    close(): void {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };

  function existsOnDisk(): boolean {
    return descriptor !== undefined || existsSync(path);
  }
}
