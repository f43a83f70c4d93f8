// A capability graph as text: who may reach whom in one line each, devices, then every capability with where it came from.
import { table } from "../cli/table.ts";
import { type CapabilityGraph, type GraphObject, type Holder, verbOf } from "./capability-graph.ts";
import { rightsText } from "./kernel-words.ts";
import { CAPABILITY_NOTES, PLAIN_VALUES_NOTE } from "./notes.ts";
import { printable } from "./printable.ts";

/** "link 3" for the capability in each slot. */
function placeWords({ holders }: CapabilityGraph): Map<number, string> {
  return new Map(holders.flatMap(({ name, capabilities }) => capabilities.map(({ slot, place }) => [slot, `${name} ${place}`] as const)));
}

/** Whom an object stands for: the task behind it, or its own name. */
function targetOf({ type, name, task }: GraphObject, holders: readonly Holder[]): string {
  const owner = type === "endpoint" || type === "tcb" ? holders.find((holder) => task !== undefined && holder.task?.task === task) : undefined;
  return owner?.name ?? name;
}

/** "calls health, os; drives serial 0": what a holder may do, verb by verb. */
export function reachText(graph: CapabilityGraph, { capabilities }: Holder): string {
  const targets = new Map<string, Set<string>>();
  for (const capability of capabilities) {
    const verb = verbOf(capability);
    const object = graph.objects.find(({ id }) => id === capability.object);
    if (verb === undefined || object === undefined) continue;
    const device = graph.devices.find((candidate) => candidate.object === object.id);
    const target = device?.name ?? targetOf(object, graph.holders);
    targets.set(verb, (targets.get(verb) ?? new Set()).add(target));
  }
  return [...targets].map(([verb, names]) => `${verb} ${[...names].join(", ")}`).join("; ");
}

/** The whole page. `shown` may be a part of `whole`, which names what capabilities were derived from. */
export function graphText(shown: CapabilityGraph, whole: CapabilityGraph): string {
  const places = placeWords(whole);
  const names = new Map(whole.objects.map(({ id, name }) => [id, name]));
  const tasks = shown.holders.filter(({ task }) => task !== undefined);
  const reaches = tasks.map((holder) => [printable(holder.name), printable(reachText(shown, holder)) || "–"]);
  const devices = shown.devices.map(({ name, object, notification, wakes }) => {
    const drivers = tasks.filter(({ capabilities }) => capabilities.some((capability) => capability.object === object)).map((holder) => holder.name);
    const woken = tasks.find(({ task }) => task?.task === wakes)?.name;
    const signals = notification === undefined ? "nothing" : (names.get(notification) ?? notification);
    return [name, printable(drivers.join(", ")) || "nobody", printable(`${signals}${woken === undefined ? "" : `, which wakes ${woken}`}`)];
  });
  const held = shown.holders.flatMap(({ name, task, capabilities }) => capabilities.map(({ place, type, object, rights, badge, parent }, index) => [
    index > 0 ? "" : printable(task === undefined ? name : `${name} (task ${task.task})`),
    place,
    printable(names.get(object) ?? object),
    rightsText(type, rights),
    badge === 0 ? "" : String(badge),
    parent === 0 ? "" : printable(places.get(parent) ?? `slot ${parent}`),
  ]));
  return [
    table(["task", "may"], reaches),
    `${devices.length === 0 ? "no device is claimed" : table(["device", "driven by", "its interrupt signals"], devices)}\n${PLAIN_VALUES_NOTE}`,
    table(["holder", "at", "names", "rights", "badge", "derived from"], held),
    CAPABILITY_NOTES.join("\n"),
  ].join("\n\n");
}
