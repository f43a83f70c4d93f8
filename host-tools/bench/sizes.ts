// Sizes: bytes of each subsystem in both images, the budgets of the design, and what that means on each board's Storage.
import type { Profile } from "../../hal/board.ts";
import { BUDGETS } from "../build/budget.ts";
import { estimateVariables } from "../build/variables.ts";
import { loadBoards } from "../boards.ts";
import { firstStageLimitBytes } from "../image/first-stage-script.ts";
import { explainSlots, planStorage, boardGeometry, type StorageMap } from "../install/storage-map.ts";
import { InstallError } from "../install/install-error.ts";
import { heatshrinkCompress } from "../sim/heatshrink.ts";
import type { Board } from "../../hal/board.ts";
import { type Figure, figure, notMeasured } from "./figures.ts";
import type { Bench, Section } from "./section.ts";

const PROFILES: readonly Profile[] = ["small", "full"];

export const sizes: Section = {
  name: "sizes",
  title: "Sizes",
  how: "the tile image as it ships, built for both profiles; bytes by esbuild's account of its inputs; Storage maps from the installer's own planner",
  async run(bench) {
    const figures: Figure[] = [figure("firstStage", "first stage (.bootcde)", bench.firstStage.length, "B", { limit: firstStageLimitBytes })];
    for (const profile of PROFILES) figures.push(...(await profileSizes(bench, profile)));
    for (const board of await loadBoards(bench.root)) figures.push(...(await boardSizes(bench, board)));
    return figures;
  },
};

async function profileSizes(bench: Bench, profile: Profile): Promise<Figure[]> {
  const { bundle, file } = await bench.image(profile);
  const limits = BUDGETS[profile];
  return [
    figure(`${profile}.image`, `${profile}: image file`, file.length, "B", { limit: limits.imageBytes }),
    figure(`${profile}.kernel`, `${profile}: kernel`, bundle.bytesPerSubsystem.kernel ?? 0, "B", { limit: limits.kernelBytes }),
    ...Object.entries(bundle.bytesPerSubsystem).filter(([name]) => name !== "kernel").map(([name, bytes]) => figure(`${profile}.part.${name}`, `${profile}: ${name}`, bytes, "B")),
    figure(`${profile}.variables`, `${profile}: Espruino variables after boot`, estimateVariables(bundle.code).total, "variables", { limit: limits.variables, note: "estimated from the text; section memory measures it" }),
  ];
}

/** A board's map, or the sentence that says why there is none. */
function mapOf(board: Board, firstStageBytes: number): StorageMap | string {
  try {
    return planStorage({ start: 0, bytes: board.storageBytes, pageBytes: board.pageBytes }, boardGeometry(board), firstStageBytes);
  } catch (error) {
    if (error instanceof InstallError) return error.message;
    throw error;
  }
}

async function boardSizes(bench: Bench, board: Board): Promise<Figure[]> {
  const map = mapOf(board, bench.firstStage.length);
  const image = (await bench.image(board.profile)).file;
  const of = (what: string): string => `${board.id}: ${what}`;
  if (typeof map === "string") return [notMeasured(`${board.id}.storage`, of("Storage used"), "B", `does not fit: ${map}`)];
  const regions = map.rows.filter((row) => row.name !== "free").map((row) => `${row.name} ${row.bytes}`).join(", ");
  const figures = [
    figure(`${board.id}.storage`, of("Storage used"), board.storageBytes - map.freeBytes, "B", { limit: board.storageBytes, note: regions }),
    figure(`${board.id}.slot`, of(`image (${board.profile}) in its slot`), image.length, "B", { limit: map.imageLimitBytes, note: image.length > map.imageLimitBytes ? "does not fit" : `fits; ${explainSlots(board, bench.firstStage.length, image.length)}` }),
  ];
  if (board.slots === 1 && image.length <= map.imageLimitBytes) figures.push(figure(`${board.id}.stash`, of("previous image, compressed"), stashBytes(board, image), "B", { limit: board.previousPages * board.pageBytes - 4 }));
  return figures;
}

/** What the slot takes packed page by page, as firmware/update/stash.ts has it: a head word and padding to words for each page. */
function stashBytes(board: Board, image: Buffer): number {
  const slot = Buffer.alloc(board.slotPages * board.pageBytes, 0xff);
  image.copy(slot);
  let bytes = 0;
  for (let at = 0; at < slot.length; at += board.pageBytes) bytes += (heatshrinkCompress(slot.subarray(at, at + board.pageBytes)).length + 7) & -4;
  return bytes;
}
