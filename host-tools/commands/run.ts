// genesis run: start an emulated tile, install Genesis if it is bare, and stay with it. Other genesis commands use it meanwhile.
import type { Command } from "../cli/command.ts";
import { Failure } from "../cli/failure.ts";
import { isLinkError } from "../link/link-errors.ts";
import { openHost } from "../tiles/open-host.ts";
import { TileSession } from "../tiles/tile-session.ts";
import { flashCommand } from "./flash.ts";
import { monitorCommand } from "./monitor.ts";

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
    if (context.global.tile === undefined) throw new Failure("USAGE", 2, "run starts an emulated tile, and none was named", "genesis run --tile qemu, or --tile sim");
    const host = await openHost(context);
    const session = await TileSession.open(host);
    context.onExit(() => session.close());
    let isBare = false;
    try {
      await session.ready(4000, context.signal);
    } catch (error) {
      if (!isLinkError(error, "TIMEOUT")) throw error;
      isBare = true;
    }
    if (isBare) {
      output.info("No kernel answers: flashing it first.");
      await session.close();
      await flashCommand.run(context, [], { imageVersion: options.imageVersion, ...(options.name === undefined ? {} : { name: options.name }) });
    } else await session.close();
    output.info(`${host.name} runs${host.portPath === undefined ? "" : ` (port ${host.portPath})`}. Ctrl-C stops it; its flash is kept.`);
    await monitorCommand.run(context, [], options.for === undefined ? {} : { for: options.for });
  },
};
