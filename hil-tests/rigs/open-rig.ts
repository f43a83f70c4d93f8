// From a name to a rig: sim, qemu, espruino, serial (GENESIS_TILE_COMMAND), or anything else as the path of a port.
import path from "node:path";
import { loadBoard } from "../../host-tools/boards.ts";
import { Failure } from "../../host-tools/cli/failure.ts";
import type { Rig } from "../scenario.ts";
import { EspruinoRig } from "./espruino.ts";
import { QemuRig } from "./qemu.ts";
import { SerialRig } from "./serial.ts";
import { SimRig } from "./sim.ts";

export interface RigChoice {
  /** `sim`, `qemu`, `espruino`, `serial` or a port. */
  name: string;
  /** The project's folder, and the state folder (caches). */
  root: string;
  home: string;
  baud: number;
  console?: string | undefined;
  board?: string | undefined;
  environment: NodeJS.ProcessEnv;
  onProgress?: (note: string, fraction?: number) => void;
}

/** @throws Failure with what is missing; ToolError from the QEMU board's build. */
export async function openRig(choice: RigChoice): Promise<Rig> {
  const { name, environment } = choice;
  if (name === "sim") return SimRig.open(choice.root);
  if (name === "qemu") return QemuRig.open(path.join(choice.home, "cache"), choice.onProgress);
  if (name === "espruino") {
    const binary = environment.GENESIS_ESPRUINO;
    if (binary === undefined || binary === "") throw new Failure("NO_ESPRUINO", 3, "the rig espruino needs an Espruino for Linux", "build one from its sources and set GENESIS_ESPRUINO=<path of the binary>");
    return EspruinoRig.open(path.resolve(binary));
  }
  const board = choice.board === undefined ? undefined : await loadBoard(choice.root, choice.board);
  if (name === "serial") {
    const command = environment.GENESIS_TILE_COMMAND;
    if (command === undefined || command === "") throw new Failure("NO_TILE_COMMAND", 3, "the rig serial needs a port or a command that provides a tile", "name the port (--rig /dev/ttyACM0), or set GENESIS_TILE_COMMAND");
    return SerialRig.open({ command, console: choice.console, baud: choice.baud, board });
  }
  return SerialRig.open({ port: name, console: choice.console, baud: choice.baud, board });
}
