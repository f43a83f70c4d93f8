// The images a stage offers, each built once per process: v1 and v2 are the same program, `broken` hangs a second after its start, a service of `loops` does when it is asked to, and any task of it fills the memory or the stack.
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Profile } from "../hal/board.ts";
import type { Feature } from "../host-tools/build/features.ts";
import { buildTileImage, type TileImage } from "../host-tools/build/tile-image.ts";
import { buildFirstStage } from "../host-tools/image/first-stage-script.ts";
import { FailCommand, type StageImage } from "./scenario.ts";

interface Change {
  file: string;
  from: string;
  to: string;
}

interface Source {
  name: string;
  version: string;
  /** What is another in files of the program. */
  changes?: readonly Change[];
}

/** Handlers that fail when a read of command {@link FailCommand} asks them to, or their task before. */
const FRAGILE = `function fragile(t: number, armed: number[], handler: Handler): Handler {
  function deeper(n: number): number {
    return 1 + deeper(n + 1);
  }
  return function (event, badge, label, a, b, data) {
    let how = 0;
    if (event === 1 && (label === ${2 * FailCommand.MemoryOfLink} || label === ${2 * FailCommand.StackOfLink})) armed[0] = label + ${2 * (FailCommand.Memory - FailCommand.MemoryOfLink)};
    else if (event === 1) how = label;
    if (t === Task.Link) {
      how = armed[0] as number;
      armed[0] = 0;
    }
    const hog: Uint8Array[] = [];
    while (how === ${2 * FailCommand.Memory}) hog.push(new Uint8Array(1000));
    if (how === ${2 * FailCommand.Stack}) deeper(0);
    handler(event, badge, label, a, b, data);
  };
}

`;

const SOURCES: Readonly<Record<StageImage, Source>> = {
  v1: { name: "tile", version: "1.0.0" },
  v2: { name: "tile", version: "2.0.0" },
  broken: { name: "hang", version: "3.0.0" },
  loops: {
    name: "tile",
    version: "1.0.0",
    changes: [
      // A read of command 99 of the identity service never ends.
      { file: "firmware/identity/server.ts", from: "if (event !== Event.Message) return;", to: "if (event !== Event.Message) return; while (label === 198);" },
      { file: "firmware/images/tile.ts", from: "/** Starts a tile on `api`.", to: `${FRAGILE}/** Starts a tile on \`api\`.` },
      { file: "firmware/images/tile.ts", from: "const tcbs: number[] = [];", to: "const tcbs: number[] = []; const armed: number[] = [0];" },
      { file: "firmware/images/tile.ts", from: "handlers[t] as Handler,", to: "fragile(t, armed, handlers[t] as Handler)," },
    ],
  },
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
      const { name, version, changes } = SOURCES[image];
      found = buildTileImage(this.root, { name, version, profile, extra, ...(changes === undefined ? {} : { instead: this.change(changes) }) });
      this.built.set(key, found);
    }
    return found;
  }

  private change(changes: readonly Change[]): Record<string, string> {
    const texts: Record<string, string> = {};
    for (const { file, from, to } of changes) {
      const text = texts[file] ?? readFileSync(path.join(this.root, file), "utf8");
      if (!text.includes(from)) throw new Error(`${file} has no "${from}" any more`);
      texts[file] = text.replace(from, () => to);
    }
    return texts;
  }

  get firstStage(): string {
    this.stage ??= buildFirstStage(this.root);
    return this.stage;
  }
}
