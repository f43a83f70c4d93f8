// What a section of the bench is, and what it gets to work with.
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Board, type Profile } from "../../hal/board.ts";
import { loadBoard } from "../boards.ts";
import { buildTileImage, type TileImage } from "../build/tile-image.ts";
import { buildFirstStage } from "../image/first-stage-script.ts";
import { buildRuntime } from "../qemu/runtime-build.ts";
import { findProgram } from "../qemu/toolchain.ts";
import { QemuHost } from "../tiles/qemu-host.ts";
import type { Figure } from "./figures.ts";

export interface Section {
  /** As typed on the command line. */
  name: string;
  title: string;
  /** How it is measured, in a sentence or two. */
  how: string;
  run(bench: Bench): Promise<Figure[]>;
}

/** Images, boards, engines and a temporary folder for the sections of one run. */
export class Bench {
  readonly root: string;
  /** State folder: caches. */
  readonly home: string;
  /** Linux Espruino binaries (GENESIS_ESPRUINO, comma-separated). */
  readonly espruino: readonly string[];
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
  private readonly images = new Map<string, Promise<TileImage>>();
  private readonly cleanups: (() => void | Promise<void>)[] = [];
  private temporary: string | undefined;
  private script: string | undefined;

  constructor(options: { root: string; home: string; espruino: readonly string[]; say: (text: string) => void; signal: AbortSignal }) {
    this.root = options.root;
    this.home = options.home;
    this.espruino = options.espruino;
    this.say = options.say;
    this.signal = options.signal;
  }

  /** The demo's image, unsealed. */
  image(profile: Profile, version: string = "1.0.0"): Promise<TileImage> {
    const key = `${profile} ${version}`;
    let found = this.images.get(key);
    if (found === undefined) {
      found = buildTileImage(this.root, { name: "tile", version, profile, frozen: true });
      this.images.set(key, found);
    }
    return found;
  }

  get firstStage(): string {
    this.script ??= buildFirstStage(this.root);
    return this.script;
  }

  board(id: string): Promise<Board> {
    return loadBoard(this.root, id);
  }

  /** Why nothing runs on QEMU here; undefined when it does. */
  get whyNoQemu(): string | undefined {
    const missing = ["qemu-system-arm", "arm-none-eabi-gcc"].filter((program) => findProgram(program) === undefined);
    return missing.length === 0 ? undefined : `${missing.join(" and ")} not installed`;
  }

  async qemuElf(): Promise<string> {
    return (await buildRuntime({ cacheDir: path.join(this.home, "cache") })).elfPath;
  }

  /** A bare QEMU board, switched off; closed at the end at the latest. */
  async qemu(name: string): Promise<QemuHost> {
    const host = new QemuHost({ name, elfPath: await this.qemuElf(), folder: this.folder(name) });
    this.onEnd(() => host.close());
    return host;
  }

  /** A new folder, gone at the end. */
  folder(name: string): string {
    if (this.temporary === undefined) {
      const made = mkdtempSync(path.join(os.tmpdir(), "genesis-bench-"));
      this.temporary = made;
      this.cleanups.unshift(() => rmSync(made, { recursive: true, force: true }));
    }
    return mkdtempSync(path.join(this.temporary, `${name}-`));
  }

  /** Run at the end, newest first, whatever happens. */
  onEnd(cleanup: () => void | Promise<void>): void {
    this.cleanups.push(cleanup);
  }

  async end(): Promise<void> {
    for (const cleanup of this.cleanups.splice(0).reverse()) await Promise.resolve(cleanup()).catch(() => undefined);
  }
}
