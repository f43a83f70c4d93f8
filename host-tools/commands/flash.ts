// genesis flash: makes a tile of a board over its Espruino console, or brings one back whose kernel is dead.
import type { Profile } from "../../hal/board.ts";
import type { Command, Context } from "../cli/command.ts";
import { usage } from "../cli/failure.ts";
import { table } from "../cli/table.ts";
import { readInputFile } from "../cli/input-file.ts";
import type { Feature } from "../build/features.ts";
import { rememberSources, rememberSourcesBeside } from "../build/image-sources.ts";
import { buildTileImage } from "../build/tile-image.ts";
import { buildFirstStage } from "../image/first-stage-script.ts";
import { formatVersion, parseImage } from "../image/mcuboot.ts";
import { saveBackupFile } from "../install/backup-store.ts";
import { installTile, type InstallPhase } from "../install/install-tile.ts";
import { parseTaskSettings, type TaskSettings } from "../install/task-settings.ts";
import { newIdentity, type TileIdentity } from "../install/tile-config.ts";
import { holdConsole } from "../tiles/boot-window.ts";
import { tilePower } from "../sim/power-table.ts";
import { chooseBoard } from "../tiles/choose-board.ts";
import { placeOption, waitForKernel } from "../tiles/connect.ts";
import { openHost } from "../tiles/open-host.ts";
import { knownTile, rememberTile } from "../tiles/registry.ts";
import { hasFeature } from "../tiles/tile-features.ts";
import type { TileHost } from "../tiles/tile-host.ts";
import { TileSession } from "../tiles/tile-session.ts";
import { asFeatures, withOption } from "./feature-option.ts";
import { imageVersion } from "./image-version.ts";

const PHASE_WORDS: Readonly<Record<InstallPhase, string>> = {
  look: "looking at the board",
  backup: "saving what it has",
  erase: "erasing Storage",
  files: "making files",
  image: "writing the image",
  check: "reading it back",
  "first stage": "writing the first stage",
};

export interface FlashOptions {
  /** Image file; built for the board's profile when left out. */
  file?: Buffer;
  /** Version of the image that is built, and its features beyond those of the board's profile. */
  version: string;
  features?: readonly Feature[];
  identity?: TileIdentity;
  /** Second UART, which leads to another tile. */
  peer?: "Serial1" | "Serial2";
  /** What the scheduler is told of tasks. */
  tasks?: TaskSettings;
  isFresh?: boolean;
  isDryRun?: boolean;
}

/** Makes a tile of what is on `host`; resolves with a session once its kernel answers (closed at the end of the command). */
export async function flashTile(context: Context, host: TileHost, options: FlashOptions & { isDryRun?: false }): Promise<TileSession>;
export async function flashTile(context: Context, host: TileHost, options: FlashOptions): Promise<TileSession | undefined>;
export async function flashTile(context: Context, host: TileHost, options: FlashOptions): Promise<TileSession | undefined> {
  const { output, home, root } = context;
  const { identity } = options;
  const held = await holdConsole(host, context);
  context.onExit(() => held.release());
  const board = await chooseBoard(context, host, held.console.board);
  if (options.peer === board.link.device) throw usage(`${options.peer} carries the link of ${board.name}`, "name the other UART with --neighbor");
  if (options.tasks !== undefined && tilePower(board) === undefined) throw usage(`tiles of ${board.name} keep no account of charge, so --tasks means nothing to them`, "leave it out; boards of profile full that state their currents have it (genesis boards)");
  const image = options.file ?? (await buildHere(context, options.version, board.profile, [...(options.features ?? []), ...(options.peer === undefined ? [] : (["neighbor"] as const))]));
  const parsed = parseImage(image);
  const version = formatVersion(parsed.version);
  const firstStage = buildFirstStage(root);
  output.info(`${board.name}: Espruino ${held.console.version}, image ${version} (${image.length} bytes, UNSIGNED)`);
  if (options.isDryRun === true) {
    output.data("plan", { board: board.id, bytes: firstStage.length + image.length, from: null, to: version }, `would write ${firstStage.length} bytes of first stage and ${image.length} bytes of image to ${host.name}`);
    return undefined;
  }
  let backupFile: string | undefined;
  const task = output.task("Flashing", "flash");
  const result = await installTile({
    console: held.device,
    board,
    image,
    firstStage,
    isFresh: options.isFresh === true,
    ...(identity === undefined ? {} : { identity }),
    link: {
      ...(host.linkPath === undefined ? {} : { path: host.linkPath, consoleApart: true }),
      ...(options.peer === undefined ? {} : { peer: options.peer, ...(host.peerPath === undefined ? {} : { peerPath: host.peerPath }) }),
      ...options.tasks,
    },
    saveBackup: (backup) => {
      const file = saveBackupFile(home, backup);
      // Of a tile that is laid out anew, the backup to go back to is the one from before it was a tile.
      if (!backup.files.some(({ name }) => name === "g.cfg")) backupFile = file;
      output.info(`What the board had is in ${file}`);
      return Promise.resolve();
    },
    onProgress: ({ phase, done, total }) => task.progress(phase === "image" ? done / Math.max(1, total) : undefined, PHASE_WORDS[phase]),
  });
  task.end(result.wasDone ? "nothing to do: this image is on it and whole" : `${image.length} bytes, read back and equal`);
  const { config, facts } = result;
  const wasTile = facts.config !== undefined;
  rememberTile(home, { ...knownTile(config, host.name), ...(backupFile !== undefined ? { backup: backupFile } : wasTile ? {} : { backup: null }) });
  if (options.peer !== undefined && config.peer !== options.peer) output.warn(`this tile keeps its settings, without a neighbor on ${options.peer}: with --fresh it gets new ones, and a new journal`);
  if (options.tasks !== undefined && JSON.stringify([config.tasks, config.energy]) !== JSON.stringify([options.tasks.tasks, options.tasks.energy])) output.warn("this tile keeps its settings of tasks: with --fresh it gets new ones, and a new journal");
  if (identity !== undefined && config.name !== identity.name) output.warn(`this tile keeps its name, ${config.name}: with --fresh it gets a new one, and a new journal`);
  const starting = output.task("Starting the tile", "start");
  await held.reboot();
  const session = await TileSession.open(host);
  context.onExit(() => session.close());
  await waitForKernel(session, { ...context, global: { ...context.global, timeoutMs: Math.max(context.global.timeoutMs, config.win + 20_000) } });
  starting.end(`${config.name} (${config.id}) answers`);
  if (config.peer !== undefined && !(await hasFeature(session.client, "neighbor"))) output.warn(`no hello goes out on ${config.peer}: this image has no neighbor service, or the board no such UART (genesis build --with neighbor)`);
  const rows = result.map.rows.map((row) => [row.name, `0x${row.address.toString(16)}`, String(row.bytes), row.about]);
  output.data("flashed", { id: config.id, name: config.name, board: board.id, version, hash: parsed.hash, signed: false, wasDone: result.wasDone, backup: backupFile ?? null, map: result.map.rows },
    `${table(["region", "address", "bytes", "what"], rows)}\n${config.name} runs ${version}: genesis monitor ${placeOption(host)}`);
  return session;
}

/** The tile image of this checkout, with features beyond those of the profile; what a trace of it means is remembered. */
export async function buildHere({ root, home }: Context, version: string, profile: Profile, extra: readonly Feature[] = []): Promise<Buffer> {
  const { file, bundle } = await buildTileImage(root, { name: "tile", version, profile, extra });
  rememberSources(home, file, bundle.sourceMap);
  return file;
}

/** An image file that was named. @throws Failure for one that can't be read, ImageError for one that is none. */
export function readImage({ home }: Context, file: string): Buffer {
  const image = readInputFile(file);
  parseImage(image);
  rememberSourcesBeside(home, file, image);
  return image;
}

/** The --name of a tile to be. @throws InstallError BAD_NAME */
export const nameOption = (value: unknown): { identity?: TileIdentity } => (value === undefined ? {} : { identity: newIdentity(String(value)) });

/** @throws Failure USAGE for anything but a second UART. */
function neighborOption(value: unknown): { peer?: "Serial1" | "Serial2" } {
  if (value === undefined) return {};
  if (value === "Serial1" || value === "Serial2") return { peer: value };
  throw usage(`${JSON.stringify(value)} is no UART that a neighbor can be on`, "use --neighbor Serial2, or Serial1 where the link is another");
}

export const flashCommand: Command = {
  name: "flash",
  summary: "put Genesis on a board",
  description: "Installs the first stage and an image over the Espruino console, verifies each piece by reading it back, and restarts the board as a tile. What the board had is saved first. Interrupted, it goes on where it stopped; on a finished tile it changes nothing. A tile that does not answer is waited for until its watchdog or its reset button restarts it.",
  arguments: [{ name: "image", summary: "image file (default: the tile image, built for the board's profile)", required: false }],
  options: [
    { flags: "--name <name>", summary: "name of the tile" },
    { flags: "--neighbor <uart>", summary: "second UART of a new tile, which leads to another tile: Serial1 or Serial2" },
    { flags: "--tasks <settings>", summary: "what the scheduler of a new tile is told of its tasks: priority, slack, deadline, criticality, energy" },
    { flags: "--fresh", summary: "lay everything out anew, also on a tile: its journal is lost" },
    { ...withOption, summary: `when the image is built here: ${withOption.summary}` },
    { flags: "--image-version <version>", summary: "version of the image when it is built here", default: "1.0.0" },
    { flags: "--dry-run", summary: "say what would be written, and write nothing" },
  ],
  examples: [
    { command: "genesis flash --tile qemu", what: "the QEMU board" },
    { command: "genesis flash --port /dev/ttyACM0 --name porch", what: "a board on a serial port" },
    { command: "genesis flash --tile qemu --fresh --tasks 'sensor:slack=30s,criticality=comfort,energy=10mC/60s'", what: "whose sensor may be late, is shed first, and may spend so much" },
    { command: "genesis flash --port /dev/ttyACM0 --neighbor Serial2", what: "a board whose Serial2 is wired to that of another tile" },
  ],
  async run(context, args, options) {
    const file = args[0] === undefined ? undefined : readImage(context, args[0]);
    const settings: FlashOptions = {
      version: imageVersion(options.imageVersion),
      features: asFeatures(options.with),
      isFresh: options.fresh === true,
      isDryRun: options.dryRun === true,
      ...(file === undefined ? {} : { file }),
      ...nameOption(options.name),
      ...neighborOption(options.neighbor),
      ...(options.tasks === undefined ? {} : { tasks: parseTaskSettings(String(options.tasks)) }),
    };
    await flashTile(context, await openHost(context), settings);
  },
};
