// The images a stage offers, each built once per process: v1 and v2 are the same program, `broken` hangs a second after its start.
import type { Profile } from "../hal/board.ts";
import type { Feature } from "../host-tools/build/features.ts";
import { buildTileImage, type TileImage } from "../host-tools/build/tile-image.ts";
import { buildFirstStage } from "../host-tools/image/first-stage-script.ts";
import type { StageImage } from "./scenario.ts";

const SOURCES: Readonly<Record<StageImage, { name: string; version: string }>> = {
  v1: { name: "tile", version: "1.0.0" },
  v2: { name: "tile", version: "2.0.0" },
  broken: { name: "hang", version: "3.0.0" },
};

export class ImageStore {
  readonly root: string;
  private readonly built = new Map<string, Promise<TileImage>>();
  private stage: string | undefined;

  /** @param root the project's folder. */
  constructor(root: string) {
    this.root = root;
  }

  /** Unsealed, with features beyond those of the profile. Rejects as buildTileImage does. */
  get(image: StageImage, profile: Profile, extra: readonly Feature[] = []): Promise<TileImage> {
    const key = [image, profile, ...extra].join(" ");
    let found = this.built.get(key);
    if (found === undefined) {
      found = buildTileImage(this.root, { ...SOURCES[image], profile, extra });
      this.built.set(key, found);
    }
    return found;
  }

  get firstStage(): string {
    this.stage ??= buildFirstStage(this.root);
    return this.stage;
  }
}
