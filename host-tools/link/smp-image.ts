// SMP group 1, images, from the client's side: list, test, confirm, erase, upload with resume. Standard: Zephyr SMP group 1.
import { createHash } from "node:crypto";
import { imageApi } from "../../firmware/update/api.ts";
import type { HostCbor, HostCborMap } from "./host-cbor.ts";
import { LinkError } from "./link-errors.ts";
import type { SmpClient } from "./smp-client.ts";
import { readParameters } from "./smp-os.ts";
import { upload } from "./smp-upload.ts";
import type { UploadOptions, UploadResult } from "./smp-upload.ts";

/** One slot as the tile lists it. */
export interface ImageSlot {
  image: number;
  slot: number;
  version: string;
  /** The image's SHA-256 (MCUboot TLV 0x10); empty where the tile does not send it. */
  hash: Uint8Array;
  bootable: boolean;
  /** Will be booted at the next restart. */
  pending: boolean;
  /** Stays after a restart. */
  confirmed: boolean;
  /** Runs now. */
  active: boolean;
  permanent: boolean;
}

/** The images the tile has. */
export async function listImages(client: SmpClient): Promise<ImageSlot[]> {
  return slots(await client.request({ group: 1, id: 0, op: "read", what: "image list" }));
}

/** Sets the image with `hash` to be tried at the next restart (until it confirms itself or is confirmed). */
export async function testImage(client: SmpClient, hash: Uint8Array): Promise<ImageSlot[]> {
  return slots(await client.request({ group: 1, id: 0, op: "write", body: { hash, confirm: false }, repeatable: true, what: "image test", errors: imageApi.commands.state.errors }));
}

/** Makes an image permanent: the one with `hash`, or the running one. */
export async function confirmImage(client: SmpClient, hash?: Uint8Array): Promise<ImageSlot[]> {
  return slots(await client.request({ group: 1, id: 0, op: "write", body: { hash, confirm: true }, repeatable: true, what: "image confirm", errors: imageApi.commands.state.errors }));
}

/** Erases the slot that is not running (or `slot`). Flash is slow: allowed a minute. */
export async function eraseImage(client: SmpClient, slot?: number): Promise<void> {
  await client.request({ group: 1, id: 5, op: "write", body: { slot }, repeatable: true, timeoutMs: 60_000, what: "image erase", errors: imageApi.commands.erase.errors });
}

export interface ImageUploadOptions extends Omit<UploadOptions, "bufBytes"> {
  /** Read from the tile (os/params) unless given. */
  bufBytes?: number;
  /** Image number, for tiles with more than one. */
  image?: number;
  /** Refuse on the tile what is not newer than the running image. */
  upgradeOnly?: boolean;
}

/**
 * Uploads an image file. An upload of the same bytes that was cut short is continued where the tile stands.
 * Rejects as `upload` does, and with VERIFY_FAILED when the tile says that what it has does not hash to what was sent.
 */
export async function uploadImage(client: SmpClient, image: Uint8Array, options: ImageUploadOptions = {}): Promise<UploadResult> {
  const parameters = options.bufBytes === undefined ? await readParameters(client) : { bufBytes: options.bufBytes, bufCount: options.window ?? 1 };
  const sha = new Uint8Array(createHash("sha256").update(image).digest());
  const target = {
    group: 1,
    id: 1,
    what: "image upload",
    first: { image: options.image, len: image.length, sha, upgrade: options.upgradeOnly === true ? true : undefined },
    always: {},
    errors: imageApi.commands.upload.errors,
  };
  const result = await upload(client, target, image, { ...options, bufBytes: parameters.bufBytes, window: Math.min(options.window ?? parameters.bufCount, parameters.bufCount) });
  if (result.lastReply["match"] === false)
    throw new LinkError("VERIFY_FAILED", "the tile read the image back and its SHA-256 is not that of the file", "run the command again; if it happens twice, the tile's flash is worn: genesis doctor");
  return result;
}

function slots(reply: HostCborMap): ImageSlot[] {
  const { images } = reply;
  if (!Array.isArray(images)) return [];
  return images.filter(isMap).map((m) => ({
    image: typeof m["image"] === "number" ? m["image"] : 0,
    slot: typeof m["slot"] === "number" ? m["slot"] : 0,
    version: typeof m["version"] === "string" ? m["version"] : "",
    hash: m["hash"] instanceof Uint8Array ? m["hash"] : new Uint8Array(0),
    bootable: m["bootable"] === true,
    pending: m["pending"] === true,
    confirmed: m["confirmed"] === true,
    active: m["active"] === true,
    permanent: m["permanent"] === true,
  }));
}

function isMap(value: HostCbor): value is HostCborMap {
  return value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array);
}
