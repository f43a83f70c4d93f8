// genesis run: start an emulated tile, install Genesis if it is bare, and stay with it. Other genesis commands use it meanwhile.
import type { Command } from "../cli/command.ts";
import { Failure, usage } from "../cli/failure.ts";
import { isLinkError } from "../link/link-errors.ts";
import { waitForKernel } from "../tiles/connect.ts";
import { openHost } from "../tiles/open-host.ts";
import { TileSession } from "../tiles/tile-session.ts";
import { flashTile, nameOption } from "./flash.ts";
import { imageVersion } from "./image-version.ts";
import { secondsOption, watchTile } from "./monitor.ts";

export const runCommand: Command = {
  name: "run",
  summary: "start an emulated tile and stay with it",
  description: "Starts a tile on the QEMU board or the simulated board, flashes it if it is bare, and shows what it does until Ctrl-C. Its flash is kept in the state folder. Other genesis commands with the same --tile use the running tile.",
  arguments: [],
  options: [
    { flags: "--name <name>", summary: "name of the tile when it is flashed" },
    { flags: "--image-version <version>", summary: "version of the image when it is flashed", default: "1.0.0" },
    { flags: "--for <seconds>", summary: "end after this long" },
  ],
  examples: [
    { command: "genesis run --tile qemu", what: "the QEMU tile" },
    { command: "genesis run --tile sim:porch", what: "a simulated tile with a name of its own" },
  ],
  async run(context, _args, options) {
    const { output } = context;
    if (context.global.tile === undefined) throw usage("run starts an emulated tile, and none was named", "genesis run --tile qemu, or --tile sim");
    const seconds = secondsOption(options.for);
    const identity = nameOption(options.name);
    const version = imageVersion(options.imageVersion);
    const host = await openHost(context);
    let session = await TileSession.open(host);
    context.onExit(() => session.close());
    try {
      await waitForKernel(session, context);
    } catch (error) {
      const isDead = isLinkError(error, "KERNEL_DEAD", "SILENT");
      if (!isDead && !(error instanceof Failure && error.code === "BARE_BOARD")) throw error;
      output.info(isDead ? "No kernel answers: flashing it anew." : "A bare board: flashing it.");
      await session.close();
      session = await flashTile(context, host, { version, ...identity });
    }
    output.info(`${host.name} runs${host.portPath === undefined ? "" : ` (port ${host.portPath})`}. Ctrl-C stops it; its flash is kept.`);
    await watchTile(context, session, seconds);
  },
};
