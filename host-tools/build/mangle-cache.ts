// The committed dictionary of shortened property names (`_capacity` → `c`). Stable names keep updates small: a delta between two
// images is mostly about names that moved (reference/packages §3), and two builds of one tree must be the same bytes.

import { readFile, rename, writeFile } from "node:fs/promises";
import { RESERVED_MEMBERS } from "./dialect/vocabulary.ts";

/** Long name → short name; `false` keeps a name as it is. */
export type MangleCache = Record<string, string | false>;

/** Two-letter words that mean something on Espruino. They are entered as taken, so that esbuild never invents them. */
const TAKEN: readonly string[] = [...[...RESERVED_MEMBERS].filter((word) => word.length <= 2), "at", "on", "is", "as"];

/** What esbuild gets: the committed names and the taken words. */
export function withTakenWords(cache: MangleCache): MangleCache {
  const full: MangleCache = { ...cache };
  for (const word of TAKEN) full[`_taken_${word}`] = word;
  return full;
}

/** Sorted, without the taken words: what is committed. */
export function committedPart(cache: MangleCache): MangleCache {
  const entries = Object.entries(cache).filter(([name]) => !name.startsWith("_taken_"));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Read a cache file; a missing file is an empty cache. Throws `Error` naming the file if it isn't a JSON object of names. */
export async function readMangleCache(path: string): Promise<MangleCache> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${path} is not a JSON object of property names; restore it from version control`);
  return value as MangleCache;
}

/** Write a cache file if it changed, whole or not at all. Returns true if it was written. */
export async function writeMangleCache(path: string, cache: MangleCache): Promise<boolean> {
  const text = `${JSON.stringify(committedPart(cache), undefined, 1)}\n`;
  const before = await readFile(path, "utf8").catch(() => "");
  if (before === text) return false;
  const part = `${path}.${process.pid}.part`;
  await writeFile(part, text);
  await rename(part, path);
  return true;
}
