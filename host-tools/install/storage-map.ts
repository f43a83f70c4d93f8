/**
 * Where everything of a tile lies in a board's Storage: first stage, configuration, and the file that holds all regions.
 *
 * The idea: Storage packs files one after the other, so after it was erased the place of each is known before it is written. The two small files
 * come first and share the first page with the header of the big one, whose regions begin at the next page boundary and end on one: a later compaction of
 * other files never has a reason to move them. Facts: a file is a 32-byte header (size, flags, 28-character name) and its bytes,
 * padded to 4 (8 on some chips; sizes here are multiples of 8); checked against Espruino 2v29.
 */
import { imageLimit, journalOffset, rangePages, slotOffset, stashOffset, type Geometry } from "../../firmware/update/layout.ts";
import { Trailer } from "../../firmware/update/slot-trailer.ts";
import type { Board } from "../../hal/board.ts";
import { InstallError } from "./install-error.ts";

export const storageHeaderBytes = 32;
export const fileNames = { firstStage: ".bootcde", config: "g.cfg", data: "g.dat" } as const;
/** Length of `g.cfg`: a JSON record padded with spaces, so that its content can say where the next file will lie. */
export const configBytes = 480;

/** One line of the map that is shown to people. */
export interface MapRow {
  name: string;
  /** Flash address of the first byte. */
  address: number;
  bytes: number;
  about: string;
}

export interface StorageMap {
  geometry: Geometry;
  /** Length of `.bootcde` after padding. */
  firstStageBytes: number;
  /** Offset in the data file of the first region, and its flash address. */
  dataOffset: number;
  dataAddress: number;
  /** Length of the data file. */
  dataBytes: number;
  /** Largest image file that a slot takes. */
  imageLimitBytes: number;
  /** Storage left for other files. */
  freeBytes: number;
  rows: MapRow[];
}

export interface StorageRoom {
  /** Flash address where Storage begins. */
  start: number;
  bytes: number;
  pageBytes: number;
}

/** The pages a board gives to each region. */
export function boardGeometry(board: Board, slots: 1 | 2 = board.slots): Geometry {
  return { page: board.pageBytes, journal: board.journalPages, slot: board.slotPages, slots, prev: slots === 2 ? 0 : board.previousPages };
}

/**
 * Lays the files out in an empty Storage.
 * @param firstStageBytes length of the first stage's script. @throws InstallError DOES_NOT_FIT with the bytes that are missing.
 */
export function planStorage(room: StorageRoom, geometry: Geometry, firstStageBytes: number): StorageMap {
  if (geometry.page !== room.pageBytes)
    throw new InstallError("WRONG_BOARD", 2, `the board erases pages of ${room.pageBytes} bytes, its description says ${geometry.page}`, "pick the right board with --board, or correct its board.ts");
  if (Trailer.Bytes + geometry.slot * 4 > geometry.page)
    throw new InstallError("DOES_NOT_FIT", 2, `a slot of ${geometry.slot} pages needs ${Trailer.Bytes + geometry.slot * 4} bytes of bookkeeping, a page has ${geometry.page}`, "give the slots fewer pages in board.ts");
  const paddedFirstStage = (firstStageBytes + 7) & ~7;
  const configAt = room.start + storageHeaderBytes + paddedFirstStage;
  const dataAt = configAt + storageHeaderBytes + configBytes + storageHeaderBytes;
  const dataAddress = Math.ceil(dataAt / room.pageBytes) * room.pageBytes;
  const end = dataAddress + rangePages(geometry) * room.pageBytes;
  const missing = end - (room.start + room.bytes);
  if (missing > 0)
    throw new InstallError(
      "DOES_NOT_FIT",
      2,
      `${geometry.slots === 2 ? "two slots do" : "the layout does"} not fit: ${room.bytes} bytes of Storage, ${missing} too few`,
      geometry.slots === 2 ? "use one slot and a compressed previous image (slots: 1 in board.ts)" : "give the slot, the journal or the previous image fewer pages in board.ts",
    );
  const at = (offset: number): number => dataAddress + offset;
  const rows: MapRow[] = [
    { name: fileNames.firstStage, address: room.start + storageHeaderBytes, bytes: paddedFirstStage, about: "first stage: never changed by an update" },
    { name: fileNames.config, address: configAt + storageHeaderBytes, bytes: configBytes, about: "who this tile is, where its regions lie" },
    { name: "boot log", address: at(0), bytes: geometry.page, about: "one word per start" },
    { name: "journal", address: at(journalOffset(geometry)), bytes: geometry.journal * geometry.page, about: "settings, counters, telemetry" },
    ...Array.from({ length: geometry.slots }, (_, slot) => ({
      name: `slot ${slot === 0 ? "A" : "B"}`,
      address: at(slotOffset(geometry, slot)),
      bytes: geometry.slot * geometry.page,
      about: `image up to ${imageLimit(geometry)} bytes`,
    })),
  ];
  if (geometry.prev > 0) rows.push({ name: "previous", address: at(stashOffset(geometry)), bytes: geometry.prev * geometry.page, about: "the previous image, compressed" });
  const freeBytes = room.start + room.bytes - end;
  if (freeBytes > 0) rows.push({ name: "free", address: end, bytes: freeBytes, about: "other files" });
  return {
    geometry,
    firstStageBytes: paddedFirstStage,
    dataOffset: dataAddress - dataAt,
    dataAddress,
    dataBytes: end - dataAt,
    imageLimitBytes: imageLimit(geometry),
    freeBytes,
    rows,
  };
}

/** Whether two slots for an image of `imageBytes` would fit the board, in a sentence for people. */
export function explainSlots(board: Board, firstStageBytes: number, imageBytes: number): string {
  const room = { start: 0, bytes: board.storageBytes, pageBytes: board.pageBytes };
  const slot = Math.ceil((imageBytes + Trailer.Bytes) / (board.pageBytes - 4));
  try {
    planStorage(room, { ...boardGeometry(board, 2), slot }, firstStageBytes);
    return `two slots of ${slot} pages fit an image of ${imageBytes} bytes`;
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    return `two slots do not fit an image of ${imageBytes} bytes (${error.message}); one slot and a compressed previous image`;
  }
}
