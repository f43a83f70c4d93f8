// genesis update: a new image over the link: upload (resuming), test, restart, confirm. What fails in between, the tile reverts by itself.
import { existsSync, readFileSync } from "node:fs";
import type { Command } from "../cli/command.ts";
import { Failure } from "../cli/failure.ts";
import { loadBoard } from "../boards.ts";
import { buildTileImage } from "../build/tile-image.ts";
import { formatVersion, parseImage, sealImage } from "../image/mcuboot.ts";
import { identityApi } from "../../firmware/identity/api.ts";
import { callRead } from "../link/service-client.ts";
import { listImages } from "../link/smp-image.ts";
import { openHost } from "../tiles/open-host.ts";
import { keyOf } from "../tiles/registry.ts";
import { TileSession } from "../tiles/tile-session.ts";
import { updateOneSlotTile } from "../tiles/update-one-slot-tile.ts";
import { activeSlot, updateTile, type UpdateOutcome } from "../tiles/update-tile.ts";

export const updateCommand: Command = {
  name: "update",
  summary: "bring a tile to another image",
  description: "Uploads an image to the slot that does not run, lets the tile try it, and confirms it once it answers. An image that hangs, crashes or is not confirmed is given up by the tile itself. Interrupted, it goes on where it stopped. Images are UNSIGNED: they carry an HMAC under the key the tile got when it was flashed.",
  arguments: [{ name: "image", summary: "image file (default: the tile image, built here)", required: false }],
  options: [
    { flags: "--image-version <version>", summary: "version of the image when it is built here", default: "1.0.1" },
    { flags: "--soak <seconds>", summary: "how long the new image must answer before it is confirmed", default: "2" },
    { flags: "--dry-run", summary: "say what would happen, and change nothing" },
  ],
  examples: [
    { command: "genesis update dist/tile-full-v1.1.0.genesis.bin --port /dev/ttyACM0", what: "an image file" },
    { command: "genesis update --tile qemu --image-version 2.0.0", what: "the tile image of this checkout" },
  ],
  async run(context, args, options) {
    const { output, signal } = context;
    if (args[0] !== undefined && !existsSync(args[0])) throw new Failure("NO_FILE", 2, `there is no file ${args[0]}`, "genesis build writes image files into dist/");
    const host = await openHost(context);
    const session = await TileSession.open(host);
    context.onExit(() => session.close());
    await session.ready(Math.max(context.global.timeoutMs, 8000), signal);
    const identity = await callRead(session.client, identityApi, "info", {});
    const board = await loadBoard(context.root, identity.board);
    const unsealed = args[0] === undefined
      ? (await buildTileImage(context.root, { name: "tile", version: String(options.imageVersion), profile: board.profile })).file
      : readFileSync(args[0]);
    const parsed = parseImage(unsealed);
    const running = activeSlot(await listImages(session.client));
    output.info(`${identity.name} (${identity.id}) runs ${running.version}; new image ${formatVersion(parsed.version)}, ${unsealed.length} bytes, UNSIGNED`);
    if (options.dryRun === true) {
      output.data("plan", { id: identity.id, from: running.version, to: formatVersion(parsed.version), bytes: unsealed.length }, `would update ${identity.name} from ${running.version} to ${formatVersion(parsed.version)}`);
      return;
    }
    const image = sealImage(unsealed, keyOf(context.home, identity.id));
    const task = output.task("Updating", "update");
    let outcome: UpdateOutcome;
    try {
      const run = board.slots === 2 ? updateTile : updateOneSlotTile(context);
      outcome = await run(session, image, {
        bootMs: 30_000,
        soakMs: Number(options.soak) * 1000,
        signal,
        onStage: (stage) => task.progress(stage === "upload" ? 0 : 1, stage),
        onUpload: (progress) => task.progress(progress.sentBytes / progress.totalBytes, `${progress.sentBytes} of ${progress.totalBytes} bytes, ${(progress.bytesPerSecond / 1000).toFixed(1)} kB/s${progress.resumedAtBytes > 0 ? `, went on at ${progress.resumedAtBytes}` : ""}`),
        onLinkLost: async (error) => {
          output.warn(`${error.message}: waiting for the tile …`);
          await session.ready(120_000, signal);
          return true;
        },
      });
    } catch (error) {
      task.fail();
      throw error;
    }
    if (outcome.outcome === "reverted") {
      task.fail(`back on ${outcome.from}`);
      throw new Failure("REVERTED", 6, `the tile is back on ${outcome.from}: ${outcome.why}`, "look at what the new image does: genesis run it on --tile sim, genesis monitor shows its text");
    }
    task.end(outcome.outcome === "already-running" ? "nothing to do: it runs this image already" : `${outcome.from} → ${outcome.to}, confirmed`);
    output.data("updated", { id: identity.id, ...outcome, signed: false }, `${identity.name} runs ${outcome.to}`);
  },
};
