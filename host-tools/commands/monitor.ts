// genesis monitor: what a tile says and how it is, live: console text, telemetry, health.
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import type { Board } from "../../hal/board.ts";
import { boardIds, loadBoard } from "../boards.ts";
import { type ChargeEstimate, chargeText, estimateCharge } from "../charge.ts";
import type { Command, Context } from "../cli/command.ts";
import { numberOption } from "../cli/settings.ts";
import { waitUntil } from "../cli/wait.ts";
import { isLinkError } from "../link/link-errors.ts";
import { connectTile } from "../tiles/connect.ts";
import { readTelemetryPage, recordText } from "../tiles/telemetry-reader.ts";
import { type Health, type TileSession } from "../tiles/tile-session.ts";
import { TracePlaces, type TraceReport } from "../tiles/trace-places.ts";
import { callRead } from "../link/service-client.ts";
import { identityApi } from "../../firmware/identity/api.ts";
import { telemetryApi } from "../../firmware/telemetry/api.ts";

const LOOK_MS = 500;
const HEALTH_MS = 5000;

/** How a tile is, on one line. */
export function healthText(health: Health, charge: ChargeEstimate | undefined): string {
  const usedPercent = Math.round((100 * (health.total - health.free)) / health.total);
  return [
    `up ${(health.up / 1e6).toFixed(1)} s`,
    `memory ${usedPercent} % of ${health.total} blocks`,
    `${health.faults} faults`,
    `${health.wakeups} wake-ups`,
    `active ${(health.active / 1e6).toFixed(2)} s`,
    chargeText(charge),
    "image UNSIGNED",
    ...(health.ok ? [] : ["not yet marked healthy"]),
  ].join(" · ");
}

/** What the tile says it is; a board this program does not know states no currents. Rejects as the link does. */
async function boardOf({ root }: Context, session: TileSession): Promise<Pick<Board, "power">> {
  const { board } = await callRead(session.client, identityApi, "info", {});
  return boardIds(root).includes(board) ? loadBoard(root, board) : { power: [] };
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
  const { output, signal, home } = context;
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
  const traces = new TracePlaces(home);
  const showTrace = (report: TraceReport | undefined): void => {
    if (report === undefined) return;
    const { image, places, text } = report;
    show("trace", { image, places }, text);
  };
  let rest = "";
  let heardMs = -Infinity;
  session.client.onConsole((text) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? "";
    heardMs = performance.now();
    for (const line of lines) {
      showTrace(traces.push(line));
      if (line.trim() !== "") show("console", { text: line }, line);
    }
  });
  const endMs = performance.now() + (options.forS ?? Infinity) * 1000;
  let next: number | undefined;
  let healthMs = -Infinity;
  let upUs = 0;
  let board: Pick<Board, "power"> | undefined;
  while (!signal.aborted && performance.now() < endMs) {
    if (performance.now() - heardMs > LOOK_MS) showTrace(traces.end());
    try {
      await traces.refresh(session.client);
      next ??= (await callRead(session.client, telemetryApi, "info", {})).end;
      const page = await readTelemetryPage(session.client, next);
      for (const record of page.records) {
        if (record.kind === "start") traces.isStale = true;
        show("record", { record }, recordText(record));
      }
      next = page.next;
      if (performance.now() - healthMs > HEALTH_MS) {
        const health = await session.health();
        healthMs = performance.now();
        const causes = [...health.causes];
        if (health.up < upUs) {
          traces.isStale = true;
          show("restarted", { causes }, `the tile restarted (last causes: ${causes.join(" ")})`);
        }
        upUs = health.up;
        board ??= await boardOf(context, session);
        const charge = estimateCharge(health, board);
        show("health", { health: { ...health, causes }, signed: false, charge: charge ?? null }, healthText(health, charge));
      }
    } catch (error) {
      if (signal.aborted || !isLinkError(error, "TIMEOUT", "BAD_REPLY", "REFUSED")) throw error;
      output.warn(error.message);
    }
    await waitUntil(Math.min(LOOK_MS, endMs - performance.now()), signal);
  }
  showTrace(traces.end());
}

/** @throws Failure USAGE */
export const secondsOption = (value: unknown): { forS?: number } => (value === undefined ? {} : { forS: numberOption("--for", value, { min: 0 }) });

export const monitorCommand: Command = {
  name: "monitor",
  summary: "watch a tile: its text, telemetry and health",
  description: "Shows what the tile prints, its new telemetry records and its health (with an estimate of the charge it took) until Ctrl-C. A trace of Espruino is followed by its places in the TypeScript sources when this computer built or flashed the image. Other genesis commands may use the same port meanwhile. When the cable falls out it waits and goes on.",
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
