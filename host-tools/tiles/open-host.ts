// From what the user typed to a tile: --tile qemu | sim | <name of a machine>, --port, or the only port that could be one.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { Failure } from "../cli/failure.ts";
import type { Context } from "../cli/command.ts";
import { openShared } from "./shared-port.ts";
import { QemuHost } from "./qemu-host.ts";
import { SerialHost } from "./serial-host.ts";
import { SimHost } from "./sim-host.ts";
import type { TileHost } from "./tile-host.ts";
import { buildRuntime } from "../qemu/runtime-build.ts";
import { candidatePorts } from "../link/discover.ts";

const machines = (home: string): string => path.join(home, "machines");

/** Names of the emulated tiles in the state folder, as "kind-name" folders: `qemu-porch`, `sim-porch`. */
export function machineNames(home: string): string[] {
  const folder = machines(home);
  return existsSync(folder) ? readdirSync(folder).filter((name) => /^(qemu|sim)-/.test(name)).sort() : [];
}

/** The runtime of the QEMU board, built when it has to be, with progress. */
export async function qemuRuntime(context: Context): Promise<string> {
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

/** A QEMU tile kept in `<home>/machines/qemu-<name>`. */
export async function qemuHost(context: Context, name: string): Promise<QemuHost> {
  const host = new QemuHost({ name: name === "default" ? "qemu" : `qemu:${name}`, elfPath: await qemuRuntime(context), folder: path.join(machines(context.home), `qemu-${name}`) });
  context.onExit(() => host.close());
  return host;
}

/** A simulated tile kept in `<home>/machines/sim-<name>`. */
export function simHost(context: Context, name: string): SimHost {
  const host = new SimHost({ name: name === "default" ? "sim" : `sim:${name}`, boardId: context.global.board ?? "sim", folder: path.join(machines(context.home), `sim-${name}`) });
  context.onExit(() => host.close());
  return host;
}

/**
 * The tile a command is about.
 * @throws Failure NO_DEVICE when nothing was named and no port (or more than one) is there, NO_TILE for an unknown name.
 */
export async function openHost(context: Context): Promise<TileHost> {
  const { tile, port } = context.global;
  if (port !== undefined) return serialHost(context, port);
  if (tile === undefined) {
    const ports = await candidatePorts();
    const only = ports[0];
    if (only === undefined) {
      throw new Failure("NO_DEVICE", 3, "no serial port with a board was found", "plug the board in and look with genesis doctor, or try an emulated one: --tile qemu or --tile sim");
    }
    if (ports.length > 1) {
      throw new Failure("NO_DEVICE", 3, `there are ${ports.length} ports that could be a board: ${ports.map((candidate) => candidate.path).join(", ")}`, `name one, for example: --port ${only.path}`);
    }
    return serialHost(context, only.path);
  }
  const [kind = "", name = "default"] = tile.split(":");
  if (kind === "qemu") return qemuHost(context, name);
  if (kind === "sim") return simHost(context, name);
  for (const known of machineNames(context.home)) {
    if (known === `qemu-${tile}`) return qemuHost(context, tile);
    if (known === `sim-${tile}`) return simHost(context, tile);
  }
  const names = machineNames(context.home).map((known) => known.replace("-", ":"));
  throw new Failure("NO_TILE", 3, `there is no tile "${tile}"`, names.length === 0 ? "start one with: genesis run --tile qemu" : `use qemu, sim, or one of: ${names.join(", ")}`);
}

function serialHost(context: Context, port: string): SerialHost {
  return new SerialHost({
    port,
    console: context.global.console,
    baud: context.global.baud,
    boardId: context.global.board,
    openPort: (path_, baud) => openShared(context.home, path_, baud),
  });
}
