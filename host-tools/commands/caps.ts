// genesis caps: the capability graph of a running tile, as text or as a picture.
import { identityApi } from "../../firmware/identity/api.ts";
import type { Command } from "../cli/command.ts";
import { callRead } from "../link/service-client.ts";
import { connectTile } from "../tiles/connect.ts";
import { capabilityGraph, withoutOwnParts } from "../view/capability-graph.ts";
import { graphDot } from "../view/graph-dot.ts";
import { graphSvg } from "../view/graph-svg.ts";
import { graphText } from "../view/graph-text.ts";
import { readKernelTables } from "../view/kernel-tables.ts";
import { pictureFormat, showPicture } from "../view/picture.ts";
import { printable } from "../view/printable.ts";

export const capsCommand: Command = {
  name: "caps",
  summary: "draw who may do what on a running tile",
  description: "Reads the kernel's tables and draws the capability graph: which task holds which capability with which rights (R receive, wait or read; W send, signal, write or control; G pass capabilities on; P, GrantReply: call and get a reply), derived from which (boot 8: address 8 of the CNode of the composition root, which made every object), and which authority reaches which device. What every task has of its own (CSpace, home endpoint, home reply object) and originals that nobody else got are left out; --all shows them. It shows what the kernel confines: what the composition root gives a service as a JavaScript value (flash, the journal, analogRead) is no capability and is not in it. Nor are capabilities in CNodes that are the root of no task's CSpace: the tile tells those of TCBs, of the roots and of interrupt handlers.",
  arguments: [],
  options: [
    { flags: "--format <format>", summary: "text, dot (Graphviz) or svg; default: by the end of --out, else text" },
    { flags: "-o, --out <file>", summary: "write it to a file" },
    { flags: "--all", summary: "every capability, the composition root's originals too" },
  ],
  examples: [
    { command: "genesis caps --tile qemu", what: "who may reach whom, on the QEMU tile" },
    { command: "genesis caps --port /dev/ttyACM0 --out caps.svg", what: "a picture: holders, objects, devices; dashed: derived from" },
    { command: "genesis caps --format dot --all | dot -Tpdf > caps.pdf", what: "everything, laid out by Graphviz" },
    { command: "genesis caps --json", what: "holders, objects and devices for a program" },
  ],
  async run(context, _args, options) {
    const format = pictureFormat(options.format, options.out, ["text", "dot", "svg"]);
    const session = await connectTile(context, { isPatient: true });
    const { name, board } = await callRead(session.client, identityApi, "info", {});
    const whole = capabilityGraph(await readKernelTables(session.client, context.signal));
    const graph = options.all === true ? whole : withoutOwnParts(whole);
    const held = whole.holders.reduce((sum, { capabilities }) => sum + capabilities.length, 0);
    const count = (n: number, what: string, more = `${what}s`): string => `${n} ${n === 1 ? what : more}`;
    const tasks = whole.holders.filter(({ task }) => task !== undefined).length;
    const title = `${name} (${board}): ${[count(tasks, "task"), count(held, "capability", "capabilities"), count(whole.objects.length, "object"), count(whole.devices.length, "device")].join(", ")}`;
    const drawn = format === "dot" ? graphDot(graph, title) : format === "svg" ? graphSvg(graph, title) : `${printable(title)}\n\n${graphText(graph, whole)}`;
    showPicture(context.output, drawn, format, options.out, () => context.output.data("capabilities", { tile: name, board, ...graph }, drawn));
  },
};
