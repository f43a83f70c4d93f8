// genesis trace: which task ran when and why, from the tile's trace ring, as a timeline.
import { identityApi } from "../../firmware/identity/api.ts";
import { boardIds, loadBoard } from "../boards.ts";
import type { Command, Context } from "../cli/command.ts";
import { usage } from "../cli/failure.ts";
import { numberOption } from "../cli/settings.ts";
import { waitUntil } from "../cli/wait.ts";
import { isLinkError } from "../link/link-errors.ts";
import { callRead } from "../link/service-client.ts";
import type { SmpClient } from "../link/smp-client.ts";
import { connectTile, placeOption } from "../tiles/connect.ts";
import { readTaskNames } from "../view/kernel-tables.ts";
import { clockNote, fuelNote, ownWorkNote } from "../view/notes.ts";
import { pictureFormat, showPicture } from "../view/picture.ts";
import { printable } from "../view/printable.ts";
import { runsTable, timelineSvg, timelineText, timeText, type Timeline } from "../view/timeline.ts";
import { readTrace, runText, startTileTrace, stopTileTrace, type TaskRun } from "../view/trace-records.ts";

/** How often the ring is emptied, ms. Each time costs the tile about four runs. */
const LOOK_MS = 500;

interface Recorded {
  runs: TaskRun[];
  lost: number;
  fromUs: number;
  toUs: number;
}

/** Reads the ring again and again until the time is over; each run goes to `show`. What was lost on the way is counted, not an error. */
async function record({ output, signal }: Context, client: SmpClient, forMs: number, show: (run: TaskRun) => void): Promise<Recorded> {
  const endMs = performance.now() + forMs;
  const all: Recorded = { runs: [], lost: 0, fromUs: NaN, toUs: NaN };
  for (let next = 0, isLast = false; !isLast && !signal.aborted;) {
    isLast = performance.now() >= endMs;
    try {
      const reading = await readTrace(client, next);
      next = reading.next;
      all.lost += reading.lost;
      all.fromUs = Number.isNaN(all.fromUs) ? (reading.runs[0]?.startUs ?? reading.nowUs) : all.fromUs;
      all.toUs = Math.max(reading.nowUs, ...reading.runs.map(({ startUs, durationUs }) => startUs + (durationUs ?? 0)));
      for (const run of reading.runs) {
        all.runs.push(run);
        show(run);
      }
    } catch (error) {
      if (!isLinkError(error, "TIMEOUT", "BAD_REPLY") || isLast) throw error;
      output.warn(error.message);
    }
    await waitUntil(Math.min(LOOK_MS, endMs - performance.now()), signal);
  }
  return all;
}

export const traceCommand: Command = {
  name: "trace",
  summary: "record which task ran when and why, as a timeline",
  description: "Switches the tile's trace ring on, reads it for a while, switches it off, and draws the runs of every task: as text, or as an SVG picture in which idle time is cut out and lines lead from caller to server. A record is one run of a task's handler: when, how long, what event, who called, what operation it ended with, how much fuel (units of code and gate calls; in images that are not metered gate calls only). While it is off the trace costs the tile nothing; while it is on, every run takes a little longer, and asking for the records is work for link and os that shows in it. A trace that was killed stays on until the tile restarts, or until the next one ends: --for 1.",
  arguments: [],
  options: [
    { flags: "--for <seconds>", summary: "how long", default: "5" },
    { flags: "--records <number>", summary: "size of the tile's ring; it takes at most a sixteenth of its free blocks", default: "512" },
    { flags: "--list", summary: "print each run too, as it is read" },
    { flags: "--format <format>", summary: "text or svg; default: by the end of --out, else text" },
    { flags: "-o, --out <file>", summary: "write the timeline to a file" },
  ],
  examples: [
    { command: "genesis trace --tile qemu", what: "five seconds of the QEMU tile" },
    { command: "genesis trace --port /dev/ttyACM0 --for 20 --out porch.svg", what: "twenty seconds, as a picture" },
    { command: "genesis trace --json > porch.jsonl", what: "each run as a JSON line" },
  ],
  async run(context, _args, options) {
    const { output } = context;
    const forMs = numberOption("--for", options.for, { min: 0 }) * 1000;
    if (forMs === 0) throw usage("--for 0 would record nothing", "genesis trace --for 1, which also switches off a trace that was left on");
    const records = numberOption("--records", options.records, { min: 1, isInteger: true });
    const format = pictureFormat(options.format, options.out, ["text", "svg"]);
    const session = await connectTile(context, { isPatient: true });
    const { client } = session;
    const { name, board } = await callRead(client, identityApi, "info", {});
    const fuelPerRun = (await session.health()).fuel ?? null;
    const clock = clockNote(boardIds(context.root).includes(board) ? await loadBoard(context.root, board) : undefined);
    const size = await startTileTrace(client, records);
    // Whatever happens: a tile that nobody watches should not go on noting.
    let isOn = true;
    const stop = async (): Promise<void> => {
      if (isOn) await stopTileTrace(client);
      isOn = false;
    };
    context.onExit(stop);
    const names = await readTaskNames(client);
    if (size < records) output.info(`the tile has memory for ${size} records, not ${records}`);
    const nameOf = (task: number): string => printable(names.get(task) ?? `task ${task}`);
    const show = (run: TaskRun): void => {
      const fields = { seq: run.seq, startUs: run.startUs, durationUs: run.durationUs ?? null, task: run.task, name: names.get(run.task) ?? `task ${run.task}`, runEvent: run.event, op: run.op, doomed: run.isDoomed, fuel: run.fuel, argument: run.argument, peer: run.peer ?? null };
      const line = `${(run.startUs / 1e6).toFixed(6).padStart(13)} s ${(run.durationUs === undefined ? "–" : timeText(run.durationUs)).padStart(9)}  ${nameOf(run.task).padEnd(10)} ${runText(run, nameOf)}`;
      if (output.json || options.list === true) output.data("task-run", fields, line);
    };
    const task = output.task(`Tracing ${name} for ${(forMs / 1000).toFixed(0)} s`, "trace");
    const recorded = await record(context, client, forMs, show);
    await stop();
    task.end(`${recorded.runs.length} runs${recorded.lost > 0 ? `, ${recorded.lost} lost` : ""}`);
    if (context.signal.aborted) return;
    if (recorded.lost > 0) output.warn(`${recorded.lost} records were overwritten before they were read: ask for a larger ring (--records), or the tile has no memory for one`);
    const timeline: Timeline = { ...recorded, names };
    const title = `${name} (${board}): ${recorded.runs.length} runs in ${timeText(recorded.toUs - recorded.fromUs)}`;
    const notes = [ownWorkNote(timeline, placeOption(session.host)), fuelNote(fuelPerRun), clock].filter((note) => note !== undefined).map(printable);
    const drawn = format === "svg" ? timelineSvg(timeline, title, notes) : `${printable(title)}\n\n${timelineText(timeline, output.options.stdout.columns ?? 100)}\n\n${runsTable(timeline)}\n\n${notes.join("\n")}`;
    showPicture(output, drawn, format, options.out, () => output.data("timeline", { tile: name, board, fromUs: recorded.fromUs, toUs: recorded.toUs, runs: recorded.runs.length, lost: recorded.lost, fuelPerRun }, drawn));
  },
};
