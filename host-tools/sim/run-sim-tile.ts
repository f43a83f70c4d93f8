/**
 * A simulated tile as a process of its own: `node bin/run-ts.mjs host-tools/sim/run-sim-tile.ts <board> <folder> <socket>`.
 *
 * Serial1 is the Unix socket (one client at a time, the newest); the flash file is in the folder. Ends with SIGTERM, or with `kill -9`,
 * which the tile survives like a pulled plug.
 */
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { loadBoard } from "../boards.ts";
import { projectRoot } from "./espruino-prelude.ts";
import { SimProcess } from "./sim-process.ts";

const [boardId, folder, socketPath] = process.argv.slice(2);
if (boardId === undefined || folder === undefined || socketPath === undefined) {
  process.stderr.write("usage: run-sim-tile <board> <folder> <socket>\n");
  process.exit(2);
}
const root = projectRoot();
const tile = await SimProcess.start({ name: socketPath, board: await loadBoard(root, boardId), folder, root });
const server = createServer((socket) => {
  const stream = tile.open();
  stream.onData((bytes) => socket.write(bytes));
  stream.onClose(() => socket.destroy());
  socket.on("data", (bytes: Buffer) => void stream.write(bytes).catch(() => socket.destroy()));
  socket.on("close", () => void stream.close());
  socket.on("error", () => undefined);
});
rmSync(socketPath, { force: true });
server.listen(socketPath, () => process.stdout.write("ready\n"));
process.on("SIGTERM", () => {
  tile.stop();
  process.exit(0);
});
