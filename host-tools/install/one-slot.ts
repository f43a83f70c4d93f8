/**
 * Updates a board that has one slot, through the console, while the host holds its boot window open.
 *
 * The idea: the device side (firmware/update/one-slot.ts) knows what is safe and does one short step per call; this side only walks: stash the running image, overwrite
 * page by page what differs, set the new image to be tested. Run again after any interruption it goes on, because every step first looks whether it is done.
 */
import { crc32 } from "../sim/crc32.ts";
import { parseImage } from "../image/mcuboot.ts";
import { InstallError } from "./install-error.ts";
import type { Geometry } from "../../firmware/update/layout.ts";
import { imageLimit } from "../../firmware/update/layout.ts";

/** The five calls of the device side; each answers 0 or more, or a negative SMP code. */
export interface OneSlotDevice {
  stash(): Promise<number>;
  crc(page: number): Promise<number>;
  erase(page: number): Promise<number>;
  put(offset: number, bytes: Buffer): Promise<number>;
  arm(digest: Buffer): Promise<number>;
}

export interface OneSlotProgress {
  phase: "stash" | "write" | "arm";
  done: number;
  total: number;
}

export interface OneSlotOptions {
  /** Bytes per write; default 512. A multiple of 4. */
  pieceBytes?: number;
  onProgress?: (progress: OneSlotProgress) => void;
}

/**
 * Leaves the board with `image` set to be tested: reset it, and confirm the image by SMP once it runs. Returns the pages that were written.
 * @param image sealed under the tile's key. @throws InstallError, or whatever the device's calls throw.
 */
export async function updateOneSlot(device: OneSlotDevice, geometry: Geometry, image: Uint8Array, options: OneSlotOptions = {}): Promise<number> {
  const { page, slot } = geometry;
  const pieceBytes = options.pieceBytes ?? 512;
  const progress = options.onProgress ?? ((): void => undefined);
  const { digest } = parseImage(image);
  if (image.length > imageLimit(geometry))
    throw new InstallError("IMAGE_TOO_LARGE", 2, `the image has ${image.length} bytes, the slot takes ${imageLimit(geometry)}`, "build a smaller profile");
  if ((await device.arm(digest)) === 0) return 0;
  const wanted = Buffer.alloc(slot * page, 0xff);
  Buffer.from(image).copy(wanted);
  // Twice the pages is plenty: a stash that is torn or old is started over once.
  for (let calls = 0, done = 0; done <= slot; calls++) {
    done = await device.stash();
    if (done < 0 || calls > 4 * slot + 8) throw stashError(done);
    progress({ phase: "stash", done: Math.min(done, slot), total: slot });
  }
  let written = 0;
  // The last page first: it holds the trailer, and without it the stash is what boots.
  for (let index = 0; index < slot; index++) {
    const at = (index + slot - 1) % slot;
    const content = wanted.subarray(at * page, (at + 1) * page);
    if ((await device.crc(at)) !== crc32(content)) {
      check(await device.erase(at), `erasing page ${at}`);
      const end = content.length - trailing(content);
      for (let from = 0; from < end; from += pieceBytes) check(await device.put(at * page + from, content.subarray(from, Math.min((end + 3) & ~3, from + pieceBytes))), `writing page ${at}`);
      if ((await device.crc(at)) !== crc32(content))
        throw new InstallError("VERIFY_FAILED", 6, `page ${at} of the slot does not read back as it was written`, "run the command again; if it fails at the same page, that page of the flash is worn out");
      written++;
    }
    progress({ phase: "write", done: index + 1, total: slot });
  }
  check(await device.arm(digest), "setting the image to be tested");
  progress({ phase: "arm", done: 1, total: 1 });
  return written;
}

/** Bytes of 0xff at the end of a page: they need not be programmed. */
function trailing(content: Buffer): number {
  let count = 0;
  while (count < content.length && content[content.length - 1 - count] === 0xff) count++;
  return count;
}

function stashError(code: number): InstallError {
  if (code === -2)
    return new InstallError("STASH_TOO_SMALL", 2, "the running image does not compress into the space for the previous image, so there would be no way back", "give the board more prev pages, or install from scratch with: genesis flash");
  if (code === -6)
    return new InstallError("NOT_CONFIRMED", 6, "the running image is not confirmed and there is no complete previous image, so there would be no way back", "confirm it first: genesis update --confirm");
  return new InstallError("VERIFY_FAILED", 6, `the copy of the running image does not read back (${code})`, "run the command again; if it fails again, that part of the flash is worn out");
}

function check(code: number, what: string): void {
  if (code === 0) return;
  if (code === -11) throw new InstallError("NOT_SEALED", 7, "the image is not sealed under this tile's key", "use the key store of the computer that flashed this tile");
  throw new InstallError("TILE_REFUSED", code === -9 ? 6 : 1, `${what}: the tile refused (${code})`, "run the command again");
}
