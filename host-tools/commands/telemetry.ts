// genesis telemetry: the records a tile keeps, from a number on, to the screen or a file.
import type { Command } from "../cli/command.ts";
import { openHost } from "../tiles/open-host.ts";
import { recordText, readTelemetryPage } from "../tiles/telemetry-reader.ts";
import { TileSession } from "../tiles/tile-session.ts";

export const telemetryCommand: Command = {
  name: "telemetry",
  summary: "read the records a tile keeps",
  description: "Prints the tile's numbered telemetry records. Numbers survive restarts; a gap is told. With --follow it goes on as new records come.",
  arguments: [],
  options: [
    { flags: "--from <number>", summary: "first record wanted", default: "1" },
    { flags: "-f, --follow", summary: "go on until Ctrl-C" },
  ],
  examples: [
    { command: "genesis telemetry --tile qemu", what: "all records" },
    { command: "genesis telemetry --json --from 100 > porch.jsonl", what: "records from 100 on, as JSON Lines" },
  ],
  async run(context, _args, options) {
    const { output, signal } = context;
    const host = await openHost(context);
    const session = await TileSession.open(host);
    context.onExit(() => session.close());
    await session.ready(Math.max(context.global.timeoutMs, 8000), signal);
    let next = Math.max(1, Math.floor(Number(options.from)));
    while (!signal.aborted) {
      const page = await readTelemetryPage(session.client, next);
      if (page.lost > 0) output.warn(`${page.lost} records before ${page.records[0]?.seq ?? page.next} are gone: they were overwritten before anybody asked`);
      for (const record of page.records) output.data("record", { ...record }, recordText(record));
      next = page.next;
      if (!page.isEnd) continue;
      if (options.follow !== true) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500);
        signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
      });
    }
  },
};
