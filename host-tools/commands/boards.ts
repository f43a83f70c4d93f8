// genesis boards: what Genesis runs on, with tier, engine, memory and flash method.
import { loadBoard, loadBoards } from "../boards.ts";
import type { Command } from "../cli/command.ts";
import { table } from "../cli/table.ts";

export const boardsCommand: Command = {
  name: "boards",
  summary: "list the boards Genesis runs on",
  description: "Lists every board with its tier (1: every scenario runs in CI, 2: recorded on the real engine, 3: described, not yet run), engine, memory and how it updates.",
  arguments: [{ name: "id", summary: "show one board in full", required: false }],
  options: [],
  examples: [
    { command: "genesis boards", what: "all boards" },
    { command: "genesis boards qemu-mps2-an385 --json", what: "one board, for a program" },
  ],
  async run(context, args) {
    const boards = args[0] === undefined ? await loadBoards(context.root) : [await loadBoard(context.root, args[0])];
    if (context.output.json || args[0] !== undefined) {
      for (const board of boards) context.output.data("board", { board }, JSON.stringify(board, null, 2));
      return;
    }
    const rows = boards.map((board) => [
      board.id,
      String(board.tier),
      board.engine,
      board.mcu,
      `${Math.round(board.ramBytes / 1024)} kB`,
      board.variables === undefined ? "–" : String(board.variables),
      `${Math.round(board.storageBytes / 1024)} kB`,
      board.profile,
      board.slots === 2 ? "A/B" : "one slot + previous",
    ]);
    context.output.data("boards", {}, table(["board", "tier", "engine", "MCU", "RAM", "variables", "Storage", "profile", "update"], rows));
  },
};
