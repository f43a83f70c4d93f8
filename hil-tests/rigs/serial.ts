// The rig `serial`: one board behind a port, or a command that provides a tile (GENESIS_TILE_COMMAND) and prints the path of its terminal or socket.
//
// Nothing but the port can be reached, so what a scenario gets is a tile that the stage installed over the console; the board keeps it afterwards.
// The command's contract: its first line of output is the port, a second one (optional) the port of the console; it serves until its stdin closes.
import { type ChildProcess, spawn } from "node:child_process";
import { Failure } from "../../host-tools/cli/failure.ts";
import type { Board } from "../../hal/board.ts";
import { EspruinoConsole } from "../../host-tools/link/espruino-console.ts";
import { isLinkError } from "../../host-tools/link/link-errors.ts";
import { info } from "../../host-tools/link/smp-os.ts";
import { SerialHost } from "../../host-tools/tiles/serial-host.ts";
import { TileSession } from "../../host-tools/tiles/tile-session.ts";
import type { Engine, Need, Rig } from "../scenario.ts";

export interface SerialRigOptions {
  /** Port of the link; a command's first line when left out. */
  port?: string | undefined;
  console?: string | undefined;
  /** A command for the shell that provides a tile. */
  command?: string | undefined;
  baud: number;
  board?: Board | undefined;
}

/** Time for a command to say its port, ms. */
const PORT_MS = 60_000;

export class SerialRig implements Rig {
  readonly name = "serial";
  readonly can: ReadonlySet<Need> = new Set<Need>(["upload", "sensor", "watchdog"]);
  readonly board: Board | undefined;
  readonly timeFactor = 1;
  readonly cutsPerRun = 0;
  readonly cutTiles = 1;
  private readonly port: string;
  private readonly consolePort: string | undefined;
  private readonly baud: number;
  private readonly provider: ChildProcess | undefined;

  private constructor(options: SerialRigOptions, port: string, consolePort: string | undefined, provider?: ChildProcess) {
    this.board = options.board;
    this.baud = options.baud;
    this.port = port;
    this.consolePort = consolePort;
    this.provider = provider;
  }

  /** @throws Failure NO_TILE_COMMAND when the command names no port. */
  static async open(options: SerialRigOptions): Promise<SerialRig> {
    if (options.port !== undefined) return new SerialRig(options, options.port, options.console);
    const command = options.command ?? "";
    const child = spawn(command, { shell: true, stdio: ["pipe", "pipe", "inherit"], detached: process.platform !== "win32" });
    try {
      const [port, console] = await firstLines(child, command);
      return new SerialRig(options, port, console ?? options.console, child);
    } catch (error) {
      endGroup(child);
      throw error;
    }
  }

  tile(): Promise<SerialHost> {
    return Promise.resolve(new SerialHost({ port: this.port, console: this.consolePort, baud: this.baud, boardId: this.board?.id, command: "genesis test" }));
  }

  async engine(): Promise<Engine> {
    const host = await this.tile();
    const session = await TileSession.open(host);
    try {
      await session.ready(2000);
      return { name: "tile", version: await info(session.client) };
    } catch (error) {
      if (!isLinkError(error, "TIMEOUT")) throw error;
    } finally {
      await session.close();
    }
    const stream = host.openConsole === undefined ? await host.open({ raw: true }) : await host.openConsole();
    try {
      const console = await EspruinoConsole.open(stream);
      return { name: console.board, version: console.version };
    } finally {
      await stream.close();
    }
  }

  close(): Promise<void> {
    const child = this.provider;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const kill = setTimeout(() => endGroup(child), 3000);
      child.once("close", () => {
        clearTimeout(kill);
        resolve();
      });
      child.stdin?.end();
    });
  }
}

/** The command and what it started (a shell passes signals on to nobody). */
function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}

/** The port (and the console's, when a second line follows at once). */
function firstLines(child: ChildProcess, command: string): Promise<[string, string | undefined]> {
  return new Promise((resolve, reject) => {
    let said = "";
    const refuse = (why: string): void => {
      clearTimeout(timer);
      reject(new Failure("NO_TILE_COMMAND", 3, `the command that should provide a tile ${why}: ${command}`, "it has to print the path of a terminal or socket as its first line, and serve it until its stdin closes"));
    };
    const timer = setTimeout(() => refuse(`named no port within ${PORT_MS / 1000} s`), PORT_MS);
    child.once("error", (error) => refuse(`does not start (${error.message})`));
    child.once("exit", (code, signal) => refuse(`ended with ${code ?? signal} before it named a port`));
    child.stdout?.on("data", (bytes: Buffer) => {
      said += bytes.toString();
      const lines = said.split(/\r?\n/).slice(0, -1).map((line) => line.trim()).filter((line) => line !== "");
      if (lines[0] === undefined) return;
      clearTimeout(timer);
      child.removeAllListeners("exit");
      resolve([lines[0], lines[1]]);
    });
  });
}
