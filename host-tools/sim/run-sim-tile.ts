/**
 * A simulated tile as a process of its own: `node bin/run-ts.mjs host-tools/sim/run-sim-tile.ts <board> <folder> <socket>`.
 *
 * Serial1 is the Unix socket; the flash file is in the folder and written through, so `kill -9` is no worse for the tile than a pulled plug.
 * Prints "ready" when the socket is there; ends with SIGTERM.
 */
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { SimHost } from "../tiles/sim-host.ts";
import { projectRoot } from "./espruino-prelude.ts";

const [boardId, folder, socketPath] = process.argv.slice(2);
if (boardId === undefined || folder === undefined || socketPath === undefined) {
  process.stderr.write("usage: run-sim-tile <board> <folder> <socket>\n");
  process.exit(2);
}
const host = new SimHost({ name: socketPath, boardId, folder, root: projectRoot() });
await host.powerOn();
const server = createServer((socket) => {
  void host.open().then((stream) => {
    stream.onData((bytes) => socket.write(bytes));
    socket.on("data", (bytes: Buffer) => void stream.write(bytes).catch(() => socket.destroy()));
    socket.on("close", () => void stream.close());
  });
  socket.on("error", () => undefined);
});
rmSync(socketPath, { force: true });
server.listen(socketPath, () => process.stdout.write("ready\n"));
process.on("SIGTERM", () => {
  void host.close().then(() => process.exit(0));
});
