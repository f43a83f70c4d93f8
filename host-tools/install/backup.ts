/**
 * Saves what a board had in Storage, and puts it back.
 *
 * The idea: a backup is one JSON file with every file's bytes and CRC-32, in the order of the flash, so that putting them back in that order rebuilds a tile with its regions
 * at the same addresses. Append logs (Storage.open) are a kind of their own and are kept as such.
 */
import { createHash } from "node:crypto";
import { crc32 } from "../sim/crc32.ts";
import { base64, evaluateInteger, evaluateIntegers, quote, type DeviceConsole } from "./device-console.ts";
import { InstallError } from "./install-error.ts";

export interface BackupFile {
  name: string;
  /** `file`: written whole; `log`: an append log. */
  kind: "file" | "log";
  bytes: number;
  crc32: number;
  base64: string;
}

export interface Backup {
  format: "genesis-backup";
  version: 1;
  /** Espruino's board name and version when it was taken. */
  board: string;
  espruino: string;
  files: BackupFile[];
  /** SHA-256 of the files' bytes in order, hexadecimal. */
  sha256: string;
}

export type ByteProgress = (doneBytes: number, totalBytes: number) => void;

const pieceBytes = 576;
/** Erased stretches of a file are found in blocks of this many bytes and not transferred. */
const blockBytes = 4096;

/** Reads every file. An empty Storage gives a backup without files. @throws InstallError VERIFY_FAILED */
export async function takeBackup(console: DeviceConsole, onProgress?: ByteProgress): Promise<Backup> {
  const names = async (isLog: boolean): Promise<string[]> => ((await console.evaluate(`require("Storage").list(undefined,{sf:${isLog}})`)) as string[]) ?? [];
  const plain = await names(false);
  const logs = await names(true);
  const about = (await console.evaluate("[process.env.BOARD,process.version]")) as [string, string];
  const sizes = new Map<string, number>();
  for (const name of plain) sizes.set(name, await evaluateInteger(console, `(require("Storage").read(${quote(name)})||"").length`));
  for (const name of logs) sizes.set(name, await evaluateInteger(console, `require("Storage").open(${quote(name)},"r").getLength()`));
  const totalBytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  let doneBytes = 0;
  const files: BackupFile[] = [];
  for (const name of [...plain, ...logs]) {
    const size = sizes.get(name)!;
    const isLog = logs.includes(name);
    const parts: Buffer[] = [];
    const isErased = isLog ? (): boolean => false : await erasedBlocks(console, name, size);
    for (let at = 0; at < size; ) {
      const end = Math.min(size, at - (at % blockBytes) + blockBytes);
      const count = isErased(at) ? end - at : Math.min(pieceBytes, end - at);
      const piece = isLog
        ? `(function(){var f=require("Storage").open(${quote(name)},"r");for(var n=${at};n>0;n-=512)f.read(n<512?n:512);return btoa(f.read(${count}))})()`
        : `btoa(require("Storage").read(${quote(name)},${at},${count}))`;
      parts.push(isErased(at) ? Buffer.alloc(count, 0xff) : Buffer.from(String(await console.evaluate(piece)), "base64"));
      at += count;
      doneBytes += count;
      onProgress?.(doneBytes, totalBytes);
    }
    const content = Buffer.concat(parts);
    const crc = crc32(content);
    if (content.length !== size || (!isLog && size > 0 && crc !== (await fileCrc(console, name)))) throw new InstallError("VERIFY_FAILED", 6, `${name} did not arrive whole`, "run the command again");
    // Never filled (an interrupted write), or a torn directory entry: nothing of the user's.
    if (content.every((byte) => byte === 0xff)) continue;
    files.push({ name, kind: isLog ? "log" : "file", bytes: size, crc32: crc, base64: content.toString("base64") });
  }
  return { format: "genesis-backup", version: 1, board: about[0], espruino: about[1], files, sha256: digestOf(files) };
}

/** Which offsets of a file lie in an erased block, by CRC-32 computed on the board. */
async function erasedBlocks(console: DeviceConsole, name: string, size: number): Promise<(offset: number) => boolean> {
  const crcs: number[] = [];
  const count = Math.floor(size / blockBytes);
  for (let from = 0; from < count; from += 16) {
    const upTo = Math.min(count, from + 16);
    crcs.push(...(await evaluateIntegers(console, `(function(S,a){for(var i=${from};i<${upTo};i++)a.push(E.CRC32(S.read(${quote(name)},i*${blockBytes},${blockBytes})));return a})(require("Storage"),[])`, 30_000)));
  }
  const blank = crc32(Buffer.alloc(blockBytes, 0xff));
  return (offset) => ((crcs[Math.floor(offset / blockBytes)] ?? 0) >>> 0) === blank && offset < count * blockBytes;
}

/** Erases the board's Storage and writes the backup's files. @throws InstallError VERIFY_FAILED, OTHER_BOARD unless `isForced`. */
export async function restoreBackup(console: DeviceConsole, backup: Backup, options: { isForced?: boolean; onProgress?: ByteProgress } = {}): Promise<void> {
  const board = await console.evaluate("process.env.BOARD");
  if (board !== backup.board && !options.isForced)
    throw new InstallError("OTHER_BOARD", 2, `the backup is of a ${backup.board}, this is a ${String(board)}`, "choose the right backup, or add --force to write it all the same");
  await console.evaluate(`(require("Storage").eraseAll(),0)`, 120_000);
  const totalBytes = backup.files.reduce((sum, file) => sum + file.bytes, 0);
  let doneBytes = 0;
  for (const file of backup.files) {
    const content = Buffer.from(file.base64, "base64");
    for (let at = 0; at < content.length; at += pieceBytes) {
      const piece = content.subarray(at, at + pieceBytes);
      if (file.kind === "log") await console.evaluate(`(require("Storage").open(${quote(file.name)},"a").write(${base64(piece)}),0)`);
      else await writePiece(console, file.name, piece, at, content.length);
      doneBytes += piece.length;
      options.onProgress?.(doneBytes, totalBytes);
    }
    if (file.kind === "file" && (await fileCrc(console, file.name)) !== file.crc32)
      throw new InstallError("VERIFY_FAILED", 6, `${file.name} does not read back as it was written`, "run the command again");
  }
}

/** Writes a piece of a Storage file, which exists from its first piece on; a piece that is there already is left alone. Pieces of 0xff are not written. */
export async function writePiece(console: DeviceConsole, name: string, piece: Uint8Array, offset: number, totalBytes: number): Promise<void> {
  if (offset > 0 && piece.every((byte) => byte === 0xff)) return;
  const file = quote(name);
  const [isThere] = await evaluateIntegers(
    console,
    `(function(S,d){if(S.read(${file},${offset},${piece.length})!==d)S.write(${file},d,${offset},${totalBytes});return [S.read(${file},${offset},${piece.length})===d?1:0]})(require("Storage"),${base64(piece)})`,
  );
  if (!isThere) throw new InstallError("VERIFY_FAILED", 6, `${name} does not read back at byte ${offset}`, "run the command again; if it happens twice the flash is worn");
}

/** CRC-32 of a whole file, computed on the board. */
export async function fileCrc(console: DeviceConsole, name: string): Promise<number> {
  return evaluateInteger(console, `E.CRC32(require("Storage").read(${quote(name)}))`, 30_000).then((crc) => crc >>> 0);
}

/** Reads a backup file's text. @throws InstallError BAD_BACKUP */
export function parseBackup(text: string): Backup {
  const refuse = (why: string): never => {
    throw new InstallError("BAD_BACKUP", 2, `not a usable backup: ${why}`, "choose another backup file");
  };
  let value: Partial<Backup>;
  try {
    value = JSON.parse(text) as Partial<Backup>;
  } catch {
    return refuse("it is not JSON");
  }
  if (value?.format !== "genesis-backup" || value.version !== 1 || !Array.isArray(value.files)) return refuse("its format is not genesis-backup 1");
  for (const file of value.files) {
    const content = Buffer.from(String(file.base64), "base64");
    if (typeof file.name !== "string" || content.length !== file.bytes || crc32(content) !== file.crc32) refuse(`${String(file.name)} is damaged`);
  }
  if (digestOf(value.files) !== value.sha256) refuse("its SHA-256 does not match");
  return value as Backup;
}

function digestOf(files: BackupFile[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(Buffer.from(file.base64, "base64"));
  return hash.digest("hex");
}
