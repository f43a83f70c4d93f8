// The table of `genesis top`, and the one line per round for logs.
import { table } from "../cli/table.ts";
import { clockNote, fuelNote } from "./notes.ts";
import { printable, shortened } from "./printable.ts";
import { sortedTasks, type TaskView, type TopOrder, type TopView } from "./task-view.ts";

const rate = (value: number | null): string => (value === null ? "–" : value >= 100 ? value.toFixed(0) : value.toFixed(1));
const percent = (value: number | null): string => (value === null ? "–" : `${(100 * value).toFixed(1)} %`);
const charge = (uah: number | null, isExact: boolean): string => (uah === null ? "–" : uah === 0 ? "0" : `${isExact ? "" : "~"}${uah >= 100 ? uah.toFixed(0) : uah < 0.001 ? uah.toFixed(6) : uah.toPrecision(isExact ? 3 : 2)}`);
const right = (cells: readonly string[][], columns: readonly number[]): string[][] => {
  const width = (column: number): number => Math.max(...cells.map((row) => (row[column] ?? "").length));
  return cells.map((row) => row.map((cell, column) => (columns.includes(column) ? cell.padStart(width(column)) : cell)));
};

// What matters most stands left: a narrow terminal cuts the rest.
const HEAD = ["task", "name", "prio", "state", "queue", "callers", "runs/s", "fuel/s", "share", "µAh", "faults", "starts", "waits for", "runs", "fuel"];
const NUMBERS = [0, 2, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14];
const CHARGE = HEAD.indexOf("µAh");

/** What holds for the whole tile, on one line. */
export function tileLine(view: TopView, name: string): string {
  const used = Math.round((100 * (view.totalBlocks - view.freeBlocks)) / Math.max(1, view.totalBlocks));
  return [
    printable(name),
    `up ${(view.upUs / 1e6).toFixed(1)} s`,
    `active ${percent(view.active)}`,
    `${rate(view.wakeupsPerS)} wake-ups/s`,
    `memory ${used} % of ${view.totalBlocks} blocks`,
    `${view.faults} faults`,
    view.chargeUah === null ? "charge unknown: the board states no currents" : `${charge(view.chargeUah, view.hasLedger)} µAh${view.meanUa === null ? "" : ` (mean ${charge(view.meanUa / 1000, view.hasLedger)} mA)`}`,
    ...(view.rxLostBytes > 0 ? [`${view.rxLostBytes} bytes lost on the line`] : []),
  ].join(" · ");
}

const row = (task: TaskView): string[] => [
  String(task.task), shortened(printable(task.name), 20), String(task.priority), task.state, String(task.queue), String(task.callers),
  rate(task.runsPerS), rate(task.fuelPerS), percent(task.share), charge(task.chargeUah, task.chargeNc !== null), String(task.faults), String(task.starts),
  shortened(printable(task.waitsFor ?? ""), 28), String(task.runs), task.fuel === null ? "–" : String(task.fuel),
];

/** What to know about the numbers. `board`: undefined when unknown. */
export function topNotes(view: TopView, board: Parameters<typeof clockNote>[0]): string[] {
  const clock = clockNote(board);
  return [...(view.tasks.some(({ fuel }) => fuel !== null) ? [fuelNote(view.fuelPerRun)] : []), ...(clock === undefined ? [] : [clock])];
}

/** The whole page, as lines, with `notes` below the table. */
export function topText(view: TopView, name: string, order: TopOrder, notes: readonly string[] = []): string[] {
  const rows = sortedTasks(view.tasks, order).map(row);
  if (view.restChargeUah !== null) rows.push(["", view.hasLedger ? "(sleep, wake-ups)" : "(sleep, line)", ...Array<string>(CHARGE - 2).fill(""), charge(view.restChargeUah, view.hasLedger)]);
  const [head = [], ...body] = right([[...HEAD], ...rows], NUMBERS);
  return [tileLine(view, name), "", ...table(head, body).split("\n"), ...(notes.length > 0 ? ["", ...notes] : [])];
}

/** One round on one line. */
export function roundText(view: TopView, name: string): string {
  const busy = sortedTasks(view.tasks, "fuel").slice(0, 3).map(({ name: task, share, runsPerS }) => `${printable(task)} ${share === null ? `${rate(runsPerS)} runs/s` : percent(share)}`);
  const bad = view.tasks.filter(({ state }) => state === "FAULTED" || state === "down").map(({ name: task, state }) => `${printable(task)} ${state}`);
  return [tileLine(view, name), `${view.queued} queued`, `busiest ${busy.join(", ")}`, ...bad].join(" · ");
}
