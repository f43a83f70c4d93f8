// genesis monitor: what a tile says and how it is, live: console text, telemetry, health.
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import type { Command, Context } from "../cli/command.ts";
import { numberOption } from "../cli/settings.ts";
import { waitUntil } from "../cli/wait.ts";
import { isLinkError } from "../link/link-errors.ts";
import { connectTile } from "../tiles/connect.ts";
import { readTelemetryPage, recordText } from "../tiles/telemetry-reader.ts";
import { type Health, type TileSession } from "../tiles/tile-session.ts";
import { callRead } from "../link/service-client.ts";
import { telemetryApi } from "../../firmware/telemetry/api.ts";

const LOOK_MS = 500;
const HEALTH_MS = 5000;

function healthText(health: Health): string {
  const usedPercent = Math.round((100 * (health.total - health.free)) / health.total);
  return `up ${(health.up / 1e6).toFixed(1)} s · memory ${usedPercent} % of ${health.total} blocks · ${health.faults} faults · ${health.wakeups} wake-ups · active ${(health.active / 1e6).toFixed(2)} s${health.ok ? "" : " · not yet marked healthy"}`;
}

export interface MonitorOptions {
  time?: boolean;
  filter?: string;
  log?: string;
  /** End after this many seconds. */
  forS?: number;
}

/** Shows what a tile does until Ctrl-C or the time is over. A tile that does not answer for a while is told and waited for. */
export async function watchTile(context: Context, session: TileSession, options: MonitorOptions): Promise<void> {
  const { output, signal } = context;
  const log = options.log === undefined ? undefined : createWriteStream(options.log, { flags: "a" });
  if (log !== undefined) {
    await once(log, "open");
    context.onExit(() => new Promise((resolve) => log.end(() => resolve())));
  }
  const show = (kind: string, fields: Record<string, unknown>, text: string): void => {
    if (options.filter !== undefined && !text.includes(options.filter)) return;
    const line = options.time === true ? `${new Date().toISOString().slice(11, 23)} ${text}` : text;
    output.data(kind, fields, line);
    log?.write(`${line}\n`);
  };
  let rest = "";
  session.client.onConsole((text) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") show("console", { text: line }, line);
  });
  const endMs = performance.now() + (options.forS ?? Infinity) * 1000;
  let next: number | undefined;
  let healthMs = -Infinity;
  let upUs = 0;
  while (!signal.aborted && performance.now() < endMs) {
    try {
      next ??= (await callRead(session.client, telemetryApi, "info", {})).end;
      const page = await readTelemetryPage(session.client, next);
      for (const record of page.records) show("record", { record }, recordText(record));
      next = page.next;
      if (performance.now() - healthMs > HEALTH_MS) {
        const health = await session.health();
        healthMs = performance.now();
        const causes = [...health.causes];
        if (health.up < upUs) show("restarted", { causes }, `the tile restarted (last causes: ${causes.join(" ")})`);
        upUs = health.up;
        show("health", { health: { ...health, causes } }, healthText(health));
      }
    } catch (error) {
      if (signal.aborted || !isLinkError(error, "TIMEOUT", "BAD_REPLY", "REFUSED")) throw error;
      output.warn(error.message);
    }
    await waitUntil(Math.min(LOOK_MS, endMs - performance.now()), signal);
  }
}

/** @throws Failure USAGE */
export const secondsOption = (value: unknown): { forS?: number } => (value === undefined ? {} : { forS: numberOption("--for", value, { min: 0 }) });

export const monitorCommand: Command = {
  name: "monitor",
  summary: "watch a tile: its text, telemetry and health",
  description: "Shows what the tile prints, its new telemetry records and its health until Ctrl-C. Other genesis commands may use the same port meanwhile. When the cable falls out it waits and goes on.",
  arguments: [],
  options: [
    { flags: "--time", summary: "put the time of day (UTC) before each line" },
    { flags: "--filter <text>", summary: "only lines that contain this" },
    { flags: "--log <file>", summary: "append every line to this file too" },
    { flags: "--for <seconds>", summary: "end after this long" },
  ],
  examples: [
    { command: "genesis monitor --tile qemu", what: "the QEMU tile" },
    { command: "genesis monitor --port /dev/ttyACM0 --time --log porch.log", what: "with times, and to a file" },
  ],
  async run(context, _args, options) {
    const settings: MonitorOptions = {
      ...secondsOption(options.for),
      ...(options.filter === undefined ? {} : { filter: String(options.filter) }),
      ...(options.log === undefined ? {} : { log: String(options.log) }),
      time: options.time === true,
    };
    await watchTile(context, await connectTile(context, { isPatient: true }), settings);
  },
};
