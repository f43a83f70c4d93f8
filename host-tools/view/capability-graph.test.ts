// The capability graph of known tables, and its three pictures: right for friendly names, harmless for hostile ones.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ObjectWords } from "../../kernel/gate.ts";
import { Irq, Slot, Tcb } from "../../kernel/state.ts";
import { type CapabilityGraph, capabilityGraph, objectNames, withoutOwnParts } from "./capability-graph.ts";
import { graphDot } from "./graph-dot.ts";
import { graphSvg } from "./graph-svg.ts";
import { graphText } from "./graph-text.ts";
import { CAPABILITY_NOTES, PLAIN_VALUES_NOTE } from "./notes.ts";
import { xmlText } from "./printable.ts";
import { HOSTILE, kernelScene } from "./testing/kernel-scene.ts";

const tables = kernelScene(["files", "porch"]);
const whole = capabilityGraph(tables);
const shown = withoutOwnParts(whole);
const placesOf = (graph: CapabilityGraph, id: string): string[] => graph.holders.find((holder) => holder.id === id)?.capabilities.map(({ place }) => place) ?? [];

describe("the graph", () => {
  it("says whose every capability is, by its address alone", () => {
    expect(whole.holders.map(({ id }) => id)).toEqual(["task:0", "task:1", "irq:72", "boot"]);
    expect(placesOf(whole, "task:0")).toEqual(["cspace", "home", "reply"]);
    expect(placesOf(whole, "task:1")).toEqual(["cspace", "fault", "home", "reply", "1", "2"]);
    expect(placesOf(whole, "irq:72")).toEqual(["signals"]);
    expect(placesOf(whole, "boot")).toEqual(["cspace", "1", "2", "5", "6", "7", "8", "9", "10", "11"]);
    expect(whole.holders.flatMap(({ capabilities }) => capabilities).length).toBe(tables.slots.length);
  });

  it("names objects by the part they play, and says which device they reach", () => {
    expect(whole.objects.map(({ name }) => name)).toEqual(expect.arrayContaining(["endpoint of files", "tcb of porch", "sched-context of porch", "notification of porch", "reply of files", "cnode of boot", "irq pin 3-6", "irq-control"]));
    expect(objectNames(tables).get(tables.tasks[0]?.endpoint ?? 0)).toBe("endpoint of files");
    expect(whole.devices).toEqual([{ name: "pin 3-6", object: "72", notification: String(tables.tasks[1]?.notification), wakes: 1 }]);
  });

  it("without own parts keeps what was handed on and what that came from", () => {
    expect(placesOf(shown, "task:1")).toEqual(["fault", "1", "2"]);
    expect(placesOf(shown, "task:0")).toEqual(["home"]);
    expect(placesOf(shown, "boot")).toEqual(["10", "11"]);
    expect(shown.objects.map(({ name }) => name).sort()).toEqual(["endpoint of files", "irq pin 3-6", "notification of porch"]);
  });

  it("does not break on slots it can't place, nor on none at all", () => {
    const strange = capabilityGraph({ tasks: [], slots: [{ slot: 7, type: 99 & 15, rights: 3, object: 8, badge: 0, parent: 4444, device: undefined }] });
    expect(strange.holders.map(({ id }) => id)).toEqual(["?"]);
    for (const graph of [strange, capabilityGraph({ tasks: [], slots: [] })]) {
      expect(graphText(graph, graph)).toContain("no device");
      expect(graphSvg(graph, "t")).toMatch(/<\/svg>$/);
      expect(graphDot(graph, "t")).toMatch(/}$/);
    }
  });
});

it("reads slots where PROTOCOL says they are", () => {
  const page = readFileSync(new URL("../../docs/PROTOCOL.md", import.meta.url), "utf8").replaceAll("\n", " ");
  expect(page).toContain(`slots stand at words ${Tcb.CSpace} (CSpace), ${Tcb.Fault} (fault), ${Tcb.Timeout} (timeout), ${Tcb.Endpoint} (home endpoint) and ${Tcb.HomeReply} (home reply); address n of a CNode is at word ${Slot.Words}n; what an interrupt signals is at word ${Irq.Slot} of its handler.`);
  expect(page).toContain(`${ObjectWords.Tcb} words before it`);
});

describe("text", () => {
  it("says who may do what, who drives what, and where it came from", () => {
    const text = graphText(shown, whole);
    expect(text).toMatch(/^porch +faults to files; calls files; drives pin 3-6$/m);
    expect(text).toMatch(/^pin 3-6 +porch +notification of porch, which wakes porch$/m);
    expect(text).toMatch(/^porch \(task 1\) +fault +endpoint of files +W +9 +files home$/m);
    expect(text).toMatch(/^ +1 +endpoint of files +WP +7 +files home$/m);
    expect(text).toMatch(/^irq pin 3-6 +signals +notification of porch +W +5 +boot 10$/m);
  });
});

/** The attributes and texts of a drawing, after checking that its elements are closed in order. */
function wellFormed(svg: string): string[] {
  const open: string[] = [];
  const words: string[] = [];
  const rest = svg.replace(/<(\/?)(\w+)((?: [\w:-]+="[^"<>]*")*)(\/?)>|([^<>]+)/g, (_, close: string, name: string, attributes: string, empty: string, text: string) => {
    if (text !== undefined) words.push(text);
    else if (close === "/") expect(open.pop()).toBe(name);
    else if (empty !== "/") open.push(name);
    if (attributes) words.push(attributes);
    return "";
  });
  expect(rest).toBe("");
  expect(open).toEqual([]);
  return words;
}

describe("pictures", () => {
  it("SVG: a solid edge for each capability whose object is shown, a dashed one for each derivation", () => {
    const svg = graphSvg(shown, "porch");
    wellFormed(svg);
    const capabilities = shown.holders.flatMap((holder) => holder.capabilities);
    const slots = new Set(capabilities.map(({ slot }) => slot));
    expect(svg.match(/class="derived"/g)?.length).toBe(capabilities.filter(({ parent }) => slots.has(parent)).length);
    // And one from the interrupt handler to its device, one back to the notification.
    expect(svg.match(/class="edge"/g)?.length).toBe(capabilities.length + 2);
    expect(svg).toContain(">pin 3-6</text>");
  });

  it("DOT: the same edges", () => {
    const dot = graphDot(shown, "porch");
    const capabilities = shown.holders.flatMap((holder) => holder.capabilities);
    expect(dot.match(/^ {2}cap_\d+ -> "object /gm)?.length).toBe(capabilities.length);
    expect(dot.match(/style=dashed/g)?.length).toBe(4);
    expect(dot).toContain('"device 72" [shape=component');
  });

  it("every view says what its letters mean and what it leaves out; in the picture below everything, inside", () => {
    const [text, dot, svg] = [graphText(shown, whole), graphDot(shown, "porch"), graphSvg(shown, "porch")];
    const [width, height] = [/ width="(\d+)"/, / height="(\d+)"/].map((size) => Number(size.exec(svg)?.[1])) as [number, number];
    let lowest = Math.max(...[...svg.matchAll(/<rect [^>]*y="([\d.]+)"[^>]* height="([\d.]+)"[^>]* (?:class|stroke|rx)=/g)].map(([, y, high]) => Number(y) + Number(high)));
    for (const note of [...CAPABILITY_NOTES, PLAIN_VALUES_NOTE]) {
      expect(text.split("\n")).toContain(note);
      expect(dot.replaceAll("\n", " ")).toContain(` ${note.replaceAll('"', '\\"')}`);
      const at = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</g)].find(([, , , words]) => words === xmlText(note));
      expect(Number(at?.[1]) + 6.7 * note.length).toBeLessThan(width);
      expect(Number(at?.[2])).toBeGreaterThan(lowest + 8);
      lowest = Number(at?.[2]);
    }
    expect(lowest).toBeLessThan(height);
    for (const letter of ["R ", "W ", "G ", "P "]) expect(CAPABILITY_NOTES[0]).toContain(letter);
  });

  it("hostile names stay text everywhere", () => {
    const hostile = capabilityGraph(kernelScene([HOSTILE, HOSTILE]));
    const svg = graphSvg(hostile, HOSTILE);
    const words = wellFormed(svg);
    expect(svg).not.toContain("<script");
    expect(words.join("\n")).toContain("&lt;script&gt;");
    const dot = graphDot(hostile, HOSTILE);
    // Without its quoted strings nothing is left but the language itself.
    expect(dot.replace(/"(?:[^"\\]|\\[\\"])*"/g, '""')).not.toMatch(/script|alert|[\\<]/);
    for (const drawn of [svg, dot, graphText(hostile, hostile)]) expect(drawn.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cs}\u202e]/u);
  });
});
