// An update of a board with one slot: through its boot window, with the running image kept compressed as the way back.
import type { Context } from "../cli/command.ts";
import { buildOneSlotScript } from "../image/first-stage-script.ts";
import { formatVersion, parseImage } from "../image/mcuboot.ts";
import { updateOneSlotOver } from "../install/one-slot-device.ts";
import { confirmImage, listImages } from "../link/smp-image.ts";
import { isLinkError } from "../link/link-errors.ts";
import { holdConsole } from "./boot-window.ts";
import { TileSession } from "./tile-session.ts";
import { activeSlot, type UpdateOptions, type UpdateOutcome } from "./update-tile.ts";

/** The same job as `updateTile`, for boards with one slot. Takes the session's port over for the time of writing. */
export function updateOneSlotTile(context: Context): (session: TileSession, image: Uint8Array, options: UpdateOptions) => Promise<UpdateOutcome> {
  return async (session, image, options) => {
    const wanted = parseImage(image);
    const to = formatVersion(wanted.version);
    const before = activeSlot(await listImages(session.client));
    if (Buffer.compare(before.hash, wanted.digest) === 0 && before.confirmed) return { outcome: "already-running", from: before.version, to };
    const startedMs = performance.now();
    await session.close();
    options.onStage?.("upload");
    const held = await holdConsole(session.host, context);
    try {
      const console = held.device;
      const config = JSON.parse(String(await console.evaluate('require("Storage").read("g.cfg")'))) as { page: number; journal: number; slot: number; slots: number; prev: number };
      await updateOneSlotOver(console, buildOneSlotScript(context.root), config, image, {
        onProgress: ({ phase, done, total }) => {
          if (phase === "write") options.onUpload?.({ sentBytes: Math.round((image.length * done) / total), totalBytes: image.length, resumedAtBytes: 0, bytesPerSecond: (image.length * done) / total / ((performance.now() - startedMs) / 1000) });
        },
      });
      options.onStage?.("restart");
      await held.reboot();
    } catch (error) {
      await held.release();
      throw error;
    }
    const after = await TileSession.open(session.host);
    context.onExit(() => after.close());
    await after.ready(options.bootMs, options.signal);
    const deadlineMs = performance.now() + options.soakMs;
    do {
      try {
        if (Buffer.compare(activeSlot(await listImages(after.client)).hash, wanted.digest) !== 0) return { outcome: "reverted", from: before.version, to, why: "the new image was not confirmed and the tile restored the one before" };
      } catch (error) {
        if (!isLinkError(error, "TIMEOUT", "BAD_REPLY")) throw error;
        await after.ready(options.bootMs, options.signal);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    } while (performance.now() < deadlineMs);
    options.onStage?.("confirm");
    await confirmImage(after.client);
    return { outcome: "updated", from: before.version, to, resumedAtBytes: 0, bytesPerSecond: (1000 * image.length) / (performance.now() - startedMs) };
  };
}
