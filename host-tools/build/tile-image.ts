// From an image's composition root to an image file: bundle, check, wrap in MCUboot's format. Not sealed yet: the key is the tile's.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import type { Profile } from "../../hal/board.ts";
import { Failure } from "../cli/failure.ts";
import { buildImage, parseVersion } from "../image/mcuboot.ts";
import { bundleTile, type TileBundle } from "./bundle.ts";
import type { Feature } from "./features.ts";

/** The committed dictionary of shortened property names. */
export const mangleCachePath = (root: string): string => path.join(root, "firmware", "images", "mangle-cache.json");

export interface TileImage {
  name: string;
  version: string;
  profile: Profile;
  bundle: TileBundle;
  /** Unsealed image file. */
  file: Buffer;
}

export interface TileImageOptions {
  /** `firmware/images/<name>.ts`. */
  name: string;
  version: string;
  profile: Profile;
  /** Features beyond those of the profile. */
  extra?: readonly Feature[];
  /** Refuse property names that are not in the committed dictionary. */
  frozen?: boolean;
  /** Texts that stand in for source files: for images that go wrong on purpose. */
  instead?: Readonly<Record<string, string>>;
}

/** Names of the images in firmware/images/. */
export function imageNames(root: string): string[] {
  return readdirSync(path.join(root, "firmware", "images"))
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => file.slice(0, -3))
    .sort();
}

/** @throws Failure NO_IMAGE, ImageError for the version, TileBuildError for the sources. */
export async function buildTileImage(root: string, options: TileImageOptions): Promise<TileImage> {
  const entry = path.join("firmware", "images", `${options.name}.ts`);
  if (!/^[a-z0-9-]+$/.test(options.name) || !existsSync(path.join(root, entry))) {
    throw new Failure("NO_IMAGE", 2, `there is no image "${options.name}"`, `use one of: ${imageNames(root).join(", ")}`);
  }
  const version = parseVersion(options.version);
  const bundle = await bundleTile({
    entry,
    root,
    profile: options.profile,
    extra: options.extra ?? [],
    mangleCachePath: mangleCachePath(root),
    updateMangleCache: options.frozen !== true,
    ...(options.instead === undefined ? {} : { instead: options.instead }),
    isStartedOnce: true,
    define: { VERSION: JSON.stringify(options.version) },
  });
  return { name: options.name, version: options.version, profile: options.profile, bundle, file: buildImage(bundle.code, version) };
}
