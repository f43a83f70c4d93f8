// From what the user typed to a tile: --tile qemu | sim | <name of a machine>, --port, --serial, or the only port that could be one.
import path from "node:path";
import { loadBoard } from "../boards.ts";
import type { Context } from "../cli/command.ts";
import { Failure, usage } from "../cli/failure.ts";
import { numberOption } from "../cli/settings.ts";
import { candidatePorts } from "../link/discover.ts";
import { listPorts } from "../link/find-port.ts";
import type { LinkState } from "../link/reconnecting-stream.ts";
import { buildRuntime } from "../qemu/runtime-build.ts";
import { QemuHost } from "./qemu-host.ts";
import { SerialHost } from "./serial-host.ts";
import { SharedHost } from "./shared-host.ts";
import { SimHost, SimWorld } from "./sim-host.ts";
import type { TileHost } from "./tile-host.ts";
import { machineBoard, machineFolder, machineLabel, type MachineName, parseTile } from "./tile-name.ts";

/** The runtime of the QEMU board, built when it has to be, with progress. */
export async function qemuRuntime(context: Pick<Context, "home" | "output">): Promise<string> {
  let task: ReturnType<Context["output"]["task"]> | undefined;
  const { elfPath } = await buildRuntime({
    cacheDir: path.join(context.home, "cache"),
    onProgress: (note, fraction) => {
      task ??= context.output.task("Building the QEMU board's runtime", "qemu-runtime");
      task.progress(fraction, note);
    },
  });
  task?.end();
  return elfPath;
}

/** Says what the line does: an unplugged cable is waited for. Not when the command is ending, which closes the line itself. */
function tellState(context: Context, name: string): (state: LinkState) => void {
  let before: LinkState = "open";
  return (state) => {
    if (context.signal.aborted) return;
    if (state === "waiting") context.output.warn(`${name} is gone: waiting for it to come back …`);
    else if (state === "open" && before === "waiting") context.output.info(`${name} is back, going on.`);
    before = state;
  };
}

/** A tile kept in the state folder, shared with other genesis processes. */
async function machineTile(context: Context, machine: MachineName, simSpeed: number): Promise<TileHost> {
  const { board } = context.global;
  const folder = machineFolder(context.home, machine);
  const name = machineLabel(machine);
  let inner: TileHost;
  if (machine.kind === "qemu") {
    if (board !== undefined && board !== "qemu-mps2-an385") throw usage(`the QEMU tile is a qemu-mps2-an385, not a ${board}`, `genesis … --tile sim --board ${board} simulates one`);
    inner = new QemuHost({ name, elfPath: await qemuRuntime(context), folder });
  } else {
    if (board !== undefined) await loadBoard(context.root, board);
    // Seconds of the tile per real second; its boot window must stay long enough to be caught.
    const speed = numberOption("GENESIS_SIM_SPEED", process.env.GENESIS_SIM_SPEED || String(simSpeed), { min: 0.01 });
    inner = new SimHost({ name, boardId: machineBoard(folder, board, "sim"), folder, root: context.root, world: new SimWorld(speed) });
  }
  const host = new SharedHost(inner, folder, { command: "genesis", onState: tellState(context, name) });
  context.onExit(() => host.close());
  return host;
}

/** The only port that could be a board. @throws Failure NO_DEVICE */
async function onlyPort(): Promise<string> {
  const ports = await candidatePorts();
  const [only] = ports;
  if (only === undefined) throw new Failure("NO_DEVICE", 3, "no serial port with a board was found", "plug the board in and look with genesis doctor, or try an emulated one: --tile qemu or --tile sim");
  if (ports.length > 1) throw new Failure("NO_DEVICE", 3, `there are ${ports.length} ports that could be a board: ${ports.map(({ path: port }) => port).join(", ")}`, `name one, for example: --port ${only.path}`);
  return only.path;
}

/** @throws Failure NO_DEVICE */
async function portOfSerial(serial: string): Promise<string> {
  const ports = (await listPorts()).filter((port) => port.serialNumber !== undefined);
  const found = ports.find((port) => port.serialNumber === serial);
  if (found !== undefined) return found.path;
  throw new Failure("NO_DEVICE", 3, `no board with the USB serial number ${serial} is plugged in`, ports.length === 0 ? "plug it in with a data cable" : `there are: ${ports.map((port) => `${port.serialNumber} (${port.path})`).join(", ")}`);
}

/**
 * The tile a command is about. `simSpeed`: seconds of a simulated tile per real second, unless GENESIS_SIM_SPEED is set.
 * @throws Failure NO_DEVICE when nothing was named and no port (or more than one) is there, NO_TILE for an unknown name.
 */
export async function openHost(context: Context, { simSpeed = 1 }: { simSpeed?: number } = {}): Promise<TileHost> {
  const { tile, serial, console, baud, board } = context.global;
  if (context.global.port === undefined && serial === undefined && tile !== undefined) return machineTile(context, parseTile(context.home, tile), simSpeed);
  const port = context.global.port ?? (serial === undefined ? await onlyPort() : await portOfSerial(serial));
  return new SerialHost({ port, console, baud, boardId: board, command: "genesis", onState: tellState(context, port) });
}
