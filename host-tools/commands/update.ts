// genesis update: a new image over the link: upload (resuming), test, restart, confirm. What fails in between, the tile reverts by itself.
import type { Command } from "../cli/command.ts";
import { Failure } from "../cli/failure.ts";
import { numberOption } from "../cli/settings.ts";
import { loadBoard } from "../boards.ts";
import { formatVersion, parseImage, sealImage } from "../image/mcuboot.ts";
import { identityApi } from "../../firmware/identity/api.ts";
import { callRead } from "../link/service-client.ts";
import { listImages } from "../link/smp-image.ts";
import { connectTile, placeOption } from "../tiles/connect.ts";
import { keyOf } from "../tiles/registry.ts";
import { updateOneSlotTile } from "../tiles/update-one-slot-tile.ts";
import { activeSlot, updateTile } from "../tiles/update-tile.ts";
import { buildHere, readImage } from "./flash.ts";
import { tileFeatures } from "../tiles/tile-features.ts";
import { imageVersion } from "./image-version.ts";

export const updateCommand: Command = {
  name: "update",
  summary: "bring a tile to another image",
  description: "Uploads an image to the slot that does not run, lets the tile try it, and confirms it once it answers. An image that hangs, crashes or is not confirmed is given up by the tile itself. Interrupted, it goes on where it stopped. Images are UNSIGNED: they carry an HMAC under the key the tile got when it was flashed.",
  arguments: [{ name: "image", summary: "image file (default: the tile image, built here, with the features the tile has)", required: false }],
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
    const { output, signal, home } = context;
    const file = args[0] === undefined ? undefined : readImage(context, args[0]);
    const version = imageVersion(options.imageVersion);
    const soakMs = numberOption("--soak", options.soak, { min: 0 }) * 1000;
    const session = await connectTile(context);
    const identity = await callRead(session.client, identityApi, "info", {});
    const board = await loadBoard(context.root, identity.board);
    const unsealed = file ?? (await buildHere(context, version, board.profile, await tileFeatures(session.client, board.profile)));
    const to = formatVersion(parseImage(unsealed).version);
    const running = activeSlot(await listImages(session.client));
    output.info(`${identity.name} (${identity.id}) runs ${running.version}; new image ${to}, ${unsealed.length} bytes, UNSIGNED`);
    if (options.dryRun === true) {
      output.data("plan", { board: board.id, bytes: unsealed.length, from: running.version, to }, `would update ${identity.name} from ${running.version} to ${to}`);
      return;
    }
    const image = sealImage(unsealed, keyOf(home, identity.id));
    const task = output.task("Updating", "update");
    const run = board.slots === 2 ? updateTile : updateOneSlotTile(context);
    const outcome = await run(session, image, {
      bootMs: 30_000,
      soakMs,
      signal,
      onStage: (stage) => task.progress(stage === "upload" ? 0 : undefined, stage),
      onUpload: ({ sentBytes, totalBytes, bytesPerSecond, resumedAtBytes }) =>
        task.progress(sentBytes / totalBytes, `${sentBytes} of ${totalBytes} bytes, ${(bytesPerSecond / 1000).toFixed(1)} kB/s${resumedAtBytes > 0 ? `, went on at ${resumedAtBytes}` : ""}`),
      onLinkLost: async (error) => {
        output.warn(`${error.message}: waiting for the tile …`);
        await session.ready(120_000, signal);
        return true;
      },
    });
    if (outcome.outcome === "reverted") {
      throw new Failure("REVERTED", 6, `the tile is back on ${outcome.from}: ${outcome.why}`, `look at what the new image does on --tile sim first; genesis monitor ${placeOption(session.host)} shows the tile's own text`);
    }
    task.end(outcome.outcome === "already-running" ? "nothing to do: it runs this image already" : `${outcome.from} → ${outcome.to}, confirmed`);
    output.data("updated", { id: identity.id, ...outcome, signed: false }, `${identity.name} runs ${outcome.to}`);
  },
};
