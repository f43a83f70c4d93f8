// genesis telemetry: the records a tile keeps, from a number on, to the screen or a file.
import { identityApi } from "../../firmware/identity/api.ts";
import type { Command } from "../cli/command.ts";
import { numberOption } from "../cli/settings.ts";
import { waitUntil } from "../cli/wait.ts";
import { callRead } from "../link/service-client.ts";
import { connectTile } from "../tiles/connect.ts";
import { readTelemetryPage, recordText } from "../tiles/telemetry-reader.ts";

const LOOK_MS = 500;

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
    let next = numberOption("--from", options.from, { min: 1, isInteger: true });
    const session = await connectTile(context, { isPatient: options.follow === true });
    const { name, id, version } = await callRead(session.client, identityApi, "info", {});
    output.info(`${name} (${id}), image ${version}, UNSIGNED`);
    while (!signal.aborted) {
      const page = await readTelemetryPage(session.client, next);
      if (page.lost > 0) output.warn(`${page.lost} records before ${page.records[0]?.seq ?? page.next} are gone: they were overwritten before anybody asked`);
      for (const record of page.records) output.data("record", { record }, recordText(record));
      next = page.next;
      if (!page.isEnd) continue;
      if (options.follow !== true) return;
      await waitUntil(LOOK_MS, signal);
    }
  },
};
