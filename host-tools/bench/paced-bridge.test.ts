// The line of the bench brings every byte over, in order and counted, with and without a rate.
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { PacedBridge } from "./paced-bridge.ts";

const ends: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A "tile" that sends back what it gets. */
async function echoServer(): Promise<string> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "genesis-bridge-"));
  const file = path.join(folder, "tile");
  const server: Server = createServer((socket) => void socket.pipe(socket));
  await new Promise<void>((resolve) => server.listen(file, resolve));
  ends.push(() => rmSync(folder, { recursive: true, force: true }), () => new Promise((resolve) => server.close(resolve)));
  return file;
}

describe("paced bridge", () => {
  it.each([0, 400_000])("brings all bytes over and back, rate %i", async (rate) => {
    const bridge = await PacedBridge.open(await echoServer(), rate);
    ends.push(() => bridge.close());
    const sent = Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 7 + (index >> 8)) & 255));
    const got: Buffer[] = [];
    const socket = connect(bridge.port, "127.0.0.1");
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.on("data", (bytes: Buffer) => {
        got.push(bytes);
        if (got.reduce((sum, piece) => sum + piece.length, 0) >= sent.length) resolve();
      });
      for (let at = 0; at < sent.length; at += 999) socket.write(sent.subarray(at, at + 999));
    });
    expect(Buffer.concat(got).equals(sent)).toBe(true);
    expect([bridge.count.toTile, bridge.count.fromTile]).toEqual([sent.length, sent.length]);
    expect(bridge.count.lastMs).toBeGreaterThanOrEqual(bridge.count.firstMs);
    bridge.reset();
    expect(bridge.count.toTile).toBe(0);
    socket.destroy();
  });

  it("ends with the tile: the host's connection is closed when the tile's can't be made", async () => {
    const bridge = await PacedBridge.open("/nowhere/tile", 0);
    ends.push(() => bridge.close());
    const socket = connect(bridge.port, "127.0.0.1");
    socket.on("error", () => undefined);
    await new Promise((resolve) => socket.once("close", resolve));
  });
});
