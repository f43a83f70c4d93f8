// A timeline of runs: who ran when, as text (one column per stretch of time) and as SVG (every run, idle time cut out).
import { Event } from "../../kernel/gate.ts";
import { table } from "../cli/table.ts";
import { eventWord } from "./kernel-words.ts";
import { printable, shortened, wrapped } from "./printable.ts";
import { drawing, element, text, tip } from "./svg.ts";
import { runText, type TaskRun } from "./trace-records.ts";

export interface Timeline {
  /** µs since the tile's start. */
  fromUs: number;
  toUs: number;
  /** In time order. */
  runs: readonly TaskRun[];
  /** Names by task number. */
  names: ReadonlyMap<number, string>;
  /** Records that are missing. */
  lost: number;
}

const nameOf = ({ names }: Timeline, task: number): string => printable(names.get(task) ?? `task ${task}`);
const lanesOf = ({ runs, names }: Timeline): number[] => [...new Set([...names.keys(), ...runs.map(({ task }) => task)])].sort((a, b) => a - b);
const endOf = ({ startUs, durationUs }: TaskRun): number => startUs + (durationUs ?? 0);

/** "1.234 s", "56.7 ms", "890 µs". */
export function timeText(us: number): string {
  return us >= 1e6 ? `${(us / 1e6).toFixed(3)} s` : us >= 1000 ? `${(us / 1000).toFixed(1)} ms` : `${Math.round(us)} µs`;
}

const LEVELS = "▁▂▃▄▅▆▇█";

/** One line per task: how busy it was in each stretch of time; ! where it faulted. `columns`: width of the screen. */
export function timelineText(timeline: Timeline, columns: number): string {
  const { runs, fromUs, toUs } = timeline;
  const lanes = lanesOf(timeline);
  const label = Math.min(20, Math.max(4, ...lanes.map((task) => nameOf(timeline, task).length)));
  const width = Math.max(20, columns - label - 2);
  const stepUs = Math.max(1, (toUs - fromUs) / width);
  const lines = lanes.map((task) => {
    const busyUs = new Float64Array(width);
    const seen = new Uint8Array(width);
    for (const run of runs) {
      if (run.task !== task) continue;
      const first = Math.max(0, Math.min(width - 1, Math.floor((run.startUs - fromUs) / stepUs)));
      const last = Math.max(first, Math.min(width - 1, Math.floor((endOf(run) - fromUs) / stepUs)));
      for (let column = first; column <= last; column++) {
        const from = fromUs + column * stepUs;
        busyUs[column] = (busyUs[column] ?? 0) + Math.max(0, Math.min(endOf(run), from + stepUs) - Math.max(run.startUs, from));
        seen[column] = run.durationUs === undefined || run.isDoomed ? 2 : Math.max(seen[column] ?? 0, 1);
      }
    }
    const cells = [...busyUs].map((us, column) => (seen[column] === 2 ? "!" : seen[column] === 0 ? "·" : (LEVELS[Math.min(LEVELS.length - 1, Math.floor((us / stepUs) * LEVELS.length))] ?? "█")));
    return `${shortened(nameOf(timeline, task), label).padEnd(label)}  ${cells.join("")}`;
  });
  const [left, right] = [timeText(fromUs), timeText(toUs)];
  return [`${"".padEnd(label)}  ${left}${right.padStart(Math.max(right.length + 1, width - left.length))}`, ...lines, `${"".padEnd(label)}  one column: ${timeText(stepUs)}`].join("\n");
}

/** What each task did in all: runs, time, why it ran. */
export function runsTable(timeline: Timeline): string {
  const rows = lanesOf(timeline).flatMap((task) => {
    const own = timeline.runs.filter((run) => run.task === task);
    if (own.length === 0) return [];
    const durations = own.map(({ durationUs }) => durationUs ?? 0);
    const busyUs = durations.reduce((sum, us) => sum + us, 0);
    const why = new Map<string, number>();
    for (const { event } of own) why.set(eventWord(event), (why.get(eventWord(event)) ?? 0) + 1);
    return [[
      nameOf(timeline, task), String(own.length), timeText(busyUs), `${((100 * busyUs) / Math.max(1, timeline.toUs - timeline.fromUs)).toFixed(2)} %`, timeText(Math.max(...durations)),
      String(own.reduce((sum, { fuel }) => sum + fuel, 0)), [...why].map(([event, count]) => `${count} ${event}`).join(", "),
    ]];
  });
  return rows.length === 0 ? "nothing ran" : table(["task", "runs", "ran", "of the time", "longest", "fuel", "why"], rows);
}

const COLORS: Readonly<Record<number, string>> = { [Event.Message]: "#1f6fb4", [Event.Reply]: "#5fa8d3", [Event.Notification]: "#2a8a43", [Event.Timer]: "#c9a400", [Event.Start]: "#777777", [Event.Fault]: "#b3261e" };
const STYLE = ".dim{fill:#666666}.gap{fill:#f0f0f0}.call{stroke:#1f6fb4;stroke-width:.8;opacity:.6}.head{font-weight:bold}";
const LANE = 24;
const LEFT = 130;
const TOP = 72;
/** Room for a time in which nothing ran and that is cut out, and how long it must be for that, µs. */
const GAP = 72;
const GAP_US = 2000;
/** Narrowest and widest bar. */
const THIN = 5;
const WIDEST = 240;
const MIN_WIDTH = 1000;
const MAX_WIDTH = 30_000;
/** Beside the last bar, for the time above it. */
const RIGHT = 64;
/** A line of the notes, and what a character takes: 11 px of any monospaced font. */
const NOTE = 15;
const CHARACTER = 6.7;

interface Bar {
  run: TaskRun;
  x: number;
  width: number;
  /** µs in which nothing ran before it, when that was cut out. */
  cutUs: number | undefined;
}

/** Runs never overlap, so each stands behind the one before: as wide as it was long, at least `THIN`, with idle time between them cut out. */
function placeRuns(runs: readonly TaskRun[]): Bar[] {
  const busyUs = runs.reduce((sum, { durationUs }) => sum + (durationUs ?? 0), 0);
  const longestUs = runs.reduce((most, { durationUs }) => Math.max(most, durationUs ?? 0), 1);
  // Wide enough that a run of usual length can be seen, within reason.
  const scale = Math.min(Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, runs.length * 14)) / Math.max(1, busyUs), WIDEST / longestUs);
  const bars: Bar[] = [];
  let x = LEFT + 4;
  let lastUs: number | undefined;
  for (const run of runs) {
    const idleUs = lastUs === undefined ? 0 : run.startUs - lastUs;
    const isCut = idleUs >= GAP_US;
    x += lastUs === undefined ? 0 : isCut ? GAP : 1 + Math.max(0, idleUs) * Math.min(scale, 0.01);
    const width = Math.max(THIN, (run.durationUs ?? 0) * scale);
    bars.push({ run, x, width, cutUs: isCut ? idleUs : undefined });
    x += width;
    lastUs = Math.max(lastUs ?? 0, endOf(run));
  }
  return bars;
}

/** The picture: a lane per task, a bar per run, coloured by why it ran; lines from caller to server; `notes` below. */
export function timelineSvg(timeline: Timeline, title: string, notes: readonly string[] = []): string {
  const { runs } = timeline;
  const lanes = lanesOf(timeline);
  const bars = placeRuns(runs);
  const last = bars.at(-1);
  const width = Math.max(LEFT + MIN_WIDTH / 2, (last === undefined ? LEFT : last.x + last.width) + RIGHT);
  const lost = timeline.lost > 0 ? `; ${timeline.lost} more were overwritten before they were read` : "";
  const sum = `${runs.length} runs in ${timeText(timeline.toUs - timeline.fromUs)}, running for ${timeText(runs.reduce((us, { durationUs }) => us + (durationUs ?? 0), 0))}; idle time is cut out (grey)${lost}`;
  const below = [sum, ...notes].flatMap((note) => wrapped(printable(note), Math.floor((width - 24) / CHARACTER)));
  const belowY = TOP + lanes.length * LANE + 32;
  const height = belowY + (below.length - 1) * NOTE + 8;
  const laneY = (task: number): number => TOP + lanes.indexOf(task) * LANE;
  const parts: string[] = [text(12, 22, shortened(printable(title), 160), { class: "head", "font-size": 14 })];
  let legendX = 12;
  for (const event of [Event.Message, Event.Reply, Event.Notification, Event.Timer, Event.Start, Event.Fault]) {
    parts.push(element("rect", { x: legendX, y: 33, width: 10, height: 10, fill: COLORS[event] ?? "#999999" }), text(legendX + 14, 42, eventWord(event), { class: "dim" }));
    legendX += 30 + eventWord(event).length * 7;
  }
  parts.push(element("rect", { x: legendX, y: 33, width: 10, height: 10, fill: "#ffffff", stroke: "#b3261e", "stroke-width": 2 }), text(legendX + 14, 42, "faulted", { class: "dim" }));
  for (const [index, task] of lanes.entries()) {
    parts.push(
      element("rect", { x: LEFT, y: TOP + index * LANE, width: width - LEFT - 12, height: LANE - 2, fill: index % 2 === 0 ? "#f7f9fb" : "#fdfdfd" }),
      text(LEFT - 8, TOP + index * LANE + 15, shortened(nameOf(timeline, task), 16), { "text-anchor": "end" }),
    );
  }
  const newest = new Map<number, Bar>();
  for (const [index, bar] of bars.entries()) {
    const { run, x, width: wide, cutUs } = bar;
    if (cutUs !== undefined) {
      const from = x - GAP + 2;
      parts.push(element("rect", { x: from, y: TOP, width: GAP - 4, height: lanes.length * LANE - 2, class: "gap" }), text(from + GAP / 2 - 2, TOP + lanes.length * LANE + 12, `+${timeText(cutUs)}`, { class: "dim", "font-size": 8, "text-anchor": "middle" }));
    }
    if (cutUs !== undefined || index === 0) parts.push(text(x, TOP - 8, timeText(run.startUs), { class: "dim", "font-size": 9 }));
    const caller = run.event === Event.Message && run.peer !== undefined ? newest.get(run.peer) : undefined;
    if (caller !== undefined) parts.push(element("line", { x1: caller.x + caller.width, y1: laneY(caller.run.task) + LANE / 2, x2: x, y2: laneY(run.task) + LANE / 2, class: "call" }));
    const rect = { x, y: laneY(run.task) + 4, width: wide, height: LANE - 10, fill: COLORS[run.event] ?? "#999999" };
    const words = `${nameOf(timeline, run.task)} at ${timeText(run.startUs)}, ${run.durationUs === undefined ? "did not come back" : timeText(run.durationUs)}: ${runText(run, (task) => nameOf(timeline, task))}, ${run.fuel} fuel`;
    parts.push(element("rect", run.durationUs === undefined || run.isDoomed ? { ...rect, stroke: "#b3261e", "stroke-width": 2 } : rect, tip(words)));
    newest.set(run.task, bar);
  }
  for (const [index, line] of below.entries()) parts.push(text(12, belowY + index * NOTE, line, { class: "dim" }));
  return drawing(width, height, title, STYLE, parts);
}
