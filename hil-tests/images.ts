// The images a stage offers, each built once per process: v1 and v2 are the same program, `broken` hangs a second after its start, a service of `loops` does or fills the memory when it is asked to.
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Profile } from "../hal/board.ts";
import type { Feature } from "../host-tools/build/features.ts";
import { buildTileImage, type TileImage } from "../host-tools/build/tile-image.ts";
import { buildFirstStage } from "../host-tools/image/first-stage-script.ts";
import type { StageImage } from "./scenario.ts";

interface Source {
  name: string;
  version: string;
  /** A file of the program that is another, and how. */
  changed?: { file: string; from: string; to: string };
}

const SOURCES: Readonly<Record<StageImage, Source>> = {
  v1: { name: "tile", version: "1.0.0" },
  v2: { name: "tile", version: "2.0.0" },
  broken: { name: "hang", version: "3.0.0" },
  // A read of command 99 of the identity service never ends, one of command 98 fills the memory.
  loops: { name: "tile", version: "1.0.0", changed: { file: "firmware/identity/server.ts", from: "if (event !== Event.Message) return;", to: "if (event !== Event.Message) return; while (label === 198); const hog: Uint8Array[] = []; while (label === 196) hog.push(new Uint8Array(1000));" } },
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
      const { name, version, changed } = SOURCES[image];
      found = buildTileImage(this.root, { name, version, profile, extra, ...(changed === undefined ? {} : { instead: this.change(changed) }) });
      this.built.set(key, found);
    }
    return found;
  }

  private change({ file, from, to }: NonNullable<Source["changed"]>): Record<string, string> {
    const text = readFileSync(path.join(this.root, file), "utf8");
    if (!text.includes(from)) throw new Error(`${file} has no "${from}" any more`);
    return { [file]: text.replace(from, () => to) };
  }

  get firstStage(): string {
    this.stage ??= buildFirstStage(this.root);
    return this.stage;
  }
}
