// The boards Genesis knows: each folder `boards/<id>/` with a `board.ts` that exports `board`. Existing is registering.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import type { Board } from "../hal/board.ts";
import { Failure } from "./cli/failure.ts";

/** Ids of all boards, sorted. */
export function boardIds(root: string): string[] {
  const folder = path.join(root, "boards");
  return readdirSync(folder).filter((id) => existsSync(path.join(folder, id, "board.ts"))).sort();
}

/** One board by id. @throws Failure NO_BOARD with the known ids. */
export async function loadBoard(root: string, id: string): Promise<Board> {
  if (!boardIds(root).includes(id)) {
    throw new Failure("NO_BOARD", 2, `there is no board "${id}"`, `genesis boards lists them: ${boardIds(root).join(", ")}`);
  }
  const module = (await import(`../boards/${id}/board.ts`)) as { board: Board };
  return module.board;
}

/** All boards. */
export async function loadBoards(root: string): Promise<Board[]> {
  return Promise.all(boardIds(root).map((id) => loadBoard(root, id)));
}
