// genesis flash: makes a tile of a board over its Espruino console, or brings one back whose kernel is dead.
import { readFileSync } from "node:fs";
import type { Command } from "../cli/command.ts";
import { buildTileImage } from "../build/tile-image.ts";
import { buildFirstStage } from "../image/first-stage-script.ts";
import { saveBackupFile } from "../install/backup-store.ts";
import { installTile, type InstallPhase } from "../install/install-tile.ts";
import { newIdentity } from "../install/tile-config.ts";
import { table } from "../cli/table.ts";
import { formatVersion, parseImage } from "../image/mcuboot.ts";
import { holdConsole, rebootBoard } from "../tiles/boot-window.ts";
import { chooseBoard } from "../tiles/choose-board.ts";
import { openHost } from "../tiles/open-host.ts";
import { packetConsole } from "../tiles/packet-console.ts";
import { rememberTile } from "../tiles/registry.ts";
import { TileSession } from "../tiles/tile-session.ts";

const PHASE_WORDS: Readonly<Record<InstallPhase, string>> = {
  look: "looking at the board",
  backup: "saving what it has",
  erase: "erasing Storage",
  files: "making files",
  image: "writing the image",
  check: "reading it back",
  "first stage": "writing the first stage",
};

export const flashCommand: Command = {
  name: "flash",
  summary: "put Genesis on a board",
  description: "Installs the first stage and an image over the Espruino console, verifies each piece by reading it back, and restarts the board as a tile. What the board had is saved first. Interrupted, it goes on where it stopped; on a finished tile it changes nothing.",
  arguments: [{ name: "image", summary: "image file (default: the tile image, built for the board's profile)", required: false }],
  options: [
    { flags: "--name <name>", summary: "name of the tile" },
    { flags: "--fresh", summary: "lay everything out anew, also on a tile: its journal is lost" },
    { flags: "--image-version <version>", summary: "version of the image when it is built here", default: "1.0.0" },
    { flags: "--dry-run", summary: "say what would be written, and write nothing" },
  ],
  examples: [
    { command: "genesis flash --tile qemu", what: "the QEMU board" },
    { command: "genesis flash --port /dev/ttyACM0 --name porch", what: "a board on a serial port" },
  ],
  async run(context, args, options) {
    const { output } = context;
    const host = await openHost(context);
    const held = await holdConsole(host, context);
    context.onExit(() => held.release());
    const console = packetConsole(held.console);
    const board = await chooseBoard(context, host, held.console.board);
    const image = args[0] === undefined
      ? (await buildTileImage(context.root, { name: "tile", version: String(options.imageVersion), profile: board.profile })).file
      : readFileSync(args[0]);
    const parsed = parseImage(image);
    const firstStage = buildFirstStage(context.root);
    output.info(`${board.name}: Espruino ${held.console.version}, image ${formatVersion(parsed.version)} (${image.length} bytes, UNSIGNED)`);
    if (options.dryRun === true) {
      output.data("plan", { board: board.id, imageBytes: image.length, firstStageBytes: firstStage.length, hash: parsed.hash }, `would write ${firstStage.length} bytes of first stage and ${image.length} bytes of image to ${host.name}`);
      return;
    }
    const task = output.task("Flashing", "flash");
    const name = options.name === undefined ? undefined : String(options.name);
    let result;
    try {
      result = await installTile({
        console,
        board,
        image,
        firstStage,
        isFresh: options.fresh === true,
        ...(name === undefined ? {} : { identity: newIdentity(name) }),
        ...(host.linkPath === undefined ? {} : { link: { path: host.linkPath, consoleApart: true } }),
        saveBackup: async (backup) => output.info(`What the board had is in ${saveBackupFile(context.home, backup)}`),
        onProgress: ({ phase, done, total }) => task.progress(phase === "image" ? done / Math.max(1, total) : undefined, PHASE_WORDS[phase]),
      });
      task.end(result.wasDone ? "nothing to do: this image is on it and whole" : `${image.length} bytes, read back and equal`);
    } catch (error) {
      task.fail();
      throw error;
    }
    const { config } = result;
    rememberTile(context.home, { id: config.id, name: config.name, key: config.key, board: config.board, flashedAt: new Date().toISOString() });
    const starting = output.task("Starting the tile", "start");
    try {
      await rebootBoard(held.console);
      held.console.close();
      await held.stream.close();
      const session = await TileSession.open(host);
      context.onExit(() => session.close());
      await session.ready(config.win + 20_000, context.signal);
      starting.end(`${config.name} (${config.id}) answers`);
    } catch (error) {
      starting.fail();
      throw error;
    }
    const rows = result.map.rows.map((row) => [row.name, `0x${row.address.toString(16)}`, String(row.bytes), row.about]);
    output.data("flashed", { id: config.id, name: config.name, board: board.id, version: formatVersion(parsed.version), hash: parsed.hash, signed: false, wasDone: result.wasDone, map: result.map.rows }, table(["region", "address", "bytes", "what"], rows));
  },
};
