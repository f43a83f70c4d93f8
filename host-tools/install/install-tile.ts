/**
 * Makes a tile of a board, over its Espruino console: lays out its Storage, writes image, configuration and first stage.
 *
 * The idea: every step looks first whether it is done, so an installation that was interrupted at any point simply runs again, and one that is complete changes
 * nothing. The first stage's file is made first (it has to lie first) but filled last: until then the board boots as a bare Espruino. A
 * board that is a tile already keeps its identity and its journal; only the image in slot A is replaced, and slot B and the boot log are cleared.
 */
import { createHash } from "node:crypto";
import { slotOffset, trailerOffset } from "../../firmware/update/layout.ts";
import { Trailer } from "../../firmware/update/slot-trailer.ts";
import type { Board } from "../../hal/board.ts";
import type { TileConfig } from "../../hal/tile-config.ts";
import { parseImage, sealImage } from "../image/mcuboot.ts";
import { crc32 } from "../sim/crc32.ts";
import { takeBackup, writePiece, type Backup } from "./backup.ts";
import { findFile, pageBytesAt, readBoardFacts, seeFile, type BoardFacts } from "./board-facts.ts";
import { base64, evaluateInteger, evaluateIntegers, quote, type DeviceConsole } from "./device-console.ts";
import { InstallError } from "./install-error.ts";
import { firstStageFile, slotWrites } from "./provision.ts";
import { boardGeometry, fileNames, planStorage, storageHeaderBytes, type StorageMap } from "./storage-map.ts";
import { encodeTileConfig, makeTileConfig, newIdentity, type LinkSettings, type TileIdentity } from "./tile-config.ts";

export type InstallPhase = "look" | "backup" | "erase" | "files" | "image" | "check" | "first stage";

export interface InstallProgress {
  phase: InstallPhase;
  done: number;
  total: number;
}

export interface InstallRequest {
  console: DeviceConsole;
  board: Board;
  /** Image file; sealed here under the tile's key. */
  image: Uint8Array;
  /** Script of the first stage (image/first-stage-script.ts). */
  firstStage: string;
  /** Identity to give; random when left out. A board that is a tile keeps its own. */
  identity?: TileIdentity;
  link?: LinkSettings;
  /** Lay everything out anew even on a tile: its journal is lost. */
  isFresh?: boolean;
  /** Called with what the board had before anything is erased; has to have saved it when it resolves. Not called when there was nothing, or when a tile keeps its layout. */
  saveBackup: (backup: Backup) => Promise<void>;
  onProgress?: (progress: InstallProgress) => void;
}

export interface InstallResult {
  facts: BoardFacts;
  map: StorageMap;
  /** With id and image key: keep it, updates are sealed under this key. */
  config: TileConfig;
  /** The image as it stands in slot A. */
  image: Buffer;
  /** True when the board was this tile with this image already. */
  wasDone: boolean;
}

const pieceBytes = 512;

/**
 * Installs and verifies; the board then has to be reset. The console must be the board's own (boot window held on a tile, program stopped on a bare board).
 * @throws InstallError, ImageError, or whatever the console throws.
 */
export async function installTile(request: InstallRequest): Promise<InstallResult> {
  const { console, board } = request;
  const progress = (phase: InstallPhase, done: number, total: number): void => request.onProgress?.({ phase, done, total });
  parseImage(request.image);
  progress("look", 0, 1);
  const facts = await readBoardFacts(console);
  const geometry = boardGeometry(board);
  if (geometry.slots === 1 && !facts.hasHeatshrink)
    throw new InstallError("NO_HEATSHRINK", 2, `this build of Espruino (${facts.board}) can't compress, so one slot has no way back`, "use a build with heatshrink, or a board with room for two slots");

  // A tile of this shape keeps its files; its journal and identity survive.
  let map = facts.config && !request.isFresh ? await mapOfTile(console, board, facts.config, request.firstStage) : undefined;
  let config = facts.config;
  if (!map || !config) {
    progress("backup", 0, 1);
    const backup = await takeBackup(console, (done, total) => progress("backup", done, total));
    if (backup.files.length > 0) await request.saveBackup(backup);
    progress("erase", 0, 1);
    await console.evaluate(`(require("Storage").eraseAll(),0)`, 120_000);
    const storageBytes = await evaluateInteger(console, `require("Storage").getFree()`);
    // Its first file shows where Storage begins.
    const padded = (request.firstStage.length + 7) & ~7;
    await console.evaluate(`(require("Storage").write(${quote(fileNames.firstStage)},"",0,${padded}),0)`);
    const start = (await findFile(console, fileNames.firstStage, padded)) - storageHeaderBytes;
    map = planStorage({ start, bytes: storageBytes, pageBytes: await pageBytesAt(console, start) }, geometry, request.firstStage.length);
    config = makeTileConfig(board, map, facts.config && !request.identity ? identityOf(facts.config) : (request.identity ?? newIdentity()), request.link);
    await createFiles(console, map, config, progress);
  } else await createFiles(console, map, config, progress);
  const image = sealImage(request.image, Buffer.from(config.key, "hex"));
  const isChanged = await writeSlot(console, map, config, image, progress);
  const isNewStage = await writeFirstStage(console, map, request.firstStage, progress);
  return { facts, map, config, image, wasDone: !isChanged && !isNewStage };
}

function identityOf(config: TileConfig): TileIdentity {
  return { id: config.id, name: config.name, key: config.key };
}

/** The map of a tile whose layout is the one we would make; undefined when it has to be laid out anew. */
async function mapOfTile(console: DeviceConsole, board: Board, config: TileConfig, firstStage: string): Promise<StorageMap | undefined> {
  const data = config.base - config.off;
  const padded = (firstStage.length + 7) & ~7;
  const start = data - storageHeaderBytes - 480 - storageHeaderBytes - padded - storageHeaderBytes;
  if (config.board !== board.id || (await pageBytesAt(console, config.base)) !== config.page) return undefined;
  const total = await evaluateInteger(console, `(function(s){return s.totalBytes})(require("Storage").getStats())`);
  let map: StorageMap;
  try {
    map = planStorage({ start, bytes: total, pageBytes: config.page }, boardGeometry(board), firstStage.length);
  } catch {
    return undefined;
  }
  const same = map.dataAddress === config.base && map.dataOffset === config.off && (["journal", "slot", "slots", "prev", "page"] as const).every((key) => map.geometry[key] === config[key]);
  if (!same || (await seeFile(console, fileNames.firstStage, padded, start + storageHeaderBytes)) !== "there" || (await seeFile(console, fileNames.data, map.dataBytes, data)) === "other") return undefined;
  // Another first stage can't be written over this one in place.
  const stage = Buffer.from(firstStageFile(map, firstStage), "latin1");
  for (let at = 0; at < stage.length; at += pieceBytes) {
    const piece = stage.subarray(at, at + pieceBytes);
    const [seen, blank] = await evaluateIntegers(
      console,
      `(function(s){return [E.CRC32(s),s==="\\xff".repeat(${piece.length})?1:0]})(require("Storage").read(${quote(fileNames.firstStage)},${at},${piece.length}))`,
    );
    if (seen! >>> 0 !== crc32(piece) && !blank) return undefined;
  }
  return map;
}

/** First stage (empty), configuration and data file, at the addresses of the map. Nothing happens for those that are there. */
async function createFiles(console: DeviceConsole, map: StorageMap, config: TileConfig, progress: (phase: InstallPhase, done: number, total: number) => void): Promise<void> {
  const text = Buffer.from(encodeTileConfig(config), "latin1");
  const make = (name: string, bytes: number): string => `(function(S){if((S.read(${quote(name)})||"").length!=${bytes})S.write(${quote(name)},"",0,${bytes});return 0})(require("Storage"))`;
  progress("files", 0, 3);
  await console.evaluate(make(fileNames.firstStage, map.firstStageBytes));
  progress("files", 1, 3);
  await console.evaluate(make(fileNames.config, text.length));
  for (let at = 0; at < text.length; at += pieceBytes) await writePiece(console, fileNames.config, text.subarray(at, at + pieceBytes), at, text.length);
  progress("files", 2, 3);
  await console.evaluate(make(fileNames.data, map.dataBytes));
  if ((await seeFile(console, fileNames.data, map.dataBytes, map.dataAddress - map.dataOffset)) !== "there")
    throw new InstallError("FLASH_MISMATCH", 6, `${fileNames.data} does not lie at the computed address; nothing was written by address`, "run the command again with --fresh, which erases Storage first");
  progress("files", 3, 3);
}

/** Brings `image` into slot A as the confirmed one. Returns whether anything was written. */
async function writeSlot(console: DeviceConsole, map: StorageMap, config: TileConfig, image: Buffer, progress: (phase: InstallPhase, done: number, total: number) => void): Promise<boolean> {
  const [content, trailer] = slotWrites(config, map, image);
  const { page, slot } = config;
  const wanted = Buffer.alloc(slot * page, 0xff);
  Buffer.from(content.bytes, "latin1").copy(wanted);
  const start = slotOffset(config, 0);
  const pageCrcs = async (from: number, count: number): Promise<number[]> =>
    evaluateIntegers(console, `(function(S,a){for(var i=0;i<${count};i++)a.push(E.CRC32(S.read(${quote(config.file)},${config.off + from}+i*${page},${page})));return a})(require("Storage"),[])`, 30_000).then((crcs) => crcs.map((crc) => crc >>> 0));
  const finished = Buffer.from(wanted);
  finished.write(trailer.bytes, trailer.offset - start, "latin1");
  const crcsOf = (bytes: Buffer): number[] => Array.from({ length: slot }, (_, index) => crc32(bytes.subarray(index * page, (index + 1) * page)));
  const seen: number[] = [];
  for (let at = 0; at < slot; at += 16) seen.push(...(await pageCrcs(start + at * page, Math.min(16, slot - at))));
  const blank = crc32(Buffer.alloc(page, 0xff));
  const otherTrailer = config.slots > 1 ? (await pageCrcs(slotOffset(config, 2) - page, 1))[0]! : blank;
  if (crcsOf(finished).every((crc, index) => crc === seen[index]) && otherTrailer === blank) return false;

  const flash = async (code: string): Promise<void> => void (await console.evaluate(`(function(F){${code}return 0})(require("Flash"))`, 30_000));
  const lastPage = config.base + start + (slot - 1) * page;
  // Slot A stops being bootable before anything in it changes; slot B and the boot log are cleared.
  await flash(`F.erasePage(${lastPage});F.erasePage(${config.base});`);
  if (otherTrailer !== blank) await flash(`F.erasePage(${config.base + slotOffset(config, 2) - page});`);
  const target = crcsOf(wanted);
  for (let index = slot - 1, done = 1; index >= 0; index--, done++) {
    const isLast = index === slot - 1;
    const bytes = wanted.subarray(index * page, (index + 1) * page);
    const address = config.base + start + index * page;
    if (isLast || seen[index] !== target[index]) {
      if (!isLast && seen[index] !== blank) await flash(`F.erasePage(${address});`);
      for (let at = 0; at < page; at += pieceBytes) {
        const piece = bytes.subarray(at, at + pieceBytes);
        if (!piece.every((byte) => byte === 0xff)) await flash(`F.write(${base64(piece)},${address + at});`);
      }
      // Written by address, read back as a file: proof that both are the same place.
      if ((await pageCrcs(start + index * page, 1))[0] !== target[index])
        throw new InstallError("VERIFY_FAILED", 6, `page ${index} of the slot does not read back as it was written`, "run the command again; if it fails at the same page, that page of the flash is worn out");
    }
    progress("image", done, slot);
  }
  progress("check", 0, 1);
  await checkImage(console, config, image);
  await flash(`F.write(${base64(Buffer.from(trailer.bytes, "latin1"))},${config.base + trailerOffset(config, 0) + Trailer.Rounds});`);
  progress("check", 1, 1);
  return true;
}

/** The board's own digest over what is in slot A, SHA-256 where it has it. */
async function checkImage(console: DeviceConsole, config: TileConfig, image: Buffer): Promise<void> {
  const signed = image.subarray(0, image.length - 84);
  const read = `require("Storage").read(${quote(config.file)},${config.off + slotOffset(config, 0)},${signed.length})`;
  const seen = await console.evaluate(`(function(s){try{return btoa(E.toString(require("crypto").SHA256(s)))}catch(e){return E.CRC32(s)}})(${read})`, 60_000);
  const isRight = typeof seen === "string" ? seen === createHash("sha256").update(signed).digest("base64") : typeof seen === "number" && seen >>> 0 === crc32(signed);
  if (!isRight) throw new InstallError("VERIFY_FAILED", 6, "the board computes another hash over the image than the host", "run the command again");
}

/** Fills `.bootcde`. Returns whether anything was written. */
async function writeFirstStage(console: DeviceConsole, map: StorageMap, script: string, progress: (phase: InstallPhase, done: number, total: number) => void): Promise<boolean> {
  const bytes = Buffer.from(firstStageFile(map, script), "latin1");
  const crc = async (): Promise<number> => (await evaluateInteger(console, `E.CRC32(require("Storage").read(${quote(fileNames.firstStage)}))`, 30_000)) >>> 0;
  if ((await crc()) === crc32(bytes)) return false;
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    await writePiece(console, fileNames.firstStage, bytes.subarray(at, at + pieceBytes), at, bytes.length);
    progress("first stage", Math.min(bytes.length, at + pieceBytes), bytes.length);
  }
  if ((await crc()) !== crc32(bytes)) throw new InstallError("VERIFY_FAILED", 6, "the first stage does not read back as it was written", "run the command again with --fresh");
  return true;
}
