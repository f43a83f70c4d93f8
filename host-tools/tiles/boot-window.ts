// Getting at the console of a tile: straight on a bare board; on a running tile by a restart and a hand in the boot window.
//
// The first stage leaves the console to whoever is there for a moment after each reset; `genesis(-1)` holds it (docs/PROTOCOL.md, "Boot window").
import type { Context } from "../cli/command.ts";
import type { ByteStream } from "../link/byte-stream.ts";
import { EspruinoConsole } from "../link/espruino-console.ts";
import { identify } from "../link/identify.ts";
import { isLinkError } from "../link/link-errors.ts";
import { SmpClient } from "../link/smp-client.ts";
import { reset } from "../link/smp-os.ts";
import type { TileHost } from "./tile-host.ts";

export interface HeldConsole {
  console: EspruinoConsole;
  stream: ByteStream;
  /** The tile had a first stage that is now held; false on a bare board. */
  isTile: boolean;
  /** Lets the first stage go on (a tile) and closes the port. */
  release(): Promise<void>;
}

/** How long a restarted tile may take to show its console, ms. */
const SHOW_MS = 8000;

/**
 * Opens the console of whatever is on `host`. Rejects as EspruinoConsole.open does.
 */
export async function holdConsole(host: TileHost, context: Pick<Context, "output" | "signal">): Promise<HeldConsole> {
  const link = host.openConsole === undefined ? undefined : await host.open();
  const stream = host.openConsole === undefined ? await host.open({ raw: true }) : await host.openConsole();
  try {
    const there = await identify(link ?? stream, { interrupt: false, expect: "kernel" });
    if (there.kind === "kernel") {
      context.output.info("The tile's kernel owns the port: restarting it into its boot window …");
      const client = new SmpClient(link ?? stream);
      await reset(client).catch((error: unknown) => {
        if (!isLinkError(error, "TIMEOUT")) throw error;
      });
      client.close();
    }
    const { console, isTile } = await takeConsole(stream, there.kind === "kernel");
    return {
      console,
      stream,
      isTile,
      async release() {
        if (isTile && stream.isOpen) await console.evalLine("genesis(0)").catch(() => undefined);
        console.close();
        await stream.close();
        await link?.close();
      },
    };
  } catch (error) {
    await stream.close();
    await link?.close();
    throw error;
  }
}

/** Takes the console; of a tile that restarts, once its first stage has it: a console apart from the link answers before and while it restarts, too. */
async function takeConsole(stream: ByteStream, restarts: boolean): Promise<{ console: EspruinoConsole; isTile: boolean }> {
  const deadlineMs = performance.now() + SHOW_MS;
  for (;;) {
    const console = await catchConsole(stream, restarts ? Math.max(0, deadlineMs - performance.now()) : 0);
    try {
      const isTile = (await console.evalLine('typeof global.genesis=="function"&&genesis(-1)', restarts ? 500 : 3000)) !== false;
      if (isTile || !restarts || performance.now() > deadlineMs) return { console, isTile };
    } catch (error) {
      if (!isLinkError(error, "TIMEOUT") || performance.now() > deadlineMs) throw error;
    }
    console.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Tries for a console until one answers or `forMs` are over (at least once). */
async function catchConsole(stream: ByteStream, forMs: number): Promise<EspruinoConsole> {
  const deadlineMs = performance.now() + forMs;
  for (;;) {
    try {
      return await EspruinoConsole.open(stream, { answerMs: forMs > 0 ? 150 : 400, smp: forMs === 0 });
    } catch (error) {
      if (performance.now() > deadlineMs || !isLinkError(error, "SILENT", "NOT_A_TILE", "KERNEL_RUNNING", "TIMEOUT")) throw error;
    }
  }
}

/** Restarts the board a moment after it has answered, so that nothing of the question is lost with the console. */
export async function rebootBoard(console: EspruinoConsole): Promise<void> {
  await console.evalLine("(setTimeout(function(){E.reboot()},100),0)");
}
