/**
 * Storage scenarios that every implementation of Espruino's Storage has to agree on.
 *
 * The idea: a scenario is a list of calls; `storage-vectors.json` holds what the real interpreter (2v29, Linux)
 * answered to each call and the SHA-256 of its whole flash image afterwards. The board's C code, the simulated
 * board and a real Espruino are all held against the same file. Byte strings are hexadecimal, names are Latin-1.
 * To extend this: add a scenario, then record it with `GENESIS_ESPRUINO=<binary> GENESIS_RECORD=1 npx vitest run boards`.
 */

/** Geometry of the recorded chip: Linux Espruino's 256 kB of 1 kB pages, all of it Storage. */
export const recordedGeometry = { baseAddr: 0x10000000, flashBytes: 0x40000, pageBytes: 1024, storageBytes: 0x40000 } as const;

export type StorageStep =
  | { readonly op: "write"; readonly name: string; readonly data: string; readonly offset?: number; readonly size?: number }
  | { readonly op: "read" | "erase"; readonly name: string }
  | { readonly op: "eraseAll" | "compact" | "list" | "listFiles" | "listLogs" | "stats" | "hash" | "takeLine" | "length" | "drop" }
  | { readonly op: "open"; readonly name: string; readonly mode: "r" | "w" | "a" }
  | { readonly op: "append"; readonly data: string }
  | { readonly op: "take"; readonly length: number }
  | { readonly op: "flashErase"; readonly addr: number }
  | { readonly op: "flashWrite"; readonly addr: number; readonly data: string }
  | { readonly op: "flashRead"; readonly addr: number; readonly length: number };

export interface StorageScenario {
  readonly name: string;
  readonly steps: readonly StorageStep[];
}

/** What was recorded: one answer for each step, as text, and the digest of the flash image. */
export interface RecordedScenario {
  readonly name: string;
  readonly answers: readonly string[];
  readonly imageSha256: string;
}

/** Marsaglia's xorshift32: the same numbers everywhere. */
function randomSource(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function bytes(length: number, seed: number): string {
  const random = randomSource(seed + 1);
  let hex = "";
  for (let i = 0; i < length; i++) hex += random(256).toString(16).padStart(2, "0");
  return hex;
}

const text = (value: string): string => Buffer.from(value, "latin1").toString("hex");
const base = recordedGeometry.baseAddr;

/** A seeded mixture of all calls; small names and sizes around the edges of words and pages. */
function mixture(seed: number, count: number, largest: number): StorageStep[] {
  const random = randomSource(seed);
  const names = ["a", "bb", "config", ".boot0", "x".repeat(28), "x".repeat(27) + "y", "app.js", "C:drive", "\xfe\x80\x01", "log9"];
  const sizes = [1, 3, 4, 5, 31, 32, 33, 991, 992, 993, 1023, 1024, 1025];
  const steps: StorageStep[] = [];
  let logOpen = false;
  for (let i = 0; i < count; i++) {
    const name = names[random(names.length)] as string;
    const length = random(2) ? (sizes[random(sizes.length)] as number) : 1 + random(largest);
    const kind = random(16);
    if (kind < 6) steps.push({ op: "write", name, data: bytes(length, i) });
    else if (kind < 8) {
      steps.push({ op: "write", name, data: bytes(Math.min(length, 20), i), offset: 0, size: length + 40 });
      steps.push({ op: "write", name, data: bytes(19, i), offset: Math.min(length, 20) + random(3) });
      steps.push({ op: "write", name, data: bytes(9, i + 1), offset: random(length + 60) });
    } else if (kind < 10) steps.push({ op: "erase", name });
    else if (kind === 10) {
      steps.push({ op: "open", name: random(2) ? "log" : "x".repeat(28), mode: random(4) ? "a" : "w" });
      logOpen = true;
    } else if (kind < 14 && logOpen) steps.push({ op: "append", data: bytes(1 + random(700), i).replaceAll("ff", "0a") });
    else if (kind === 14) steps.push({ op: "read", name });
    else steps.push(random(6) ? { op: "stats" } : { op: "compact" });
  }
  for (const name of names) steps.push({ op: "read", name });
  steps.push({ op: "list" }, { op: "listFiles" }, { op: "listLogs" }, { op: "hash" }, { op: "stats" });
  return steps;
}

const logLine = text("temperature 21.5\n");

export const storageScenarios: readonly StorageScenario[] = [
  { name: "empty chip", steps: [{ op: "list" }, { op: "stats" }, { op: "hash" }, { op: "compact" }, { op: "erase", name: "none" }, { op: "read", name: "none" }] },
  {
    name: "names",
    steps: [
      { op: "write", name: "a".repeat(40), data: text("cut to 28") },
      { op: "read", name: "a".repeat(28) },
      { op: "write", name: "D:other", data: text("a drive") },
      { op: "read", name: "other" },
      { op: "list" },
      { op: "hash" },
    ],
  },
  {
    name: "write inside a file",
    steps: [
      { op: "write", name: "f", data: text("Hello"), offset: 0, size: 14 },
      { op: "write", name: "f", data: text(" "), offset: 5 },
      { op: "write", name: "f", data: text("World!!!"), offset: 6 },
      { op: "read", name: "f" },
      { op: "write", name: "f", data: text("x"), offset: 3 },
      { op: "write", name: "f", data: text("too long"), offset: 9 },
      { op: "write", name: "f", data: "", offset: 2 },
      { op: "write", name: "g", data: text("y"), offset: 4 },
      { op: "write", name: "g", data: "" },
      { op: "write", name: "g", data: text("y"), offset: -1 },
      { op: "write", name: "f", data: text("Hello World!!!") },
      { op: "stats" },
      { op: "write", name: "f", data: text("Hello World???") },
      { op: "write", name: "f", data: text(" "), offset: 0 },
      { op: "read", name: "f" },
      { op: "stats" },
    ],
  },
  {
    name: "append log",
    steps: [
      { op: "open", name: "log", mode: "w" },
      ...Array.from({ length: 130 }, (): StorageStep => ({ op: "append", data: logLine })),
      { op: "length" },
      { op: "open", name: "log", mode: "a" },
      { op: "append", data: text("tail") },
      { op: "list" },
      { op: "listLogs" },
      { op: "listFiles" },
      { op: "open", name: "log", mode: "r" },
      { op: "takeLine" },
      { op: "take", length: 960 },
      { op: "take", length: 40 },
      { op: "takeLine" },
      { op: "take", length: 5000 },
      { op: "take", length: 1 },
      { op: "append", data: logLine },
      { op: "drop" },
      { op: "append", data: logLine },
      { op: "stats" },
    ],
  },
  {
    name: "append log filled to the brim of a chunk",
    steps: [
      { op: "open", name: "brim", mode: "a" },
      { op: "append", data: bytes(500, 3).replaceAll("ff", "00") },
      { op: "append", data: bytes(492, 4).replaceAll("ff", "00") },
      { op: "append", data: text("next") },
      { op: "length" },
      { op: "append", data: bytes(2500, 5).replaceAll("ff", "00") },
      { op: "append", data: text("after") },
      { op: "list" },
      { op: "stats" },
    ],
  },
  {
    name: "full",
    steps: [
      { op: "write", name: "big", data: bytes(200000, 1).slice(0, 2000), offset: 0, size: 200000 },
      { op: "write", name: "big2", data: bytes(10, 2), offset: 0, size: 62000 },
      { op: "write", name: "small", data: bytes(90, 3) },
      { op: "stats" },
      { op: "write", name: "small", data: bytes(80, 3) },
      { op: "write", name: "small", data: bytes(40, 3) },
      { op: "write", name: "small", data: bytes(44, 3) },
      { op: "stats" },
      { op: "erase", name: "big" },
      { op: "write", name: "small", data: bytes(4000, 4) },
      { op: "read", name: "small" },
      { op: "stats" },
      { op: "eraseAll" },
      { op: "stats" },
      { op: "list" },
    ],
  },
  {
    name: "flash under the files",
    steps: [
      { op: "write", name: "page", data: bytes(10, 2), offset: 0, size: 5000 },
      { op: "flashErase", addr: base + 1500 },
      { op: "flashWrite", addr: base + 1024, data: bytes(7, 9) },
      { op: "flashWrite", addr: base + 1025, data: "0f0ff00f" },
      { op: "flashRead", addr: base, length: 64 },
      { op: "flashRead", addr: base + 1020, length: 40 },
      { op: "read", name: "page" },
      { op: "stats" },
    ],
  },
  { name: "mixture 1", steps: mixture(11, 60, 300) },
  { name: "mixture 2", steps: mixture(12, 120, 3000) },
  { name: "mixture 3, compaction", steps: mixture(13, 140, 9000) },
  { name: "mixture 4, nearly full", steps: [{ op: "write", name: "base", data: "00", offset: 0, size: 215000 }, ...mixture(14, 140, 9000)] },
  { name: "mixture 5, nearly full", steps: [...mixture(15, 20, 500), { op: "write", name: "base", data: "00", offset: 0, size: 222000 }, ...mixture(16, 160, 4000)] },
];
