// The installer's view of an Espruino console: expressions by packets, each tried again when its answer got lost.
//
// Everything the installer evaluates may be evaluated twice (host-tools/install/device-console.ts), so a lost answer costs only time.
import type { DeviceConsole } from "../install/device-console.ts";
import type { EspruinoConsole } from "../link/espruino-console.ts";
import { EspruinoPackets, quiet } from "../link/espruino-packets.ts";
import { isLinkError, LinkError } from "../link/link-errors.ts";

export interface PacketConsoleOptions {
  /** Gets hold of the console again after the cable fell out or the board restarted; resolves with the console from then on. */
  reattach?: () => Promise<EspruinoConsole>;
  /** Once aborted, the next expression is refused with INTERRUPTED. */
  signal?: AbortSignal;
}

const TRIES = 6;

export function packetConsole(console: EspruinoConsole, options: PacketConsoleOptions = {}): DeviceConsole {
  let current = console;
  let packets = new EspruinoPackets(current);
  return {
    async evaluate(expression, timeoutMs) {
      for (let attempt = 1; ; attempt++) {
        if (options.signal?.aborted) throw new LinkError("INTERRUPTED", "interrupted");
        try {
          return await packets.eval(expression, timeoutMs);
        } catch (error) {
          const isLost = isLinkError(error, "PORT_LOST");
          if (attempt === TRIES || (!isLost && !isLinkError(error, "TIMEOUT", "BAD_REPLY"))) throw error;
          if (options.reattach !== undefined && (isLost || attempt > 1)) {
            current = await options.reattach();
            packets = new EspruinoPackets(current);
          } else {
            // A console that lost bytes needs a moment to give up on half a packet.
            await quiet(current, 300, 5000).catch(() => undefined);
          }
        }
      }
    },
  };
}
