// What `genesis top` shows, as numbers: per task what it did since the last look, who waits for it, and its share of fuel and charge.
//
// Charge is what the kernel's ledger says: times that the tile measured by currents that its board states. A tile that keeps no ledger has an estimate
// instead: the processor's part of it (charge.ts) is divided among the tasks as their fuel is. What is no task's is a row of its own.
// Fuel is what the kernel charged (an image that is not metered counts gate calls only: `fuelPerRun`).
import type { Board } from "../../hal/board.ts";
import { TaskState } from "../../kernel/gate.ts";
import { Charge } from "../../kernel/power/ledger.ts";
import { chargeUah, currentUa, estimateCharge, WAKE_US } from "../charge.ts";
import type { Health } from "../tiles/tile-session.ts";
import type { TaskRow } from "./kernel-tables.ts";
import { stateWord } from "./kernel-words.ts";

const NC_PER_UAH: number = Charge.NcPerUah;

/** One look at a tile. */
export interface Look {
  tasks: readonly TaskRow[];
  /** Of the ledger; undefined when the tile keeps none. */
  systemNc?: number | undefined;
  health: Health;
}

export interface TaskView {
  task: number;
  name: string;
  priority: number;
  /** `stateWord`, or "down" for a task that the supervisor gave up on. */
  state: string;
  /** What it waits for, when that is not its own home. */
  waitsFor: string | null;
  /** Tasks whose messages wait at its endpoint; callers that wait for its answer. */
  queue: number;
  callers: number;
  runs: number;
  runsPerS: number;
  fuel: number | null;
  fuelPerS: number | null;
  /** Of all fuel since the last look, 0 to 1; null when the image doesn't tell fuel. */
  share: number | null;
  /** Since the start; nC when the tile keeps a ledger, else null. */
  chargeUah: number | null;
  chargeNc: number | null;
  starts: number;
  faults: number;
}

export interface TopView {
  upUs: number;
  /** Time that the rates are about. */
  overUs: number;
  /** Part of it in which the processor ran, 0 to 1. */
  active: number;
  wakeupsPerS: number;
  freeBlocks: number;
  totalBlocks: number;
  faults: number;
  rxLostBytes: number;
  /** Messages that wait in all endpoints. */
  queued: number;
  /** Is the charge from the tile's ledger? Else it is an estimate. */
  hasLedger: boolean;
  /** Since the start: all, and what is no task's (sleep; without a ledger also the open line). */
  chargeUah: number | null;
  restChargeUah: number | null;
  meanUa: number | null;
  /** Units of fuel a run may burn; null when the image is not metered: then fuel counts gate calls only. */
  fuelPerRun: number | null;
  tasks: TaskView[];
}

/** How objects are called, and whose home reply object each is. */
export interface ObjectBook {
  names: ReadonlyMap<number, string>;
  replies: ReadonlyMap<number, number>;
}

const isBlocked = (state: number): boolean => state === TaskState.BlockedOnSend || state === TaskState.BlockedOnReply || state === TaskState.BlockedOnReceive || state === TaskState.BlockedOnNotification;

function waitsFor({ state, blockedOn, endpoint, notification }: TaskRow, book: ObjectBook): string | null {
  if (!isBlocked(state) || !blockedOn || blockedOn === endpoint || blockedOn === notification) return null;
  return book.names.get(blockedOn) ?? `object ${blockedOn}`;
}

/** `before`: the look that rates start from; without one, or when the tile has restarted, they are about all the time since its start. */
export function topView(look: Look, before: Look | undefined, board: Pick<Board, "power">, book: ObjectBook): TopView {
  const { tasks, health } = look;
  const isSame = before !== undefined && before.health.up < health.up && before.health.wakeups <= health.wakeups;
  const from = isSame ? before : undefined;
  const overUs = Math.max(1, health.up - (from?.health.up ?? 0));
  const since = (task: TaskRow): TaskRow | undefined => from?.tasks.find((other) => other.task === task.task);
  const fuelSince = (task: TaskRow): number => Math.max(0, (task.fuel ?? 0) - (since(task)?.fuel ?? 0));
  const allFuelSince = tasks.reduce((sum, task) => sum + fuelSince(task), 0);
  const allFuel = tasks.reduce((sum, task) => sum + (task.fuel ?? 0), 0);
  const charge = estimateCharge(health, board);
  const activeUs = Math.min(health.active + health.wakeups * WAKE_US, Math.max(health.up, 1));
  const runUa = currentUa(board.power, "run");
  const tellsFuel = tasks.some(({ fuel }) => fuel !== undefined);
  const activeUah = charge === undefined || runUa === undefined || !tellsFuel ? undefined : chargeUah({ upUs: activeUs, activeUs, runUa, idleUa: 0 });
  const { systemNc } = look;
  const uah = (nc: number): number => nc / NC_PER_UAH;
  const allUah = systemNc === undefined ? undefined : uah(tasks.reduce((sum, { chargeNc = 0 }) => sum + chargeNc, systemNc));
  const perS = (amount: number): number => (amount * 1e6) / overUs;
  return {
    upUs: health.up,
    overUs,
    active: Math.min(1, (health.active - (from?.health.active ?? 0)) / overUs),
    wakeupsPerS: perS(health.wakeups - (from?.health.wakeups ?? 0)),
    freeBlocks: health.free,
    totalBlocks: health.total,
    faults: health.faults,
    rxLostBytes: health.rxlost,
    queued: tasks.filter(({ state }) => state === TaskState.BlockedOnSend).length,
    hasLedger: systemNc !== undefined,
    chargeUah: allUah ?? charge?.chargeUah ?? null,
    restChargeUah: systemNc !== undefined ? uah(systemNc) : charge === undefined || activeUah === undefined ? null : Math.max(0, charge.chargeUah - activeUah),
    meanUa: allUah === undefined ? (charge?.meanUa ?? null) : (allUah * 3_600_000_000) / Math.max(1, health.up),
    fuelPerRun: health.fuel ?? null,
    tasks: tasks.map((task) => ({
      task: task.task,
      name: task.name,
      priority: task.priority,
      state: (health.down >> task.task) & 1 ? "down" : stateWord(task.state),
      waitsFor: waitsFor(task, book),
      queue: tasks.filter(({ state, blockedOn }) => state === TaskState.BlockedOnSend && blockedOn !== 0 && blockedOn === task.endpoint).length,
      callers: tasks.filter(({ state, blockedOn }) => state === TaskState.BlockedOnReply && blockedOn !== undefined && book.replies.get(blockedOn) === task.task).length,
      runs: task.runs,
      runsPerS: perS(Math.max(0, task.runs - (since(task)?.runs ?? 0))),
      fuel: task.fuel ?? null,
      fuelPerS: task.fuel === undefined ? null : perS(fuelSince(task)),
      share: task.fuel === undefined ? null : allFuelSince === 0 ? 0 : fuelSince(task) / allFuelSince,
      chargeNc: task.chargeNc ?? null,
      chargeUah: task.chargeNc !== undefined ? uah(task.chargeNc) : activeUah === undefined ? null : allFuel === 0 ? 0 : (activeUah * (task.fuel ?? 0)) / allFuel,
      starts: task.starts,
      faults: task.faults,
    })),
  };
}

export const TOP_ORDERS = ["fuel", "runs", "queue", "task"] as const;
export type TopOrder = (typeof TOP_ORDERS)[number];

/** Busiest first, equals by number. */
export function sortedTasks(tasks: readonly TaskView[], order: TopOrder): TaskView[] {
  const weight = (task: TaskView): number => (order === "fuel" ? (task.fuelPerS ?? task.runsPerS) : order === "runs" ? task.runsPerS : order === "queue" ? task.queue + task.callers : 0);
  return [...tasks].sort((a, b) => weight(b) - weight(a) || a.task - b.task);
}
