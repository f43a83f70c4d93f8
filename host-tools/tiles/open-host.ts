// From what the user typed to a tile: --tile qemu | sim | <name of a machine>, --port, or the only port that could be one.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { Failure } from "../cli/failure.ts";
import type { Context } from "../cli/command.ts";
import { candidates } from "../link/discover.ts";
import { isLikelyBoard } from "../link/find-port.ts";
import type { LinkState } from "../link/reconnecting-stream.ts";
import { buildRuntime } from "../qemu/runtime-build.ts";
import { QemuHost } from "./qemu-host.ts";
import { SerialHost } from "./serial-host.ts";
import { SharedHost } from "./shared-host.ts";
import { SimHost } from "./sim-host.ts";
import type { TileHost } from "./tile-host.ts";

const machines = (home: string): string => path.join(home, "machines");

/** Names of the emulated tiles in the state folder, as "kind-name" folders: `qemu-porch`, `sim-porch`. */
export function machineNames(home: string): string[] {
  const folder = machines(home);
  return existsSync(folder) ? readdirSync(folder).filter((name) => /^(qemu|sim)-/.test(name)).sort() : [];
}

/** The runtime of the QEMU board, built when it has to be, with progress. */
export async function qemuRuntime(context: Pick<Context, "home" | "output">): Promise<string> {
  let task: ReturnType<Context["output"]["task"]> | undefined;
  try {
    const { elfPath } = await buildRuntime({
      cacheDir: path.join(context.home, "cache"),
      onProgress: (note, fraction) => {
        task ??= context.output.task("Building the QEMU board's runtime", "qemu-runtime");
        task.progress(fraction, note);
      },
    });
    task?.end();
    return elfPath;
  } catch (error) {
    task?.fail();
    throw error;
  }
}

/** Says what the line does: an unplugged cable is waited for. */
function tellState(context: Context, name: string): (state: LinkState) => void {
  let before: LinkState = "open";
  return (state) => {
    if (state === "waiting") context.output.warn(`${name} is gone: waiting for it to come back …`);
    else if (state === "open" && before === "waiting") context.output.info(`${name} is back, going on.`);
    before = state;
  };
}

/** A QEMU tile kept in `<home>/machines/qemu-<name>`. */
async function qemuTile(context: Context, name: string): Promise<TileHost> {
  const folder = path.join(machines(context.home), `qemu-${name}`);
  const label = name === "default" ? "qemu" : `qemu:${name}`;
  const host = new QemuHost({ name: label, elfPath: await qemuRuntime(context), folder });
  context.onExit(() => host.close());
  return new SharedHost(host, folder, { command: "genesis", onState: tellState(context, label) });
}

/** A simulated tile kept in `<home>/machines/sim-<name>`. */
function simTile(context: Context, name: string): TileHost {
  const folder = path.join(machines(context.home), `sim-${name}`);
  const label = name === "default" ? "sim" : `sim:${name}`;
  const host = new SimHost({ name: label, boardId: context.global.board ?? "sim", folder, root: context.root });
  context.onExit(() => host.close());
  return new SharedHost(host, folder, { command: "genesis", onState: tellState(context, label) });
}

/**
 * The tile a command is about.
 * @throws Failure NO_DEVICE when nothing was named and no port (or more than one) is there, NO_TILE for an unknown name.
 */
export async function openHost(context: Context): Promise<TileHost> {
  const { tile, port } = context.global;
  if (port !== undefined) return serialTile(context, port);
  if (tile === undefined) {
    const ports = (await candidates([], process.env)).filter(isLikelyBoard);
    const only = ports[0];
    if (only === undefined) {
      throw new Failure("NO_DEVICE", 3, "no serial port with a board was found", "plug the board in and look with genesis doctor, or try an emulated one: --tile qemu or --tile sim");
    }
    if (ports.length > 1) {
      throw new Failure("NO_DEVICE", 3, `there are ${ports.length} ports that could be a board: ${ports.map((candidate) => candidate.path).join(", ")}`, `name one, for example: --port ${only.path}`);
    }
    return serialTile(context, only.path);
  }
  const [kind = "", name = "default"] = tile.split(":");
  if (kind === "qemu") return qemuTile(context, name);
  if (kind === "sim") return simTile(context, name);
  for (const known of machineNames(context.home)) {
    if (known === `qemu-${tile}`) return qemuTile(context, tile);
    if (known === `sim-${tile}`) return simTile(context, tile);
  }
  const names = machineNames(context.home).map((known) => known.replace("-", ":"));
  throw new Failure("NO_TILE", 3, `there is no tile "${tile}"`, names.length === 0 ? "start one with: genesis run --tile qemu" : `use qemu, sim, or one of: ${names.join(", ")}`);
}

function serialTile(context: Context, port: string): TileHost {
  return new SerialHost({
    port,
    console: context.global.console,
    baud: context.global.baud,
    boardId: context.global.board,
    command: "genesis",
    onState: tellState(context, port),
  });
}
