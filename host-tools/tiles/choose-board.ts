// Which board description fits what is on the other end: by --board, by what the host knows, or by the name Espruino gives itself.
import type { Board } from "../../hal/board.ts";
import { loadBoard, loadBoards } from "../boards.ts";
import { Failure } from "../cli/failure.ts";
import type { Context } from "../cli/command.ts";
import type { TileHost } from "./tile-host.ts";

/** Letters and digits only: QEMU_MPS2_AN385 and qemu-mps2-an385 are the same board. */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** @param espruinoBoard `process.env.BOARD`. @throws Failure NO_BOARD */
export async function chooseBoard(context: Context, host: TileHost, espruinoBoard: string): Promise<Board> {
  const named = context.global.board ?? host.boardId;
  if (named !== undefined) return loadBoard(context.root, named);
  const boards = await loadBoards(context.root);
  const found = boards.find((board) => plain(board.id) === plain(espruinoBoard) || plain(board.id).includes(plain(espruinoBoard)) || plain(board.id.replace(/espruino/, "")) === plain(espruinoBoard));
  if (found !== undefined) return found;
  throw new Failure("NO_BOARD", 2, `no description for the board "${espruinoBoard}"`, `name the one that comes closest with --board (${boards.map((board) => board.id).join(", ")}), or add boards/<id>/board.ts`);
}
