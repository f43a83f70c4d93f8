// An update over the link, as every tool does it: upload (resuming), test, restart, look, confirm. What fails in between reverts by itself.
import { isLinkError, LinkError } from "../link/link-errors.ts";
import { confirmImage, eraseImage, type ImageSlot, listImages, testImage, uploadImage } from "../link/smp-image.ts";
import type { UploadProgress, UploadResult } from "../link/smp-upload.ts";
import { formatVersion, parseImage } from "../image/mcuboot.ts";
import type { TileSession } from "./tile-session.ts";

export interface UpdateOptions {
  /** Time for the tile to answer after the restart, ms. */
  bootMs: number;
  /** How long the new image must answer before it is confirmed, ms. */
  soakMs: number;
  signal?: AbortSignal | undefined;
  onStage?(stage: UpdateStage): void;
  onUpload?(progress: UploadProgress): void;
  onLinkLost?(error: LinkError): Promise<boolean>;
}

export type UpdateStage = "upload" | "test" | "restart" | "confirm";

export type UpdateOutcome =
  | { outcome: "updated"; from: string; to: string; resumedAtBytes: number; bytesPerSecond: number }
  | { outcome: "already-running"; from: string; to: string }
  | { outcome: "reverted"; from: string; to: string; why: string };

/** Result code of image test (firmware/update/api.ts). */
const TRIALS_USED_UP = 2;

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** The slot that runs. @throws LinkError BAD_REPLY when none is marked active. */
export function activeSlot(slots: readonly ImageSlot[]): ImageSlot {
  const active = slots.find((slot) => slot.active);
  if (active === undefined) throw new LinkError("BAD_REPLY", "the tile lists no running image", "update the tile's software over its console with genesis flash");
  return active;
}

/** Brings the tile to `image` (a sealed image file), or finds that it went back by itself. Rejects as the link does. */
export async function updateTile(session: TileSession, image: Uint8Array, options: UpdateOptions): Promise<UpdateOutcome> {
  const { client } = session;
  const wanted = parseImage(image);
  const before = activeSlot(await listImages(client));
  const to = formatVersion(wanted.version);
  if (isSame(before.hash, wanted.digest)) {
    if (!before.confirmed) {
      options.onStage?.("confirm");
      await confirmImage(client);
      return { outcome: "updated", from: before.version, to, resumedAtBytes: image.length, bytesPerSecond: 0 };
    }
    return { outcome: "already-running", from: before.version, to };
  }
  options.onStage?.("upload");
  const send = (): Promise<UploadResult> => uploadImage(client, image, { onProgress: options.onUpload, signal: options.signal, onLinkLost: options.onLinkLost });
  let uploaded = await send();
  options.onStage?.("test");
  try {
    await testImage(client, wanted.digest);
  } catch (error) {
    // The slot held this image from an earlier update and its trials are used up: a fresh copy has three.
    if (!isLinkError(error, "REFUSED") || error.rc !== TRIALS_USED_UP) throw error;
    await eraseImage(client);
    uploaded = await send();
    await testImage(client, wanted.digest);
  }
  options.onStage?.("restart");
  const reverted = (why: string): UpdateOutcome => ({ outcome: "reverted", from: before.version, to, why });
  await session.restart(options.bootMs, options.signal);
  // A broken image may answer for a moment: it has to keep answering, without another restart, before it is confirmed.
  const deadlineMs = performance.now() + options.soakMs;
  do {
    try {
      const now = activeSlot(await listImages(client));
      if (!isSame(now.hash, wanted.digest)) return reverted("the new image was not confirmed: it crashed, hung or was refused, and the tile started the one before");
    } catch (error) {
      if (!isLinkError(error, "TIMEOUT", "BAD_REPLY")) throw error;
      await session.ready(options.bootMs, options.signal);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  } while (performance.now() < deadlineMs);
  options.onStage?.("confirm");
  const after = activeSlot(await confirmImage(client));
  if (!isSame(after.hash, wanted.digest)) return reverted("the tile went back while it was being confirmed");
  return { outcome: "updated", from: before.version, to, resumedAtBytes: uploaded.resumedAtBytes, bytesPerSecond: uploaded.bytesPerSecond };
}
