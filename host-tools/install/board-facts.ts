/**
 * Asks a bare board what an installation has to know: versions, Storage, page size, what is in it.
 *
 * The idea: nothing about a board's flash is assumed. Where Storage lies is found by looking for a file that was just written, and checked by comparing both views
 * (Storage.read and Flash.read) before anything is written by address. Reading an address that does not exist can crash a microcontroller, so only
 * addresses that the firmware itself named are read.
 */
import type { TileConfig } from "../../hal/tile-config.ts";
import { isAtLeast, MIN_VERSION } from "../link/espruino-console.ts";
import { evaluateInteger, quote, type DeviceConsole } from "./device-console.ts";
import { InstallError } from "./install-error.ts";
import { fileNames, storageHeaderBytes } from "./storage-map.ts";

export interface BoardFacts {
  /** Espruino's version, "2v29.277". */
  version: string;
  /** Espruino's name of the board. */
  board: string;
  /** Variables that are free now, and in all. */
  freeVariables: number;
  totalVariables: number;
  hasSha256: boolean;
  hasHeatshrink: boolean;
  /** The configuration, when this board is a tile already. */
  config: TileConfig | undefined;
}

/** @throws InstallError ESPRUINO_TOO_OLD, or NOT_ESPRUINO when it has no Storage or Flash module. */
export async function readBoardFacts(console: DeviceConsole): Promise<BoardFacts> {
  const module = (name: string, test: string): string => `(function(){try{return ${test.replace("$", `require("${name}")`)}}catch(e){return 0}})()`;
  const value = await console.evaluate(
    `[process.version,process.env.BOARD,process.memory().free,process.memory().total,${module("crypto", "$.SHA256?1:0")},${module("heatshrink", "$.compress?1:0")},${module("Flash", "$.erasePage?1:0")},${module("Storage", `$.read(${quote(fileNames.config)})||0`)}]`,
  );
  if (!Array.isArray(value) || typeof value[0] !== "string") throw new InstallError("NOT_ESPRUINO", 3, "the console does not answer like Espruino's", "check that the right port is chosen: genesis doctor");
  const [version, board, freeVariables, totalVariables, sha, heatshrink, flash, config] = value as [string, string, number, number, number, number, number, unknown];
  if (!isAtLeast(version, MIN_VERSION))
    throw new InstallError("ESPRUINO_TOO_OLD", 3, `the board runs Espruino ${version}, tiles need ${MIN_VERSION} or later`, "update its firmware at espruino.com/ide (Settings, Flasher), then run the command again");
  if (!flash) throw new InstallError("NO_FLASH_MODULE", 3, `this build of Espruino (${board}) has no Flash module, so no place survives a power cut`, "use a board with the full firmware");
  return { version, board, freeVariables, totalVariables, hasSha256: sha === 1, hasHeatshrink: heatshrink === 1, config: parseConfig(config) };
}

/** Flash address of the bytes of a Storage file of `bytes` bytes. Its header (size, name) tells it from anything else. @throws InstallError FLASH_NOT_FOUND */
export async function findFile(console: DeviceConsole, name: string, bytes: number): Promise<number> {
  const value = await console.evaluate(
    `(function(){var F=require("Flash"),l=[],a=E.getAddressOf?E.getAddressOf(require("Storage").read(${quote(name)}),true):0;if(a)l.push(a-${storageHeaderBytes});` +
      `F.getFree().forEach(function(f){l.push(f.addr);l.push(f.addr+f.length)});` +
      `for(var i=0;i<l.length;i++){try{if(F.getPage(l[i])&&E.toString(F.read(${storageHeaderBytes},l[i]))==${quote(fileHeader(name, bytes))})return l[i]+${storageHeaderBytes}}catch(e){}}return 0})()`,
  );
  if (typeof value !== "number" || value === 0)
    throw new InstallError("FLASH_NOT_FOUND", 3, "the board does not say at which address its Storage lies", "report this board with the output of: genesis doctor");
  return value;
}

/** Does the file `name` of `bytes` bytes begin at `address`, is that place erased, or is there something else? */
export async function seeFile(console: DeviceConsole, name: string, bytes: number, address: number): Promise<"there" | "blank" | "other"> {
  const seen = await console.evaluate(`btoa(E.toString(require("Flash").read(${storageHeaderBytes},${address - storageHeaderBytes})))`);
  const header = Buffer.from(String(seen), "base64");
  return header.toString("latin1") === fileHeader(name, bytes) ? "there" : header.every((byte) => byte === 0xff) ? "blank" : "other";
}

function fileHeader(name: string, bytes: number): string {
  const header = Buffer.alloc(storageHeaderBytes);
  header.writeUInt32LE(bytes, 0);
  header.write(name, 4, "latin1");
  return header.toString("latin1");
}

/** Erase unit at an address, bytes. */
export async function pageBytesAt(console: DeviceConsole, address: number): Promise<number> {
  return evaluateInteger(console, `(require("Flash").getPage(${address})||{length:0}).length`);
}

function parseConfig(text: unknown): TileConfig | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const config = JSON.parse(text) as TileConfig;
    return config.v === 1 && typeof config.id === "string" && /^[0-9a-f]{64}$/.test(config.key) ? config : undefined;
  } catch {
    return undefined;
  }
}
