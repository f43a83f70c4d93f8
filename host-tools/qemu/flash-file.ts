// The file behind a QEMU board's flash: QEMU maps it as the board's 16 MB PSRAM, so it survives restarts and kill -9.
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, statSync, writeSync } from "node:fs";
import path from "node:path";
import { ToolError } from "./toolchain.ts";

/** Size of QEMU's RAM backend; the machine accepts no other. */
export const FILE_BYTES = 16 * 1024 * 1024;
/** The NOR flash at its start (boards/qemu-mps2-an385/runtime/flash.h, FLASH_SIZE). */
export const FLASH_BYTES = 1024 * 1024;
const PAGE_BYTES = 4096;
/** Behind the flash and its control page: the board's serial number, 12 bytes. */
const FACTORY_OFFSET = FLASH_BYTES + PAGE_BYTES;

/**
 * Makes the file of a new board: erased flash, and a serial number. Does nothing when it exists.
 * The rest is a hole: a new board takes 1 MB of disk.
 * @param serial 12 bytes; random when not given (give one for repeatable runs).
 * @throws ToolError when a file of another size is in the way.
 */
export function createFlashFile(file: string, serial: Uint8Array = randomBytes(12)): void {
  if (existsSync(file)) {
    if (statSync(file).size === FILE_BYTES) return;
    throw new ToolError(`${file} is not a flash file of the QEMU board: it has ${statSync(file).size} bytes, not ${FILE_BYTES}.`, "name another file or move this one away");
  }
  mkdirSync(path.dirname(file), { recursive: true });
  const handle = openSync(file, "wx");
  try {
    ftruncateSync(handle, FILE_BYTES);
    writeSync(handle, Buffer.alloc(FLASH_BYTES, 0xff), 0, FLASH_BYTES, 0);
    writeSync(handle, serial.subarray(0, 12), 0, 12, FACTORY_OFFSET);
  } finally {
    closeSync(handle);
  }
}
