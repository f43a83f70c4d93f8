// genesis monitor: what a tile says and how it is, live: console text, telemetry, health.
import { appendFileSync } from "node:fs";
import type { Command } from "../cli/command.ts";
import { isLinkError } from "../link/link-errors.ts";
import { openHost } from "../tiles/open-host.ts";
import { recordText, readTelemetryPage } from "../tiles/telemetry-reader.ts";
import { type Health, TileSession } from "../tiles/tile-session.ts";
import { callRead } from "../link/service-client.ts";
import { telemetryApi } from "../../firmware/telemetry/api.ts";

const LOOK_MS = 500;

function healthText(health: Health): string {
  const usedPercent = Math.round((100 * (health.total - health.free)) / health.total);
  return `up ${(health.up / 1e6).toFixed(1)} s · memory ${usedPercent} % of ${health.total} blocks · ${health.faults} faults · ${health.wakeups} wake-ups · active ${(health.active / 1e6).toFixed(2)} s${health.ok ? "" : " · not yet marked healthy"}`;
}

export const monitorCommand: Command = {
  name: "monitor",
  summary: "watch a tile: its text, telemetry and health",
  description: "Shows what the tile prints, its new telemetry records and its health until Ctrl-C. Other genesis commands may use the same port meanwhile. When the cable falls out it waits and goes on.",
  arguments: [],
  options: [
    { flags: "--time", summary: "put the time of day before each line" },
    { flags: "--filter <text>", summary: "only lines that contain this" },
    { flags: "--log <file>", summary: "append every line to this file too" },
    { flags: "--for <seconds>", summary: "end after this long" },
  ],
  examples: [
    { command: "genesis monitor --tile qemu", what: "the QEMU tile" },
    { command: "genesis monitor --port /dev/ttyACM0 --time --log porch.log", what: "with times, and to a file" },
  ],
  async run(context, _args, options) {
    const { output, signal } = context;
    const host = await openHost(context);
    const session = await TileSession.open(host);
    context.onExit(() => session.close());
    const show = (kind: string, fields: Record<string, unknown>, text: string): void => {
      if (options.filter !== undefined && !text.includes(String(options.filter))) return;
      const line = options.time === true ? `${new Date().toISOString().slice(11, 23)} ${text}` : text;
      output.data(kind, fields, line);
      if (options.log !== undefined) appendFileSync(String(options.log), `${line}\n`);
    };
    let rest = "";
    session.client.onConsole((text) => {
      const lines = (rest + text).split(/\r?\n/);
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.trim() !== "") show("console", { text: line }, line);
    });
    await session.ready(Math.max(context.global.timeoutMs, 8000), signal);
    let next = (await callRead(session.client, telemetryApi, "info", {})).end;
    const endMs = options.for === undefined ? Infinity : performance.now() + Number(options.for) * 1000;
    let healthMs = 0;
    let upUs = 0;
    while (!signal.aborted && performance.now() < endMs) {
      try {
        const page = await readTelemetryPage(session.client, next);
        for (const record of page.records) show("record", { ...record }, recordText(record));
        next = page.next;
        if (performance.now() - healthMs > 5000) {
          healthMs = performance.now();
          const health = await session.health();
          if (health.up < upUs) show("restarted", { causes: [...health.causes] }, `the tile restarted (last causes: ${[...health.causes].join(" ")})`);
          upUs = health.up;
          const { causes, ...numbers } = health;
          show("health", { ...numbers, causes: [...causes] }, healthText(health));
        }
      } catch (error) {
        if (!isLinkError(error, "TIMEOUT", "BAD_REPLY", "REFUSED")) throw error;
        output.warn(error.message);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS);
        signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
      });
    }
  },
};
