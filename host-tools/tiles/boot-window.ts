// Getting at the console of a tile: straight on a bare board; on a running tile by a restart and a hand in the boot window; on a dead one by
// waiting for a restart.
//
// The first stage leaves the console to whoever is there for a moment after each reset; `genesis(-1)` holds it (docs/PROTOCOL.md, "Boot window").
import type { Context } from "../cli/command.ts";
import type { DeviceConsole } from "../install/device-console.ts";
import type { ByteStream } from "../link/byte-stream.ts";
import { EspruinoConsole } from "../link/espruino-console.ts";
import { identify } from "../link/identify.ts";
import { isLinkError, LinkError } from "../link/link-errors.ts";
import { SmpClient } from "../link/smp-client.ts";
import { reset } from "../link/smp-os.ts";
import { sleep } from "../link/wait-for.ts";
import { packetConsole } from "./packet-console.ts";
import { tileAt } from "./registry.ts";
import type { TileHost } from "./tile-host.ts";

export type HoldContext = Pick<Context, "output" | "signal"> & { home?: string };

export interface HeldConsole {
  /** The console as it is now: another one after the cable was out. */
  readonly console: EspruinoConsole;
  /** Evaluates expressions; goes on after an unplugged cable or a restart of the board. */
  readonly device: DeviceConsole;
  stream: ByteStream;
  /** The tile had a first stage that is now held; false on a bare board. */
  isTile: boolean;
  /** Lets the first stage go on (a tile) and closes the port. */
  release(): Promise<void>;
  /** Restarts the board and closes the port. */
  reboot(): Promise<void>;
}

interface Taken {
  console: EspruinoConsole;
  isTile: boolean;
}

/** How long a restarted tile may take to show its console, ms. */
const SHOW_MS = 8000;
/** Time for a kernel to answer where the console is another device, ms. */
const APART_ANSWER_MS = 1500;
const TAKE_TRIES = 3;
/** While waiting for a boot window: how long an answer may take, ms, and every how many questions one comes with Ctrl-C. */
const SHORT_MS = 120;
const LONG_EVERY = 6;
/** How long to wait for a tile that does not answer: longer than its watchdog (15 s) takes to restart it, ms. */
const RECOVER_MS = 25_000;

/**
 * Opens the console of whatever is on `host`. Rejects as EspruinoConsole.open does, and with KERNEL_DEAD when a known tile stays silent.
 */
export async function holdConsole(host: TileHost, context: HoldContext): Promise<HeldConsole> {
  const link = host.openConsole === undefined ? undefined : await host.open();
  const stream = host.openConsole === undefined ? await host.open({ raw: true }) : await host.openConsole();
  const close = async (): Promise<void> => {
    await stream.close();
    await link?.close();
  };
  try {
    let taken = await take(host, link ?? stream, stream, context);
    const reattach = async (): Promise<EspruinoConsole> => {
      for (;;) {
        taken.console.close();
        try {
          taken = await take(host, link ?? stream, stream, context);
          return taken.console;
        } catch (error) {
          // The cable is still out. A stream that gives up waiting for it closes.
          if (context.signal.aborted || !stream.isOpen || !isLinkError(error, "PORT_LOST")) throw error;
          await sleep(100);
        }
      }
    };
    return {
      get console() {
        return taken.console;
      },
      device: packetConsole(taken.console, { reattach, stream, signal: context.signal }),
      stream,
      get isTile() {
        return taken.isTile;
      },
      async release() {
        if (taken.isTile && stream.isOpen) await taken.console.evalLine("genesis(0)", 1000).catch(() => undefined);
        taken.console.close();
        await close();
      },
      async reboot() {
        await rebootBoard(taken.console);
        taken.console.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function take(host: TileHost, link: ByteStream, stream: ByteStream, context: HoldContext): Promise<Taken> {
  for (let tries = 1; ; tries++) {
    try {
      return await takeOnce(host, link, stream, context);
    } catch (error) {
      // The boot window closed between two questions: now the kernel has the port.
      if (tries === TAKE_TRIES || !isLinkError(error, "TIMEOUT", "KERNEL_RUNNING")) throw error;
    }
  }
}

async function takeOnce(host: TileHost, link: ByteStream, stream: ByteStream, context: HoldContext): Promise<Taken> {
  // A console apart from the link holds no half line, and Ctrl-C there would strike a kernel that is merely slow (twice, and Espruino on Linux ends).
  const mayInterrupt = stream === link;
  const there = await identify(link, { interrupt: false, expect: "kernel", ...(mayInterrupt ? {} : { answerMs: APART_ANSWER_MS }) });
  if (there.kind === "kernel") {
    context.output.info("The tile's kernel owns the port: restarting it into its boot window …");
    const client = new SmpClient(link);
    await reset(client).catch((error: unknown) => {
      if (!isLinkError(error, "TIMEOUT")) throw error;
    });
    client.close();
    return takeConsole(stream, { forMs: SHOW_MS, isTile: true, mayInterrupt, signal: context.signal });
  }
  try {
    return await takeConsole(stream, { forMs: 0, isTile: false, mayInterrupt, signal: context.signal });
  } catch (error) {
    if (!isLinkError(error, "SILENT")) throw error;
    context.output.info(`Nothing answers on ${host.name}: waiting up to ${RECOVER_MS / 1000} s for it to restart into its boot window. If it has a reset button, press it now …`);
    await host.powerCycle?.();
    try {
      return await takeConsole(stream, { forMs: RECOVER_MS, isTile: false, mayInterrupt, signal: context.signal });
    } catch (again) {
      if (!isLinkError(again, "SILENT", "KERNEL_RUNNING", "NOT_A_TILE", "TIMEOUT")) throw again;
      throw deadKernel(host, context.home) ?? error;
    }
  }
}

/** The error for a silent port where this computer has flashed a tile; undefined where it has not. */
export function deadKernel(host: TileHost, home: string | undefined): LinkError | undefined {
  const tile = home === undefined ? undefined : tileAt(home, host.name);
  if (tile === undefined) return undefined;
  return new LinkError("KERNEL_DEAD", `the kernel of tile ${tile.name} (${tile.id}), which was flashed on ${host.name}, does not answer, nor does its boot window`, "check its power, then run genesis flash and press reset while it waits: the first stage lets it in");
}

interface TakeOptions {
  /** Keep trying for this long, ms; 0: once. */
  forMs: number;
  /** Go on until a first stage has the console: one apart from the link answers before and while the tile restarts, too. */
  isTile: boolean;
  /** May Ctrl-C be sent? */
  mayInterrupt: boolean;
  signal: AbortSignal;
}

async function takeConsole(stream: ByteStream, options: TakeOptions): Promise<Taken> {
  const deadlineMs = performance.now() + options.forMs;
  for (;;) {
    const console = await catchConsole(stream, deadlineMs, options);
    try {
      const isTile = (await console.evalLine('typeof global.genesis=="function"&&genesis(-1)', options.forMs > 0 ? 500 : 1500)) !== false;
      if (isTile || !options.isTile || performance.now() > deadlineMs) return { console, isTile };
    } catch (error) {
      if (!isLinkError(error, "TIMEOUT") || performance.now() > deadlineMs) throw error;
    }
    console.close();
    await sleep(20);
  }
}

/** Tries for a console until one answers or the deadline is over (at least once). */
async function catchConsole(stream: ByteStream, deadlineMs: number, { forMs, mayInterrupt, signal }: TakeOptions): Promise<EspruinoConsole> {
  for (let n = 1; ; n++) {
    if (signal.aborted) throw new LinkError("INTERRUPTED", "interrupted");
    // While a tile restarts, a short question often: the window may last no longer than a long one takes. Now and then Ctrl-C too, which clears half a line.
    const isLong = forMs === 0 || n % LONG_EVERY === 0;
    try {
      return await EspruinoConsole.open(stream, { answerMs: forMs > 0 ? SHORT_MS : 400, smp: forMs === 0, interrupt: isLong && mayInterrupt !== false });
    } catch (error) {
      // A port that goes away with the power comes back with it.
      if (performance.now() > deadlineMs || !isLinkError(error, "SILENT", "NOT_A_TILE", "KERNEL_RUNNING", "TIMEOUT", "PORT_LOST") || !stream.isOpen) throw error;
      if (isLinkError(error, "PORT_LOST")) await sleep(100);
    }
  }
}

/** Restarts the board a moment after it has answered, so that nothing of the question is lost with the console. */
export async function rebootBoard(console: EspruinoConsole): Promise<void> {
  await console.evalLine("(setTimeout(function(){E.reboot()},100),0)");
}
