// A running tile's kernel tables as the link gives them (SMP group 66, names from group 0 taskstat): rows of integers, checked and named.
//
// The tile answers a page at a time and goes on working between pages, so this is a picture of something that moves: what was
// made or deleted meanwhile may be missing. Fields that an older image does not tell are undefined.
import { capabilityApi } from "../../firmware/smp/capability-api.ts";
import { Failure } from "../cli/failure.ts";
import { isLinkError, LinkError } from "../link/link-errors.ts";
import { callRead } from "../link/service-client.ts";
import type { SmpClient } from "../link/smp-client.ts";
import { taskStatistics } from "../link/smp-os.ts";

export interface TaskRow {
  /** Number of the task, from 0. */
  task: number;
  name: string;
  priority: number;
  /** `TaskState` of kernel/gate.ts. */
  state: number;
  /** How often it was started, how often it faulted, how often its handler ran. */
  starts: number;
  faults: number;
  runs: number;
  /** Word addresses of objects; 0 none. */
  tcb: number;
  cnode: number;
  endpoint: number;
  notification: number;
  /** What it is blocked on; means something in the blocked states only. */
  blockedOn: number | undefined;
  schedContext: number | undefined;
  /** Fuel since the start; an image that is not metered counts gate operations. */
  fuel: number | undefined;
  /** What the tile's ledger says it used since the tile's start, nC. */
  chargeNc: number | undefined;
}

export interface SlotRow {
  /** Word address of the slot. */
  slot: number;
  /** `CapType` and `Rights` of kernel/gate.ts. */
  type: number;
  rights: number;
  object: number;
  badge: number;
  /** Slot it was derived from; 0 none. */
  parent: number;
  /** Of an interrupt handler: kind, first and number of devices. */
  device: Device | undefined;
}

export interface Device {
  /** `DeviceKind` of kernel/gate.ts. */
  kind: number;
  first: number;
  count: number;
}

export interface TaskTable {
  tasks: TaskRow[];
  /** What its ledger says nobody's task used, nC: sleep and wake-ups; undefined when the tile keeps none. */
  systemNc: number | undefined;
}

export interface KernelTables {
  tasks: TaskRow[];
  slots: SlotRow[];
}

/** More pages than any tile has: a tile that never says "that was all" is told on. */
const MOST_PAGES = 4096;
const MISMATCH = "the tile's software and this program do not match: update one of them";

/** @throws LinkError BAD_REPLY unless `row` is a list of at least `least` integers */
function integers(row: unknown, least: number, what: string): number[] {
  if (!Array.isArray(row) || row.length < least || !row.every((item) => Number.isSafeInteger(item))) throw new LinkError("BAD_REPLY", `a row of the tile's ${what} is not a list of ${least} integers or more`, MISMATCH);
  return row as number[];
}

/** A tile that does not serve group 66 is no fault of the link: it is of profile small. */
function explained(error: unknown): unknown {
  if (!isLinkError(error, "REFUSED") || error.rc !== 8) return error;
  return new Failure("NOT_SERVED", 1, "this tile does not tell its kernel's tables: images of profile small have no room for that service (SMP group 66)", "genesis monitor shows its health; genesis boards says which boards take profile full");
}

async function allRows(client: SmpClient, command: "tasks" | "slots", signal: AbortSignal | undefined): Promise<{ rows: unknown[]; system: number | undefined }> {
  const rows: unknown[] = [];
  let from = 0;
  for (let page = 0; page < MOST_PAGES; page++) {
    const reply = await callRead(client, capabilityApi, command, from === 0 ? {} : { from }, signal === undefined ? {} : { signal });
    rows.push(...reply.rows);
    if (reply.next === 0) return { rows, system: "system" in reply ? reply.system : undefined };
    if (reply.next <= from) break;
    from = reply.next;
  }
  throw new LinkError("BAD_REPLY", `the tile's list of ${command} never ends`, MISMATCH);
}

/** Names of tasks by number: text from the tile, so anything may stand in it. Rejects as the link does. */
export async function readTaskNames(client: SmpClient): Promise<Map<number, string>> {
  const names = new Map<number, string>();
  for (const [name, row] of Object.entries(await taskStatistics(client))) {
    const tid: unknown = row !== null && typeof row === "object" && "tid" in row ? row["tid"] : undefined;
    if (typeof tid === "number") names.set(tid, name);
  }
  return names;
}

/** One row per task, and the rest of the charge. Rejects as the link does, and with NOT_SERVED for a tile of profile small. */
export async function readTasks(client: SmpClient, names: ReadonlyMap<number, string>, signal?: AbortSignal): Promise<TaskTable> {
  const { rows, system } = await allRows(client, "tasks", signal).catch((error: unknown) => Promise.reject(explained(error)));
  const tasks = rows.map((row, task): TaskRow => {
    const [priority = 0, state = 0, starts = 0, faults = 0, runs = 0, tcb = 0, cnode = 0, endpoint = 0, notification = 0, blockedOn, schedContext, fuel, chargeNc] = integers(row, 9, "tasks");
    return { task, name: names.get(task) ?? `task ${task}`, priority, state, starts, faults, runs, tcb, cnode, endpoint, notification, blockedOn, schedContext, fuel, chargeNc };
  });
  return { tasks, systemNc: system };
}

/** One row per full slot, in the order of their addresses. Rejects as `readTasks`. */
export async function readSlots(client: SmpClient, signal?: AbortSignal): Promise<SlotRow[]> {
  const { rows } = await allRows(client, "slots", signal).catch((error: unknown) => Promise.reject(explained(error)));
  return rows.map((row) => {
    const [slot = 0, cap = 0, object = 0, badge = 0, parent = 0, device] = integers(row, 5, "capabilities");
    return { slot, type: (cap >> 4) & 15, rights: cap & 15, object, badge, parent, device: device === undefined ? undefined : { kind: device & 15, first: (device >> 4) & 4095, count: device >>> 16 } };
  });
}

/** Everything `genesis caps` draws. Rejects as `readTasks`. */
export async function readKernelTables(client: SmpClient, signal?: AbortSignal): Promise<KernelTables> {
  // Group 66 first: where it is missing, taskstat is missing too, and the reason should be told once.
  const slots = await readSlots(client, signal);
  return { tasks: (await readTasks(client, await readTaskNames(client), signal)).tasks, slots };
}
