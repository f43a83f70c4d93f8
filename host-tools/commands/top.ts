// genesis top: what a tile's tasks do, live.
import type { Board } from "../../hal/board.ts";
import { Tcb } from "../../kernel/state.ts";
import { identityApi } from "../../firmware/identity/api.ts";
import { boardIds, loadBoard } from "../boards.ts";
import type { Command } from "../cli/command.ts";
import { usage } from "../cli/failure.ts";
import { LiveBlock } from "../cli/live-block.ts";
import { numberOption } from "../cli/settings.ts";
import { waitUntil } from "../cli/wait.ts";
import { isLinkError } from "../link/link-errors.ts";
import { callRead } from "../link/service-client.ts";
import type { SmpClient } from "../link/smp-client.ts";
import { connectTile } from "../tiles/connect.ts";
import { objectNames } from "../view/capability-graph.ts";
import { readKernelTables, readTasks } from "../view/kernel-tables.ts";
import { roundText, topNotes, topText } from "../view/task-text.ts";
import { type Look, type ObjectBook, sortedTasks, TOP_ORDERS, type TopOrder, topView } from "../view/task-view.ts";
import { secondsOption } from "./monitor.ts";

/** What objects are called: read once, and again when the tile has restarted, since asking for all capabilities is ten times the work of one round. */
async function readBook(client: SmpClient, signal: AbortSignal): Promise<[names: Map<number, string>, book: ObjectBook]> {
  const { tasks, slots } = await readKernelTables(client, signal);
  const replies = new Map(tasks.map(({ tcb, task }) => [slots.find(({ slot }) => slot === tcb + Tcb.HomeReply)?.object ?? -1, task]));
  return [new Map(tasks.map(({ task, name }) => [task, name])), { names: objectNames({ tasks, slots }), replies }];
}

const asOrder = (value: unknown): TopOrder => {
  const found = TOP_ORDERS.find((order) => order === value);
  if (found === undefined) throw usage(`--sort takes ${TOP_ORDERS.join(", ")}, not "${String(value)}"`, "genesis top --help");
  return found;
};

export const topCommand: Command = {
  name: "top",
  summary: "watch a tile's tasks: state, queues, fuel, charge",
  description: "Shows each task's state and what it waits for, the messages and callers that wait for it, its runs, its fuel, and its charge, until Ctrl-C: a table that is drawn anew on a terminal, one line per round elsewhere. Rates are about the time since the last round (in the first one: since the start). Fuel is what code and gate calls burn, in units (host-tools/build/fuel/README.md); in images that are not metered it counts gate calls only, and a line below the table says so. Charge is what the tile's own ledger says, from the currents its board states; where it keeps none, it is an estimate (~), in which the processor's charge is divided as the fuel is. Asking is work for the tile too: link and os show it.",
  arguments: [],
  options: [
    { flags: "--interval <seconds>", summary: "time between rounds", default: "2" },
    { flags: "--sort <by>", summary: `busiest first by ${TOP_ORDERS.slice(0, -1).join(", ")}; or by task number: task`, default: "fuel" },
    { flags: "--once", summary: "one table, then end" },
    { flags: "--for <seconds>", summary: "end after this long" },
  ],
  examples: [
    { command: "genesis top --tile qemu", what: "live, on the QEMU tile" },
    { command: "genesis top --port /dev/ttyACM0 --once", what: "one table" },
    { command: "genesis top --json --interval 10 > porch.jsonl", what: "a JSON line every ten seconds" },
  ],
  async run(context, _args, options) {
    const { output, signal, root } = context;
    const intervalMs = numberOption("--interval", options.interval, { min: 0.1 }) * 1000;
    const order = asOrder(options.sort);
    const { forS } = secondsOption(options.for);
    const session = await connectTile(context, { isPatient: true });
    const { client } = session;
    const { name, board: boardId } = await callRead(client, identityApi, "info", {});
    const board: Board | undefined = boardIds(root).includes(boardId) ? await loadBoard(root, boardId) : undefined;
    const block = new LiveBlock(output);
    const isLive = output.live && output.options.stdout.isTTY === true && options.once !== true;
    const isPage = isLive || options.once === true;
    const endMs = performance.now() + (forS ?? Infinity) * 1000;
    let names: Map<number, string> | undefined;
    let book: ObjectBook | undefined;
    let before: Look | undefined;
    do {
      try {
        if (book === undefined || names === undefined) {
          [names, book] = await readBook(client, signal);
        }
        const look: Look = { ...(await readTasks(client, names, signal)), health: await session.health() };
        const view = topView(look, before, board ?? { power: [] }, book);
        const notes = topNotes(view, board);
        // Lines of rounds have no foot: once, and not where a program reads the fields.
        if (before === undefined && !isPage && !output.json) for (const note of notes) output.info(note);
        if (before !== undefined && look.health.up < before.health.up) {
          output.warn("the tile restarted");
          book = undefined;
        }
        before = look;
        if (isLive) block.draw(topText(view, name, order, notes));
        else output.data("top", { tile: name, ...view, tasks: sortedTasks(view.tasks, order) }, options.once === true ? topText(view, name, order, notes).join("\n") : roundText(view, name));
      } catch (error) {
        if (options.once === true || signal.aborted || !isLinkError(error, "TIMEOUT", "BAD_REPLY")) throw error;
        output.warn(error.message);
      }
      if (options.once === true) return;
      await waitUntil(Math.min(intervalMs, endMs - performance.now()), signal);
    } while (!signal.aborted && performance.now() < endMs);
    block.end();
  },
};
