// A capability graph in the DOT language, for Graphviz and whatever reads it: a box per holder with its capabilities, objects, devices.
//
// Solid edges: what a capability names. Dashed edges: what it was derived from. Everything that came from the tile is quoted.
import type { CapabilityGraph } from "./capability-graph.ts";
import { rightsText } from "./kernel-words.ts";
import { CAPABILITY_NOTES, PLAIN_VALUES_NOTE } from "./notes.ts";
import { dotString, wrapped } from "./printable.ts";

/** So that the notes do not widen the picture. */
const NOTE_CHARACTERS = 72;

export function graphDot(graph: CapabilityGraph, title: string): string {
  const shown = new Set(graph.holders.flatMap(({ capabilities }) => capabilities.map(({ slot }) => slot)));
  // A line break stands as it is: Graphviz draws it as one, and dotString lets none through from a name.
  const label = `"${[title, ...[...CAPABILITY_NOTES, PLAIN_VALUES_NOTE].flatMap((note) => wrapped(note, NOTE_CHARACTERS))].map((line) => dotString(line).slice(1, -1)).join("\n")}"`;
  const lines = [
    "digraph capabilities {",
    `  label=${label}; labelloc=t; rankdir=LR; ranksep=1.5; nodesep=0.08; fontname="sans-serif";`,
    `  node [shape=box, fontname="sans-serif", fontsize=10, height=0.2, margin="0.08,0.03"]; edge [arrowsize=0.6];`,
  ];
  for (const [index, { name, task, capabilities }] of graph.holders.entries()) {
    if (capabilities.length === 0) continue;
    lines.push(`  subgraph cluster_${index} {`, `    label=${dotString(task === undefined ? name : `${name} (task ${task.task}, priority ${task.priority})`)}; style=rounded;`);
    for (const { slot, place, type, rights, badge } of capabilities) {
      const words = [place, rightsText(type, rights), badge === 0 ? "" : `badge ${badge}`].filter((word) => word !== "");
      lines.push(`    cap_${slot} [label=${dotString(words.join("  "))}];`);
    }
    lines.push("  }");
  }
  const node = (id: string): string => dotString(`object ${id}`);
  for (const { id, type, name } of graph.objects) lines.push(`  ${node(id)} [shape=ellipse, label=${dotString(name)}, class=${dotString(type)}];`);
  for (const { name, object, notification } of graph.devices) {
    lines.push(`  ${dotString(`device ${object}`)} [shape=component, style=filled, fillcolor="#ffe9c7", label=${dotString(name)}];`, `  ${node(object)} -> ${dotString(`device ${object}`)} [penwidth=2];`);
    if (notification !== undefined) lines.push(`  ${dotString(`device ${object}`)} -> ${node(notification)} [label="interrupt", fontsize=9, constraint=false];`);
  }
  for (const { capabilities } of graph.holders) {
    for (const { slot, object, parent } of capabilities) {
      lines.push(`  cap_${slot} -> ${node(object)};`);
      if (shown.has(parent)) lines.push(`  cap_${slot} -> cap_${parent} [style=dashed, color="#888888", constraint=false];`);
    }
  }
  return `${lines.join("\n")}\n}`;
}
