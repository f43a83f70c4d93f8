// From a host to a running kernel, or to the reason why there is none: each thing that may be on a port has its own message and exit code.
import type { Context } from "../cli/command.ts";
import { Failure } from "../cli/failure.ts";
import type { ByteStream } from "../link/byte-stream.ts";
import { EspruinoConsole, notAConsole } from "../link/espruino-console.ts";
import { identify } from "../link/identify.ts";
import { isLinkError, LinkError } from "../link/link-errors.ts";
import { deadKernel } from "./boot-window.ts";
import { openHost } from "./open-host.ts";
import type { TileHost } from "./tile-host.ts";
import { TileSession } from "./tile-session.ts";

/** A tile that starts may take this long: boot window, hash check, kernel. ms. */
const START_MS = 8000;
/** Silence after which to look what is there instead, ms. */
const PATIENCE_MS = 1500;

export interface ConnectOptions {
  /** Wait for as long as another command has the line for its console. */
  isPatient?: boolean;
}

/** Opens the tile the user named and waits for its kernel. Closed at the end of the command. */
export async function connectTile(context: Context, options: ConnectOptions = {}): Promise<TileSession> {
  const session = await TileSession.open(await openHost(context));
  context.onExit(() => session.close());
  await waitForKernel(session, context, options);
  return session;
}

/**
 * Waits until the kernel answers.
 * Rejects with BARE_BOARD, KERNEL_DEAD, PORT_BUSY, SILENT, NOT_A_TILE, STUCK_IN_DEBUG, ESPRUINO_TOO_OLD or PORT_LOST.
 */
export async function waitForKernel(session: TileSession, context: Context, options: ConnectOptions = {}): Promise<void> {
  const waitMs = Math.max(context.global.timeoutMs, START_MS);
  let deadlineMs = performance.now() + waitMs;
  let isTold = false;
  for (;;) {
    try {
      return await session.ready(PATIENCE_MS, context.signal);
    } catch (error) {
      if (!isLinkError(error, "TIMEOUT")) throw error;
    }
    const reason = await whyNoKernel(session, context);
    if (options.isPatient === true && isLinkError(reason.error, "PORT_BUSY")) {
      if (!isTold) context.output.info(`${reason.error.message}: waiting for it to end …`);
      isTold = true;
      deadlineMs = performance.now() + waitMs;
    }
    if (!reason.mayChange || performance.now() > deadlineMs) throw reason.error;
  }
}

interface Reason {
  error: Failure | LinkError;
  /** A moment later the kernel may be up. */
  mayChange: boolean;
}

/** Asks with the line alone: of a shared port, others may have it for its console, and their bytes are not the tile's answers. */
async function whyNoKernel({ host }: TileSession, context: Context): Promise<Reason> {
  let console: ByteStream;
  try {
    console = host.openConsole === undefined ? await host.open({ raw: true }) : await host.openConsole();
  } catch (error) {
    if (!isLinkError(error)) throw error;
    return { error, mayChange: true };
  }
  try {
    const there = await identify(console, { interrupt: false, smp: false });
    if (there.kind === "espruino") return await whoHasTheConsole(host, console);
    return { error: deadKernel(host, context.home) ?? notAConsole(host.name, there as Parameters<typeof notAConsole>[1]), mayChange: true };
  } catch (error) {
    if (!isLinkError(error, "PORT_LOST")) throw error;
    return { error, mayChange: true };
  } finally {
    await console.close();
  }
}

/** An Espruino console answers: a bare board, a tile in its boot window or in recovery, or the debugger. */
async function whoHasTheConsole(host: TileHost, stream: ByteStream): Promise<Reason> {
  let console: EspruinoConsole | undefined;
  try {
    console = await EspruinoConsole.open(stream, { interrupt: false, smp: false });
    const isTile = await console.evalLine('!!require("Storage").read("g.cfg")', 1000);
    if (isTile !== true) return { error: new Failure("BARE_BOARD", 3, `Espruino ${console.version} (${console.board}) answers on ${host.name}, but Genesis is not on this board`, `genesis flash ${placeOption(host)} puts it there`), mayChange: false };
    return { error: new LinkError("KERNEL_DEAD", `the tile on ${host.name} stays in its first stage: no image starts (six starts in a row failed and it waits a minute before it tries again, none is whole, or somebody holds its console)`, `genesis flash ${placeOption(host)} writes the image anew and keeps the tile's journal`), mayChange: true };
  } catch (error) {
    if (!isLinkError(error)) throw error;
    if (error.code !== "TIMEOUT") return { error, mayChange: false };
    // ENQ is answered, a line is not: a program runs, the debugger has the console, or the boot window has just ended and the kernel takes the port.
    const there = await identify(stream, { smp: false });
    return there.kind === "espruino" ? { error, mayChange: true } : { error: notAConsole(host.name, there), mayChange: there.kind !== "debug" };
  } finally {
    console?.close();
  }
}

/** How to name this host on the command line. */
export const placeOption = (host: TileHost): string => (host.kind === "serial" ? `--port ${host.name}` : `--tile ${host.name}`);
