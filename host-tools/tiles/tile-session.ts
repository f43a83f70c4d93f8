// A conversation with a running tile: the SMP client over its port, and the few questions every command asks.
//
// The stream under it may come and go (a cable falls out): the session is told so through `onState` and goes on when it is back.
import type { ByteStream } from "../link/byte-stream.ts";
import { isLinkError, LinkError } from "../link/link-errors.ts";
import { SmpClient, type SmpClientOptions } from "../link/smp-client.ts";
import { callRead } from "../link/service-client.ts";
import { echo, readParameters, reset } from "../link/smp-os.ts";
import { healthApi } from "../../firmware/health/api.ts";
import { telemetryApi } from "../../firmware/telemetry/api.ts";
import type { ShapeValue } from "../../firmware/api.ts";
import type { TileHost } from "./tile-host.ts";

export type Health = ShapeValue<(typeof healthApi)["commands"]["status"]["read"]["reply"]>;

/** How often to ask while a tile starts, ms. */
const ASK_MS = 250;

export class TileSession {
  readonly host: TileHost;
  readonly stream: ByteStream;
  readonly client: SmpClient;

  constructor(host: TileHost, stream: ByteStream, options: SmpClientOptions = {}) {
    this.host = host;
    this.stream = stream;
    this.client = new SmpClient(stream, { repeatWrites: true, minWaitMs: 150, firstWaitMs: 600, ...options });
  }

  /** Opens the host's port. The tile need not be up yet: see `ready`. */
  static async open(host: TileHost, options: SmpClientOptions = {}): Promise<TileSession> {
    return new TileSession(host, await host.open(), options);
  }

  /**
   * Waits until the kernel answers, at most `timeoutMs`, then uses as many requests at once as the tile can hold.
   * Rejects with TIMEOUT or PORT_LOST.
   */
  async ready(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    for (let n = 0; ; n++) {
      if (signal?.aborted) throw new LinkError("INTERRUPTED", "interrupted");
      try {
        const word = `ready-${n}`;
        if ((await echo(this.client, word, { timeoutMs: ASK_MS, tries: 1 })) === word) break;
      } catch (error) {
        if (!isLinkError(error, "TIMEOUT", "BAD_REPLY")) throw error;
        if (performance.now() > deadlineMs) {
          throw new LinkError("TIMEOUT", `the tile on ${this.host.name} did not answer within ${(timeoutMs / 1000).toFixed(0)} s`, "genesis doctor says what is on the port; a bare board needs genesis flash first", undefined, error);
        }
      }
    }
    const parameters = await readParameters(this.client);
    this.client.window = Math.max(1, Math.min(4, parameters.bufCount));
  }

  health(): Promise<Health> {
    return callRead(this.client, healthApi, "status", {});
  }

  /** Restarts the tile exactly once and waits until it answers again. */
  async restart(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    // The tile counts its starts in flash, so whatever clocks do, a restart shows.
    const starts = async (): Promise<number> => (await callRead(this.client, telemetryApi, "info", {})).starts;
    const before = await starts();
    await reset(this.client, starts);
    const deadlineMs = performance.now() + timeoutMs;
    // The old kernel still answers for a moment after it said yes.
    for (;;) {
      await this.ready(Math.max(ASK_MS, deadlineMs - performance.now()), signal);
      try {
        if ((await starts()) !== before) return;
      } catch (error) {
        if (!isLinkError(error, "TIMEOUT", "REFUSED", "BAD_REPLY")) throw error;
      }
      if (performance.now() > deadlineMs) throw new LinkError("TIMEOUT", "the tile said it would restart but goes on running", "press its reset button, then run the command again");
      await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    }
  }

  async close(): Promise<void> {
    this.client.close();
    await this.stream.close();
  }
}
