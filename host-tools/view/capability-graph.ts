// From the kernel's tables to a graph that can be drawn: holders of capabilities, capabilities, the objects they name, devices.
//
// A slot's address says whose it is: slots lie inside TCBs, CNodes and interrupt handlers (kernel/state.ts), and each of those is named by some
// capability, so the nearest object at or below the address holds it. Objects get their names from the part they play for a task.
import { CapType, ObjectWords, Rights } from "../../kernel/gate.ts";
import { Irq, Slot, Tcb } from "../../kernel/state.ts";
import type { KernelTables, SlotRow, TaskRow } from "./kernel-tables.ts";
import { deviceWord, typeWord } from "./kernel-words.ts";

export interface Capability {
  /** Word address of its slot: what makes it one of a kind. */
  slot: number;
  holder: string;
  /** Where the holder has it: an address of its CSpace ("3"), or "cspace", "fault", "timeout", "home", "reply", "signals". */
  place: string;
  type: string;
  rights: number;
  badge: number;
  /** Object it names. */
  object: string;
  /** Capability it was derived from (its `slot`); 0 none. */
  parent: number;
  /** What every task has of its own: CSpace, home endpoint, home reply object. */
  isOwn: boolean;
}

export interface Holder {
  /** "boot", "task:3", "irq:72", "cnode:900". */
  id: string;
  name: string;
  task: TaskRow | undefined;
  capabilities: Capability[];
}

export interface GraphObject {
  /** Word address, or the type's word for the kernel's controls, which have none. */
  id: string;
  type: string;
  name: string;
  /** Number of the task it belongs to. */
  task: number | undefined;
}

export interface GraphDevice {
  name: string;
  /** Interrupt handler that claims it. */
  object: string;
  /** Notification its interrupt signals. */
  notification: string | undefined;
  /** Task that is woken: the one bound to that notification. */
  wakes: number | undefined;
}

export interface CapabilityGraph {
  holders: Holder[];
  objects: GraphObject[];
  devices: GraphDevice[];
}

/** Slots of a TCB by offset. */
const PARTS: readonly (readonly [offset: number, place: string, isOwn: boolean])[] = [
  [Tcb.CSpace, "cspace", true],
  [Tcb.Fault, "fault", false],
  [Tcb.Timeout, "timeout", false],
  [Tcb.Endpoint, "home", true],
  [Tcb.HomeReply, "reply", true],
];

const objectId = ({ type, object }: SlotRow): string => (object === 0 ? typeWord(type) : String(object));

/** The boot CNode: the one whose own TCB, which is no task, stands right before it. 0 when it is not there. */
function bootCNode({ tasks, slots }: KernelTables): number {
  const own = slots.find(({ slot, type, object }) => type === CapType.CNode && slot === object - ObjectWords.Tcb + Tcb.CSpace && !tasks.some(({ tcb }) => tcb === object - ObjectWords.Tcb));
  return own?.object ?? 0;
}

/** Names for objects, by the part they play. */
function nameObjects({ tasks, slots }: KernelTables, boot: number): Map<number, { name: string; task: number }> {
  const names = new Map<number, { name: string; task: number }>();
  const give = (object: number | undefined, what: string, { name, task }: TaskRow): void => {
    if (!object) return;
    const before = names.get(object);
    names.set(object, before === undefined ? { name: `${what} of ${name}`, task } : { ...before, name: `${before.name}, ${name}` });
  };
  for (const task of tasks) {
    give(task.tcb, "tcb", task);
    give(task.cnode, "cnode", task);
    give(task.endpoint, "endpoint", task);
    give(task.notification, "notification", task);
    give(task.schedContext, "sched-context", task);
    give(slots.find(({ slot }) => slot === task.tcb + Tcb.HomeReply)?.object, "reply", task);
  }
  if (boot !== 0) names.set(boot, { name: "cnode of boot", task: -1 });
  for (const { device, object } of slots) if (device !== undefined) names.set(object, { name: `irq ${deviceWord(device)}`, task: -1 });
  return names;
}

/** Names of objects by word address, for whoever shows what a task is blocked on. */
export function objectNames(tables: KernelTables): Map<number, string> {
  return new Map([...nameObjects(tables, bootCNode(tables))].map(([object, { name }]) => [object, name]));
}

/** Never throws: slots of which nobody knows whose they are stand under the holder "?". */
export function capabilityGraph(tables: KernelTables): CapabilityGraph {
  const { tasks, slots } = tables;
  const boot = bootCNode(tables);
  const names = nameObjects(tables, boot);
  const byTcb = new Map(tasks.map((task) => [task.tcb, task]));
  const byCNode = new Map(tasks.filter(({ cnode }) => cnode > 0).map((task) => [task.cnode, task]));
  const types = new Map<number, number>(slots.filter(({ object }) => object > 0).map(({ object, type }) => [object, type]));
  for (const { tcb } of tasks) types.set(tcb, CapType.Tcb);
  if (boot !== 0) types.set(boot - ObjectWords.Tcb, CapType.Tcb);
  const bases = [...types.keys()].sort((a, b) => a - b);

  const holders = new Map<string, Holder>();
  const holder = (id: string, name: string, task?: TaskRow): Holder => {
    const found = holders.get(id) ?? { id, name, task, capabilities: [] };
    holders.set(id, found);
    return found;
  };
  // Tasks in their order, also those that hold nothing; what composed the tile comes last.
  for (const task of tasks) holder(`task:${task.task}`, task.name, task);

  const placeOf = (slot: number): { holder: Holder; place: string; isOwn: boolean } => {
    let base = 0;
    for (const candidate of bases) if (candidate <= slot) base = candidate;
    const offset = slot - base;
    const type = types.get(base);
    if (type === CapType.Tcb && offset < ObjectWords.Tcb) {
      const [, place, isOwn] = PARTS.find(([at]) => at === offset) ?? [0, `word ${offset}`, false];
      const task = byTcb.get(base);
      if (task !== undefined) return { holder: holder(`task:${task.task}`, task.name, task), place, isOwn };
      if (base === boot - ObjectWords.Tcb) return { holder: holder("boot", "boot"), place, isOwn };
      return { holder: holder(`tcb:${base}`, `tcb ${base}`), place, isOwn };
    }
    if (type === CapType.CNode && offset >= Slot.Words && offset % Slot.Words === 0) {
      const place = String(offset / Slot.Words);
      const task = byCNode.get(base);
      if (task !== undefined) return { holder: holder(`task:${task.task}`, task.name, task), place, isOwn: false };
      if (base === boot) return { holder: holder("boot", "boot"), place, isOwn: false };
      return { holder: holder(`cnode:${base}`, `cnode ${base}`), place, isOwn: false };
    }
    if (type === CapType.IrqHandler && offset === Irq.Slot) return { holder: holder(`irq:${base}`, names.get(base)?.name ?? `irq ${base}`), place: "signals", isOwn: false };
    return { holder: holder("?", "?"), place: String(slot), isOwn: false };
  };

  const objects = new Map<string, GraphObject>();
  const devices = new Map<string, GraphDevice>();
  for (const row of slots) {
    const { holder: owner, place, isOwn } = placeOf(row.slot);
    const object = objectId(row);
    const named = names.get(row.object);
    const type = typeWord(row.type);
    owner.capabilities.push({ slot: row.slot, holder: owner.id, place, type, rights: row.rights, badge: row.badge, object, parent: row.parent, isOwn });
    if (!objects.has(object)) objects.set(object, { id: object, type, name: row.object === 0 ? type : (named?.name ?? `${type} ${row.object}`), task: named === undefined || named.task < 0 ? undefined : named.task });
    if (row.device !== undefined && !devices.has(object)) {
      const notification = slots.find(({ slot }) => slot === row.object + Irq.Slot)?.object;
      devices.set(object, {
        name: deviceWord(row.device),
        object,
        notification: notification === undefined ? undefined : String(notification),
        wakes: tasks.find((task) => notification !== undefined && task.notification === notification)?.task,
      });
    }
  }
  const isTask = ({ task }: Holder): boolean => task !== undefined;
  const all = [...holders.values()];
  return { holders: [...all.filter(isTask), ...all.filter((other) => !isTask(other) && other.id !== "boot"), ...all.filter(({ id }) => id === "boot")], objects: [...objects.values()], devices: [...devices.values()] };
}

/**
 * The part of a graph that says who may do what to whom: without what every task has of its own and without the boot CNode, but for what the rest
 * was derived from.
 */
export function withoutOwnParts(graph: CapabilityGraph): CapabilityGraph {
  const isPlain = ({ holder, isOwn }: Capability): boolean => holder !== "boot" && !isOwn;
  const parents = new Set(graph.holders.flatMap(({ capabilities }) => capabilities.filter(isPlain).map(({ parent }) => parent)));
  const holders = graph.holders.map((holder) => ({ ...holder, capabilities: holder.capabilities.filter((capability) => isPlain(capability) || parents.has(capability.slot)) }));
  const named = new Set(holders.flatMap(({ capabilities }) => capabilities.map(({ object }) => object)));
  for (const { object, notification } of graph.devices) for (const id of [object, notification]) if (id !== undefined) named.add(id);
  return { holders, objects: graph.objects.filter(({ id }) => named.has(id)), devices: graph.devices };
}

/** What a capability lets its holder do, as a verb; undefined for what only says where something is. */
export function verbOf({ type, rights, place, isOwn }: Pick<Capability, "type" | "rights" | "place" | "isOwn">): string | undefined {
  if (isOwn) return undefined;
  if (place === "fault") return "faults to";
  if (place === "timeout") return "times out to";
  switch (type) {
    case "endpoint":
      if (rights & Rights.Write) return rights & (Rights.Grant | Rights.GrantReply) ? "calls" : "sends to";
      return rights & Rights.Read ? "receives from" : undefined;
    case "notification":
      return rights & Rights.Write ? "signals" : rights & Rights.Read ? "waits for" : undefined;
    case "tcb":
      return rights & Rights.Write ? "controls" : undefined;
    case "reply":
      return "replies through";
    case "frame":
      return rights & Rights.Write ? "writes" : rights & Rights.Read ? "reads" : undefined;
    case "irq-handler":
      return "drives";
    case "untyped":
      return "makes objects from";
    default:
      return "has";
  }
}
