// A tile with Genesis on it behind a pseudo-terminal: what a serial program of somebody else opens, with a real tile's software at the other end.
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { telemetryApi } from "../../../firmware/telemetry/api.ts";
import { loadBoard } from "../../boards.ts";
import { buildTileImage } from "../../build/tile-image.ts";
import { Output } from "../../cli/output.ts";
import { buildFirstStage } from "../../image/first-stage-script.ts";
import { sealImage } from "../../image/mcuboot.ts";
import { installTile } from "../../install/install-tile.ts";
import { newIdentity } from "../../install/tile-config.ts";
import { callRead } from "../../link/service-client.ts";
import { openPty } from "../../link/testing/pty.ts";
import { buildRuntime } from "../../qemu/runtime-build.ts";
import { holdConsole } from "../boot-window.ts";
import { QemuHost } from "../qemu-host.ts";
import { SimHost, SimWorld } from "../sim-host.ts";
import type { TileHost } from "../tile-host.ts";
import { TileSession } from "../tile-session.ts";

export interface TileOnPty {
  /** The terminal ("/dev/pts/7"). */
  readonly path: string;
  /** Version 2.0.0 of the image that runs, sealed for this tile. */
  readonly update: Buffer;
  /** Bytes that came through the terminal to the tile so far. */
  readonly received: number;
  /** How often the tile has started; waits until its kernel answers. Nobody may be at the terminal meanwhile. */
  starts(): Promise<number>;
  close(): Promise<void>;
}

/** Virtual seconds per second of a simulated tile. */
const SIM_FACTOR = 4;
const READY_MS = 20_000;
const nowhere = { write: (): boolean => true };
const quiet = new Output({ json: false, quiet: true, progress: false, stdout: nowhere, stderr: nowhere });

/** Installs version 1.0.0 on a bare tile and puts a terminal in front of it. `root` is the checkout. */
export async function tileOnPty(kind: "sim" | "qemu", root: string): Promise<TileOnPty> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "genesis-pty-"));
  const host: TileHost = kind === "sim"
    ? new SimHost({ name: "sim:pty", boardId: "sim", root, folder, world: new SimWorld(SIM_FACTOR), lineBaud: 1_000_000 })
    : new QemuHost({ name: "qemu:pty", elfPath: (await buildRuntime({ cacheDir: path.join(root, ".genesis", "cache") })).elfPath, folder });
  const board = await loadBoard(root, host.boardId as string);
  const identity = newIdentity("pty");
  const image = async (version: string): Promise<Buffer> => (await buildTileImage(root, { name: "tile", version, profile: board.profile })).file;
  await host.powerOn?.();
  const held = await holdConsole(host, { output: quiet, signal: new AbortController().signal });
  await installTile({
    console: held.device,
    board,
    image: await image("1.0.0"),
    firstStage: buildFirstStage(root),
    identity,
    link: { windowMs: 250, watchdogS: 8 },
    saveBackup: () => Promise.resolve(),
  });
  await held.reboot();

  const session = await TileSession.open(host);
  const { stream } = session;
  const pty = await openPty();
  let received = 0;
  let isAsking = false;
  stream.onData((bytes) => {
    if (!isAsking) pty.far.write(bytes).catch(() => undefined);
  });
  pty.far.onData((bytes) => {
    received += bytes.length;
    stream.write(bytes).catch(() => undefined);
  });
  const starts = async (): Promise<number> => {
    isAsking = true;
    try {
      await session.ready(READY_MS);
      return (await callRead(session.client, telemetryApi, "info", {})).starts;
    } finally {
      isAsking = false;
    }
  };
  await starts();
  return {
    path: pty.path,
    update: sealImage(await image("2.0.0"), Buffer.from(identity.key, "hex")),
    get received() {
      return received;
    },
    starts,
    close: async () => {
      await pty.far.close();
      await session.close();
      await host.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
