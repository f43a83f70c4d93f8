// What a tile may weigh (docs/DESIGN.md, budgets) and what it does weigh: numbers, a table for people, and a list of what is over.
//
// The limits hold for a profile; whether it fits a board's Storage is computed by the installer's own map, so that a build can't promise what a flash refuses.

import type { Board } from "../../hal/board.ts";
import { table } from "../cli/table.ts";
import { InstallError } from "../install/install-error.ts";
import type { Geometry } from "../../firmware/update/layout.ts";
import { boardGeometry, planStorage, type MapRow } from "../install/storage-map.ts";
import { heatshrinkCompress } from "../sim/heatshrink.ts";
import type { Profile, TileBundle } from "./bundle.ts";
import { callDepth, type CallDepth } from "./call-depth.ts";
import { estimateVariables, type VariableEstimate } from "./variables.ts";

export interface BudgetLimits {
  /** Minified kernel. */
  kernelBytes: number;
  /** Image file: kernel, HAL, first services, update, with its header and digest. */
  imageBytes: number;
  /** First stage: it shares the first Storage page of a small board with the configuration. */
  firstStageBytes: number;
  /** Espruino variables in use after boot, image evaluated from flash. */
  variables: number;
  /** Nested calls inside of the kernel, on any path. */
  kernelCalls: number;
  /** Nested calls from what the engine calls to the innermost function, on any path; and through functions of the engine. */
  nestedCalls: number;
  nestedCallbacks: number;
  /** Stack of that, bytes on an STM32F405: what a MDBT42Q has, the smallest stack there is a figure of, without the 512 that Espruino keeps. */
  stackBytes: number;
}

export const BUDGETS: Readonly<Record<Profile, BudgetLimits>> = {
  // Image and variables are above the blueprint's 16 kB and 1,300: docs/decisions/0006-small-profile.md.
  small: { kernelBytes: 10 * 1024, imageBytes: 28 * 1024, firstStageBytes: 3200, variables: 1900, kernelCalls: 8, nestedCalls: 14, nestedCallbacks: 3, stackBytes: 7160 },
  // Above the blueprint's 48 kB, since services are metered: docs/decisions/0015-metered-images.md.
  full: { kernelBytes: 24 * 1024, imageBytes: 52 * 1024, firstStageBytes: 3200, variables: 3000, kernelCalls: 8, nestedCalls: 14, nestedCallbacks: 3, stackBytes: 7160 },
};

export interface BudgetRow {
  what: string;
  used: number;
  limit: number;
  unit: "bytes" | "variables" | "calls";
  fits: boolean;
  /** False for figures that are shown but don't end a build: those of features beyond the profile. */
  enforced: boolean;
}

export interface BoardMap {
  board: string;
  rows: readonly MapRow[];
}

export interface BudgetReport {
  rows: readonly BudgetRow[];
  /** Storage map of each board of this profile that the image fits. */
  maps: readonly BoardMap[];
  /** One sentence for each enforced overrun: the number, by how much, and the biggest files. Empty: within budget. */
  over: readonly string[];
  /** Boards of tier 3 that this image does not fit yet, with the reason: told, but no reason to fail a build. */
  notYet: readonly string[];
  /** The same boards for a table: `why` is about the image's bytes where a Storage map can be made at all. */
  misfits: readonly { board: string; why: string }[];
  /** What calls what, at the deepest. */
  depth: CallDepth;
  /** The rows and the bytes of each part, as a table. */
  text: string;
}

export interface BudgetInput {
  bundle: TileBundle;
  /** Image file as it is written to a slot. */
  file: Uint8Array;
  firstStageBytes: number;
  boards: readonly Board[];
}

/** Variables a tile needs beside those in use after boot, to take a request, write flash and answer: measured with features on a heap of 2,500. */
const WORK_VARIABLES = 280;
/** What the driver of a second UART and its frames take; made only where boot finds the wire, so the estimate does not see it all. */
const NEIGHBOR_VARIABLES = 110;

/** What the stash of a one-slot board takes of an image: page by page, each with its head, and the mark at the end (firmware/update/stash.ts). */
function packedBytes(file: Uint8Array, { page, slot }: Pick<Geometry, "page" | "slot">): number {
  const pages = Buffer.alloc(page * slot, 0xff);
  pages.set(file.subarray(0, pages.length));
  let bytes = 4;
  for (let at = 0; at < pages.length; at += page) bytes += (heatshrinkCompress(pages.subarray(at, at + page)).length + 7) & -4;
  return bytes;
}

/** Compare a built tile with the budgets of its profile and of every board of that profile. */
export function checkBudgets(input: BudgetInput): BudgetReport {
  const { bundle } = input;
  const limits = BUDGETS[bundle.profile];
  const estimate = estimateVariables(bundle.code);
  // Who adds features to a profile asks for more than it may weigh: what counts then is whether a board has the Storage and the memory.
  const isPlain = bundle.extra.length === 0;
  const row = (what: string, used: number, limit: number, unit: BudgetRow["unit"] = "bytes", enforced = isPlain): BudgetRow => ({ what, used, limit, unit, fits: used <= limit, enforced });
  const depth = callDepth(bundle.code, { sourceMap: bundle.sourceMap });
  const rows = [
    row("kernel", bundle.bytesPerSubsystem.kernel ?? 0, limits.kernelBytes, "bytes", true),
    row("image file", input.file.length, limits.imageBytes),
    row("first stage", input.firstStageBytes, limits.firstStageBytes, "bytes", true),
    row("variables after boot (estimate)", estimate.total, limits.variables, "variables"),
  ];
  // Without a bound there is no number.
  if (depth.circles.length === 0) {
    rows.push(
      row("nested calls in the kernel (at most)", depth.kernel.calls, limits.kernelCalls, "calls", true),
      row("nested calls on the whole path (at most)", depth.whole.calls, limits.nestedCalls, "calls", false),
      row("callbacks nested (at most)", depth.mostCallbacks.callbacks, limits.nestedCallbacks, "calls", true),
      row("stack of the whole path (estimate)", depth.heaviest.stackBytes, limits.stackBytes, "bytes", false),
    );
  }
  const maps: BoardMap[] = [];
  const refusals: string[] = [];
  const notYet: string[] = [];
  const misfits: { board: string; why: string }[] = [];
  for (const board of input.boards.filter((candidate) => candidate.profile === bundle.profile)) {
    try {
      const map = planStorage({ start: 0, bytes: board.storageBytes, pageBytes: board.pageBytes }, boardGeometry(board), input.firstStageBytes);
      const slot = row(`slot of ${board.id}`, input.file.length, map.imageLimitBytes);
      const neededVariables = estimate.total + WORK_VARIABLES + (bundle.extra.includes("neighbor") ? NEIGHBOR_VARIABLES : 0);
      if (!isPlain && board.variables !== undefined && neededVariables > board.variables) {
        notYet.push(`${board.id}: ${neededVariables} variables are needed (${estimate.total} after boot, the others to work with), it has ${board.variables}`);
        misfits.push({ board: board.id, why: `${neededVariables} of ${board.variables} variables` });
      } else if (slot.fits || (board.tier < 3 && isPlain)) {
        rows.push(slot);
        // An update keeps the image that runs.
        const geometry = boardGeometry(board);
        if (geometry.prev > 0) rows.push(row(`previous image of ${board.id}, packed`, packedBytes(input.file, geometry), geometry.prev * geometry.page));
        maps.push({ board: board.id, rows: map.rows });
      } else {
        notYet.push(`${board.id}: its slot takes ${slot.limit} bytes, the image has ${slot.used}`);
        misfits.push({ board: board.id, why: `image ${slot.used} of ${slot.limit} bytes` });
      }
    } catch (error) {
      if (!(error instanceof InstallError)) throw error;
      (board.tier < 3 ? refusals : notYet).push(`${board.id}: ${error.message}`);
      misfits.push({ board: board.id, why: error.message });
    }
  }
  if (!isPlain && maps.length === 0) refusals.push(`no board of profile ${bundle.profile} has the room for ${bundle.extra.join(", ")}: ${notYet.join("; ")}`);
  const files = `biggest files: ${bundle.bytesPerFile.slice(0, 3).map(([file, bytes]) => `${file} ${bytes}`).join(", ")}`;
  const kinds = `most: ${estimate.byKind.slice(0, 3).map(([kind, cells]) => `${kind} ${cells}`).join(", ")}`;
  const calls = (what: string): string => (what.includes("kernel") ? depth.kernel : depth.mostCallbacks).path.join(" > ");
  const endless = depth.circles.map((way) => `recursion without a bound: ${way}${depth.unknown.length > 0 ? ` (of ${depth.unknown.length} calls the text doesn't tell whom they reach: ${depth.unknown[0]})` : ""}`);
  const over = rows.filter((candidate) => !candidate.fits && candidate.enforced).map((candidate) => `${candidate.what}: ${candidate.used} of ${candidate.limit} ${candidate.unit}, ${candidate.used - candidate.limit} too many (${candidate.unit === "calls" ? calls(candidate.what) : candidate.unit === "variables" ? kinds : files})`);
  return { rows, maps, over: [...endless, ...over, ...refusals], notYet, misfits, depth, text: budgetText(bundle, estimate, rows, notYet) };
}

function budgetText(bundle: TileBundle, estimate: VariableEstimate, rows: readonly BudgetRow[], notYet: readonly string[]): string {
  const parts = Object.entries(bundle.bytesPerSubsystem).map(([name, bytes]) => [name, String(bytes)]);
  const budget = rows.map((row) => [row.what, String(row.used), String(row.limit), row.unit, row.fits ? `${row.limit - row.used} left` : `OVER by ${row.used - row.limit}`]);
  const kinds = estimate.byKind.map(([kind, cells]) => [kind, String(cells)]);
  return `${table(["part", "bytes"], parts)}\n\n${table(["variables after boot", "estimate"], kinds)}\n\n${table(["budget", "used", "limit", "unit", ""], budget)}${notYet.map((line) => `\ndoes not fit yet: ${line}`).join("")}`;
}
