// What a scenario stands on: tiles installed the quickest way the rig has, images sealed for them, everything closed at the end.
//
// Idea: a rig that can reach a tile's Storage gets Genesis put there before power-on; on any other the stage installs over the console, as `genesis flash` does.
// All tiles of a stage share one image key, so an image sealed once fits each of them.
import { randomBytes } from "node:crypto";
import type { Board } from "../hal/board.ts";
import { imageLimit } from "../firmware/update/layout.ts";
import type { TileConfig } from "../hal/tile-config.ts";
import { loadBoards } from "../host-tools/boards.ts";
import type { Feature } from "../host-tools/build/features.ts";
import { Output } from "../host-tools/cli/output.ts";
import { sealImage } from "../host-tools/image/mcuboot.ts";
import { installTile } from "../host-tools/install/install-tile.ts";
import { provisionStorage } from "../host-tools/install/provision.ts";
import { boardGeometry, planStorage } from "../host-tools/install/storage-map.ts";
import { type LinkSettings, makeTileConfig, newIdentity } from "../host-tools/install/tile-config.ts";
import { type HeldConsole, holdConsole } from "../host-tools/tiles/boot-window.ts";
import type { TileHost } from "../host-tools/tiles/tile-host.ts";
import { TileSession } from "../host-tools/tiles/tile-session.ts";
import { wantsEveryCut } from "./cut-points.ts";
import type { ImageStore } from "./images.ts";
import { EspruinoHost } from "./rigs/espruino-host.ts";
import { CheckFailure, type Rig, type Stage, type StageImage, type StageTile, type TileOptions, type Variant } from "./scenario.ts";

const DEFAULTS = { windowMs: 250, watchdogS: 8 } as const;

export interface StageOptions {
  rig: Rig;
  variant: Variant;
  seed: number;
  images: ImageStore;
  /** Features its images carry beyond those of the profile. */
  extra: readonly Feature[];
  log(text: string): void;
}

export class RigStage implements Stage {
  readonly rig: Rig;
  readonly variant: Variant;
  readonly seed: number;
  // A full cut run has up to eight tiles at work at once.
  readonly patienceMs: number = wantsEveryCut() ? 120_000 : 20_000;
  readonly measured: Record<string, number | string> = {};
  private readonly images: ImageStore;
  private readonly extra: readonly Feature[];
  private readonly hosts: TileHost[] = [];
  private readonly sessions = new Set<TileSession>();
  private readonly tails = new Map<TileHost, string>();
  private readonly say: (text: string) => void;
  private key: string = randomBytes(32).toString("hex");
  private board: Board | undefined;
  private readonly aborted = new AbortController();

  constructor(options: StageOptions) {
    this.rig = options.rig;
    this.variant = options.variant;
    this.seed = options.seed;
    this.images = options.images;
    this.extra = options.extra;
    this.say = options.log;
  }

  get root(): string {
    return this.images.root;
  }

  tileMs(ms: number): number {
    return ms * this.rig.timeFactor;
  }

  log(text: string): void {
    this.say(text);
  }

  record(name: string, value: number | string): void {
    this.measured[name] = value;
  }

  async tile(options: TileOptions = {}): Promise<StageTile> {
    const made = await this.make("tile", options);
    return this.start(made);
  }

  async wiredTiles(options: TileOptions = {}): Promise<[StageTile, StageTile]> {
    const one = await this.make("one", options);
    const other = await this.make("other", options);
    await one.host.connectSerial2?.(other.host);
    return [await this.start(one), await this.start(other)];
  }

  async bareTile(): Promise<TileHost> {
    const host = await this.rig.tile("bare");
    this.hosts.push(host);
    this.tails.set(host, "");
    this.board = this.rig.board;
    await host.powerOn?.();
    return host;
  }

  async image(name: StageImage): Promise<Buffer> {
    const board = this.board ?? this.rig.board;
    if (board === undefined) throw new CheckFailure("order a tile before an image: only then is it known for which board");
    return sealImage((await this.images.get(name, board.profile, this.extra)).file, Buffer.from(this.key, "hex"));
  }

  async hold(tile: StageTile): Promise<HeldConsole> {
    await this.closeSession(tile.session);
    return holdConsole(tile.host, { output: quietOutput, signal: this.aborted.signal });
  }

  install(host: TileHost, onProgress?: (phase: string, fraction: number) => void): Promise<StageTile> {
    return this.installImage(host, "v1", onProgress);
  }

  private async installImage(host: TileHost, image: StageImage, onProgress?: (phase: string, fraction: number) => void): Promise<StageTile> {
    const held = await holdConsole(host, { output: quietOutput, signal: this.aborted.signal });
    const board = this.rig.board ?? (await boardNamed(this.images.root, held.console.board));
    this.board = board;
    let config: TileConfig;
    try {
      const result = await installTile({
        console: held.device,
        board,
        image: (await this.images.get(image, board.profile, this.extra)).file,
        firstStage: this.images.firstStage,
        identity: { ...newIdentity("hil"), key: this.key },
        link: this.linkOf(host, { windowMs: 2000 }),
        saveBackup: () => Promise.resolve(),
        onProgress: ({ phase, done, total }) => onProgress?.(phase, total === 0 ? 0 : done / total),
      });
      config = result.config;
      this.key = config.key;
    } catch (error) {
      await held.release();
      throw error;
    }
    await held.reboot();
    return this.start({ host, config });
  }

  /** Ends every session and every tile. */
  async close(): Promise<void> {
    this.aborted.abort();
    for (const session of [...this.sessions]) await this.closeSession(session);
    for (const host of this.hosts.splice(0)) await host.close();
  }

  /** A tile with an image in its flash, switched off where that is possible. */
  private async make(role: string, options: TileOptions): Promise<{ host: TileHost; config: TileConfig }> {
    const board = options.oneSlot === true ? await this.oneSlotBoard() : this.rig.board;
    const host = await this.rig.tile(role, board);
    this.hosts.push(host);
    this.tails.set(host, "");
    if (board === undefined || this.rig.withStorage === undefined) {
      const { config, session } = await this.installImage(host, options.image ?? "v1");
      await this.closeSession(session);
      return { host, config };
    }
    this.board = board;
    const image = await this.image(options.image ?? "v1");
    const { firstStage } = this.images;
    const config = this.rig.withStorage(host, (storage, room) => {
      const map = planStorage(room, boardGeometry(board), firstStage.length);
      const made = makeTileConfig(board, map, { ...newIdentity(role), key: this.key }, this.linkOf(host, options));
      provisionStorage(storage, map, made, firstStage, image);
      return made;
    });
    return { host, config };
  }

  private async oneSlotBoard(): Promise<Board> {
    let need = 0;
    for (const board of this.rig.oneSlotBoards ?? []) {
      need = (await this.images.get("v1", board.profile, this.extra)).file.length;
      if (need <= imageLimit(boardGeometry(board))) {
        this.log(`one slot of ${board.slotPages} pages of ${board.pageBytes} bytes on ${board.id}, ${board.profile} image of ${need} bytes`);
        return board;
      }
    }
    throw new CheckFailure(`the image of ${need} bytes fits no board with one slot`);
  }

  private linkOf(host: TileHost, options: TileOptions): LinkSettings {
    return {
      windowMs: options.windowMs === undefined ? DEFAULTS.windowMs : this.tileMs(options.windowMs),
      watchdogS: options.watchdogS ?? DEFAULTS.watchdogS,
      ...(options.peer === undefined ? {} : { peer: options.peer, ...(host.peerPath === undefined ? {} : { peerPath: host.peerPath }) }),
      ...(host.linkPath === undefined ? {} : { path: host.linkPath, consoleApart: true }),
    };
  }

  private async start({ host, config }: { host: TileHost; config: TileConfig }): Promise<StageTile> {
    const tile: StageTile = {
      host,
      config,
      session: await this.openSession(host),
      reopen: async () => {
        await this.closeSession(tile.session);
        tile.session = await this.openSession(host);
        return tile.session;
      },
    };
    if (this.variant === "after-reboot") await tile.session.restart(this.patienceMs);
    return tile;
  }

  /** What tiles said last, for the report of a failure. */
  lastWords(): string[] {
    return [...this.tails].flatMap(([host, tail]) => {
      const console = host instanceof EspruinoHost ? host.transcript : "";
      return [`last on the link of ${host.name}: ${JSON.stringify(tail.slice(-600))}${(/#FAULT[^\r\n]*/.exec(tail) ?? []).map((fault) => `, after ${fault}`).join("")}`, ...(console === "" ? [] : [`its starts: ${(host as EspruinoHost).starts.join()}; last on its console: ${JSON.stringify(console.slice(-900))}`])];
    });
  }

  private async openSession(host: TileHost): Promise<TileSession> {
    const session = await TileSession.open(host);
    this.sessions.add(session);
    session.stream.onData((bytes) => this.tails.set(host, ((this.tails.get(host) ?? "") + Buffer.from(bytes).toString("latin1")).slice(-20_000)));
    await session.ready(this.patienceMs);
    return session;
  }

  private async closeSession(session: TileSession): Promise<void> {
    if (!this.sessions.delete(session)) return;
    await session.close();
  }
}

const nowhere = { write: (): boolean => true };
const quietOutput = new Output({ json: false, quiet: true, progress: false, stdout: nowhere, stderr: nowhere });

async function boardNamed(root: string, espruinoBoard: string): Promise<Board> {
  const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");
  const found = (await loadBoards(root)).find((board) => plain(board.id) === plain(espruinoBoard));
  if (found === undefined) throw new CheckFailure(`there is no description for the board "${espruinoBoard}": add boards/<id>/board.ts, or set GENESIS_BOARD`);
  return found;
}
