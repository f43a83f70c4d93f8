// A capability graph as a picture in three columns: who holds (left), what is named (middle), devices (right).
//
// A small layout of our own: holders keep the order of the tasks; an object stands beside the task it belongs to, or at the mean height of the
// capabilities that name it (Sugiyama's barycentre step, once), pushed just enough not to touch its neighbours. Solid: names; dashed, in the left
// margin: derived from.
import type { Capability, CapabilityGraph, GraphObject } from "./capability-graph.ts";
import { rightsText } from "./kernel-words.ts";
import { CAPABILITY_NOTES, PLAIN_VALUES_NOTE } from "./notes.ts";
import { printable, shortened } from "./printable.ts";
import { drawing, element, text, tip } from "./svg.ts";

const ROW = 16;
const HEAD = 20;
const GAP = 12;
const TOP = 64;
/** Columns: where they begin and how wide they are. */
const HOLDERS = { x: 110, width: 320 };
const OBJECTS = { x: 610, width: 230 };
const DEVICES = { x: 960, width: 130 };
const BOX = 20;

/** Colours that differ in lightness too. */
const COLORS: Readonly<Record<string, string>> = { endpoint: "#1f6fb4", tcb: "#7a3fa0", notification: "#2a8a43", "irq-handler": "#c05a00", reply: "#5f8aa8", cnode: "#8a6d3b" };
const colorOf = (type: string): string => COLORS[type] ?? "#777777";

const STYLE = ".head{font-weight:bold}.dim{fill:#666666}.edge{fill:none;stroke-width:1.1;opacity:.75}.derived{fill:none;stroke:#888888;stroke-width:1;stroke-dasharray:4 3}.box{fill:#f7f9fb;stroke:#9aa5b1}g:hover .edge,g:hover .derived{stroke-width:3;opacity:1}";

interface Placed {
  capability: Capability;
  y: number;
}

/** Where each object stands: near its task or what names it, none over another, all within `height` if there is room. `beside`: middle of a task's box. */
function placeObjects(objects: readonly GraphObject[], rows: readonly Placed[], beside: ReadonlyMap<number | undefined, number>, height: number): Map<string, number> {
  const step = BOX + 6;
  const wanted = objects.map(({ id, task }) => {
    const own = beside.get(task);
    if (own !== undefined) return { id, y: own };
    const heights = rows.filter(({ capability }) => capability.object === id).map(({ y }) => y);
    return { id, y: heights.length === 0 ? height : heights.reduce((sum, y) => sum + y, 0) / heights.length };
  }).sort((a, b) => a.y - b.y);
  let free = TOP + BOX / 2;
  for (const object of wanted) {
    object.y = Math.max(object.y, free);
    free = object.y + step;
  }
  // What was pushed over the edge goes up again, from the last one on, as far as there is room.
  let limit = Math.max(height, TOP + BOX / 2 + (wanted.length - 1) * step);
  for (const object of [...wanted].reverse()) {
    object.y = Math.min(object.y, limit);
    limit = object.y - step;
  }
  return new Map(wanted.map(({ id, y }) => [id, y]));
}

const curve = (x1: number, y1: number, x2: number, y2: number): string => `M${x1.toFixed(1)} ${y1.toFixed(1)}C${((x1 + x2) / 2).toFixed(1)} ${y1.toFixed(1)} ${((x1 + x2) / 2).toFixed(1)} ${y2.toFixed(1)} ${x2.toFixed(1)} ${y2.toFixed(1)}`;

/** The picture. Holders without anything shown are left out. */
export function graphSvg(graph: CapabilityGraph, title: string): string {
  const names = new Map(graph.objects.map(({ id, name }) => [id, printable(name)]));
  const nameOf = (id: string): string => names.get(id) ?? id;
  const boxes: string[] = [];
  const rows: Placed[] = [];
  const beside = new Map<number | undefined, number>();
  let y = TOP;
  for (const { name, task, capabilities } of graph.holders) {
    if (capabilities.length === 0) continue;
    const height = HEAD + capabilities.length * ROW + 4;
    if (task !== undefined) beside.set(task.task, y + height / 2);
    const head = task === undefined ? printable(name) : `${shortened(printable(name), 24)}  (task ${task.task}, priority ${task.priority})`;
    boxes.push(element("rect", { x: HOLDERS.x, y, width: HOLDERS.width, height, rx: 5, class: "box" }), text(HOLDERS.x + 8, y + 14, head, { class: "head" }));
    for (const [index, capability] of capabilities.entries()) {
      const at = y + HEAD + index * ROW + ROW / 2;
      rows.push({ capability, y: at });
      const badge = capability.badge === 0 ? "" : ` badge ${capability.badge}`;
      boxes.push(
        text(HOLDERS.x + 12, at + 4, capability.place, { class: "dim" }),
        text(HOLDERS.x + 68, at + 4, shortened(nameOf(capability.object), 26), { fill: colorOf(capability.type) }),
        text(HOLDERS.x + HOLDERS.width - 8, at + 4, `${rightsText(capability.type, capability.rights)}${badge}`, { "text-anchor": "end", class: "dim" }),
      );
    }
    y += height + GAP;
  }
  const height = Math.max(y - GAP, TOP + ROW);
  const heights = placeObjects(graph.objects, rows, beside, height);
  const legendY = Math.max(height, ...[...heights.values()].map((at) => at + BOX)) + 28;
  const legend = [...CAPABILITY_NOTES, PLAIN_VALUES_NOTE].map((words, index) => text(HOLDERS.x, legendY + index * ROW, words, { class: "dim" }));
  const bottom = legendY + legend.length * ROW;

  const edges: string[] = [];
  const holderNames = new Map(graph.holders.map(({ id, name }) => [id, name]));
  const bySlot = new Map(rows.map((row) => [row.capability.slot, row]));
  for (const { capability, y: from } of rows) {
    const to = heights.get(capability.object);
    const words = `${capability.place}: ${nameOf(capability.object)} ${rightsText(capability.type, capability.rights)}`;
    if (to !== undefined) edges.push(element("g", {}, element("path", { d: curve(HOLDERS.x + HOLDERS.width, from, OBJECTS.x, to), class: "edge", stroke: colorOf(capability.type) }) + tip(words)));
    const parent = bySlot.get(capability.parent);
    if (parent === undefined) continue;
    const reach = HOLDERS.x - Math.min(100, 14 + Math.abs(parent.y - from) * 0.12);
    edges.push(element("g", {}, element("path", { d: `M${HOLDERS.x} ${from.toFixed(1)}C${reach.toFixed(1)} ${from.toFixed(1)} ${reach.toFixed(1)} ${parent.y.toFixed(1)} ${HOLDERS.x} ${parent.y.toFixed(1)}`, class: "derived" }) + tip(`${words}, derived from ${holderNames.get(parent.capability.holder) ?? parent.capability.holder} ${parent.capability.place}`)));
  }
  const middle: string[] = [];
  for (const { id, type } of graph.objects) {
    const at = heights.get(id) ?? TOP;
    middle.push(element("g", {}, element("rect", { x: OBJECTS.x, y: at - BOX / 2, width: OBJECTS.width, height: BOX, rx: 10, fill: "#ffffff", stroke: colorOf(type) }) + text(OBJECTS.x + 10, at + 4, shortened(nameOf(id), 32)) + tip(`${type} ${id}: ${nameOf(id)}`)));
  }
  const right: string[] = [];
  for (const { name, object, notification } of graph.devices) {
    const at = heights.get(object) ?? TOP;
    const signalled = notification === undefined ? undefined : heights.get(notification);
    right.push(element("path", { d: curve(OBJECTS.x + OBJECTS.width, at, DEVICES.x, at), class: "edge", stroke: "#c05a00", "stroke-width": 2 }));
    if (signalled !== undefined) right.push(element("g", {}, element("path", { d: curve(DEVICES.x, at + 6, OBJECTS.x + OBJECTS.width, signalled), class: "edge", stroke: "#2a8a43", "stroke-dasharray": "1 3" }) + tip(`the interrupt of ${name} signals ${nameOf(notification ?? "")}`)));
    right.push(element("rect", { x: DEVICES.x, y: at - 14, width: DEVICES.width, height: 28, rx: 3, fill: "#ffe9c7", stroke: "#c05a00" }), text(DEVICES.x + DEVICES.width / 2, at + 4, shortened(printable(name), 18), { "text-anchor": "middle", class: "head" }));
  }
  const titles = [
    text(HOLDERS.x, 24, shortened(printable(title), 120), { class: "head", "font-size": 14 }),
    text(HOLDERS.x, 48, "holders and their capabilities", { class: "dim" }),
    text(OBJECTS.x, 48, "objects", { class: "dim" }),
    text(DEVICES.x, 48, "devices", { class: "dim" }),
    text(8, 48, "derived from", { class: "dim" }),
  ];
  return drawing(DEVICES.x + DEVICES.width + 20, bottom, title, STYLE, [...titles, ...edges, ...boxes, ...middle, ...right, ...legend]);
}
